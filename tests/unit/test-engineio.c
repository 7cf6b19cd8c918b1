/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-engineio.h"

#include "fake-protocol-host.h"

static void
test_parse_type (void)
{
  g_test_summary ("The first character names the packet, all others are refused");

  for (guint byte = 0; byte < 256; byte++)
    {
      const char text[] = { byte, 'x' };
      TideEngineioType expected =
          byte >= '0' && byte <= '6' ? byte - '0' : TIDE_ENGINEIO_INVALID;

      g_assert_cmpint (tide_engineio_parse_type (text, 1), ==, expected);
      g_assert_cmpint (tide_engineio_parse_type (text, 2), ==, expected);
      g_assert_cmpint (tide_engineio_parse_type (text, 0), ==, TIDE_ENGINEIO_INVALID);
    }
}

static void
test_make_open (void)
{
  const TideProtocolSettings settings = {
    .ping_interval_us = 25000 * 1000,
    .ping_timeout_us = 20000 * 1000,
    .connect_timeout_us = 1,
    .max_payload_bytes = 1000000,
  };
  g_autofree char *alone = tide_engineio_make_open ("abc", "", &settings);
  g_autofree char *with_upgrade =
      tide_engineio_make_open ("abc", "\"websocket\"", &settings);

  g_test_summary ("The open packet has its five members, in order");

  g_assert_cmpstr (alone,
                   ==,
                   "0{\"sid\":\"abc\",\"upgrades\":[],\"pingInterval\":25000,"
                   "\"pingTimeout\":20000,\"maxPayload\":1000000}");
  g_assert_cmpstr (
      with_upgrade,
      ==,
      "0{\"sid\":\"abc\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,"
      "\"pingTimeout\":20000,\"maxPayload\":1000000}");
}

typedef struct
{
  const char *packet;
  const char *message; /* NULL: none to take */
  const char *log;
} TakeCase;

static const TakeCase take_cases[] = {
  { "4", "", "" },
  { "42[\"a\"]", "2[\"a\"]", "" },
  { "3", NULL, "" },
  { "3probe", NULL, "" },
  { "0", NULL, "" },
  { "5", NULL, "" },
  { "6", NULL, "" },
  { "1", NULL, "close client closed by the client\n" },
  { "2", NULL, "close protocol only the server sends pings\n" },
  { "2probe", NULL, "close protocol only the server sends pings\n" },
  { "7", NULL, "close protocol unknown Engine.IO packet\n" },
  { "b", NULL, "close protocol unknown Engine.IO packet\n" },
  { "", NULL, "close protocol unknown Engine.IO packet\n" },
};

static void
test_take_message (void)
{
  g_test_summary ("Only messages go on to the layer above");

  for (guint i = 0; i < G_N_ELEMENTS (take_cases); i++)
    {
      const TakeCase *take_case = &take_cases[i];
      const char *text = take_case->packet;
      gsize length = strlen (text);
      FakeHost host;

      fake_host_init (&host, TIDE_WIRE_SOCKETIO);
      g_string_truncate (host.log, 0);
      g_assert_cmpint (tide_engineio_take_message (&host.protocol, &text, &length),
                       ==,
                       take_case->message != NULL);
      if (take_case->message != NULL)
        {
          g_assert_cmpstr (text, ==, take_case->message);
          g_assert_cmpuint (length, ==, strlen (take_case->message));
        }
      fake_host_assert_log (&host, take_case->log);
      fake_host_clear (&host);
    }
}

static void
test_sids (void)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_uses[256] = { 0 };

  g_test_summary ("Sids are 20 characters of base64url, never twice the same");

  for (guint round = 0; round < 1000; round++)
    {
      char sids[4][TIDE_SID_LENGTH + 1];

      tide_sid_generate (sids, 4);
      for (guint i = 0; i < 4; i++)
        {
          g_assert_cmpuint (strlen (sids[i]), ==, TIDE_SID_LENGTH);
          for (guint j = 0; j < TIDE_SID_LENGTH; j++)
            {
              g_assert_true (g_ascii_isalnum (sids[i][j]) || sids[i][j] == '-' ||
                             sids[i][j] == '_');
              n_uses[(guchar) sids[i][j]]++;
            }
          g_assert_true (g_hash_table_add (seen, g_strdup (sids[i])));
        }
    }

  /* 80,000 characters of 64 kinds, 1250 each: an uneven use would mean lost bits. The
   * bounds are over ten standard deviations away. */
  for (guint byte = 0; byte < 256; byte++)
    if (n_uses[byte] > 0)
      {
        g_assert_cmpuint (n_uses[byte], >, 850);
        g_assert_cmpuint (n_uses[byte], <, 1650);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/engineio/parse-type", test_parse_type);
  g_test_add_func ("/protocol/engineio/make-open", test_make_open);
  g_test_add_func ("/protocol/engineio/take-message", test_take_message);
  g_test_add_func ("/protocol/engineio/sids", test_sids);
  return g_test_run ();
}
