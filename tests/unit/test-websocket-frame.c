/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-websocket-frame.h"

#include <string.h>

#define FIN 0x80
#define MAX_MESSAGE 1000
#define MAX_FRAGMENTS 5

static void
test_header (void)
{
  static const struct
  {
    gsize length;
    gsize size;
    guint8 bytes[10];
  } cases[] = {
    { 0, 2, { 0x81, 0 } },
    { 125, 2, { 0x81, 125 } },
    { 126, 4, { 0x81, 126, 0, 126 } },
    { 0x1234, 4, { 0x81, 126, 0x12, 0x34 } },
    { 65535, 4, { 0x81, 126, 0xff, 0xff } },
    { 65536, 10, { 0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0 } },
    { 0x123456789a, 10, { 0x81, 127, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 0x9a } },
  };

  g_test_summary ("Headers take the fewest bytes");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 bytes[10];
      const guint8 *end =
          tide_websocket_write_header (bytes, TIDE_WEBSOCKET_TEXT, cases[i].length);

      g_assert_cmpuint (tide_websocket_header_size (cases[i].length), ==, cases[i].size);
      g_assert_cmpmem (bytes, end - bytes, cases[i].bytes, cases[i].size);
    }
}

static void
test_frame_new (void)
{
  const TideSpan spans[] = { { "ab", 2 }, { NULL, 0 }, { "c", 1 } };
  g_autoptr (TideFrame) text =
      tide_websocket_frame_new (TIDE_WEBSOCKET_TEXT, spans, 3, 7);
  g_autoptr (TideFrame) empty =
      tide_websocket_frame_new (TIDE_WEBSOCKET_PING, NULL, 0, 0);

  g_test_summary ("A frame is made of pieces, or of none");

  g_assert_cmpmem (text->bytes,
                   text->n_bytes,
                   "\x81\x03"
                   "abc",
                   5);
  g_assert_cmpuint (text->n_events, ==, 7);
  g_assert_cmpmem (empty->bytes, empty->n_bytes, "\x89\x00", 2);
}

static void
test_frame_next (void)
{
  g_test_summary ("Random frames come apart as they were put together, cut ones end it");

  for (guint round = 0; round < 300; round++)
    {
      static const gsize around[] = { 0, 120, 65530 };
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      gsize lengths[4];
      guint n_frames = g_test_rand_int_range (1, 5);

      for (guint i = 0; i < n_frames; i++)
        {
          lengths[i] =
              around[g_test_rand_int_range (0, 3)] + g_test_rand_int_range (0, 12);

          g_autofree guint8 *payload = g_malloc (lengths[i] + 1);
          TideSpan span = { payload, lengths[i] };

          memset (payload, 'a' + i, lengths[i]);

          g_autoptr (TideFrame) frame =
              tide_websocket_frame_new (TIDE_WEBSOCKET_BINARY, &span, 1, 0);

          g_byte_array_append (bytes, frame->bytes, frame->n_bytes);
        }

      const guint8 *cursor = bytes->data;
      const guint8 *end = bytes->data + bytes->len;
      TideWebSocketOpcode opcode;
      TideSpan payload;
      gsize last_start = 0;

      for (guint i = 0; i < n_frames; i++)
        {
          last_start = cursor - bytes->data;
          g_assert_true (tide_websocket_frame_next (&cursor, end, &opcode, &payload));
          g_assert_cmpint (opcode, ==, TIDE_WEBSOCKET_BINARY);
          g_assert_cmpuint (payload.length, ==, lengths[i]);
          if (payload.length > 0)
            g_assert_cmpint (*(const char *) payload.bytes, ==, 'a' + i);
        }
      g_assert_true (cursor == end);
      g_assert_false (tide_websocket_frame_next (&cursor, end, &opcode, &payload));

      cursor = bytes->data + last_start;
      end -= g_test_rand_int_range (1, 1 + MIN (end - cursor, 9));
      g_assert_false (tide_websocket_frame_next (&cursor, end, &opcode, &payload));
      g_assert_true (cursor == bytes->data + last_start);
    }

  const guint8 masked[] = { 0x81, 0x80, 0, 0, 0, 0 };
  const guint8 *cursor = masked;
  TideWebSocketOpcode opcode;
  TideSpan payload;

  g_assert_false (
      tide_websocket_frame_next (&cursor, masked + sizeof masked, &opcode, &payload));
}

/* What a client sends: masked, with any form of length that holds it. */
static void
append_client_frame (GByteArray *out, guint8 first, guint64 length, guint long_size)
{
  guint8 header[14] = { first };
  gsize at = 2;

  header[1] = 0x80 | (long_size == 8 ? 127 : long_size == 2 ? 126 : length);
  for (guint i = 0; i < long_size; i++)
    header[at++] = length >> (8 * (long_size - 1 - i));
  for (guint i = 0; i < 4; i++)
    header[at++] = g_test_rand_int ();
  g_byte_array_append (out, header, at);
}

static void
append_payload (GByteArray *out, gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      guint8 byte = g_test_rand_int ();

      g_byte_array_append (out, &byte, 1);
    }
}

static gboolean
feed_in_pieces (TideWebSocketMeter *meter, const GByteArray *bytes, gsize max_piece)
{
  for (gsize at = 0; at < bytes->len;)
    {
      gsize piece = g_test_rand_int_range (1, max_piece + 1);
      gsize length = MIN (piece, bytes->len - at);

      if (!tide_websocket_meter_feed (
              meter, bytes->data + at, length, MAX_MESSAGE, MAX_FRAGMENTS))
        return FALSE;
      at += length;
    }
  return TRUE;
}

/* Random frames, chopped at random; the oracle knows the frames whole. */
static void
test_meter_random (void)
{
  g_test_summary ("The meter agrees with who knows the frames, however they are cut");

  for (guint round = 0; round < 3000; round++)
    {
      static const gsize piece_sizes[] = { 1, 3, 20, 500, 5000 };
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      TideWebSocketMeter meter = { 0 };
      guint64 message_bytes = 0;
      guint n_fragments = 0;
      gboolean is_good = TRUE;

      for (int n = g_test_rand_int_range (1, 25); n > 0 && is_good; n--)
        {
          gboolean is_control = g_test_rand_int_range (0, 4) == 0;
          gboolean is_final = g_test_rand_int_range (0, 5) < 3;
          gsize length = is_control ? g_test_rand_int_range (0, 126)
                         : g_test_rand_int_range (0, 3) == 0
                             ? g_test_rand_int_range (0, 700)
                             : g_test_rand_int_range (0, 100);
          guint long_size = length > 125 ? 2 : 0;
          guint8 opcode = is_control        ? 8 + g_test_rand_int_range (0, 3)
                          : n_fragments > 0 ? 0
                                            : 1 + g_test_rand_int_range (0, 2);

          /* Wasteful lengths are libsoup's to refuse, but must be measured right. */
          if (g_test_rand_int_range (0, 10) == 0)
            long_size = g_test_rand_bit () ? 2 : 8;

          append_client_frame (
              bytes, (is_control || is_final ? FIN : 0) | opcode, length, long_size);
          append_payload (bytes, length);
          if (is_control)
            continue;
          message_bytes += length;
          n_fragments++;
          is_good = message_bytes <= MAX_MESSAGE && n_fragments <= MAX_FRAGMENTS;
          if (is_final)
            message_bytes = n_fragments = 0;
        }
      g_assert_cmpint (
          feed_in_pieces (&meter, bytes, piece_sizes[g_test_rand_int_range (0, 5)]),
          ==,
          is_good);
      if (is_good)
        {
          g_assert_cmpuint (meter.message_bytes, ==, message_bytes);
          g_assert_cmpuint (meter.message_fragments, ==, n_fragments);
          g_assert_cmpuint (meter.payload_left, ==, 0);
          g_assert_cmpuint (meter.n_header, ==, 0);
        }
    }
}

static gboolean
meter_header (guint8 first, guint64 length, guint long_size)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  TideWebSocketMeter meter = { 0 };

  append_client_frame (bytes, first, length, long_size);
  return feed_in_pieces (&meter, bytes, 2);
}

static void
test_meter_limits (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  TideWebSocketMeter meter = { 0 };

  g_test_summary ("A message is refused when its header says so, whatever the number");

  g_assert_true (meter_header (FIN | 1, MAX_MESSAGE, 2));
  g_assert_false (meter_header (FIN | 1, MAX_MESSAGE + 1, 2));
  g_assert_false (meter_header (FIN | 2, G_MAXUINT64, 8));
  g_assert_false (meter_header (2, G_GUINT64_CONSTANT (1) << 63, 8));
  g_assert_true (meter_header (FIN | 9, 126, 2));

  /* A sum that would wrap around. */
  append_client_frame (bytes, 1, 900, 2);
  append_payload (bytes, 900);
  append_client_frame (bytes, FIN, G_MAXUINT64 - 800, 8);
  g_assert_false (feed_in_pieces (&meter, bytes, 100));

  /* Empty fragments are counted too, and a new message starts anew. */
  g_byte_array_set_size (bytes, 0);
  memset (&meter, 0, sizeof meter);
  for (guint i = 0; i < MAX_FRAGMENTS; i++)
    append_client_frame (bytes, (i == MAX_FRAGMENTS - 1 ? FIN : 0) | (i == 0), 0, 0);
  g_assert_true (feed_in_pieces (&meter, bytes, 100));
  g_assert_true (feed_in_pieces (&meter, bytes, 100));
  bytes->data[(MAX_FRAGMENTS - 1) * 6] &= ~FIN;
  append_client_frame (bytes, FIN, 0, 0);
  g_assert_false (feed_in_pieces (&meter, bytes, 100));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/websocket-frame/header", test_header);
  g_test_add_func ("/protocol/websocket-frame/frame-new", test_frame_new);
  g_test_add_func ("/protocol/websocket-frame/frame-next", test_frame_next);
  g_test_add_func ("/protocol/websocket-frame/meter-random", test_meter_random);
  g_test_add_func ("/protocol/websocket-frame/meter-limits", test_meter_limits);
  return g_test_run ();
}
