/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-frame.h"
#include "tide-websocket-frame.h"

#include <glib.h>

G_BEGIN_DECLS

gsize tide_engineio_payload_append_some (GString *payload,
                                         const TideFrame *frame,
                                         gsize start,
                                         guint *n_most);
void tide_engineio_payload_append_frame (GString *payload, const TideFrame *frame);
void tide_engineio_payload_append_packet (GString *payload, const char *packet);
gboolean
tide_engineio_payload_next (const char **cursor, const char *end, TideSpan *packet);
GBytes *tide_engineio_payload_decode_binary (const TideSpan *packet);

G_END_DECLS
