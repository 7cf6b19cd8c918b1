/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-deflater.h"
#include "tide-websocket-frame.h"

#include <string.h>

#define COMPRESSED 0x40
#define MAX_BYTES 100000

/* Takes the messages out of a frame, as a client that was offered compression does, and
 * puts them back to back. Returns: how many of them were compressed. */
static guint
read_frame (const TideFrame *frame, TideInflater *inflater, GString *text)
{
  const guint8 *cursor = frame->bytes;
  const guint8 *end = frame->bytes + frame->n_bytes;
  const guint8 *start = cursor;
  TideWebSocketOpcode opcode;
  TideSpan payload;
  guint n_compressed = 0;

  while (tide_websocket_frame_next (&cursor, end, &opcode, &payload))
    {
      g_autoptr (GByteArray) message = g_byte_array_new ();

      g_byte_array_append (message, payload.bytes, payload.length);
      if ((*start & COMPRESSED) != 0)
        {
          n_compressed++;
          g_assert_cmpint (
              tide_inflater_run (inflater, message, MAX_BYTES), ==, TIDE_INFLATE_DONE);
        }
      g_string_append_len (text, (const char *) message->data, message->len);
      start = cursor;
    }
  g_assert_true (cursor == end);
  return n_compressed;
}

static TideFrame *
make_frame (const char *const *texts, guint n_texts)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  TideFrame *frame;

  for (guint i = 0; i < n_texts; i++)
    {
      TideSpan span = { texts[i], strlen (texts[i]) };
      g_autoptr (TideFrame) one =
          tide_websocket_frame_new (TIDE_WEBSOCKET_TEXT, &span, 1, 0);

      g_byte_array_append (bytes, one->bytes, one->n_bytes);
    }
  frame = tide_frame_new (bytes->len, n_texts);
  memcpy (frame->bytes, bytes->data, bytes->len);
  return frame;
}

static void
test_messages (void)
{
  g_autofree char *long_text = g_strnfill (70000, 'x');
  const char *texts[] = {
    "{\"price\":1}",
    "{\"symbol\":\"AAPL\",\"price\":187.23,\"volume\":100,\"bid\":187.22,\"ask\":187.24,"
    "\"bid_size\":100,\"ask_size\":200,\"exchange\":\"NASDAQ\",\"conditions\":[]}",
    "",
    long_text,
  };
  g_autoptr (TideFrame) frame = make_frame (texts, G_N_ELEMENTS (texts));
  TideDeflater *deflater = tide_deflater_new ();
  TideInflater *inflater = tide_inflater_new ();

  g_test_summary ("Long messages get shorter, short ones stay, and each is there again");

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (TideFrame) deflated = tide_deflater_run (deflater, frame);
      g_autoptr (GString) expected = g_string_new (NULL);
      g_autoptr (GString) text = g_string_new (NULL);

      g_assert_cmpuint (deflated->n_events, ==, frame->n_events);
      g_assert_null (deflated->batch);
      g_assert_cmpuint (deflated->n_bytes, <, 1000);
      read_frame (frame, inflater, expected);
      g_assert_cmpuint (read_frame (deflated, inflater, text), ==, 2);
      g_assert_cmpstr (text->str, ==, expected->str);
    }
  tide_deflater_free (deflater);
  tide_inflater_free (inflater);
}

static void
test_random (void)
{
  TideDeflater *deflater = tide_deflater_new ();
  TideInflater *inflater = tide_inflater_new ();

  g_test_summary ("Whatever is compressed comes out as it was; noise stays as it is");

  for (guint round = 0; round < 2000; round++)
    {
      gsize length = g_test_rand_int_range (0, round % 10 == 0 ? 20000 : 400);
      int variety = 1 << g_test_rand_int_range (0, 9);
      g_autofree guint8 *bytes = g_malloc (length + 1);
      g_autoptr (GString) text = g_string_new (NULL);

      for (gsize i = 0; i < length; i++)
        bytes[i] = g_test_rand_int_range (0, variety);
      TideSpan span = { bytes, length };
      g_autoptr (TideFrame) frame =
          tide_websocket_frame_new (TIDE_WEBSOCKET_BINARY, &span, 1, 1);
      g_autoptr (TideFrame) deflated = tide_deflater_run (deflater, frame);

      g_assert_cmpuint (deflated->n_bytes, <=, frame->n_bytes);
      read_frame (deflated, inflater, text);
      g_assert_cmpmem (text->str, text->len, bytes, length);
    }
  tide_deflater_free (deflater);
  tide_inflater_free (inflater);
}

static void
test_limit (void)
{
  g_autofree char *long_text = g_strnfill (MAX_BYTES + 1, 'x');
  const char *texts[] = { long_text };
  g_autoptr (TideFrame) frame = make_frame (texts, 1);
  TideDeflater *deflater = tide_deflater_new ();
  TideInflater *inflater = tide_inflater_new ();
  g_autoptr (TideFrame) deflated = tide_deflater_run (deflater, frame);
  const guint8 *cursor = deflated->bytes;
  TideWebSocketOpcode opcode;
  TideSpan payload;

  g_test_summary ("What would be too much is not made");

  g_assert_true (tide_websocket_frame_next (
      &cursor, deflated->bytes + deflated->n_bytes, &opcode, &payload));
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GByteArray) message = g_byte_array_new ();

      g_byte_array_append (message, payload.bytes, payload.length);
      g_assert_cmpint (tide_inflater_run (inflater, message, MAX_BYTES + i),
                       ==,
                       i == 0 ? TIDE_INFLATE_TOO_LARGE : TIDE_INFLATE_DONE);
      g_assert_cmpuint (message->len, <=, MAX_BYTES + 4096);
    }
  tide_deflater_free (deflater);
  tide_inflater_free (inflater);
}

static void
test_broken (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    TideInflateResult result;
    const char *text;
  } cases[] = {
    /* RFC 7692, section 7.2.3: "Hello" in several ways. */
    { "\xf2\x48\xcd\xc9\xc9\x07\x00", 7, TIDE_INFLATE_DONE, "Hello" },
    { "\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00", 11, TIDE_INFLATE_DONE, "Hello" },
    { "\xf3\x48\xcd\xc9\xc9\x07\x00\x00", 8, TIDE_INFLATE_DONE, "Hello" },
    { "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
      13,
      TIDE_INFLATE_DONE,
      "Hello" },
    { "\x00", 1, TIDE_INFLATE_DONE, "" },
    { "\xff\xff\xff\xff", 4, TIDE_INFLATE_BROKEN, NULL },
    { "\x07", 1, TIDE_INFLATE_BROKEN, NULL },
    /* A reference to before the message: a context from an earlier one. */
    { "\xf2\x00\x11\x00\x00", 5, TIDE_INFLATE_BROKEN, NULL },
  };
  TideInflater *inflater = tide_inflater_new ();

  g_test_summary ("The examples of RFC 7692 are read, and what is none is refused");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) message = g_byte_array_new ();

      g_test_message ("case %u", i);
      g_byte_array_append (message, (const guint8 *) cases[i].bytes, cases[i].length);
      g_assert_cmpint (
          tide_inflater_run (inflater, message, MAX_BYTES), ==, cases[i].result);
      if (cases[i].text != NULL)
        g_assert_cmpmem (
            message->data, message->len, cases[i].text, strlen (cases[i].text));
    }
  tide_inflater_free (inflater);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/deflater/messages", test_messages);
  g_test_add_func ("/protocol/deflater/random", test_random);
  g_test_add_func ("/protocol/deflater/limit", test_limit);
  g_test_add_func ("/protocol/deflater/broken", test_broken);
  return g_test_run ();
}
