/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As much of the WebSocket protocol as floor-server needs to hear. */
char *floor_wire_make_answer (const char *request);
const char *floor_wire_read_text (guint8 *bytes, gsize n_bytes);
guint8 *floor_wire_make_frame (gsize n_bytes, gsize *n_header);

G_END_DECLS
