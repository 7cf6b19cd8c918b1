/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-engineio-payload.h"

#include <string.h>

static void
append_message (GString *payload,
                TideWebSocketOpcode opcode,
                const char *bytes,
                gsize length)
{
  TideSpan span = { bytes, length };
  g_autoptr (TideFrame) frame = tide_websocket_frame_new (opcode, &span, 1, 0);

  tide_engineio_payload_append_frame (payload, frame);
}

static void
test_append (void)
{
  static const guint8 two[] = { 0x81, 0x02, '4', 'a', 0x81, 0x01, '2' };
  g_autoptr (TideFrame) frame = tide_frame_new_copy (two, sizeof two);
  g_autoptr (GString) payload = g_string_new (NULL);

  g_test_summary ("Packets are set apart; binary ones are base64; control frames go");

  append_message (payload, TIDE_WEBSOCKET_PING, "x", 1);
  g_assert_cmpstr (payload->str, ==, "");
  tide_engineio_payload_append_frame (payload, frame);
  append_message (payload, TIDE_WEBSOCKET_BINARY, "\001\002\003\004", 4);
  append_message (payload, TIDE_WEBSOCKET_CLOSE, "", 0);
  append_message (payload, TIDE_WEBSOCKET_BINARY, "", 0);
  tide_engineio_payload_append_packet (payload, "6");
  g_assert_cmpstr (payload->str,
                   ==,
                   "4a\x1e"
                   "2\x1e"
                   "bAQIDBA==\x1e"
                   "b\x1e"
                   "6");
}

static void
test_append_some (void)
{
  static const guint8 three[] = {
    0x81, 0x01, '1', 0x81, 0x02, '4', 'a', 0x81, 0x01, '2'
  };
  g_autoptr (TideFrame) frame = tide_frame_new_copy (three, sizeof three);
  g_autoptr (GString) payload = g_string_new (NULL);
  guint n_most = 2;
  gsize n_bytes;

  g_test_summary ("No more packets than there is room for, and the rest comes later");

  n_bytes = tide_engineio_payload_append_some (payload, frame, 0, &n_most);
  g_assert_cmpuint (n_bytes, ==, 7);
  g_assert_cmpuint (n_most, ==, 0);
  g_assert_cmpstr (payload->str,
                   ==,
                   "1\x1e"
                   "4a");
  g_assert_cmpuint (
      tide_engineio_payload_append_some (payload, frame, n_bytes, &n_most), ==, 0);
  n_most = 5;
  g_string_truncate (payload, 0);
  n_bytes = tide_engineio_payload_append_some (payload, frame, n_bytes, &n_most);
  g_assert_cmpuint (n_bytes, ==, 3);
  g_assert_cmpuint (n_most, ==, 4);
  g_assert_cmpstr (payload->str, ==, "2");
}

static void
test_next (void)
{
  static const struct
  {
    const char *payload;
    const char *packets; /* with | behind each */
  } cases[] = {
    { "", "|" },
    { "4a", "4a|" },
    { "4a\x1e", "4a||" },
    { "\x1e", "||" },
    { "\x1e"
      "4",
      "|4|" },
    { "4a\x1e"
      "b\x1e"
      "6",
      "4a|b|6|" },
  };

  g_test_summary ("A payload has one packet more than separators");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *cursor = cases[i].payload;
      const char *end = cursor + strlen (cursor);
      g_autoptr (GString) packets = g_string_new (NULL);
      TideSpan packet;

      while (tide_engineio_payload_next (&cursor, end, &packet))
        {
          g_string_append_len (packets, packet.bytes, packet.length);
          g_string_append_c (packets, '|');
        }
      g_assert_cmpstr (packets->str, ==, cases[i].packets);
      g_assert_false (tide_engineio_payload_next (&cursor, end, &packet));
    }
}

static void
test_decode_binary (void)
{
  static const struct
  {
    const char *packet;
    const char *bytes; /* NULL: not binary */
  } cases[] = {
    { "b", "" },           { "bYQ==", "a" },  { "bYWI=", "ab" },   { "bYWJj", "abc" },
    { "", NULL },          { "4a", NULL },    { "Yg==", NULL },    { "bYQ=", NULL },
    { "bYQ", NULL },       { "bY", NULL },    { "bYQ==\n", NULL }, { "b YQ=", NULL },
    { "b####", NULL },     { "bYW-_", NULL }, { "bY=Q=", NULL },   { "b====", NULL },
    { "bYQ==YQ==", NULL }, { "b=YQ=", NULL }, { "bY===", NULL },
  };

  g_test_summary ("Base64 is taken when it is good to the last character");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TideSpan packet = { cases[i].packet, strlen (cases[i].packet) };
      g_autoptr (GBytes) bytes = tide_engineio_payload_decode_binary (&packet);

      g_test_message ("%s", cases[i].packet);
      if (cases[i].bytes == NULL)
        g_assert_null (bytes);
      else
        g_assert_cmpmem (g_bytes_get_data (bytes, NULL),
                         g_bytes_get_size (bytes),
                         cases[i].bytes,
                         strlen (cases[i].bytes));
    }

  TideSpan with_nul = { "bYQ=\0", 5 };

  g_assert_null (tide_engineio_payload_decode_binary (&with_nul));
}

/* Random messages into a payload and out again. */
static void
test_random (void)
{
  g_test_summary ("What goes in comes out");

  for (guint round = 0; round < 300; round++)
    {
      g_autoptr (GString) payload = g_string_new (NULL);
      g_autoptr (GPtrArray) messages =
          g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
      guint n = g_test_rand_int_range (1, 12);
      guint kinds = g_test_rand_int ();

      for (guint i = 0; i < n; i++)
        {
          /* A text packet has its type at least. */
          gsize length = g_test_rand_int_range ((kinds >> i & 1) != 0 ? 0 : 1, 200);
          char *bytes = g_malloc (length + 1);

          for (gsize j = 0; j < length; j++)
            bytes[j] = (kinds >> i & 1) != 0 ? g_test_rand_int_range (0, 256)
                                             : g_test_rand_int_range (0x20, 0x7f);
          if ((kinds >> i & 1) == 0)
            bytes[0] = '4';
          g_ptr_array_add (messages, g_bytes_new_take (bytes, length));
          append_message (payload,
                          (kinds >> i & 1) != 0 ? TIDE_WEBSOCKET_BINARY
                                                : TIDE_WEBSOCKET_TEXT,
                          bytes,
                          length);
        }

      const char *cursor = payload->str;
      TideSpan packet;
      guint i = 0;

      for (; tide_engineio_payload_next (&cursor, payload->str + payload->len, &packet);
           i++)
        {
          g_autoptr (GBytes) binary = tide_engineio_payload_decode_binary (&packet);
          gsize length;
          const char *bytes;

          g_assert_cmpuint (i, <, n);
          bytes = g_bytes_get_data (messages->pdata[i], &length);
          if ((kinds >> i & 1) != 0)
            {
              g_assert_nonnull (binary);
              g_assert_cmpmem (g_bytes_get_data (binary, NULL),
                               g_bytes_get_size (binary),
                               bytes,
                               length);
            }
          else
            g_assert_cmpmem (packet.bytes, packet.length, bytes, length);
        }
      g_assert_cmpuint (i, ==, n);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/engineio-payload/append", test_append);
  g_test_add_func ("/protocol/engineio-payload/append-some", test_append_some);
  g_test_add_func ("/protocol/engineio-payload/next", test_next);
  g_test_add_func ("/protocol/engineio-payload/decode-binary", test_decode_binary);
  g_test_add_func ("/protocol/engineio-payload/random", test_random);
  return g_test_run ();
}
