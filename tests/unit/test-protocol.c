/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-protocol-host.h"

#define PING_LOG "> 2\n"
#define RAW_PING_LOG "> [9] \n"

static void
init_ready (FakeHost *host, TideWireForm form)
{
  fake_host_init (host, form);
  if (form == TIDE_WIRE_SOCKETIO)
    fake_host_receive_text (host, "40");
  g_assert_true (host->protocol.is_ready);
  g_string_truncate (host->log, 0);
}

static void
test_sids (void)
{
  const TideProtocolSettings settings = { 1, 1, 1, 1, NULL };
  TideProtocol protocol;

  g_test_summary ("A protocol starts with two different sids and is not ready");

  tide_protocol_init (&protocol, TIDE_WIRE_PLAIN, &settings, &fake_host_funcs, 0);
  g_assert_cmpuint (strlen (protocol.engine_sid), ==, TIDE_SID_LENGTH);
  g_assert_cmpuint (strlen (protocol.socket_sid), ==, TIDE_SID_LENGTH);
  g_assert_cmpstr (protocol.engine_sid, !=, protocol.socket_sid);
  g_assert_false (protocol.is_ready);
  tide_protocol_clear (&protocol);
}

static void
test_pings (void)
{
  g_test_summary ("A ping goes out every interval to a client that answers");

  for (guint form = 0; form < TIDE_N_WIRE_FORMS; form++)
    {
      const char *ping_log = form == TIDE_WIRE_PLAIN ? RAW_PING_LOG : PING_LOG;
      FakeHost host;

      init_ready (&host, form);
      g_assert_cmpint (fake_host_tick_at (&host, 0), ==, 1000);
      g_assert_cmpint (fake_host_tick_at (&host, 999), ==, 1000);
      fake_host_assert_log (&host, "");
      g_assert_cmpint (fake_host_tick_at (&host, 1000), ==, 1400);
      fake_host_assert_log (&host, ping_log);

      /* Early calls change nothing. */
      g_assert_cmpint (fake_host_tick_at (&host, 1399), ==, 1400);
      fake_host_heard_at (&host, 1399);
      g_assert_cmpint (fake_host_tick_at (&host, 1400), ==, 2000);
      fake_host_assert_log (&host, "");
      g_assert_cmpint (fake_host_tick_at (&host, 2000), ==, 2400);
      fake_host_assert_log (&host, ping_log);

      /* A call that comes late is no reason to end a client that was never asked. */
      fake_host_heard_at (&host, 2001);
      g_assert_cmpint (fake_host_tick_at (&host, 60000), ==, 60400);
      fake_host_assert_log (&host, ping_log);

      /* One that comes a little late does not make all later ones late. */
      fake_host_heard_at (&host, 60001);
      g_assert_cmpint (fake_host_tick_at (&host, 61004), ==, 61400);
      fake_host_assert_log (&host, ping_log);
      fake_host_clear (&host);
    }
}

static void
test_ping_timeout (void)
{
  g_test_summary ("Silence for the timeout after a ping ends the connection");

  for (guint form = 0; form < TIDE_N_WIRE_FORMS; form++)
    {
      FakeHost host;

      init_ready (&host, form);
      fake_host_heard_at (&host, 999);
      fake_host_tick_at (&host, 1000);
      g_assert_cmpint (fake_host_tick_at (&host, 1399), ==, 1400);
      g_string_truncate (host.log, 0);
      g_assert_cmpint (fake_host_tick_at (&host, 1400), ==, G_MAXINT64);
      fake_host_assert_log (&host, "close timeout ping timeout\n");

      /* Dead is dead. */
      g_assert_cmpint (fake_host_tick_at (&host, 9999), ==, G_MAXINT64);
      fake_host_receive_text (&host, "{\"type\":\"a\"}");
      tide_protocol_send_event (&host.protocol, "a", "{}", 2);
      tide_protocol_disconnect (&host.protocol, TIDE_CLOSE_REFUSED, "again");
      fake_host_assert_log (&host, "");
      fake_host_clear (&host);
    }
}

static void
test_any_byte_counts (void)
{
  FakeHost host;

  g_test_summary ("Any message, even a bad one, is a sign of life");

  init_ready (&host, TIDE_WIRE_PLAIN);
  fake_host_tick_at (&host, 1000);
  host.now_us = FAKE_START_US + 1399 * 1000;
  fake_host_receive_text (&host, "?");
  g_assert_cmpint (fake_host_tick_at (&host, 1400), ==, 2000);
  fake_host_tick_at (&host, 2000);
  host.now_us = FAKE_START_US + 2399 * 1000;
  fake_host_receive_binary (&host, 3);
  g_assert_cmpint (fake_host_tick_at (&host, 2400), ==, 3000);
  g_assert_false (host.is_closed);
  fake_host_clear (&host);
}

static void
test_long_timeout (void)
{
  FakeHost host;

  g_test_summary ("With a timeout longer than the interval, as is the default, a client "
                  "that is late is not forgotten");

  init_ready (&host, TIDE_WIRE_SOCKETIO);
  host.settings.ping_timeout_us = 6000 * 1000;
  g_assert_cmpint (fake_host_tick_at (&host, 1000), ==, 2000);
  fake_host_assert_log (&host, PING_LOG);

  /* Silent: no more pings, but the ticks go on, so that the next one is not late. */
  g_assert_cmpint (fake_host_tick_at (&host, 2000), ==, 3000);
  g_assert_cmpint (fake_host_tick_at (&host, 3000), ==, 4000);
  fake_host_assert_log (&host, "");
  fake_host_heard_at (&host, 3500);
  g_assert_cmpint (fake_host_tick_at (&host, 4000), ==, 5000);
  fake_host_assert_log (&host, PING_LOG);

  g_assert_cmpint (fake_host_tick_at (&host, 9500), ==, 10000);
  g_assert_cmpint (fake_host_tick_at (&host, 10000), ==, G_MAXINT64);
  fake_host_assert_log (&host, "close timeout ping timeout\n");
  fake_host_clear (&host);
}

static void
test_connect_timeout (void)
{
  FakeHost host;

  g_test_summary ("Who does not connect in time is closed, pings answered or not");

  fake_host_init (&host, TIDE_WIRE_SOCKETIO);
  for (gint64 ms = 1000; ms < 5000; ms += 1000)
    {
      fake_host_tick_at (&host, ms);
      fake_host_heard_at (&host, ms + 10);
    }
  fake_host_receive_text (&host, "40/unknown,");
  g_string_truncate (host.log, 0);
  g_assert_cmpint (fake_host_tick_at (&host, 4999), ==, 5000);
  g_assert_cmpint (fake_host_tick_at (&host, 5000), ==, G_MAXINT64);
  fake_host_assert_log (&host, "close timeout not connected in time\n");
  fake_host_clear (&host);

  /* The timer of a short connect timeout is not the ping's. */
  fake_host_init (&host, TIDE_WIRE_SOCKETIO);
  host.settings.connect_timeout_us = 300 * 1000;
  g_assert_cmpint (fake_host_tick_at (&host, 0), ==, 300);
  fake_host_receive_text (&host, "40");
  g_assert_cmpint (fake_host_tick_at (&host, 300), ==, 1000);
  fake_host_clear (&host);

  fake_host_init (&host, TIDE_WIRE_PLAIN);
  host.settings.connect_timeout_us = 300 * 1000;
  g_assert_cmpint (fake_host_tick_at (&host, 500), ==, 1000);
  fake_host_clear (&host);
}

/* A client that answers each ping after a random time below the timeout lives for ever,
 * gets each ping on time, and costs at most two ticks a ping. */
static void
test_long_run (void)
{
  FakeHost host;
  gint64 next_ms = 0;
  gint64 pong_ms = G_MAXINT64;
  gint64 last_ping_ms = 0;
  guint n_ticks = 0;
  guint n_pings = 0;

  g_test_summary ("Ten thousand pings come in time");

  init_ready (&host, TIDE_WIRE_SOCKETIO);
  while (n_pings < 10000)
    {
      if (pong_ms <= next_ms)
        {
          fake_host_heard_at (&host, pong_ms);
          fake_host_receive_text (&host, "3");
          pong_ms = G_MAXINT64;
          continue;
        }

      gint64 now_ms = next_ms + g_test_rand_int_range (0, 5);

      next_ms = fake_host_tick_at (&host, now_ms);
      n_ticks++;
      g_assert_false (host.is_closed);
      if (host.log->len > 0)
        {
          fake_host_assert_log (&host, PING_LOG);
          g_assert_cmpint (now_ms - last_ping_ms, >=, 995);
          g_assert_cmpint (now_ms - last_ping_ms, <=, 1005);
          last_ping_ms = now_ms;
          pong_ms = now_ms + g_test_rand_int_range (0, 395);
          n_pings++;
          /* The lag of one does not add to that of the next. */
          g_assert_cmpint (now_ms, <, n_pings * 1000 + 5);
        }
    }
  g_assert_cmpuint (n_ticks, <=, 2 * n_pings + 2);
  fake_host_clear (&host);
}

static void
test_end_from_ping (void)
{
  FakeHost host;

  g_test_summary ("A ping that overfills the outbox ends the ticks");

  init_ready (&host, TIDE_WIRE_SOCKETIO);
  host.ends_on_send = TRUE;
  g_assert_cmpint (fake_host_tick_at (&host, 1000), ==, G_MAXINT64);
  fake_host_assert_log (&host, PING_LOG "close slow slow\n");
  fake_host_clear (&host);
}

static void
test_disconnect (void)
{
  static const TideCloseReason reasons[] = {
    TIDE_CLOSE_CLIENT, TIDE_CLOSE_TIMEOUT, TIDE_CLOSE_PROTOCOL, TIDE_CLOSE_TOO_LARGE,
    TIDE_CLOSE_SLOW,   TIDE_CLOSE_REFUSED, TIDE_CLOSE_SHUTDOWN,
  };

  g_test_summary ("Only who is sent away gets a DISCONNECT, which stops reconnection");

  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    for (guint form = 0; form < TIDE_N_WIRE_FORMS; form++)
      {
        gboolean has_goodbye =
            form == TIDE_WIRE_SOCKETIO && reasons[i] == TIDE_CLOSE_REFUSED;
        FakeHost host;

        init_ready (&host, form);
        tide_protocol_disconnect (&host.protocol, reasons[i], "why");
        g_assert_cmpint (g_str_has_prefix (host.log->str, "> 41\n"), ==, has_goodbye);
        g_assert_true (g_str_has_suffix (host.log->str, " why\n"));
        g_assert_cmpint (host.close_reason, ==, reasons[i]);
        tide_protocol_disconnect (&host.protocol, reasons[i], "again");
        g_assert_true (g_str_has_suffix (host.log->str, " why\n"));
        fake_host_clear (&host);
      }

  /* Nobody is there to take it before CONNECT. */
  FakeHost host;

  fake_host_init (&host, TIDE_WIRE_SOCKETIO);
  g_string_truncate (host.log, 0);
  tide_protocol_disconnect (&host.protocol, TIDE_CLOSE_REFUSED, "why");
  fake_host_assert_log (&host, "close refused why\n");
  fake_host_clear (&host);
}

static void
test_clear_is_silent (void)
{
  FakeHost host;

  g_test_summary ("After clearing nothing is called, whatever comes");

  init_ready (&host, TIDE_WIRE_SOCKETIO);
  tide_protocol_clear (&host.protocol);
  tide_protocol_open (&host.protocol, NULL);
  fake_host_receive_text (&host, "42[\"a\"]");
  fake_host_receive_binary (&host, 1);
  tide_protocol_send_event (&host.protocol, "a", "{}", 2);
  tide_protocol_disconnect (&host.protocol, TIDE_CLOSE_REFUSED, "why");
  g_assert_cmpint (tide_protocol_tick (&host.protocol, G_MAXINT64 / 2), ==, G_MAXINT64);
  fake_host_assert_log (&host, "");
  fake_host_clear (&host);
}

static void
test_close_codes (void)
{
  g_test_summary ("Each reason has a close code of its own, good on the wire");

  g_assert_cmpuint (tide_close_reason_get_code (TIDE_CLOSE_CLIENT), ==, 1000);
  g_assert_cmpuint (tide_close_reason_get_code (TIDE_CLOSE_SHUTDOWN), ==, 1001);
  g_assert_cmpuint (tide_close_reason_get_code (TIDE_CLOSE_PROTOCOL), ==, 1002);
  g_assert_cmpuint (tide_close_reason_get_code (TIDE_CLOSE_TOO_LARGE), ==, 1009);
  g_assert_cmpuint (tide_close_reason_get_code (TIDE_CLOSE_TIMEOUT), ==, 4001);
  g_assert_cmpuint (tide_close_reason_get_code (TIDE_CLOSE_IDLE), ==, 4001);
  g_assert_cmpuint (tide_close_reason_get_code (TIDE_CLOSE_SLOW), ==, 4002);
  g_assert_cmpuint (tide_close_reason_get_code (TIDE_CLOSE_REFUSED), ==, 4003);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/protocol/sids", test_sids);
  g_test_add_func ("/protocol/protocol/pings", test_pings);
  g_test_add_func ("/protocol/protocol/ping-timeout", test_ping_timeout);
  g_test_add_func ("/protocol/protocol/any-byte-counts", test_any_byte_counts);
  g_test_add_func ("/protocol/protocol/long-timeout", test_long_timeout);
  g_test_add_func ("/protocol/protocol/connect-timeout", test_connect_timeout);
  g_test_add_func ("/protocol/protocol/long-run", test_long_run);
  g_test_add_func ("/protocol/protocol/end-from-ping", test_end_from_ping);
  g_test_add_func ("/protocol/protocol/disconnect", test_disconnect);
  g_test_add_func ("/protocol/protocol/clear-is-silent", test_clear_is_silent);
  g_test_add_func ("/protocol/protocol/close-codes", test_close_codes);
  return g_test_run ();
}
