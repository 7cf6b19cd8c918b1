/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first byte of an input says how the rest is cut; the rest is what a client sends as
 * HTTP. */

#include "tide-request-meter.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Follows bytes that come in pieces. Returns: whether they are refused */
static gboolean
feed_pieces (TideRequestMeter *meter, const guint8 *data, gsize size, gsize piece)
{
  for (gsize at = 0; at < size; at += piece)
    {
      gsize length = MIN (piece, size - at);
      g_autofree guint8 *copy = g_memdup2 (data + at, length);

      if (!tide_request_meter_feed (meter, copy, length))
        return TRUE;
      g_assert_cmpuint (meter->n_kept, <, TIDE_REQUEST_METER_LINE_BYTES);
    }
  return FALSE;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  TideRequestMeter chopped = { 0 };
  TideRequestMeter whole = { 0 };
  gboolean is_refused;

  if (size == 0)
    return 0;

  /* However the bytes are cut, the same is seen. */
  is_refused = feed_pieces (&chopped, data + 1, size - 1, data[0] + 1);
  g_assert_cmpint (
      feed_pieces (&whole, data + 1, size - 1, G_MAXSIZE / 2), ==, is_refused);
  if (is_refused)
    return 0;
  g_assert_cmpuint (chopped.state, ==, whole.state);
  g_assert_cmpuint (chopped.n_left, ==, whole.n_left);
  g_assert_cmpint (chopped.has_length, ==, whole.has_length);
  g_assert_cmpint (chopped.is_chunked, ==, whole.is_chunked);
  g_assert_cmpint (chopped.has_host, ==, whole.has_host);
  g_assert_cmpmem (chopped.line, chopped.n_kept, whole.line, whole.n_kept);
  /* A body has one length. */
  g_assert_false (whole.has_length && whole.is_chunked);
  return 0;
}
