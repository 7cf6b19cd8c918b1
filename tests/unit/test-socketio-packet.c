/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-socketio-packet.h"

#include <glib.h>

#include <string.h>

#define TWO_TO_53_LESS_1 "9007199254740991"

static const char *const good[] = {
  "0",
  "0{}",
  "0{\"token\":\"a\"} ",
  "0/,",
  "0/custom",
  "0/custom,",
  "0/custom,{\"a\":[1]}",
  "0/a/b c?d=e,",
  "1",
  "1/custom,",
  "2[\"a\"]",
  "2[\"a\",{}]\n",
  "2[ \"a\" , 1, null ]",
  "2[5]",
  "2[-1.5e3,\"x\"]",
  "2[\"\"]",
  "20[\"a\"]",
  "212[\"a\",{}]",
  "2007[\"a\"]",
  "2" TWO_TO_53_LESS_1 "[\"a\"]",
  "2/custom,12[\"a\"]",
  "2/,12[\"a\"]",
  "2[\"Connect\"]",
  "2[\"connected\"]",
  "2[\"a\\u0000\"]",
  "2[\"\\ud800\"]",
  "30[]",
  "312[1,\"2\",{}]",
  "3/custom,0[]",
  "4\"no\"",
  "4{\"message\":\"no\"}",
  "4/custom,{\"message\":\"no\"}",
  "51-[\"a\",{\"_placeholder\":true,\"num\":0}]",
  "51-[\"a\",{\"num\" : 0 , \"_placeholder\" : true }]",
  "51-/custom,3[\"a\",[[{\"x\":{\"_placeholder\":true,\"num\":0}}]]]",
  "52-[\"a\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]",
  "51-[\"a\",{\"_placeholder\":false,\"num\":7},{\"_placeholder\":true,\"num\":0}]",
  "51-[\"a\",\"_placeholder\",\"num\",{\"_placeholder\":true,\"num\":0}]",
  "61-5[{\"_placeholder\":true,\"num\":0}]",
};

static const char *const bad[] = {
  "",
  " ",
  "7",
  "a",
  "-1",
  "/",
  "0null",
  "0[]",
  "0\"a\"",
  "0{",
  "0{}{}",
  "012{}",
  "0 {}",
  "1{}",
  "1[]",
  "13",
  "2",
  "2/custom",
  "2/custom,",
  "2{}",
  "2[]",
  "2[null]",
  "2[true]",
  "2[{}]",
  "2[[\"a\"]]",
  "2\"a\"",
  "2 [\"a\"]",
  "2[\"a\"]x",
  "2[\"a\"]]",
  "2[\"a\",]",
  "2[\"a\"",
  "2['a']",
  "2abc[\"a\",1]",
  "2-1[\"a\"]",
  "21.5[\"a\"]",
  "29007199254740992[\"a\"]",
  "200000000000000001[\"a\"]",
  "2123456789012345678901234567890[\"a\"]",
  "2[\"connect\"]",
  "2[\"connect_error\"]",
  "2[\"disconnect\",{}]",
  "2[\"disconnecting\"]",
  "2[\"newListener\"]",
  "2[\"removeListener\"]",
  "2[\"\\u0063onnect\"]",
  "2/\x01,[\"a\"]",
  "2/\x1e,[\"a\"]",
  "2/\x7f,[\"a\"]",
  "2/\xff,[\"a\"]",
  "2/\xc3,[\"a\"]",
  "3",
  "3[]",
  "312",
  "312{}",
  "312null",
  "4",
  "4[]",
  "45\"no\"",
  "5[\"a\"]",
  "5-[\"a\"]",
  "50-[\"a\"]",
  "51[\"a\",{\"_placeholder\":true,\"num\":0}]",
  "51-",
  "51-[]",
  "51-[\"a\"]",
  "51-[\"connect\",{\"_placeholder\":true,\"num\":0}]",
  "51-[\"a\",{\"_placeholder\":true,\"num\":1}]",
  "51-[\"a\",{\"_placeholder\":true,\"num\":-1}]",
  "51-[\"a\",{\"_placeholder\":true,\"num\":0.5}]",
  "51-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]",
  "51-[\"a\",{\"_placeholder\":true}]",
  "51-[\"a\",{\"num\":0}]",
  "51-[\"a\",{\"_placeholder\":1,\"num\":0}]",
  "51-[\"a\",{\"_placeholder\":true,\"num\":4294967296}]",
  "52-[\"a\",{\"_placeholder\":true,\"num\":0}]",
  "52-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]",
  "51-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]",
  "511-[\"a\",{\"_placeholder\":true,\"num\":0}]",
  "518446744073709551617-[\"a\",{\"_placeholder\":true,\"num\":0}]",
  "61-[{\"_placeholder\":true,\"num\":0}]",
  "61-5{\"_placeholder\":true,\"num\":0}",
};

/* The text in memory of exactly its length, so that a sanitizer sees a read behind it. */
static gboolean
parse (TideSocketioPacket *packet, const char *text, gsize length, char **copy)
{
  *copy = g_malloc (length + 1);
  memcpy (*copy, text, length);
  (*copy)[length] = '\0';
  return tide_socketio_packet_parse (packet, *copy, length);
}

static void
test_good (void)
{
  g_test_summary ("Good packets are taken");

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      TideSocketioPacket packet;
      g_autofree char *copy = NULL;
      g_autofree char *shown = g_strescape (good[i], NULL);

      g_test_message ("%s", shown);
      g_assert_true (parse (&packet, good[i], strlen (good[i]), &copy));
      g_assert_cmpint (packet.type, ==, good[i][0] - '0');
    }
}

static void
test_bad (void)
{
  g_test_summary ("Malformed packets are refused");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      TideSocketioPacket packet;
      g_autofree char *copy = NULL;
      g_autofree char *shown = g_strescape (bad[i], NULL);

      g_test_message ("%s", shown);
      g_assert_false (parse (&packet, bad[i], strlen (bad[i]), &copy));
    }
}

static void
test_parts (void)
{
  static const char event[] =
      "52-/custom,12[\"na\\nme\",{\"_placeholder\":true,\"num\":0},"
      "{\"_placeholder\":true,\"num\":1}] ";
  TideSocketioPacket packet;

  g_test_summary ("All parts of a packet are found");

  g_assert_true (tide_socketio_packet_parse (&packet, event, strlen (event)));
  g_assert_cmpint (packet.type, ==, TIDE_SOCKETIO_BINARY_EVENT);
  g_assert_cmpuint (packet.n_attachments, ==, 2);
  g_assert_true (tide_socketio_packet_is_in (&packet, "/custom"));
  g_assert_false (tide_socketio_packet_is_in (&packet, "/"));
  g_assert_false (tide_socketio_packet_is_in (&packet, "/customs"));
  g_assert_true (packet.has_id);
  g_assert_cmpuint (packet.id, ==, 12);
  g_assert_cmpint (packet.name.kind, ==, TIDE_JSON_STRING);
  g_assert_true (packet.name.has_escapes);
  g_assert_cmpmem (packet.name.start, packet.name.length, "na\\nme", 6);
  g_assert_true (g_str_has_prefix (packet.args, ",{\"_placeholder\""));
  g_assert_true (packet.json == strchr (event, '['));
  g_assert_true (packet.json + packet.json_length == event + strlen (event));

  g_assert_true (tide_socketio_packet_parse (&packet, "0", 1));
  g_assert_true (tide_socketio_packet_is_in (&packet, "/"));
  g_assert_false (packet.has_id);
  g_assert_null (packet.json);
  g_assert_cmpint (packet.name.kind, ==, TIDE_JSON_NONE);
}

static void
test_limits (void)
{
  g_autofree char *longest = g_strnfill (TIDE_SOCKETIO_MAX_NAMESPACE - 1, 'n');
  g_autofree char *fits = g_strdup_printf ("0/%s,", longest);
  g_autofree char *too_long = g_strdup_printf ("0/n%s,", longest);
  g_autoptr (GString) deep = g_string_new ("2[\"a\",");
  TideSocketioPacket packet;

  g_test_summary ("Namespaces, attachments and depth are bounded, and NULs refused");

  g_assert_true (tide_socketio_packet_parse (&packet, fits, strlen (fits)));
  g_assert_false (tide_socketio_packet_parse (&packet, too_long, strlen (too_long)));

  for (guint i = 1; i < TIDE_JSON_MAX_DEPTH; i++)
    g_string_append_c (deep, '[');
  for (guint i = 0; i < TIDE_JSON_MAX_DEPTH; i++)
    g_string_append_c (deep, ']');
  g_assert_true (tide_socketio_packet_parse (&packet, deep->str, deep->len));
  g_string_insert_c (deep, 6, '[');
  g_string_append_c (deep, ']');
  g_assert_false (tide_socketio_packet_parse (&packet, deep->str, deep->len));

  g_assert_false (tide_socketio_packet_parse (&packet, "2[\"a\"]\0", 7));
  g_assert_false (tide_socketio_packet_parse (&packet, "2\0[\"a\"]", 7));
  g_assert_false (tide_socketio_packet_parse (&packet, "0/\0,", 4));

  for (guint n = 1; n <= 11; n++)
    {
      g_autoptr (GString) binary = g_string_new (NULL);

      g_string_append_printf (binary, "5%u-[\"a\"", n);
      for (guint i = 0; i < n; i++)
        g_string_append_printf (binary, ",{\"_placeholder\":true,\"num\":%u}", i);
      g_string_append_c (binary, ']');
      g_assert_cmpint (tide_socketio_packet_parse (&packet, binary->str, binary->len),
                       ==,
                       n <= TIDE_SOCKETIO_MAX_ATTACHMENTS);
    }
}

static void
test_round_trip (void)
{
  g_test_summary ("Random packets read as they were written; random damage does no harm");

  for (guint round = 0; round < 5000; round++)
    {
      static const char *const namespaces[] = { "/", "/a", "/custom/x", "/\303\244" };
      const char *namespace = namespaces[g_test_rand_int_range (0, 4)];
      gboolean has_id = g_test_rand_bit ();
      guint64 id = (guint64) (guint32) g_test_rand_int ()
                   << g_test_rand_int_range (0, 21);
      g_autoptr (GString) text = g_string_new ("2");
      g_autofree char *copy = NULL;
      g_autofree char *damaged = NULL;
      TideSocketioPacket packet;

      if (strcmp (namespace, "/") != 0 || g_test_rand_bit ())
        g_string_append_printf (text, "%s,", namespace);
      if (has_id)
        g_string_append_printf (text, "%" G_GUINT64_FORMAT, id);
      g_string_append (text, "[\"tick\\t\",{\"n\":[1,2,{\"x\":\"]\"}]},7]");

      g_assert_true (parse (&packet, text->str, text->len, &copy));
      g_assert_true (tide_socketio_packet_is_in (&packet, namespace));
      g_assert_cmpint (packet.has_id, ==, has_id);
      g_assert_cmpuint (packet.id, ==, has_id ? id : 0);
      g_assert_cmpmem (packet.name.start, packet.name.length, "tick\\t", 6);

      for (int n = g_test_rand_int_range (1, 4); n > 0; n--)
        text->str[g_test_rand_int_range (0, text->len)] = g_test_rand_int ();
      parse (&packet, text->str, g_test_rand_int_range (0, text->len + 1), &damaged);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/socketio-packet/good", test_good);
  g_test_add_func ("/protocol/socketio-packet/bad", test_bad);
  g_test_add_func ("/protocol/socketio-packet/parts", test_parts);
  g_test_add_func ("/protocol/socketio-packet/limits", test_limits);
  g_test_add_func ("/protocol/socketio-packet/round-trip", test_round_trip);
  return g_test_run ();
}
