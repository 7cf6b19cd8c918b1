/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean tide_ack_id_parse (const char *text, gsize length, guint64 *id);

G_END_DECLS
