/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TIDE_REQUEST_METER_LINE_BYTES 64

/**
 * TideRequestMeter:
 *
 * Follows the HTTP/1.1 requests of a connection by their bytes: where heads and bodies
 * begin and end. A zeroed one stands before the first request.
 */
typedef struct
{
  guint8 state;        /* of tide-request-meter.c */
  guint8 n_kept;       /* bytes of @line */
  gboolean is_cut;     /* the line is longer than what is kept of it */
  gboolean has_length; /* the head has a Content-Length */
  gboolean has_host;   /* the head has a Host */
  gboolean is_chunked; /* the head says that the body is chunked */
  guint64 n_left;      /* bytes of the body, or of a chunk, still to come */
  char line[TIDE_REQUEST_METER_LINE_BYTES]; /* the present line of the head */
} TideRequestMeter;

gboolean
tide_request_meter_feed (TideRequestMeter *self, const guint8 *bytes, gsize n_bytes);

G_END_DECLS
