/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-console-private.h"
#include "tide-visitors.h"

#include "fake-sessions.h"

#define N_CROWD 10000

static FakeSessions sessions;

static char *
search (TideConsole *console, const char *text)
{
  g_autoptr (GHashTable) query = g_hash_table_new (g_str_hash, g_str_equal);
  TideConsoleRequest request = { .method = "GET", .path = "connections", .body = "" };
  TideConsoleAnswer answer = { 200, "application/json", g_string_new (NULL) };
  gint64 begin_us;

  request.query = query;
  g_hash_table_insert (query, (gpointer) "search", (gpointer) text);
  begin_us = g_get_monotonic_time ();
  tide_console_list_connections (console, &request, "", &answer);
  g_test_message ("'%s' in %d connections: %" G_GINT64_FORMAT " us",
                  text,
                  N_CROWD,
                  g_get_monotonic_time () - begin_us);
  g_assert_cmpuint (answer.status, ==, 200);
  return g_string_free (answer.body, FALSE);
}

static void
assert_found (TideConsole *console, const char *text, guint n_found)
{
  g_autofree char *answer = search (console, text);
  g_autofree char *start =
      g_strdup_printf ("{\"total\":%d,\"found\":%u,\"connections\":[", N_CROWD, n_found);

  if (!g_str_has_prefix (answer, start))
    g_error ("%s is not how this begins: %.200s", start, answer);
}

static void
test_crowd (void)
{
  g_autoptr (TideVisitors) visitors = tide_visitors_new ();
  g_autoptr (GPtrArray) tabs = g_ptr_array_new ();
  TideStages stages = { 0 };
  TideConsole console = { .stages = &stages, .inspector = { .stages = &stages } };
  g_autofree char *page = NULL;

  g_test_summary (
      "10,000 connections are searched in one pass, and the right ones found");

  fake_sessions_init (&sessions);
  stages.sessions = sessions.manager;
  stages.users = sessions.users;
  stages.counters = &sessions.counters;
  stages.clock = sessions.clock;
  for (guint i = 0; i < N_CROWD; i++)
    {
      TideAddress address = { 0 };
      g_autofree char *name = g_strdup_printf ("User-%u@example.com", i);
      TideNewcomer newcomer = { .form = TIDE_WIRE_PLAIN, .user_name = name };

      address.ip.s6_addr[10] = address.ip.s6_addr[11] = 0xff;
      address.ip.s6_addr[12] = 10;
      address.ip.s6_addr[14] = i / 250;
      address.ip.s6_addr[15] = i % 250;
      newcomer.visitor = tide_visitors_enter (visitors, &address);
      g_ptr_array_add (tabs, fake_sessions_open_newcomer (&sessions, &newcomer));
    }
  assert_found (&console, "", N_CROWD);
  assert_found (&console, "user-", N_CROWD);
  assert_found (&console, "USER-77@", 1);
  assert_found (&console, "user-123", 11); /* 123 and 1230 to 1239 */
  assert_found (&console, "10.0.39.", 250);
  assert_found (&console, "nothing of this", 0);
  page = search (&console, "@example");
  g_assert_nonnull (strstr (page, "[{\"id\":1,\"user\":\"User-0@example.com\","));
  g_assert_nonnull (strstr (page, "{\"id\":100,"));
  g_assert_null (strstr (page, "{\"id\":101,"));
  for (guint i = 0; i < tabs->len; i++)
    {
      fake_transport_end (g_ptr_array_index (tabs, i));
      fake_transport_free (g_ptr_array_index (tabs, i));
    }
  fake_sessions_clear (&sessions);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/console-crowd/crowd", test_crowd);
  return g_test_run ();
}
