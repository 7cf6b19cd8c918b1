/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_DEFLATE_ANSWER:
 *
 * What the header Sec-WebSocket-Extensions says when an offer is taken: no message, in
 * either direction, refers to an earlier one.
 */
#define TIDE_DEFLATE_ANSWER                                                              \
  "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

gboolean tide_deflate_offer_is_good (const char *header);

G_END_DECLS
