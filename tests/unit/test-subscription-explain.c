/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "routing-harness.h"

static Routing routing;

static void
assert_says (TideUserRef user, TideEvent *event, gboolean is_match, const char *text)
{
  g_autofree char *said = NULL;

  g_assert_cmpint (
      tide_subscription_manager_explain (routing.manager, event, user.slot, &said),
      ==,
      is_match);
  g_assert_cmpstr (said, ==, text);
}

static void
test_texts (void)
{
  TideUserRef ann;
  g_autoptr (TideEvent) tick = NULL;
  g_autoptr (TideEvent) other = NULL;
  g_autoptr (TideEvent) pattern = NULL;
  g_autoptr (TideEvent) bare = NULL;

  g_test_summary ("The rule names what matched, the reason what did not");

  routing_init (&routing);
  ann = routing_come (&routing, "ann");
  tick = routing_make_event (routing.ticks, "AAPL", NULL, NULL);
  other = routing_make_event (routing.ticks, "MSFT", NULL, NULL);
  pattern = routing_make_event (routing.patterns, "Doji", "AAPL", "daily");
  bare = routing_make_event (routing.patterns, "Doji", NULL, "daily");
  assert_says (ann, tick, FALSE, "no subscription of tickers or watchlist");
  assert_says (ann, pattern, FALSE, "no subscription of tier_patterns or watchlist");
  routing_ok (&routing, ann, "subscribe_tickers", "{\"tickers\":[\"AAPL\"]}");
  assert_says (ann, tick, TRUE, "ticker AAPL");
  assert_says (ann, other, FALSE, "filter tickers of tickers has not MSFT");
  routing_ok (&routing,
              ann,
              "subscribe",
              "{\"subscription_type\":\"tier_patterns\",\"filters\":{\"symbols\":"
              "[\"AAPL\",\"TSLA\"],\"tiers\":[\"daily\"]}}");
  assert_says (
      ann, pattern, TRUE, "subscription tier_patterns: symbols=AAPL, tiers=daily");
  assert_says (ann,
               bare,
               FALSE,
               "filter symbols of tier_patterns is set, and the event has nothing there");
  routing_leave (&routing, ann);
  routing_clear (&routing);
}

static const char *
choose (const char *const *texts, guint n)
{
  return texts[g_test_rand_int_range (0, n)];
}

static void
subscribe_somehow (TideUserRef user)
{
  static const char *const symbols[] = { "A", "B", "C", "*" };
  static const char *const tiers[] = { "daily", "intraday", "*" };
  g_autofree char *tickers = g_strdup_printf (
      "{\"tickers\":[\"%s\",\"%s\"]}", choose (symbols, 3), choose (symbols, 3));
  g_autofree char *patterns = g_strdup_printf (
      "{\"subscription_type\":\"tier_patterns\",\"filters\":{\"symbols\":[\"%s\"],"
      "\"tiers\":[\"%s\"]}}",
      choose (symbols, 4),
      choose (tiers, 3));
  g_autofree char *insights = g_strdup_printf (
      "{\"subscription_type\":\"market_insights\",\"filters\":{\"tiers\":[\"%s\"]}}",
      choose (tiers, 3));

  if (g_test_rand_bit ())
    routing_run (&routing, user, user.slot + 1, "subscribe_tickers", tickers, NULL);
  if (g_test_rand_bit ())
    routing_run (&routing, user, user.slot + 1, "subscribe", patterns, NULL);
  if (g_test_rand_bit ())
    routing_run (&routing, user, user.slot + 1, "subscribe", insights, NULL);
}

static void
compare (const TideUserRef *users, guint n_users, TideEvent *event)
{
  TideSlotSet found;

  tide_slot_set_init (&found);
  tide_subscription_manager_find_subscribers (routing.manager, event, &found);
  for (guint i = 0; i < n_users; i++)
    {
      g_autofree char *text = NULL;

      g_assert_cmpint (tide_subscription_manager_explain (
                           routing.manager, event, users[i].slot, &text),
                       ==,
                       tide_slot_set_contains (&found, users[i].slot));
      g_assert_cmpstr (text, !=, "");
    }
  tide_slot_set_clear (&found);
}

static void
test_random (void)
{
  static const char *const symbols[] = { "A", "B", "C", "D", NULL };
  static const char *const tiers[] = { "daily", "intraday", "weekly", NULL };
  TideUserRef users[20];

  g_test_summary ("It says of every user what the look-up in the index says");

  for (guint round = 0; round < 20; round++)
    {
      routing_init (&routing);
      for (guint i = 0; i < G_N_ELEMENTS (users); i++)
        {
          users[i] = routing_come (&routing, NULL);
          subscribe_somehow (users[i]);
        }
      for (guint i = 0; i < 20; i++)
        {
          g_autoptr (TideEvent) tick =
              routing_make_event (routing.ticks, choose (symbols, 4), NULL, NULL);
          g_autoptr (TideEvent) pattern = routing_make_event (
              routing.patterns, "Doji", choose (symbols, 5), choose (tiers, 4));
          g_autoptr (TideEvent) insight =
              routing_make_event (routing.insights, choose (tiers, 4), NULL, NULL);

          compare (users, G_N_ELEMENTS (users), tick);
          compare (users, G_N_ELEMENTS (users), pattern);
          compare (users, G_N_ELEMENTS (users), insight);
        }
      for (guint i = 0; i < G_N_ELEMENTS (users); i++)
        routing_leave (&routing, users[i]);
      routing_clear (&routing);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/subscription-explain/texts", test_texts);
  g_test_add_func ("/routing/subscription-explain/random", test_random);
  return g_test_run ();
}
