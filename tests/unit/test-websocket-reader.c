/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-websocket-reader.h"

#include <string.h>

#define FIN 0x80
#define MAX_MESSAGE 1000
#define MAX_FRAGMENTS 5

static const TideWebSocketRules rules = { MAX_MESSAGE, MAX_FRAGMENTS, NULL };

/* What a client sends: masked, with the length in @long_size bytes more than the header's
 * own. */
static void
append_header (GByteArray *out, guint8 first, guint64 length, guint long_size)
{
  static const guint8 mask[] = { 0x12, 0xa7, 0x5c, 0xe1 };
  guint8 header[14] = { first };
  gsize at = 2;

  header[1] = 0x80 | (long_size == 8 ? 127 : long_size == 2 ? 126 : length);
  for (guint i = 0; i < long_size; i++)
    header[at++] = length >> (8 * (long_size - 1 - i));
  memcpy (header + at, mask, sizeof mask);
  g_byte_array_append (out, header, at + sizeof mask);
}

static void
append_frame (GByteArray *out, guint8 first, gconstpointer payload, gsize length)
{
  append_header (out, first, length, length > 65535 ? 8 : length > 125 ? 2 : 0);
  for (gsize i = 0; i < length; i++)
    {
      guint8 byte = ((const guint8 *) payload)[i] ^
                    (const guint8[]) { 0x12, 0xa7, 0x5c, 0xe1 }[i % 4];

      g_byte_array_append (out, &byte, 1);
    }
}

static void
append_text_frame (GByteArray *out, guint8 first, const char *text)
{
  append_frame (out, first, text, strlen (text));
}

/* Writes down what a reader gives for bytes that come in random pieces: "OPCODE:TEXT|…",
 * "!CODE" at the end for a failure. */
static char *
read_pieces_by (const GByteArray *bytes, gsize max_piece, const TideWebSocketRules *by)
{
  TideWebSocketReader reader = { 0 };
  TideWebSocketMessage message;
  GString *log = g_string_new (NULL);

  for (gsize at = 0; at < bytes->len;)
    {
      gsize length = g_test_rand_int_range (1, max_piece + 1);
      gsize piece = MIN (length, bytes->len - at);
      /* A copy of its own, so that a byte too far is seen. */
      g_autofree guint8 *copy = g_memdup2 (bytes->data + at, piece);
      TideSpan input = { copy, piece };

      at += piece;
      while (tide_websocket_reader_next (&reader, &input, by, &message))
        {
          if (message.close_code != 0)
            {
              g_assert_null (message.payload);
              g_assert_nonnull (message.reason);
              g_string_append_printf (log, "!%u", message.close_code);
              tide_websocket_reader_clear (&reader);
              return g_string_free (log, FALSE);
            }
          g_assert_cmpuint (message.payload->data[message.payload->len], ==, '\0');
          g_string_append_printf (log, "%x:", message.opcode);
          g_string_append_len (
              log, (const char *) message.payload->data, message.payload->len);
          g_string_append_c (log, '|');
          g_byte_array_unref (message.payload);
        }
      g_assert_cmpuint (input.length, ==, 0);
    }
  tide_websocket_reader_clear (&reader);
  return g_string_free (log, FALSE);
}

static char *
read_pieces (const GByteArray *bytes, gsize max_piece)
{
  return read_pieces_by (bytes, max_piece, &rules);
}

#define assert_reads(bytes, expected)                                                    \
  G_STMT_START                                                                           \
  {                                                                                      \
    for (guint piece_ = 1; piece_ < 40; piece_ += 6)                                     \
      {                                                                                  \
        g_autofree char *log_ = read_pieces (bytes, piece_);                             \
        g_assert_cmpstr (log_, ==, expected);                                            \
      }                                                                                  \
  }                                                                                      \
  G_STMT_END

static void
test_messages (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_test_summary ("Messages come out whole, with control frames between their pieces");

  append_text_frame (bytes, FIN | 1, "one");
  append_text_frame (bytes, FIN | 2, "");
  append_text_frame (bytes, 1, "t");
  append_text_frame (bytes, FIN | 9, "are you there");
  append_text_frame (bytes, 0, "w");
  append_text_frame (bytes, FIN | 10, "yes");
  append_text_frame (bytes, FIN | 0, "o");
  append_text_frame (bytes, FIN | 8, "");
  assert_reads (bytes, "1:one|2:|9:are you there|a:yes|1:two|8:|");
}

static void
test_sizes (void)
{
  static const gsize sizes[] = { 125, 126, 127, 65535, 65536 };
  const TideWebSocketRules roomy = { 100000, 1, NULL };

  g_test_summary ("Every form of the length is read");

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autofree char *payload = g_malloc0 (sizes[i]);
      TideWebSocketReader reader = { 0 };
      TideWebSocketMessage message;

      for (gsize k = 0; k < sizes[i]; k++)
        payload[k] = k * 7;
      append_frame (bytes, FIN | 2, payload, sizes[i]);
      TideSpan input = { bytes->data, bytes->len };

      g_assert_true (tide_websocket_reader_next (&reader, &input, &roomy, &message));
      g_assert_cmpmem (message.payload->data, message.payload->len, payload, sizes[i]);
      g_byte_array_unref (message.payload);
      tide_websocket_reader_clear (&reader);
    }
}

static void
test_forbidden (void)
{
  static const struct
  {
    const char *title;
    guint8 first;
    guint64 length;
    guint long_size;
    const char *expected;
  } cases[] = {
    { "reserved bit 1", FIN | 0x40 | 1, 0, 0, "!1002" },
    { "reserved bit 2", FIN | 0x20 | 1, 0, 0, "!1002" },
    { "reserved bit 3", FIN | 0x10 | 9, 0, 0, "!1002" },
    { "opcode 3", FIN | 3, 0, 0, "!1002" },
    { "opcode 7", FIN | 7, 0, 0, "!1002" },
    { "opcode 11", FIN | 11, 0, 0, "!1002" },
    { "opcode 15", FIN | 15, 0, 0, "!1002" },
    { "a continuation of nothing", FIN | 0, 0, 0, "!1002" },
    { "a ping in fragments", 9, 0, 0, "!1002" },
    { "a ping of 126 bytes", FIN | 9, 126, 2, "!1002" },
    { "a length of 125 in two bytes", FIN | 1, 125, 2, "!1002" },
    { "a length of 65535 in eight bytes", FIN | 1, 65535, 8, "!1002" },
    { "the length's highest bit", FIN | 1, G_GUINT64_CONSTANT (1) << 63, 8, "!1002" },
    { "one byte too many", FIN | 1, MAX_MESSAGE + 1, 2, "!1009" },
    { "all too many", FIN | 2, G_MAXINT64, 8, "!1009" },
    { "as many as may be", FIN | 2, MAX_MESSAGE, 2, "" },
  };

  g_test_summary ("A header that is no good ends the reading at once");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();

      g_test_message ("%s", cases[i].title);
      append_header (bytes, cases[i].first, cases[i].length, cases[i].long_size);
      assert_reads (bytes, cases[i].expected);
    }
}

static void
test_unmasked (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_test_summary ("A client has to mask");

  g_byte_array_append (bytes, (const guint8 *) "\x81\x01x", 3);
  assert_reads (bytes, "!1002");
}

static void
test_nested (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_test_summary ("No message begins inside another one");

  append_text_frame (bytes, 1, "a");
  append_text_frame (bytes, FIN | 1, "b");
  assert_reads (bytes, "!1002");
}

static void
test_limits (void)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *long_text = g_strnfill (900, 'x');

  g_test_summary (
      "Fragments are counted together, empty ones too, and each message anew");

  append_text_frame (bytes, 1, long_text);
  append_header (bytes, FIN | 0, 101, 0);
  assert_reads (bytes, "!1009");

  g_byte_array_set_size (bytes, 0);
  append_text_frame (bytes, 1, long_text);
  append_header (bytes, FIN | 0, G_MAXINT64 - 800, 8);
  assert_reads (bytes, "!1009");

  g_byte_array_set_size (bytes, 0);
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < MAX_FRAGMENTS; i++)
      append_header (bytes, (i == MAX_FRAGMENTS - 1 ? FIN : 0) | (i == 0), 0, 0);
  assert_reads (bytes, "1:|1:|");
  g_byte_array_set_size (bytes, MAX_FRAGMENTS * 6);
  bytes->data[(MAX_FRAGMENTS - 1) * 6] &= ~FIN;
  append_header (bytes, FIN | 0, 0, 0);
  assert_reads (bytes, "!1009");
}

static void
test_utf8 (void)
{
  static const struct
  {
    const char *first;
    const char *second;
    const char *expected;
  } cases[] = {
    { "gr\xc3", "\xbc\xc3\x9f", "1:gr\xc3\xbc\xc3\x9f|" },
    { "\xf0\x9f", "\x8c\x8a", "1:\xf0\x9f\x8c\x8a|" },
    { "a\xc3", "b", "!1007" },
    { "\xc0\xaf", "", "!1007" },
    { "\xed\xa0", "\x80", "!1007" },
    { "\xf4\x90\x80\x80", "", "!1007" },
    { "ends in \xe2", "\x82", "!1007" },
    { "\x80", "", "!1007" },
  };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *log = NULL;

  g_test_summary ("A text has to be UTF-8 as a whole; its characters may be cut");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_byte_array_set_size (bytes, 0);
      append_text_frame (bytes, 1, cases[i].first);
      append_text_frame (bytes, FIN | 0, cases[i].second);
      assert_reads (bytes, cases[i].expected);
    }

  g_byte_array_set_size (bytes, 0);
  append_frame (bytes, FIN | 1, "a\0b\0", 4);
  append_frame (bytes, FIN | 2, "\xff", 1);
  append_frame (bytes, FIN | 1, "a\0\xff", 3);
  log = read_pieces (bytes, 40);
  g_assert_cmpstr (log, ==, "1:a");
}

static void
test_close (void)
{
  static const struct
  {
    guint16 code;
    const char *expected;
  } cases[] = {
    { 0, "!1002" },    { 999, "!1002" },  { 1000, NULL },     { 1003, NULL },
    { 1004, "!1002" }, { 1005, "!1002" }, { 1006, "!1002" },  { 1007, NULL },
    { 1014, NULL },    { 1015, "!1002" }, { 2999, "!1002" },  { 3000, NULL },
    { 4999, NULL },    { 5000, "!1002" }, { 65535, "!1002" },
  };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_test_summary ("A close frame has a good code or none, and a reason in UTF-8");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const guint8 payload[] = { cases[i].code >> 8, cases[i].code & 0xff, 'x' };
      TideWebSocketReader reader = { 0 };
      TideWebSocketMessage message;

      g_byte_array_set_size (bytes, 0);
      append_frame (bytes, FIN | 8, payload, sizeof payload);
      if (cases[i].expected != NULL)
        assert_reads (bytes, cases[i].expected);
      else
        {
          TideSpan input = { bytes->data, bytes->len };

          g_assert_true (tide_websocket_reader_next (&reader, &input, &rules, &message));
          g_assert_cmpuint (
              tide_websocket_get_close_code (message.payload), ==, cases[i].code);
          g_byte_array_unref (message.payload);
        }
    }
  g_byte_array_set_size (bytes, 0);
  append_frame (bytes, FIN | 8, "\x03", 1);
  assert_reads (bytes, "!1002");
  g_byte_array_set_size (bytes, 0);
  append_frame (bytes, FIN | 8, "\x03\xe8\xff", 3);
  assert_reads (bytes, "!1007");
}

static void
test_compressed (void)
{
  static const char hello[] = "\xf2\x48\xcd\xc9\xc9\x07\x00"; /* RFC 7692, 7.2.3.1 */
  TideInflater *inflater = tide_inflater_new ();
  const TideWebSocketRules with_inflater = { MAX_MESSAGE, MAX_FRAGMENTS, inflater };
  static const struct
  {
    const char *title;
    guint8 first;
    guint8 second;
    const char *expected;
  } cases[] = {
    { "its first frame says so", 0x40 | 1, FIN | 0, "1:Hello|" },
    { "binary, too", 0x40 | 2, FIN | 0, "2:Hello|" },
    { "a later one says so", 0x40 | 1, FIN | 0x40 | 0, "!1002" },
    { "another bit", 0x20 | 1, FIN | 0, "!1002" },
    { "a ping", FIN | 0x40 | 9, FIN | 0, "!1002" },
    { "plain, it is no text", 1, FIN | 0, "!1007" },
  };

  g_test_summary ("A compressed message is read when that was agreed, also in pieces");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autofree char *refused = NULL;
      g_autofree char *log = NULL;

      g_test_message ("%s", cases[i].title);
      append_frame (bytes, cases[i].first, hello, 3);
      append_frame (bytes, cases[i].second, hello + 3, 4);
      log = read_pieces_by (bytes, 3, &with_inflater);
      g_assert_cmpstr (log, ==, cases[i].expected);
      if ((cases[i].first & 0x40) == 0)
        continue;
      refused = read_pieces (bytes, 3);
      g_assert_cmpstr (refused, ==, "!1002");
    }
  tide_inflater_free (inflater);
}

static void
test_compressed_limits (void)
{
  static const char hello[] = "\xf2\x48\xcd\xc9\xc9\x07\x00";
  TideInflater *inflater = tide_inflater_new ();
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *good = NULL;
  g_autofree char *too_large = NULL;
  g_autofree char *broken = NULL;

  g_test_summary ("What is in a compressed message is limited, and has to be UTF-8");

  append_frame (bytes, FIN | 0x40 | 1, hello, sizeof hello - 1);
  good = read_pieces_by (bytes, 9, &(TideWebSocketRules){ 7, 1, inflater });
  g_assert_cmpstr (good, ==, "1:Hello|");
  append_frame (bytes, FIN | 0x40 | 1, "RP\xa0=\x00\x00", 6);
  too_large = read_pieces_by (bytes, 9, &(TideWebSocketRules){ 7, 1, inflater });
  g_assert_cmpstr (too_large, ==, "1:Hello|!1009");
  g_byte_array_set_size (bytes, 0);
  append_frame (bytes, FIN | 0x40 | 1, "\xff\xff", 2);
  broken = read_pieces_by (bytes, 9, &(TideWebSocketRules){ 7, 1, inflater });
  g_assert_cmpstr (broken, ==, "!1007");
  tide_inflater_free (inflater);
}

/* A random message in random fragments; returns whether it is within the rules. */
static gboolean
append_random (GByteArray *bytes, GString *expected)
{
  GString *text = g_string_new (NULL);
  guint n_fragments = g_test_rand_int_range (1, MAX_FRAGMENTS + 2);
  gboolean is_good = TRUE;
  guint8 opcode = 1 + g_test_rand_int_range (0, 2);

  for (guint i = 0; i < n_fragments && is_good; i++)
    {
      g_autofree char *piece =
          g_strnfill (g_test_rand_int_range (0, 4) == 0 ? g_test_rand_int_range (0, 700)
                                                        : g_test_rand_int_range (0, 30),
                      g_test_rand_int_range ('a', 'z' + 1));

      if (g_test_rand_int_range (0, 4) == 0)
        {
          append_text_frame (bytes, FIN | 9, piece + MAX (strlen (piece), 100) - 100);
          g_string_append_printf (
              expected, "9:%s|", piece + MAX (strlen (piece), 100) - 100);
        }
      append_text_frame (
          bytes, (i == n_fragments - 1 ? FIN : 0) | (i == 0 ? opcode : 0), piece);
      g_string_append (text, piece);
      is_good = text->len <= MAX_MESSAGE && i < MAX_FRAGMENTS;
    }
  if (is_good)
    g_string_append_printf (expected, "%u:%s|", opcode, text->str);
  else
    g_string_append (expected, "!1009");
  g_string_free (text, TRUE);
  return is_good;
}

static void
test_random (void)
{
  static const gsize pieces[] = { 1, 3, 20, 500, 5000 };

  g_test_summary ("The reader agrees with who knows the messages, however they are cut");

  for (guint round = 0; round < 3000; round++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      GString *expected = g_string_new (NULL);

      for (int n = g_test_rand_int_range (1, 10);
           n > 0 && append_random (bytes, expected);
           n--)
        ;
      g_autofree char *log = read_pieces (bytes, pieces[g_test_rand_int_range (0, 5)]);

      g_assert_cmpstr (log, ==, expected->str);
      g_string_free (expected, TRUE);
    }
}

static void
test_unfinished (void)
{
  TideWebSocketReader reader = { 0 };
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  g_test_summary ("A reader knows at each byte whether something has begun");

  append_text_frame (bytes, TIDE_WEBSOCKET_TEXT, "ab");
  append_text_frame (bytes, FIN | TIDE_WEBSOCKET_PING, "");
  append_text_frame (bytes, FIN | TIDE_WEBSOCKET_CONTINUATION, "");
  g_assert_false (tide_websocket_reader_is_unfinished (&reader));
  for (gsize at = 0; at < bytes->len; at++)
    {
      TideSpan input = { bytes->data + at, 1 };
      TideWebSocketMessage message;

      while (tide_websocket_reader_next (&reader, &input, &rules, &message))
        g_byte_array_unref (message.payload);
      g_assert_cmpint (
          tide_websocket_reader_is_unfinished (&reader), ==, at + 1 < bytes->len);
    }
  tide_websocket_reader_clear (&reader);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/websocket-reader/unfinished", test_unfinished);
  g_test_add_func ("/protocol/websocket-reader/messages", test_messages);
  g_test_add_func ("/protocol/websocket-reader/sizes", test_sizes);
  g_test_add_func ("/protocol/websocket-reader/forbidden", test_forbidden);
  g_test_add_func ("/protocol/websocket-reader/unmasked", test_unmasked);
  g_test_add_func ("/protocol/websocket-reader/nested", test_nested);
  g_test_add_func ("/protocol/websocket-reader/limits", test_limits);
  g_test_add_func ("/protocol/websocket-reader/utf8", test_utf8);
  g_test_add_func ("/protocol/websocket-reader/close", test_close);
  g_test_add_func ("/protocol/websocket-reader/compressed", test_compressed);
  g_test_add_func ("/protocol/websocket-reader/compressed-limits",
                   test_compressed_limits);
  g_test_add_func ("/protocol/websocket-reader/random", test_random);
  return g_test_run ();
}
