/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "routing-harness.h"

#define TEXT_64 "0123456789012345678901234567890123456789012345678901234567890123"

static void
test_subscribe (void)
{
  Routing fixture;
  TideUserRef anna;
  TideUserRef bert;

  g_test_summary ("A subscription is confirmed as it was read, and finds events");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  bert = routing_come (&fixture, "bert");
  routing_ok (&fixture,
              anna,
              "subscribe",
              "{\"subscription_type\":\"tier_patterns\",\"filters\":{\"pattern_types\":["
              "\"Bull\",\"Be\\u0061r\",\"Bull\"],\"symbols\":\"AAPL\",\"tiers\":null}}");
  assert_reply (
      &fixture,
      "subscription_confirmed",
      "{\"subscription_type\":\"tier_patterns\",\"filters\":{\"pattern_types\":["
      "\"Bull\",\"Bear\"],\"symbols\":[\"AAPL\"],\"tiers\":[]}}");
  g_assert_true (GETS (&fixture, anna, patterns, "Bear", "AAPL", "daily"));
  g_assert_true (GETS (&fixture, anna, patterns, "Bull", "AAPL"));
  g_assert_false (GETS (&fixture, anna, patterns, "Bull", "MSFT"));
  g_assert_false (GETS (&fixture, anna, patterns, "Doji", "AAPL"));
  g_assert_false (GETS (&fixture, bert, patterns, "Bull", "AAPL"));
  g_assert_cmpuint (fixture.counters.subscriptions, ==, 1);
  g_assert_cmpuint (fixture.counters.index_entries, ==, 3);

  /* Without filters, all events of the type; a number counts as it is written. */
  routing_ok (&fixture, bert, "subscribe", "{\"subscription_type\":\"tier_patterns\"}");
  assert_reply (&fixture,
                "subscription_confirmed",
                "{\"subscription_type\":\"tier_patterns\",\"filters\":{}}");
  g_assert_true (GETS (&fixture, bert, patterns, NULL, NULL));
  routing_ok (
      &fixture,
      bert,
      "subscribe",
      "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[42,\"1e2\"]}}");
  g_assert_true (GETS (&fixture, bert, results, "42"));
  g_assert_true (GETS (&fixture, bert, results, "1e2"));
  g_assert_false (GETS (&fixture, bert, results, "100"));
  routing_clear (&fixture);
}

static void
test_unsubscribe (void)
{
  Routing fixture;
  TideUserRef anna;

  g_test_summary ("Unsubscribing takes the one with the same filters, or all of a type");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture,
              anna,
              "subscribe",
              "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[1,2]}}");
  routing_ok (&fixture,
              anna,
              "subscribe",
              "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[3]}}");
  routing_ok (&fixture, anna, "subscribe", "{\"subscription_type\":\"market_insights\"}");
  routing_ok (&fixture,
              anna,
              "unsubscribe",
              "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[2]}}");
  g_assert_cmpuint (fixture.counters.subscriptions, ==, 3);
  routing_ok (&fixture,
              anna,
              "unsubscribe",
              "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[2,1]}}");
  assert_reply (&fixture,
                "unsubscription_confirmed",
                "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[\"2\","
                "\"1\"]}}");
  g_assert_false (GETS (&fixture, anna, results, "1"));
  g_assert_true (GETS (&fixture, anna, results, "3"));
  /* `*` and an empty list are the same as no filter. */
  routing_ok (
      &fixture,
      anna,
      "unsubscribe",
      "{\"subscription_type\":\"market_insights\",\"filters\":{\"tiers\":\"*\"}}");
  g_assert_false (GETS (&fixture, anna, insights, "daily"));
  routing_ok (&fixture, anna, "unsubscribe", "{\"subscription_type\":\"backtest\"}");
  assert_reply (
      &fixture, "unsubscription_confirmed", "{\"subscription_type\":\"backtest\"}");
  g_assert_cmpuint (fixture.counters.subscriptions, ==, 0);
  /* What is gone already is no error. */
  routing_ok (&fixture, anna, "unsubscribe", "{\"subscription_type\":\"backtest\"}");
  routing_clear (&fixture);
}

static void
test_same_again (void)
{
  Routing fixture;
  TideUserRef anna;
  const TideUserSubscription *const *subscriptions;
  guint n;

  g_test_summary ("Asking again changes only the time of the last activity");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture,
              anna,
              "subscribe",
              "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[1,2]}}");
  routing_advance (&fixture, 7);
  routing_ok (&fixture,
              anna,
              "subscribe",
              "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[2,1]}}");
  subscriptions =
      tide_subscription_manager_get_user_subscriptions (fixture.manager, anna, &n);
  g_assert_cmpuint (n, ==, 1);
  g_assert_cmpstr (subscriptions[0]->type, ==, "backtest");
  g_assert_cmpint (subscriptions[0]->created_us, ==, 100 * G_USEC_PER_SEC);
  g_assert_cmpint (subscriptions[0]->last_active_us, ==, 107 * G_USEC_PER_SEC);
  routing_clear (&fixture);
}

static void
test_patterns (void)
{
  Routing fixture;
  TideUserRef anna;

  g_test_summary (
      "A list of patterns replaces the former one, and no other subscription");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture,
              anna,
              "subscribe",
              "{\"subscription_type\":\"tier_patterns\",\"filters\":{\"pattern_types\":["
              "\"A\"]}}");
  routing_ok (&fixture, anna, "subscribe_patterns", "{\"patterns\":[\"A\",\"B\"]}");
  assert_reply (
      &fixture,
      "subscription_confirmed",
      "{\"subscription_type\":\"tier_patterns\",\"filters\":{\"pattern_types\":["
      "\"A\",\"B\"]}}");
  routing_ok (&fixture, anna, "subscribe_patterns", "{\"patterns\":[\"C\"]}");
  g_assert_true (GETS (&fixture, anna, patterns, "A"));
  g_assert_false (GETS (&fixture, anna, patterns, "B"));
  g_assert_true (GETS (&fixture, anna, patterns, "C"));
  routing_ok (&fixture, anna, "subscribe_patterns", "{\"patterns\":\"*\"}");
  g_assert_true (GETS (&fixture, anna, patterns, "Z"));
  routing_ok (&fixture, anna, "subscribe_patterns", "{\"patterns\":[]}");
  assert_reply (
      &fixture,
      "subscription_confirmed",
      "{\"subscription_type\":\"tier_patterns\",\"filters\":{\"pattern_types\":[]}}");
  g_assert_false (GETS (&fixture, anna, patterns, "C"));
  g_assert_true (GETS (&fixture, anna, patterns, "A"));
  routing_ok (&fixture, anna, "subscribe_patterns", "{\"patterns\":[]}");

  /* The same by both commands: each ends for itself. */
  routing_ok (&fixture, anna, "subscribe_patterns", "{\"patterns\":[\"D\"]}");
  routing_ok (&fixture,
              anna,
              "subscribe",
              "{\"subscription_type\":\"tier_patterns\",\"filters\":{\"pattern_types\":["
              "\"D\"]}}");
  routing_ok (&fixture, anna, "subscribe_patterns", "{\"patterns\":[]}");
  g_assert_true (GETS (&fixture, anna, patterns, "D"));
  routing_fails (&fixture, anna, "subscribe_patterns", "{}", TIDE_ERROR_BAD_PAYLOAD);
  routing_clear (&fixture);
}

static void
test_watchlist (void)
{
  Routing fixture;
  TideUserRef anna;

  g_test_summary ("Symbols are added to a watchlist by kind, and taken out of all kinds");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture,
              anna,
              "subscribe_tickstockpl_watchlist",
              "{\"symbols\":[\"A\",\"B\",\"A\"]}");
  assert_reply (&fixture,
                "tickstockpl_subscription_confirmed",
                "{\"symbols\":[\"A\",\"B\"],\"types\":[\"price_update\","
                "\"pattern_alert\"]}");
  routing_ok (&fixture,
              anna,
              "subscribe_tickstockpl_watchlist",
              "{\"symbols\":[\"B\",\"C\"],\"subscription_types\":[\"price_update\"]}");
  assert_reply (&fixture,
                "tickstockpl_subscription_confirmed",
                "{\"symbols\":[\"B\",\"C\"],\"types\":[\"price_update\"]}");
  g_assert_cmpuint (fixture.counters.subscriptions, ==, 2);
  g_assert_true (GETS (&fixture, anna, ticks, "A"));
  g_assert_true (GETS (&fixture, anna, ticks, "C"));
  g_assert_true (GETS (&fixture, anna, patterns, "any", "A"));
  g_assert_false (GETS (&fixture, anna, patterns, "any", "C"));
  routing_ok (&fixture, anna, "unsubscribe_tickstockpl_symbol", "{\"symbol\":\"B\"}");
  assert_reply (&fixture, "tickstockpl_unsubscription_confirmed", "{\"symbol\":\"B\"}");
  g_assert_false (GETS (&fixture, anna, ticks, "B"));
  g_assert_false (GETS (&fixture, anna, patterns, "any", "B"));
  g_assert_true (GETS (&fixture, anna, ticks, "A"));
  routing_ok (&fixture, anna, "unsubscribe_tickstockpl_symbol", "{\"symbol\":\"A\"}");
  g_assert_cmpuint (fixture.counters.subscriptions, ==, 1);
  g_assert_true (GETS (&fixture, anna, ticks, "C"));
  routing_ok (&fixture, anna, "unsubscribe_tickstockpl_symbol", "{\"symbol\":\"C\"}");
  routing_ok (&fixture, anna, "unsubscribe_tickstockpl_symbol", "{\"symbol\":\"never\"}");
  g_assert_cmpuint (fixture.counters.subscriptions, ==, 0);
  routing_ok (&fixture, anna, "subscribe_tickstockpl_watchlist", "{\"symbols\":[]}");
  g_assert_cmpuint (fixture.counters.subscriptions, ==, 0);
  routing_clear (&fixture);
}

static void
test_chart (void)
{
  static const char *const good[] = {
    "{\"symbol\":\"AAPL\"}",
    "{\"symbol\":\"AAPL\",\"timeframe\":null}",
    "{\"symbol\":\"AAPL\",\"timeframe\":\"15m\"}",
    "{\"symbol\":\"AAPL\",\"timeframe\":\"\\u0031h\"}",
  };
  static const char *const bad[] = {
    "{}",
    "{\"symbol\":7}",
    "{\"symbol\":[\"AAPL\"]}",
    "{\"symbol\":\"\"}",
    "{\"symbol\":\"\xc3\xa4\"}",
    "{\"symbol\":\"AAPL\",\"timeframe\":\"2m\"}",
    "{\"symbol\":\"AAPL\",\"timeframe\":1}",
  };
  Routing fixture;
  TideUserRef anna;

  g_test_summary ("What is asked of a chart is checked before it is said there is none");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    routing_fails (&fixture,
                   anna,
                   "request_tickstockpl_chart_data",
                   good[i],
                   TIDE_ERROR_CHART_UNAVAILABLE);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    routing_fails (
        &fixture, anna, "request_tickstockpl_chart_data", bad[i], TIDE_ERROR_BAD_PAYLOAD);
  routing_clear (&fixture);
}

static void
test_user_id (void)
{
  static const struct
  {
    const char *user;
    const char *user_id;
    gboolean is_own;
  } cases[] = {
    { "42", "42", TRUE },
    { "42", "\"42\"", TRUE },
    { "42", "\"\\u00342\"", TRUE },
    { "42", "null", TRUE },
    { "42", "42.0", FALSE },
    { "42", "4", FALSE },
    { "42", "\"43\"", FALSE },
    { "42", "\"42\\u0000\"", FALSE },
    { "42", "\"anonymous\"", FALSE },
    { "42", "\"\"", FALSE },
    { "42", "[42]", FALSE },
    { "42", "{\"a\":42}", FALSE },
    { "true", "true", FALSE },
    { NULL, "null", TRUE },
    { NULL, "\"anonymous\"", TRUE },
    { NULL, "\"42\"", FALSE },
    { NULL, "0", FALSE },
  };
  static const char *const commands[][2] = {
    { "subscribe_tickers", "\"tickers\":[\"A\"]" },
    { "unsubscribe_tickers", "\"tickers\":[\"A\"]" },
    { "subscribe", "\"subscription_type\":\"backtest\"" },
    { "unsubscribe", "\"subscription_type\":\"backtest\"" },
    { "subscribe_patterns", "\"patterns\":[\"A\"]" },
    { "subscribe_tickstockpl_watchlist", "\"symbols\":[\"A\"]" },
    { "unsubscribe_tickstockpl_symbol", "\"symbol\":\"A\"" },
  };

  g_test_summary (
      "A user_id in a payload is the sender's own or refused, in any command");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint j = 0; j < G_N_ELEMENTS (commands); j++)
      {
        g_autofree char *payload =
            g_strdup_printf ("{%s,\"user_id\":%s}", commands[j][1], cases[i].user_id);
        Routing fixture;
        TideUserRef user;

        routing_init (&fixture);
        user = routing_come (&fixture, cases[i].user);
        if (cases[i].is_own)
          routing_ok (&fixture, user, commands[j][0], payload);
        else
          routing_fails (&fixture, user, commands[j][0], payload, TIDE_ERROR_FORBIDDEN);
        routing_clear (&fixture);
      }
}

static void
test_bad_payloads (void)
{
  static const char *const cases[][2] = {
    { "subscribe", "{}" },
    { "subscribe", "{\"subscription_type\":7}" },
    { "subscribe", "{\"subscription_type\":\"\"}" },
    { "subscribe", "{\"subscription_type\":\"patterns\"}" },
    { "subscribe", "{\"subscription_type\":\"backtest\\u0000\"}" },
    { "subscribe", "{\"subscription_type\":\"" TEXT_64 "5\"}" },
    { "subscribe", "{\"subscription_type\":\"backtest\",\"filters\":[]}" },
    { "subscribe", "{\"subscription_type\":\"backtest\",\"filters\":\"x\"}" },
    { "subscribe", "{\"subscription_type\":\"backtest\",\"filters\":{\"tiers\":[]}}" },
    { "subscribe", "{\"subscription_type\":\"backtest\",\"filters\":{\"\":[]}}" },
    { "subscribe",
      "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":true}}" },
    { "subscribe", "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":{}}}" },
    { "subscribe",
      "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[[1]]}}" },
    { "subscribe",
      "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[null]}}" },
    { "subscribe",
      "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[\"\"]}}" },
    { "subscribe",
      "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[1,\"a\\n\"]}}" },
    { "unsubscribe", "{}" },
    { "unsubscribe", "{\"subscription_type\":\"patterns\"}" },
    { "unsubscribe", "{\"subscription_type\":\"backtest\",\"filters\":{\"x\":[]}}" },
    { "subscribe_patterns", "{\"patterns\":{}}" },
    { "subscribe_patterns", "{\"patterns\":[{}]}" },
    { "subscribe_tickstockpl_watchlist", "{}" },
    { "subscribe_tickstockpl_watchlist", "{\"symbols\":[1]}" },
    { "subscribe_tickstockpl_watchlist", "{\"symbols\":[\"A\",\"*\"]}" },
    { "subscribe_tickstockpl_watchlist",
      "{\"symbols\":[\"A\"],\"subscription_types\":[]}" },
    { "subscribe_tickstockpl_watchlist",
      "{\"symbols\":[\"A\"],\"subscription_types\":[\"*\"]}" },
    { "unsubscribe_tickstockpl_symbol", "{}" },
    { "unsubscribe_tickstockpl_symbol", "{\"symbol\":null}" },
  };
  Routing fixture;
  TideUserRef anna;

  g_test_summary ("What can't be understood is refused and changes nothing");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture, anna, "subscribe", "{\"subscription_type\":\"backtest\"}");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s %s", cases[i][0], cases[i][1]);
      routing_fails (&fixture, anna, cases[i][0], cases[i][1], TIDE_ERROR_BAD_PAYLOAD);
    }
  routing_clear (&fixture);
}

static void
test_messages (void)
{
  Routing fixture;
  g_autoptr (GError) type = NULL;
  g_autoptr (GError) filter = NULL;
  g_autoptr (GError) command = NULL;
  TideUserRef anna;

  g_test_summary ("Who errs in a name is told which names there are");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_run (&fixture, anna, 1, "subscribe", "{\"subscription_type\":\"x\"}", &type);
  g_assert_nonnull (strstr (
      type->message, "tickers, watchlist, tier_patterns, backtest, market_insights"));
  routing_run (&fixture,
               anna,
               1,
               "subscribe",
               "{\"subscription_type\":\"tier_patterns\",\"filters\":{\"x\":1}}",
               &filter);
  g_assert_nonnull (strstr (filter->message, "pattern_types, symbols, tiers"));
  routing_run (&fixture, anna, 1, "subscribe_all", "{}", &command);
  g_assert_error (command, TIDE_ERROR, TIDE_ERROR_UNKNOWN_COMMAND);
  g_assert_nonnull (strstr (command->message, "subscribe_patterns"));
  routing_clear (&fixture);
}

static void
subscribe_job (Routing *self, TideUserRef user, guint64 connection_id, guint job)
{
  g_autofree char *payload = g_strdup_printf (
      "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[%u]}}", job);
  g_autoptr (GError) error = NULL;

  routing_run (self, user, connection_id, "subscribe", payload, &error);
  g_assert_no_error (error);
}

static void
test_limits (void)
{
  Routing fixture;
  g_autoptr (GError) error = NULL;
  TideUserRef anna;

  g_test_summary ("A connection can make so many subscriptions, a user can have so many");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  for (guint i = 0; i < 4; i++)
    subscribe_job (&fixture, anna, 1, i);
  routing_fails (&fixture,
                 anna,
                 "subscribe",
                 "{\"subscription_type\":\"market_insights\"}",
                 TIDE_ERROR_LIMIT_EXCEEDED);
  routing_fails (&fixture,
                 anna,
                 "subscribe_tickstockpl_watchlist",
                 "{\"symbols\":[\"A\"]}",
                 TIDE_ERROR_LIMIT_EXCEEDED);
  /* What is there already can be asked for again. */
  subscribe_job (&fixture, anna, 1, 3);
  subscribe_job (&fixture, anna, 2, 4);
  subscribe_job (&fixture, anna, 2, 5);
  g_assert_false (routing_run (&fixture,
                               anna,
                               3,
                               "subscribe",
                               "{\"subscription_type\":\"market_insights\"}",
                               &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
  routing_ok (&fixture,
              anna,
              "unsubscribe",
              "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[0]}}");
  routing_ok (&fixture, anna, "subscribe", "{\"subscription_type\":\"market_insights\"}");
  routing_clear (&fixture);
}

static void
test_value_limits (void)
{
  Routing fixture;
  TideUserRef anna;

  g_test_summary ("A filter can have so many values, and all subscriptions of a user");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_fails (&fixture,
                 anna,
                 "subscribe_patterns",
                 "{\"patterns\":[1,2,3,4,5,6,7,8,9,10,11]}",
                 TIDE_ERROR_LIMIT_EXCEEDED);
  routing_ok (
      &fixture, anna, "subscribe_patterns", "{\"patterns\":[1,2,3,4,5,6,7,8,9,10]}");
  routing_ok (&fixture,
              anna,
              "subscribe",
              "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[1,2,3,4,5,"
              "6,7,8,9]}}");
  routing_fails (&fixture,
                 anna,
                 "subscribe_tickstockpl_watchlist",
                 "{\"symbols\":[\"A\"],\"subscription_types\":\"price_update\"}",
                 TIDE_ERROR_LIMIT_EXCEEDED);
  subscribe_job (&fixture, anna, 1, 10);
  g_assert_cmpuint (fixture.counters.index_entries, ==, 20);
  routing_fails (&fixture,
                 anna,
                 "subscribe",
                 "{\"subscription_type\":\"market_insights\",\"filters\":{\"tiers\":1}}",
                 TIDE_ERROR_LIMIT_EXCEEDED);
  routing_ok (&fixture, anna, "subscribe", "{\"subscription_type\":\"market_insights\"}");
  /* A list that becomes shorter is no more than there was. */
  routing_ok (&fixture, anna, "subscribe_patterns", "{\"patterns\":[11,12]}");
  g_assert_cmpuint (fixture.counters.index_entries, ==, 12);
  routing_clear (&fixture);
}

static void
test_watchlist_limit (void)
{
  Routing fixture;
  TideUserRef anna;

  g_test_summary ("A watchlist that grows over the limit does not grow at all");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture,
              anna,
              "subscribe_tickstockpl_watchlist",
              "{\"symbols\":[\"A\",\"B\",\"C\",\"D\",\"E\",\"F\"],"
              "\"subscription_types\":[\"price_update\"]}");
  routing_fails (&fixture,
                 anna,
                 "subscribe_tickstockpl_watchlist",
                 "{\"symbols\":[\"F\",\"G\",\"H\",\"I\",\"J\",\"K\"]}",
                 TIDE_ERROR_LIMIT_EXCEEDED);
  g_assert_false (GETS (&fixture, anna, ticks, "G"));
  routing_ok (&fixture,
              anna,
              "subscribe_tickstockpl_watchlist",
              "{\"symbols\":[\"F\",\"G\",\"H\",\"I\",\"J\"]}");
  g_assert_true (GETS (&fixture, anna, ticks, "J"));
  g_assert_true (GETS (&fixture, anna, ticks, "A"));
  routing_clear (&fixture);
}

static void
test_watchlist_filter (void)
{
  Routing fixture;
  TideUserRef anna;

  g_test_summary ("A watchlist leaves alone what is limited by more than its symbols");

  routing_init (&fixture);
  /* Before the first event is looked for. */
  tide_subscription_index_register (
      tide_subscription_manager_get_index (fixture.manager), "watchlist", "tiers");
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture,
              anna,
              "subscribe",
              "{\"subscription_type\":\"watchlist\",\"filters\":{\"symbols\":\"A\","
              "\"subscription_types\":\"price_update\",\"tiers\":[1,2,3,4]}}");
  routing_ok (&fixture,
              anna,
              "subscribe_tickstockpl_watchlist",
              "{\"symbols\":\"B\",\"subscription_types\":\"price_update\"}");
  g_assert_cmpuint (fixture.counters.subscriptions, ==, 2);
  g_assert_cmpuint (fixture.counters.index_entries, ==, 6 + 2);
  g_assert_true (GETS (&fixture, anna, ticks, "B"));
  g_assert_false (GETS (&fixture, anna, ticks, "A"));
  routing_clear (&fixture);
}

static void
test_no_routes (void)
{
  g_autoptr (TideRouteTable) routes = tide_route_table_new ();
  Routing fixture;
  TideUserRef anna;

  g_test_summary ("What no route is for is refused; tickers are always there");

  routing_init (&fixture);
  g_object_unref (fixture.manager);
  fixture.manager = tide_subscription_manager_new (
      fixture.users, fixture.wheel, &fixture.counters, routes, &fixture.settings);
  anna = routing_come (&fixture, "anna");
  routing_fails (
      &fixture, anna, "subscribe_patterns", "{\"patterns\":[1]}", TIDE_ERROR_UNSUPPORTED);
  routing_fails (&fixture,
                 anna,
                 "subscribe_tickstockpl_watchlist",
                 "{\"symbols\":[\"A\"]}",
                 TIDE_ERROR_UNSUPPORTED);
  routing_fails (&fixture,
                 anna,
                 "subscribe",
                 "{\"subscription_type\":\"backtest\"}",
                 TIDE_ERROR_BAD_PAYLOAD);
  routing_ok (&fixture, anna, "subscribe_tickers", "{\"tickers\":[\"A\"]}");
  routing_clear (&fixture);
}

static void
test_not_connected (void)
{
  Routing fixture;
  TideUserRef anna;
  TideUserRef stranger = { 77, 1 };

  g_test_summary ("Nothing can be asked for in the name of who is gone");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_leave (&fixture, anna);
  routing_fails (&fixture,
                 anna,
                 "subscribe_tickers",
                 "{\"tickers\":[\"A\"]}",
                 TIDE_ERROR_UNAVAILABLE);
  routing_fails (&fixture,
                 stranger,
                 "subscribe",
                 "{\"subscription_type\":\"backtest\"}",
                 TIDE_ERROR_UNAVAILABLE);
  routing_clear (&fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/subscription-commands/subscribe", test_subscribe);
  g_test_add_func ("/routing/subscription-commands/unsubscribe", test_unsubscribe);
  g_test_add_func ("/routing/subscription-commands/same-again", test_same_again);
  g_test_add_func ("/routing/subscription-commands/patterns", test_patterns);
  g_test_add_func ("/routing/subscription-commands/watchlist", test_watchlist);
  g_test_add_func ("/routing/subscription-commands/chart", test_chart);
  g_test_add_func ("/routing/subscription-commands/user-id", test_user_id);
  g_test_add_func ("/routing/subscription-commands/bad-payloads", test_bad_payloads);
  g_test_add_func ("/routing/subscription-commands/messages", test_messages);
  g_test_add_func ("/routing/subscription-commands/limits", test_limits);
  g_test_add_func ("/routing/subscription-commands/value-limits", test_value_limits);
  g_test_add_func ("/routing/subscription-commands/watchlist-limit",
                   test_watchlist_limit);
  g_test_add_func ("/routing/subscription-commands/watchlist-filter",
                   test_watchlist_filter);
  g_test_add_func ("/routing/subscription-commands/no-routes", test_no_routes);
  g_test_add_func ("/routing/subscription-commands/not-connected", test_not_connected);
  return g_test_run ();
}
