/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-websocket-frame.h"

#include <string.h>

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/websocket-frame/header", test_header);
  g_test_add_func ("/protocol/websocket-frame/frame-new", test_frame_new);
  g_test_add_func ("/protocol/websocket-frame/frame-next", test_frame_next);
  return g_test_run ();
}
