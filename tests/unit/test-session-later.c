/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"

#include "fake-sessions.h"

static FakeSessions sessions;

static void
answer (guint64 ticket, const char *text)
{
  g_autoptr (GString) payload = g_string_new (text);

  tide_websocket_manager_answer (sessions.manager, ticket, "given", payload, NULL);
}

static void
clear (FakeTransport *anna)
{
  if (!anna->is_closed)
    fake_transport_end (anna);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_later (void)
{
  FakeTransport *anna;
  guint64 first, second;

  g_test_summary ("A command can be answered later, and out of order, each in its way");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  fake_transport_receive (anna, "{\"type\":\"later\",\"id\":7}");
  first = sessions.stage->ticket;
  g_assert_cmpuint (sessions.stage->n_later, ==, 0);
  fake_transport_receive (anna, "{\"type\":\"later\"}");
  second = sessions.stage->ticket;
  g_assert_cmpuint (sessions.stage->n_later, ==, 1);
  fake_assert_log (anna->log, "");
  answer (second, "{\"n\":2}");
  fake_assert_log (anna->log, "> {\"type\":\"given\",\"data\":{\"n\":2}}\n");
  answer (first, "{\"n\":1}");
  fake_assert_log (anna->log, "> {\"type\":\"given\",\"id\":7,\"data\":{\"n\":1}}\n");
  /* Once is enough. */
  answer (first, "{\"n\":1}");
  answer (4711, "{\"n\":1}");
  fake_assert_log (anna->log, "");
  g_assert_cmpuint (sessions.counters.commands_refused, ==, 0);
  clear (anna);
}

static void
test_error (void)
{
  FakeTransport *anna;
  g_autoptr (GError) error =
      g_error_new_literal (TIDE_ERROR, TIDE_ERROR_UNKNOWN_SYMBOL, "no such symbol");

  g_test_summary ("An error that comes later is counted and sent like one at once");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  fake_transport_receive (anna, "{\"type\":\"later\",\"id\":8}");
  tide_websocket_manager_answer (
      sessions.manager, sessions.stage->ticket, "given", NULL, error);
  fake_assert_log (anna->log,
                   "> {\"type\":\"error\",\"id\":8,\"data\":{\"message\":\"no such "
                   "symbol\",\"code\":\"unknown_symbol\",\"event\":\"later\"}}\n");
  g_assert_cmpuint (sessions.counters.commands_refused, ==, 1);
  clear (anna);
}

static void
test_gone (void)
{
  FakeTransport *anna, *bert;

  g_test_summary ("Who has gone gets no answer, nor does another in its place");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  fake_transport_receive (anna, "{\"type\":\"later\",\"id\":9}");
  fake_transport_end (anna);
  bert = fake_sessions_open_plain (&sessions, "anna");
  answer (sessions.stage->ticket, "{}");
  fake_assert_log (bert->log, "");
  fake_transport_free (anna);
  clear (bert);
}

static void
test_acknowledged (void)
{
  FakeTransport *anna;

  g_test_summary ("Where an acknowledgement was asked for it comes later, too");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "anna");
  fake_transport_receive (anna, "40");
  g_string_truncate (anna->log, 0);
  fake_transport_receive (anna, "4212[\"later\",{}]");
  answer (sessions.stage->ticket, "{\"n\":1}");
  fake_assert_log (anna->log, "> 42[\"given\",{\"n\":1}]\n> 4312[{\"n\":1}]\n");
  clear (anna);
}

static guint
count_text (const char *text, const char *part)
{
  guint n = 0;

  while ((text = strstr (text, part)) != NULL)
    {
      text += strlen (part);
      n++;
    }
  return n;
}

static void
test_more (void)
{
  FakeTransport *anna, *other;
  const TideBook *book = &sessions.counters.books[TIDE_CLASS_CONFLATE];

  g_test_summary ("What an answer brings along comes behind it, to its connection alone, "
                  "and is in the books");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  other = fake_sessions_open_plain (&sessions, "anna");
  fake_transport_receive (anna, "{\"type\":\"more\"}");
  g_assert_true (
      g_str_has_prefix (anna->log->str, "> {\"type\":\"done\",\"data\":{\"n\":1}}\n"));
  g_assert_cmpuint (count_text (anna->log->str, "\"last\""), ==, 60);
  g_assert_cmpuint (count_text (other->log->str, "\"last\""), ==, 0);
  g_assert_cmpuint (book->offered, ==, 60);
  g_assert_cmpuint (book->delivered, ==, 60);
  anna->is_full = TRUE;
  fake_transport_receive (anna, "{\"type\":\"more\"}");
  tide_counters_refresh (&sessions.counters);
  g_assert_cmpuint (sessions.counters.balance_error, ==, 0);
  g_assert_cmpuint (book->delivered, ==, 60);
  fake_transport_end (other);
  fake_transport_free (other);
  fake_sessions_advance (&sessions, 0);
  clear (anna);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/session-later/later", test_later);
  g_test_add_func ("/sessions/session-later/error", test_error);
  g_test_add_func ("/sessions/session-later/gone", test_gone);
  g_test_add_func ("/sessions/session-later/acknowledged", test_acknowledged);
  g_test_add_func ("/sessions/session-later/more", test_more);
  return g_test_run ();
}
