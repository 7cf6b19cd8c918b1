/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-delivery-explanation.h"
#include "tide-error.h"

#include <gio/gio.h>

#include "pipeline-harness.h"

#define N_USERS 6
#define N_EVENTS 60
#define ROOMS                                                                            \
  "[rooms]\nopen=lobby\n[route "                                                         \
  "lobby]\nchannel=lobby\naudience=room:lobby\nclass=lossless\n"

static RawWebSocket browsers[N_USERS];
static gboolean are_here[N_USERS];

static GVariant *
explain (const char *channel, const char *payload)
{
  TideCounters before = *fixture.counters;
  g_autoptr (GError) error = NULL;
  GVariant *made = tide_delivery_explanation_make (
      tide_pipeline_get_stages (fixture.pipeline), channel, payload, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (&before, sizeof before, fixture.counters, sizeof before);
  return g_variant_ref_sink (made);
}

static const char *
choose (const char *const *texts)
{
  return texts[g_test_rand_int_range (0, g_strv_length ((char **) texts))];
}

static void
subscribe_somehow (RawWebSocket *browser)
{
  static const char *const symbols[] = { "A", "B", "C", NULL };
  static const char *const tiers[] = { "daily", "intraday", NULL };
  g_autofree char *tickers = g_strdup_printf (
      "{\"type\":\"subscribe_tickers\",\"tickers\":[\"%s\"]}", choose (symbols));
  g_autofree char *patterns = g_strdup_printf (
      "{\"type\":\"subscribe\",\"subscription_type\":\"tier_patterns\",\"filters\":{"
      "\"symbols\":[\"%s\"],\"tiers\":[\"%s\"]}}",
      choose (symbols),
      choose (tiers));
  g_autofree char *backtest =
      g_strdup_printf ("{\"type\":\"subscribe\",\"subscription_type\":\"backtest\","
                       "\"filters\":{\"job_ids\":[\"%s\"]}}",
                       choose (symbols));

  if (g_test_rand_bit ())
    ask (browser, tickers);
  if (g_test_rand_bit ())
    ask (browser, patterns);
  if (g_test_rand_bit ())
    ask (browser, backtest);
  if (g_test_rand_bit ())
    ask (browser, "{\"type\":\"join_room\",\"room\":\"lobby\"}");
}

static char *
make_payload (guint number, const char **channel)
{
  static const char *const channels[] = { "tickstock.all_ticks",
                                          "tickstock.events.patterns",
                                          "tickstock.events.backtest.progress",
                                          "tickstock.events.backtest.results",
                                          "tickstock.events.health",
                                          "lobby",
                                          NULL };
  static const char *const symbols[] = { "A", "B", "C", "D", NULL };
  static const char *const tiers[] = { "daily", "intraday", "weekly", NULL };
  static const char *const users[] = { "u0", "u1", "u4", "stranger", NULL };

  *channel = choose (channels);
  return g_strdup_printf ("{\"symbol\":\"%s\",\"tier\":\"%s\",\"job_id\":\"%s\","
                          "\"user_id\":\"%s\",\"status\":\"ok\",\"number\":\"<%u>\"}",
                          choose (symbols),
                          choose (tiers),
                          choose (symbols),
                          choose (users),
                          number);
}

/* The state that a list has for a user; NULL when it is not there. */
static char *
find_user (GVariant *recipients, const char *user)
{
  GVariantIter iter;
  const char *name;
  const char *state;

  g_variant_iter_init (&iter, recipients);
  while (g_variant_iter_next (&iter, "(&s&s&s)", &name, NULL, &state))
    if (g_str_equal (name, user))
      return g_strdup (state);
  return NULL;
}

static gboolean
is_other (GVariant *others, const char *user)
{
  GVariantIter iter;
  const char *name;

  g_variant_iter_init (&iter, others);
  while (g_variant_iter_next (&iter, "(&s&s)", &name, NULL))
    if (g_str_equal (name, user))
      return TRUE;
  return FALSE;
}

/* Explains an event, then lets it come. */
static void
compare (guint number)
{
  const char *channel;
  g_autofree char *payload = make_payload (number, &channel);
  g_autofree char *mark = g_strdup_printf ("<%u>", number);
  g_autoptr (GVariant) said = explain (channel, payload);
  g_autoptr (GVariant) recipients = g_variant_get_child_value (said, 1);
  g_autoptr (GVariant) others = g_variant_get_child_value (said, 2);
  g_autofree char *stranger = NULL;
  guint64 n_kept = fixture.counters->offline_queued;
  guint n_kept_said = 0;

  g_test_message ("%s %s", channel, payload);
  g_assert_cmpuint (take (channel, payload), ==, g_variant_n_children (recipients));
  for (guint i = 0; i < N_USERS; i++)
    {
      g_autofree char *user = g_strdup_printf ("u%u", i);
      g_autofree char *state = find_user (recipients, user);

      g_assert_false (state != NULL && is_other (others, user));
      if (are_here[i])
        g_assert_true (state != NULL || is_other (others, user));
      if (state != NULL && are_here[i])
        wait_for_text (&browsers[i], mark);
      n_kept_said += g_strcmp0 (state, "kept for when the user is back") == 0;
    }
  stranger = find_user (recipients, "stranger");
  n_kept_said += stranger != NULL;
  g_assert_cmpuint (fixture.counters->offline_queued - n_kept, ==, n_kept_said);
  for (guint i = 0; i < N_USERS; i++)
    {
      g_autofree char *user = g_strdup_printf ("u%u", i);
      g_autofree char *state = find_user (recipients, user);

      if (!are_here[i])
        continue;
      raw_websocket_take (&browsers[i]);
      g_assert_cmpint (strstr (browsers[i].log->str, mark) != NULL, ==, state != NULL);
    }
}

static void
test_random (void)
{
  const char *const at_once[] = { "delivery.batch-window-ms=0",
                                  "delivery.events-per-second=0",
                                  "delivery.urgent-events-per-second=0",
                                  "sessions.client-events-per-second=0",
                                  NULL };

  g_test_summary ("Who is said to get an event gets it, and nobody else: with random "
                  "subscriptions, some users away, and one of whom nothing is known");

  config_text = ROOMS;
  set_up (NULL, at_once);
  for (guint i = 0; i < N_USERS; i++)
    {
      g_autofree char *user = g_strdup_printf ("u%u", i);

      come (&browsers[i], user);
      subscribe_somehow (&browsers[i]);
      are_here[i] = i % 3 != 2;
      if (!are_here[i])
        leave (&browsers[i]);
    }
  for (guint i = 0; i < N_EVENTS; i++)
    compare (i);
  assert_balanced ();
  for (guint i = 0; i < N_USERS; i++)
    if (are_here[i])
      raw_websocket_clear (&browsers[i]);
  tear_down ();
  config_text = "";
}

static void
test_texts (void)
{
  RawWebSocket ann;
  RawWebSocket bob;
  g_autoptr (GVariant) said = NULL;
  g_autofree char *text = NULL;

  g_test_summary ("An explanation has the facts, the rules and the reasons");

  set_up (NULL, NULL);
  come (&ann, "ann");
  come (&bob, NULL);
  ask (&ann, "{\"type\":\"subscribe_tickers\",\"tickers\":[\"AAPL\"]}");
  said = explain ("tickstock.all_ticks", "{\"symbol\":\"AAPL\"}");
  text = g_variant_print (said, FALSE);
  g_assert_nonnull (strstr (text, "'audience': <'subscribers'>"));
  g_assert_nonnull (strstr (text, "'class': <'conflate'>"));
  g_assert_nonnull (strstr (text, "'key': <'AAPL'>"));
  g_assert_nonnull (strstr (text, "'n-others': <uint32 1>"));
  g_assert_nonnull (strstr (text, "'n-recipients': <uint32 1>"));
  g_assert_nonnull (strstr (text, "'priority': <'medium'>"));
  g_assert_nonnull (strstr (text, "'route': <'tick_data'>"));
  g_assert_nonnull (strstr (text, "('ann', 'ticker AAPL', 'sent at once')"));
  g_assert_nonnull (strstr (text, "(':2', 'no subscription of tickers or watchlist')"));
  raw_websocket_clear (&ann);
  raw_websocket_clear (&bob);
  tear_down ();
}

static void
test_wrong (void)
{
  g_autoptr (GError) route = NULL;
  g_autoptr (GError) payload = NULL;

  g_test_summary ("A channel that no route takes, and a payload that the decoder would "
                  "refuse, are told of");

  set_up (NULL, NULL);
  g_assert_null (tide_delivery_explanation_make (
      tide_pipeline_get_stages (fixture.pipeline), "nowhere", "{}", &route));
  g_assert_error (route, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
  g_assert_null (
      tide_delivery_explanation_make (tide_pipeline_get_stages (fixture.pipeline),
                                      "tickstock.all_ticks",
                                      "{\"price\":1}",
                                      &payload));
  g_assert_error (payload, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_nonnull (strstr (payload->message, "key"));
  g_assert_cmpuint (fixture.counters->events_received, ==, 0);
  tear_down ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/delivery-explanation/random", test_random);
  g_test_add_func ("/daemon/delivery-explanation/texts", test_texts);
  g_test_add_func ("/daemon/delivery-explanation/wrong", test_wrong);
  return g_test_run ();
}
