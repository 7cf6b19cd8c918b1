/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An input is lines: a digit that chooses the command, then its payload. */

#include "routing-harness.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static const char *const commands[] = {
  "subscribe_tickers",
  "unsubscribe_tickers",
  "subscribe",
  "unsubscribe",
  "subscribe_patterns",
  "subscribe_tickstockpl_watchlist",
  "unsubscribe_tickstockpl_symbol",
  "request_tickstockpl_chart_data",
};

/* Only what is one JSON object comes as far as here. */
static void
run_line (Routing *routing, TideUserRef user, const char *line)
{
  guint choice = line[0] - '0';
  g_autoptr (GError) error = NULL;
  guint64 n_before = routing->counters.index_entries;
  TideJsonKind kind;

  if (choice >= G_N_ELEMENTS (commands))
    return;
  tide_json_scan (line + 1, strlen (line + 1), NULL, 0, &kind);
  if (kind != TIDE_JSON_OBJECT)
    return;
  if (routing_run (routing, user, choice % 2 + 1, commands[choice], line + 1, &error))
    g_assert_nonnull (routing->event);
  else
    g_assert_cmpuint (routing->counters.index_entries, ==, n_before);
  /* Tickers and values of subscriptions have the same limit, each for itself. */
  g_assert_cmpuint (routing->counters.index_entries, <=, 2 * 20);
  g_assert_cmpuint (routing->counters.subscriptions, <=, 6 + 1);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  TideUserRef user;
  Routing routing;

  routing_init (&routing);
  user = routing_come (&routing, size % 2 ? "anna" : NULL);
  for (char **line = lines; *line != NULL; line++)
    run_line (&routing, user, *line);
  tide_user_observer_connection_left (TIDE_USER_OBSERVER (routing.manager), user, 2);
  routing_leave (&routing, user);
  routing_advance (&routing, 61);
  g_assert_cmpuint (routing.counters.subscriptions, ==, 0);
  routing_clear (&routing);
  return 0;
}
