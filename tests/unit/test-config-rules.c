/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config.h"
#include "tide-error.h"

#include <string.h>

typedef struct
{
  const char *settings; /* as GROUP.KEY=VALUE, one a line */
  const char *expected; /* (nullable), the whole message; NULL when all is well */
} Case;

static void
check_case (const Case *test_case)
{
  g_auto (GStrv) lines = g_strsplit (test_case->settings, "\n", -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (TideConfig) config =
      tide_config_load_data ("t.conf", "", 0, (const char *const *) lines, &error);

  if (test_case->expected == NULL)
    {
      g_assert_no_error (error);
      g_assert_nonnull (config);
      return;
    }
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  g_assert_null (config);
  g_assert_cmpstr (error->message, ==, test_case->expected);
}

static void
test_event_fits_outbox (void)
{
  static const Case cases[] = {
    { "source.max-event-bytes=300000\ndelivery.outbox-hard-bytes=1200000", NULL },
    { "source.max-event-bytes=300001\ndelivery.outbox-hard-bytes=1200000",
      "--set: [source] max-event-bytes=300001 is more than a quarter of [delivery] "
      "outbox-hard-bytes=1200000; at most 300000 is allowed" },
    { "source.max-event-bytes=262145",
      "--set: [source] max-event-bytes=262145 is more than a quarter of [delivery] "
      "outbox-hard-bytes=1048576; at most 262144 is allowed" },
    { "delivery.outbox-hard-bytes=1048572",
      "--set: [source] max-event-bytes=262144 is more than a quarter of [delivery] "
      "outbox-hard-bytes=1048572; at most 262143 is allowed" },
    { "source.max-event-bytes=300001\ndelivery.outbox-hard-bytes=x",
      "--set delivery.outbox-hard-bytes=x: [delivery] outbox-hard-bytes=x is not a whole "
      "number from 4096 to 1073741824" },
  };

  g_test_summary ("An event may be at most a quarter of what an outbox holds");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i]);
}

static void
test_memory_is_enough (void)
{
  static const Case cases[] = {
    { "server.max-memory-bytes=0", NULL },
    { "server.max-memory-bytes=33554432", NULL },
    { "server.max-memory-bytes=33554431",
      "--set: [server] max-memory-bytes=33554431 is less than the service itself needs; "
      "at least 33554432, or 0 for no limit, is allowed" },
  };

  g_test_summary ("A limit of memory leaves the service room to live");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i]);
}

static void
test_soft_below_hard (void)
{
  static const Case cases[] = {
    { "delivery.outbox-soft-bytes=1048575", NULL },
    { "delivery.outbox-soft-bytes=1048576",
      "--set: [delivery] outbox-soft-bytes=1048576 is not less than "
      "outbox-hard-bytes=1048576" },
    { "delivery.outbox-soft-bytes=2000000",
      "--set: [delivery] outbox-soft-bytes=2000000 is not less than "
      "outbox-hard-bytes=1048576" },
  };

  g_test_summary ("The soft limit of an outbox is below its hard one");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i]);
}

static void
test_ping_timeout (void)
{
  static const Case cases[] = {
    { "engineio.ping-timeout-ms=1000", NULL },
    { "engineio.ping-interval-ms=25000\nengineio.ping-timeout-ms=20000", NULL },
    { "engineio.ping-timeout-ms=999",
      "--set: [engineio] ping-timeout-ms=999 is less than a tenth of "
      "ping-interval-ms=10000; at least 1000 is allowed" },
    { "engineio.ping-interval-ms=600010",
      "--set: [engineio] ping-timeout-ms=60000 is less than a tenth of "
      "ping-interval-ms=600010; at least 60001 is allowed" },
  };

  g_test_summary ("The ping timeout is at least a tenth of the interval");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i]);
}

static void
test_tls (void)
{
  static const Case cases[] = {
    { "server.listen=tls:127.0.0.1:443;127.0.0.1:80\nserver.tls-certificate=/a\n"
      "server.tls-private-key=/b",
      NULL },
    { "server.tls-certificate=/a",
      "--set: [server] tls-certificate needs tls-private-key as well: a certificate is "
      "no good without its key" },
    { "server.tls-private-key=/b",
      "--set: [server] tls-private-key needs tls-certificate as well: a certificate is "
      "no good without its key" },
    { "server.listen=tls:127.0.0.1:443",
      "--set: [server] listen has an address with tls:, which needs a certificate; name "
      "its files with tls-certificate=PATH and tls-private-key=PATH" },
    { "server.tls-certificate=/a\nserver.tls-private-key=/b",
      "--set: [server] tls-certificate is set but TLS is spoken nowhere; write tls: "
      "before an address of listen, such as tls:0.0.0.0:443" },
  };

  g_test_summary ("A certificate, its key and an address to show it at need each other");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i]);
}

static void
test_replay (void)
{
  static const Case cases[] = {
    { "source.type=replay\nsource.file=/a", NULL },
    { "source.file=/a", NULL },
    { "source.type=replay",
      "--set: [source] type=replay needs a recording; name it with [source] file=PATH" },
  };

  g_test_summary ("The replay source needs a recording");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i]);
}

static void
test_development (void)
{
  static const char *const far[] = {
    "0.0.0.0:5000", "[::]:1", "unix:/run/x", "10.1.2.3:1"
  };

  g_test_summary ("Development mode is refused unless every listener is on loopback");

  check_case (&(Case){ "auth.mode=development", NULL });
  check_case (&(Case){ "auth.mode=development\n"
                       "server.listen=127.9.0.1:1;[::1]:2;localhost:3\n"
                       "server.allowed-origins=*",
                       NULL });
  check_case (&(Case){ "server.listen=0.0.0.0:5000\nserver.allowed-origins=*", NULL });

  for (guint i = 0; i < G_N_ELEMENTS (far); i++)
    {
      g_autofree char *data = g_strdup_printf (
          "[auth]\nmode=development\n[server]\nlisten=127.0.0.1:1;%s\n", far[i]);
      g_autofree char *expected = g_strdup_printf (
          "t.conf:2: [auth] mode=development is refused with [server] listen=%s "
          "(t.conf:4): whoever reaches that address could take any user's name; every "
          "address must be TCP on 127.0.0.0/8, [::1] or localhost",
          far[i]);
      g_autoptr (GError) error = NULL;

      g_assert_null (tide_config_load_data ("t.conf", data, strlen (data), NULL, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
      g_assert_cmpstr (error->message, ==, expected);
    }
}

static void
test_login_secrets (void)
{
  static const Case cases[] = {
    { "auth.mode=flask-session\nauth.flask-secret-file=/x", NULL },
    { "auth.mode=jwt\nauth.jwt-key-file=/x", NULL },
    { "auth.mode=flask-session",
      "--set: [auth] mode=flask-session needs the application's SECRET_KEY; name a file "
      "that has it with [auth] flask-secret-file=PATH" },
    { "auth.mode=jwt\nauth.flask-secret-file=/x",
      "--set: [auth] mode=jwt needs what tokens are checked with; name a file that has "
      "it "
      "with [auth] jwt-key-file=PATH" },
    { "auth.mode=header\nserver.trusted-proxies=127.0.0.1", NULL },
    { "auth.mode=header",
      "--set: [auth] mode=header believes what the proxy says, so it needs to know the "
      "proxy; name its address with [server] trusted-proxies=ADDRESS" },
  };

  g_test_summary ("A log-in needs what it is checked with");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i]);
}

static void
test_origins (void)
{
  static const Case cases[] = {
    { "auth.mode=jwt\nauth.jwt-key-file=/x\nserver.allowed-origins=*", NULL },
    { "auth.mode=flask-session\nauth.flask-secret-file=/x\n"
      "server.allowed-origins=https://a.example",
      NULL },
    { "auth.mode=flask-session\nauth.flask-secret-file=/x\nserver.allowed-origins=*",
      "--set: [server] allowed-origins=* is refused with [auth] mode=flask-session: any "
      "page could act as the users who open it; name the origins of your pages" },
    { "auth.mode=jwt\nauth.jwt-key-file=/x\nauth.jwt-cookie=t\n"
      "server.allowed-origins=https://a.example;*",
      "--set: [server] allowed-origins=* is refused with [auth] mode=jwt: any page could "
      "act as the users who open it; name the origins of your pages" },
    { "auth.mode=header\nserver.trusted-proxies=127.0.0.1\nserver.allowed-origins=*",
      "--set: [server] allowed-origins=* is refused with [auth] mode=header: any page "
      "could act as the users who open it; name the origins of your pages" },
  };

  g_test_summary ("Pages from anywhere are refused where cookies log users in");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/daemon/config-rules/memory-is-enough", test_memory_is_enough);
  g_test_add_func ("/daemon/config-rules/event-fits-outbox", test_event_fits_outbox);
  g_test_add_func ("/daemon/config-rules/soft-below-hard", test_soft_below_hard);
  g_test_add_func ("/daemon/config-rules/ping-timeout", test_ping_timeout);
  g_test_add_func ("/daemon/config-rules/tls", test_tls);
  g_test_add_func ("/daemon/config-rules/replay", test_replay);
  g_test_add_func ("/daemon/config-rules/development", test_development);
  g_test_add_func ("/daemon/config-rules/login-secrets", test_login_secrets);
  g_test_add_func ("/daemon/config-rules/origins", test_origins);
  return g_test_run ();
}
