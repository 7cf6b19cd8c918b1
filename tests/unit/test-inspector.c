/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspector-harness.h"

#define N_BROWSERS 8
#define N_TURNS 60
#define PAGE 3

static GVariant *
get_user (const char *name)
{
  GVariant *user = funcs.inspect->get_user (name, funcs.inspect_data);

  g_assert_nonnull (user);
  return g_variant_ref_sink (user);
}

static void
test_connections (void)
{
  RawWebSocket ann;
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) again = NULL;
  g_autoptr (GVariant) details = NULL;
  const char *name, *kind, *address;
  guint64 id, since, unread;

  g_test_summary (
      "A connection says whose it is, and always the same about when it came");

  start (NULL);
  come (&ann, "ann");
  rows = list (funcs.inspect->list_connections, 0, 500);
  g_assert_cmpuint (g_variant_n_children (rows), ==, 1);
  g_variant_get_child (
      rows, 0, "(t&s&s&stt)", &id, &name, &kind, &address, &since, &unread);
  g_assert_cmpstr (name, ==, "ann");
  g_assert_cmpstr (kind, ==, "websocket");
  g_assert_cmpstr (address, ==, "127.0.0.1");
  g_assert_cmpuint (since, <, g_get_real_time () + G_USEC_PER_SEC);
  g_assert_cmpuint (since + 60 * G_USEC_PER_SEC, >, g_get_real_time ());
  again = list (funcs.inspect->list_connections, 0, 500);
  g_assert_true (g_variant_equal (rows, again));
  details = g_variant_ref_sink (funcs.inspect->get_connection (id, funcs.inspect_data));
  g_assert_true (g_variant_lookup (details, "connected-usec", "t", &unread));
  g_assert_cmpuint (unread, ==, since);
  g_assert_false (g_variant_lookup (details, "login-expires-usec", "t", NULL));
  g_assert_null (funcs.inspect->get_connection (4711, funcs.inspect_data));
  raw_websocket_clear (&ann);
  tear_down ();
}

static void
test_users (void)
{
  RawWebSocket ann;
  RawWebSocket bob;
  g_autoptr (GVariant) users = NULL;
  g_autoptr (GVariant) subscriptions = NULL;
  const char *name, *state, *type, *filters;
  guint64 id;
  guint n_tickers;
  gboolean stays;

  g_test_summary ("Users are listed with how much they asked for, and what");

  start (NULL);
  come (&ann, "ann");
  come (&bob, "bob");
  ask (&ann, "{\"type\":\"subscribe_tickers\",\"tickers\":[\"B\",\"A\"]}");
  users = list (funcs.inspect->list_users, 0, 1);
  g_assert_cmpuint (g_variant_n_children (users), ==, 1);
  g_variant_get_child (
      users, 0, "(t&s&suuuu)", &id, &name, &state, NULL, &n_tickers, NULL, NULL);
  g_assert_cmpstr (name, ==, "ann");
  g_assert_cmpstr (state, ==, "connected");
  g_assert_cmpuint (n_tickers, ==, 2);
  g_clear_pointer (&users, g_variant_unref);
  users = list (funcs.inspect->list_users, id, 1);
  g_variant_get_child (
      users, 0, "(t&s&suuuu)", NULL, &name, NULL, NULL, NULL, NULL, NULL);
  g_assert_cmpstr (name, ==, "bob");

  subscriptions = list (funcs.inspect->list_subscriptions, 0, 500);
  g_assert_cmpuint (g_variant_n_children (subscriptions), ==, 1);
  g_variant_get_child (
      subscriptions, 0, "(t&s&s&sb)", NULL, NULL, &type, &filters, &stays);
  g_assert_cmpstr (type, ==, "tickers");
  g_assert_cmpstr (filters, ==, "{\"tickers\":[\"A\",\"B\"]}");
  g_assert_false (stays);
  raw_websocket_clear (&ann);
  raw_websocket_clear (&bob);
  tear_down ();
}

static void
test_user (void)
{
  const TideUserLimits limits = { 7, 0 };
  RawWebSocket ann;
  TideUserRef user;
  g_autoptr (GVariant) details = NULL;
  g_autoptr (GVariant) limited = NULL;
  g_autoptr (GVariant) lane = NULL;
  guint n_events, n_urgent, n;

  g_test_summary ("One user is told in full; its own limits only when it has some");

  start (NULL);
  come (&ann, "ann");
  details = get_user ("ann");
  g_assert_false (g_variant_lookup (details, "limits", "(uu)", NULL, NULL));
  g_assert_true (g_variant_lookup (details, "offline", "u", &n));
  g_assert_cmpuint (n, ==, 0);
  g_assert_false (g_variant_lookup (details, "offline-oldest-usec", "t", NULL));
  lane = g_variant_lookup_value (details, "lane", G_VARIANT_TYPE_VARDICT);
  g_assert_true (g_variant_lookup (lane, "pending-critical", "u", &n));
  g_assert_true (g_variant_lookup (lane, "pending-droppable", "u", &n));
  g_assert_true (tide_user_table_lookup (inspector.stages->users, "ann", &user));
  tide_scalable_broadcaster_limit_user (inspector.stages->scalable, user, &limits);
  limited = get_user ("ann");
  g_assert_true (g_variant_lookup (limited, "limits", "(uu)", &n_events, &n_urgent));
  g_assert_cmpuint (n_events, ==, 7);
  g_assert_cmpuint (n_urgent, ==, 0);
  g_assert_null (funcs.inspect->get_user ("nobody", funcs.inspect_data));
  raw_websocket_clear (&ann);
  tear_down ();
}

/* --- pages while users come and go --- */

typedef struct
{
  RawWebSocket browsers[N_BROWSERS];
  gboolean is_here[N_BROWSERS];
} Crowd;

/* Somebody comes, or leaves; some have names and come back, and some of those are waited
 * for. */
static void
churn (Crowd *crowd)
{
  guint i = g_test_rand_int_range (0, N_BROWSERS);
  const char name[] = { 'a' + i, 0 };

  if (crowd->is_here[i])
    leave (&crowd->browsers[i]);
  else
    {
      come (&crowd->browsers[i], i % 2 == 0 ? name : NULL);
      ask (&crowd->browsers[i], "{\"type\":\"subscribe_tickers\",\"tickers\":[\"A\"]}");
      if (i % 4 == 0)
        ask (&crowd->browsers[i],
             "{\"type\":\"subscribe\",\"subscription_type\":\"tier_patterns\","
             "\"filters\":{\"symbols\":[\"A\"]}}");
    }
  crowd->is_here[i] = !crowd->is_here[i];
}

/* Adds the ids of a list to a set, each once; returns the last one. */
static guint64
add_ids (GVariant *rows, GHashTable *ids, guint64 last)
{
  gsize n = g_variant_n_children (rows);

  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      guint64 id;

      g_variant_get_child (row, 0, "t", &id);
      g_assert_cmpuint (id, >, last);
      g_assert_true (g_hash_table_add (ids, GSIZE_TO_POINTER (id)));
      last = id;
    }
  return last;
}

static GHashTable *
find_all (ListFunc func)
{
  GHashTable *ids = g_hash_table_new (NULL, NULL);
  g_autoptr (GVariant) rows = list (func, 0, G_MAXUINT);

  add_ids (rows, ids, 0);
  return ids;
}

/* Used with ids that are their own values, none of them 0. */
static gboolean
is_missing (gpointer id, gpointer value, gpointer others)
{
  return !g_hash_table_contains (others, id);
}

/* Goes through the pages of a list, while a few come and go. Who leaves and comes back
 * has not stayed. */
static void
check_pages (ListFunc func, Crowd *crowd)
{
  g_autoptr (GHashTable) stayed = find_all (func);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint64 last = 0;
  guint n_pages = 0;

  while (TRUE)
    {
      g_autoptr (GVariant) rows = list (func, last, PAGE);
      g_autoptr (GHashTable) now = NULL;

      g_assert_cmpuint (g_variant_n_children (rows), <=, PAGE);
      if (g_variant_n_children (rows) == 0)
        break;
      last = add_ids (rows, seen, last);
      if (n_pages++ < 3)
        churn (crowd);
      now = find_all (func);
      g_hash_table_foreach_remove (stayed, is_missing, now);
    }
  g_assert_null (g_hash_table_find (stayed, is_missing, seen));
}

static void
test_pages (void)
{
  Crowd crowd = { 0 };

  g_test_summary ("Who stays is on a page once, whoever comes and goes meanwhile");

  start (NULL);
  for (guint turn = 0; turn < N_TURNS; turn++)
    {
      churn (&crowd);
      check_pages (funcs.inspect->list_connections, &crowd);
      check_pages (funcs.inspect->list_users, &crowd);
      check_pages (funcs.inspect->list_lanes, &crowd);
    }
  for (guint i = 0; i < N_BROWSERS; i++)
    if (crowd.is_here[i])
      leave (&crowd.browsers[i]);
  tear_down ();
}

/* Asserts that a page has @n rows of one user; returns its id. */
static guint64
check_page (guint64 after_id, guint limit, guint n)
{
  g_autoptr (GVariant) rows = list (funcs.inspect->list_subscriptions, after_id, limit);
  guint64 first = 0;

  g_assert_cmpuint (g_variant_n_children (rows), ==, n);
  for (guint i = 0; i < n; i++)
    {
      guint64 id;

      g_variant_get_child (rows, i, "(tsssb)", &id, NULL, NULL, NULL, NULL);
      g_assert_cmpuint (id, >, after_id);
      first = i == 0 ? id : first;
      g_assert_cmpuint (id, ==, first);
    }
  return first;
}

static void
test_page_of_subscriptions (void)
{
  Crowd crowd = { 0 };
  guint64 ann;

  g_test_summary (
      "A page of subscriptions ends between two users, and is only empty when "
      "no others follow, whoever has none");

  start (NULL);
  for (guint i = 0; i < N_BROWSERS; i++)
    {
      const char name[] = { 'a' + i, 0 };

      come (&crowd.browsers[i], name);
      if (i != 3 && i != N_BROWSERS - 1)
        continue;
      ask (&crowd.browsers[i], "{\"type\":\"subscribe_tickers\",\"tickers\":[\"A\"]}");
      ask (&crowd.browsers[i],
           "{\"type\":\"subscribe\",\"subscription_type\":\"tier_patterns\","
           "\"filters\":{\"symbols\":[\"A\"]}}");
    }
  ann = check_page (0, 1, 2);
  g_assert_cmpuint (check_page (0, 2, 2), ==, ann);
  check_page (check_page (ann, 1, 2), 1, 0);
  for (guint i = 0; i < N_BROWSERS; i++)
    leave (&crowd.browsers[i]);
  tear_down ();
}

static void
test_direct (void)
{
  static const char *const direct[] = { "delivery.batch-mode=direct", NULL };
  RawWebSocket ann;
  g_autoptr (GVariant) lanes = NULL;
  g_autoptr (GVariant) user = NULL;
  g_autofree char *dump = NULL;

  g_test_summary ("Without lanes there are none, and all else is there");

  start (direct);
  come (&ann, "ann");
  lanes = list (funcs.inspect->list_lanes, 0, 500);
  g_assert_cmpuint (g_variant_n_children (lanes), ==, 0);
  user = get_user ("ann");
  g_assert_false (g_variant_lookup (user, "lane", "a{sv}", NULL));
  g_assert_true (g_variant_lookup (user, "offline-bytes", "t", NULL));
  dump = funcs.inspect->dump (funcs.inspect_data);
  g_assert_nonnull (strstr (dump, "\"lanes\":[]"));
  raw_websocket_clear (&ann);
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  log_catcher_install ();
  g_test_add_func ("/daemon/inspector/connections", test_connections);
  g_test_add_func ("/daemon/inspector/users", test_users);
  g_test_add_func ("/daemon/inspector/user", test_user);
  g_test_add_func ("/daemon/inspector/pages", test_pages);
  g_test_add_func ("/daemon/inspector/page-of-subscriptions", test_page_of_subscriptions);
  g_test_add_func ("/daemon/inspector/direct", test_direct);
  return g_test_run ();
}
