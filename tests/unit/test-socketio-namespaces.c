/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-protocol-host.h"

#define UNSUPPORTED(event)                                                               \
  "{\"message\":\"This namespace has no commands; send them in the namespace /\","       \
  "\"code\":\"unsupported\",\"event\":\"" event "\"}"
#define NO_BINARY(event)                                                                 \
  "{\"message\":\"This server takes no binary data; send JSON\","                        \
  "\"code\":\"unsupported\",\"event\":\"" event "\"}"
#define PLACEHOLDER "{\"_placeholder\":true,\"num\":0}"

static void
init_open (FakeHost *host)
{
  fake_host_init (host, TIDE_WIRE_SOCKETIO);
  g_string_truncate (host->log, 0);
}

/* Joins a namespace and gives its sid. */
static char *
join (FakeHost *host, const char *packet, const char *prefix)
{
  const char *at;
  char *sid;

  fake_host_receive_text (host, packet);
  g_assert_true (g_str_has_prefix (host->log->str, prefix));
  at = host->log->str + strlen (prefix);
  g_assert_true (g_str_has_prefix (at, "{\"sid\":\""));
  at += strlen ("{\"sid\":\"");
  sid = g_strndup (at, strcspn (at, "\""));
  g_string_truncate (host->log, 0);
  return sid;
}

static void
join_custom (FakeHost *host)
{
  g_autofree char *sid = join (host, "40/custom,", "> 40/custom,");

  g_assert_cmpuint (strlen (sid), ==, TIDE_SID_LENGTH);
}

static void
test_join (void)
{
  FakeHost host;

  g_test_summary ("Each namespace that is joined has a sid; only / makes it ready");

  init_open (&host);
  g_autofree char *custom = join (&host, "40/custom,{\"a\":1}", "> 40/custom,");
  g_autofree char *other = join (&host, "40/other", "> 40/other,");

  g_assert_cmpstr (custom, !=, other);
  g_assert_false (host.protocol.is_ready);
  fake_host_receive_text (&host, "40");
  fake_host_assert_log (&host, "> 40{\"sid\":\"socket\"}\nready\n");
  g_assert_null (host.protocol.pending);
  fake_host_clear (&host);
}

static void
test_unknown (void)
{
  static const char *const names[] = { "/custo", "/customs", "/Custom", "//", "/a b" };
  FakeHost host;

  g_test_summary ("Other namespaces are refused; what looks alike is another one");

  init_open (&host);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *packet = g_strdup_printf ("40%s,", names[i]);
      g_autofree char *log =
          g_strdup_printf ("> 44%s,{\"message\":\"Invalid namespace\"}\n", names[i]);

      fake_host_receive_text (&host, packet);
      fake_host_assert_log (&host, log);
    }
  host.settings.namespaces = NULL;
  fake_host_receive_text (&host, "40/custom,");
  fake_host_assert_log (&host, "> 44/custom,{\"message\":\"Invalid namespace\"}\n");
  fake_host_clear (&host);
}

static void
test_commands (void)
{
  FakeHost host;

  g_test_summary ("Commands are for / only; elsewhere they are answered with an error");

  init_open (&host);
  join_custom (&host);
  fake_host_receive_text (&host, "42/custom,[\"a\",{}]");
  fake_host_assert_log (&host, "> 42/custom,[\"error\"," UNSUPPORTED ("a") "]\n");
  fake_host_receive_text (&host, "42/custom,7[\"a\",1,2]");
  fake_host_assert_log (&host,
                        "> 42/custom,[\"error\"," UNSUPPORTED (
                            "a") "]\n> 43/custom,7[" UNSUPPORTED ("a") "]\n");
  fake_host_receive_text (&host, "451-/custom,7[\"a\"," PLACEHOLDER "]");
  fake_host_receive_binary (&host, 3);
  fake_host_assert_log (&host,
                        "> 42/custom,[\"error\"," NO_BINARY (
                            "a") "]\n> 43/custom,7[" NO_BINARY ("a") "]\n");
  tide_protocol_send_event (&host.protocol, "a", "{}", 2);
  fake_host_receive_text (&host, "43/custom,0[]");
  fake_host_assert_log (&host, "");
  fake_host_receive_text (&host, "42[\"a\"]");
  fake_host_assert_log (&host, "close protocol not connected to that namespace\n");
  fake_host_clear (&host);
}

static void
test_leave_custom (void)
{
  FakeHost host;

  g_test_summary ("Leaving one namespace leaves the others");

  init_open (&host);
  join_custom (&host);
  fake_host_receive_text (&host, "40");
  g_string_truncate (host.log, 0);
  fake_host_receive_text (&host, "41/custom,");
  fake_host_receive_text (&host, "42[\"a\"]");
  fake_host_assert_log (&host, "command a {}\n");
  join_custom (&host);
  fake_host_receive_text (&host, "41/custom");
  fake_host_receive_text (&host, "42/custom,[\"a\"]");
  fake_host_assert_log (&host, "close protocol not connected to that namespace\n");
  fake_host_clear (&host);
}

static void
test_leave_main (void)
{
  FakeHost host;

  g_test_summary ("Who leaves / gets no events until it joins again, as a new one");

  init_open (&host);
  fake_host_receive_text (&host, "40");
  g_string_truncate (host.log, 0);
  fake_host_receive_text (&host, "41");
  fake_host_assert_log (&host, "left\n");
  g_assert_false (host.protocol.is_ready);
  tide_protocol_send_event (&host.protocol, "a", "{}", 2);
  fake_host_assert_log (&host, "");
  g_autofree char *sid = join (&host, "40", "> 40");

  g_assert_cmpuint (strlen (sid), ==, TIDE_SID_LENGTH);
  g_assert_true (host.protocol.is_ready);
  fake_host_receive_text (&host, "42[\"a\"]");
  fake_host_assert_log (&host, "command a {}\n");
  fake_host_receive_text (&host, "41");
  fake_host_receive_text (&host, "42[\"a\"]");
  fake_host_assert_log (&host, "left\nclose protocol not connected to that namespace\n");
  fake_host_clear (&host);
}

static void
test_timeouts (void)
{
  FakeHost host;

  g_test_summary ("Who is in no namespace has the connect timeout, at first and later");

  init_open (&host);
  join_custom (&host);
  for (gint64 ms = 1000; ms <= 8000; ms += 1000)
    {
      fake_host_tick_at (&host, ms);
      fake_host_heard_at (&host, ms + 1);
    }
  g_assert_false (host.is_closed);
  g_string_truncate (host.log, 0);
  fake_host_receive_text (&host, "41/custom,");
  fake_host_assert_log (&host, "");
  for (gint64 ms = 9000; ms <= 13000; ms += 1000)
    {
      fake_host_tick_at (&host, ms);
      fake_host_heard_at (&host, ms + 1);
    }
  g_assert_false (host.is_closed);
  g_string_truncate (host.log, 0);
  fake_host_tick_at (&host, 13001);
  fake_host_assert_log (&host, "close timeout not connected in time\n");
  fake_host_clear (&host);
}

static void
test_goodbye (void)
{
  FakeHost host;

  g_test_summary ("Who is sent away is told so in every namespace that it is in");

  init_open (&host);
  join_custom (&host);
  tide_protocol_disconnect (&host.protocol, TIDE_CLOSE_REFUSED, "why");
  fake_host_assert_log (&host, "> 41/custom,\nclose refused why\n");
  fake_host_clear (&host);

  init_open (&host);
  g_free (join (&host, "40/other,", "> 40/other,"));
  join_custom (&host);
  fake_host_receive_text (&host, "40");
  g_string_truncate (host.log, 0);
  tide_protocol_disconnect (&host.protocol, TIDE_CLOSE_REFUSED, "why");
  fake_host_assert_log (&host, "> 41/custom,\n> 41/other,\n> 41\nclose refused why\n");
  fake_host_clear (&host);

  init_open (&host);
  g_free (join (&host, "40/other,", "> 40/other,"));
  join_custom (&host);
  host.ends_on_send = TRUE;
  tide_protocol_disconnect (&host.protocol, TIDE_CLOSE_REFUSED, "why");
  fake_host_assert_log (&host, "> 41/custom,\nclose slow slow\n");
  fake_host_clear (&host);
}

static void
test_all (void)
{
  char *namespaces[TIDE_PROTOCOL_MAX_NAMESPACES + 1] = { NULL };
  FakeHost host;

  g_test_summary ("All namespaces that there can be are told apart");

  init_open (&host);
  for (guint i = 0; i < TIDE_PROTOCOL_MAX_NAMESPACES; i++)
    namespaces[i] = g_strdup_printf ("/n%u", i);
  host.settings.namespaces = namespaces;
  for (guint i = 0; i < TIDE_PROTOCOL_MAX_NAMESPACES; i++)
    {
      g_autofree char *packet = g_strdup_printf ("40%s,", namespaces[i]);
      g_autofree char *prefix = g_strdup_printf ("> 40%s,", namespaces[i]);

      g_free (join (&host, packet, prefix));
      g_assert_cmpuint (host.protocol.joined, ==, (1u << (i + 1)) - 1);
    }
  for (guint i = 0; i < TIDE_PROTOCOL_MAX_NAMESPACES; i++)
    {
      g_autofree char *packet = g_strdup_printf ("41%s,", namespaces[i]);

      fake_host_receive_text (&host, packet);
    }
  g_assert_cmpuint (host.protocol.joined, ==, 0);
  fake_host_assert_log (&host, "");
  fake_host_clear (&host);
  for (guint i = 0; i < TIDE_PROTOCOL_MAX_NAMESPACES; i++)
    g_free (namespaces[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/socketio-namespaces/join", test_join);
  g_test_add_func ("/protocol/socketio-namespaces/unknown", test_unknown);
  g_test_add_func ("/protocol/socketio-namespaces/commands", test_commands);
  g_test_add_func ("/protocol/socketio-namespaces/leave-custom", test_leave_custom);
  g_test_add_func ("/protocol/socketio-namespaces/leave-main", test_leave_main);
  g_test_add_func ("/protocol/socketio-namespaces/timeouts", test_timeouts);
  g_test_add_func ("/protocol/socketio-namespaces/goodbye", test_goodbye);
  g_test_add_func ("/protocol/socketio-namespaces/all", test_all);
  return g_test_run ();
}
