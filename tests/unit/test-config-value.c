/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-value.h"
#include "tide-error.h"

#include <string.h>

typedef struct
{
  const char *group, *name, *text, *expected;
} Case;

static void
test_bad (void)
{
  static const Case cases[] = {
    { "server",
      "max-connections",
      "abc",
      "[server] max-connections=abc is not a whole number from 1 to 1000000" },
    { "server",
      "max-connections",
      "",
      "[server] max-connections= is not a whole number from 1 to 1000000" },
    { "server",
      "max-connections",
      "0",
      "[server] max-connections=0 is not a whole number from 1 to 1000000" },
    { "server",
      "max-connections",
      "1000001",
      "[server] max-connections=1000001 is not a whole number from 1 to 1000000" },
    { "server",
      "max-connections",
      "18446744073709551617",
      "[server] max-connections=18446744073709551617 is not a whole number from 1 to "
      "1000000" },
    { "server",
      "max-connections",
      "-1",
      "[server] max-connections=-1 is not a whole number from 1 to 1000000" },
    { "server",
      "max-connections",
      "+1",
      "[server] max-connections=+1 is not a whole number from 1 to 1000000" },
    { "server",
      "max-connections",
      "1e3",
      "[server] max-connections=1e3 is not a whole number from 1 to 1000000" },
    { "server",
      "max-connections",
      "10 # ten",
      "[server] max-connections=10 # ten is not a whole number from 1 to 1000000" },
    { "source",
      "speed",
      "fast",
      "[source] speed=fast is not 0 or a number from 0.001 to 1000" },
    { "source",
      "speed",
      "1000.1",
      "[source] speed=1000.1 is not 0 or a number from 0.001 to 1000" },
    { "source",
      "speed",
      "0.0009",
      "[source] speed=0.0009 is not 0 or a number from 0.001 to 1000" },
    { "source",
      "speed",
      "nan",
      "[source] speed=nan is not 0 or a number from 0.001 to 1000" },
    { "source",
      "speed",
      "0x10",
      "[source] speed=0x10 is not 0 or a number from 0.001 to 1000" },
    { "source",
      "speed",
      "1,5",
      "[source] speed=1,5 is not 0 or a number from 0.001 to 1000" },
    { "source",
      "speed",
      "1.5.2",
      "[source] speed=1.5.2 is not 0 or a number from 0.001 to 1000" },
    { "source",
      "speed",
      ".5",
      "[source] speed=.5 is not 0 or a number from 0.001 to 1000" },
    { "source", "loop", "yes", "[source] loop=yes is not true or false" },
    { "source", "loop", "", "[source] loop= is not true or false" },
    { "source",
      "type",
      "Redis",
      "[source] type=Redis is not one of redis, replay, demo, none" },
    { "source", "type", "", "[source] type= is not one of redis, replay, demo, none" },
    { "source",
      "file",
      "a\\qb",
      "[source] file=a\\qb has a \\ that begins no escape; write \\\\ where a \\ is "
      "meant" },
    { "source",
      "file",
      "a\\",
      "[source] file=a\\ has a \\ that begins no escape; write \\\\ where a \\ is "
      "meant" },
    { "source",
      "file",
      "a\\nb",
      "[source] file=a\\nb has a control character, which no key takes" },
    { "source",
      "file",
      "a\033[1mb",
      "[source] file=a?[1mb has a control character, which no key takes" },
    { "engineio",
      "path",
      "socket.io",
      "[engineio] path=socket.io is not a path that begins and ends with /" },
    { "engineio",
      "transports",
      "polling;webtransport",
      "[engineio] transports=webtransport is not one of polling, websocket" },
    { "engineio",
      "transports",
      "",
      "[engineio] transports= is empty; at least one entry is needed" },
    { "server", "listen", "", "[server] listen= is empty; at least one entry is needed" },
    { "server", "listen", "127.0.0.1:1;;", "[server] listen= has an empty entry" },
    { "server", "listen", ";127.0.0.1:1", "[server] listen= has an empty entry" },
    { "server",
      "listen",
      "127.0.0.1:1;127.0.0.1:1",
      "[server] listen=127.0.0.1:1 is named twice" },
    { "server",
      "listen",
      "127.0.0.1:1;5000",
      "[server] listen=5000 is not HOST:PORT, [IPv6]:PORT, unix:/PATH or systemd" },
    { "rooms",
      "open",
      "user_1",
      "[rooms] open=user_1 can't be opened; a room named user_… belongs to one user" },
    { "engineio",
      "namespaces",
      "/a;/b;/c;/d;/e;/f;/g;/h;/i;/j;/k;/l;/m;/n;/o;/p;/q",
      "[engineio] namespaces=/a;/b;/c;/d;/e;/f;/g;/h;/i;/j;/k;/l;/m;/n;/o;/p;/q has too "
      "many entries; at most 16 are allowed" },
    { "bus", "bus", "", "[bus] bus= is not system, session, none or a D-Bus address" },
    { "redis",
      "uri",
      "redis://:hunter2@host",
      "[redis] uri=redis://…@host can't be used: a password in the address can be read "
      "by "
      "others; write it into a file and name that file by password-file" },
  };

  g_test_summary ("A bad value is refused with group, key, value and what is allowed");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const TideConfigKey *key = tide_config_keys_find (cases[i].group, cases[i].name);
      g_autoptr (GError) error = NULL;
      TideConfigValue value = { 0 };

      g_test_message ("%s", cases[i].expected);
      g_assert_false (tide_config_value_parse (&value, key, cases[i].text, NULL, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
      g_assert_cmpstr (error->message, ==, cases[i].expected);
      g_assert_null (value.text);
    }
}

static void
test_good (void)
{
  static const Case cases[] = {
    { "server", "max-connections", "1000000", "1000000" },
    { "server", "max-connections", "007", "007" },
    { "source", "speed", "0.5", "0.5" },
    { "source", "speed", "0", "0" },
    { "source", "speed", "0.001", "0.001" },
    { "source", "speed", "2", "2" },
    { "source", "loop", "true", "true" },
    { "source", "type", "demo", "demo" },
    { "source", "file", "", "" },
    { "source", "file", "a b\\\\c", "/base/a b\\\\c" },
    { "source", "file", "../a", "/a" },
    { "source", "file", "/x//y", "/x/y" },
    { "server", "listen", "127.0.0.1:1; [::1]:2 ;", "127.0.0.1:1;[::1]:2" },
    { "server", "allowed-origins", "", "" },
    { "server", "allowed-origins", "*;", "*" },
    { "rooms", "open", "a\\;b;c\\;", "a\\;b;c\\;" },
    { "bus", "bus", "unix:path=/a;unix:path=/b", "unix:path=/a;unix:path=/b" },
  };

  g_test_summary ("A good value is kept in the form that a file would have");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const TideConfigKey *key = tide_config_keys_find (cases[i].group, cases[i].name);
      g_autoptr (GError) error = NULL;
      TideConfigValue value = { 0 };

      tide_config_value_parse (&value, key, cases[i].text, "/base", &error);
      g_assert_no_error (error);
      g_assert_cmpstr (value.text, ==, cases[i].expected);
      tide_config_value_clear (&value);
      g_assert_null (value.text);
    }
}

static void
test_show (void)
{
  g_autofree char *long_text = g_strnfill (1024 * 1024, 'x');
  g_autofree char *shown_long = tide_config_show (long_text);
  g_autofree char *shown_control = tide_config_show ("a\nb\tc\033\x7f");
  g_autofree char *shown_secret = tide_config_show ("redis://me:p@ss@host:1/2");
  g_autofree char *shown_broken = tide_config_show_path ("/a\xff/b");
  g_autofree char *shown_path = tide_config_show_path (long_text);

  g_test_summary ("What is shown is short, of one line and without passwords");

  g_assert_cmpuint (strlen (shown_long), <, 100);
  g_assert_true (g_str_has_suffix (shown_long, "x…"));
  g_assert_cmpstr (shown_control, ==, "a?b?c??");
  g_assert_cmpstr (shown_secret, ==, "redis://…@host:1/2");
  g_assert_cmpstr (shown_broken, ==, "/a\xef\xbf\xbd/b");
  g_assert_cmpstr (shown_path, ==, long_text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/daemon/config-value/bad", test_bad);
  g_test_add_func ("/daemon/config-value/good", test_good);
  g_test_add_func ("/daemon/config-value/show", test_show);
  return g_test_run ();
}
