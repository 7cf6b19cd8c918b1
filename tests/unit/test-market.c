/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-scan.h"
#include "tide-market.h"

#include <string.h>

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define EPOCH_US (1700000000 * SECOND_US)

/* What a test keeps of a market while it runs. */
typedef struct
{
  GHashTable *sequences; /* symbol → its last sequence number */
  guint n_ticks;
  guint n_patterns;
  guint n_insights;
  guint n_progress;
  guint n_results;
  guint n_health;
} Tally;

static char *
get_text (const TideJsonField *field)
{
  return g_strndup (field->start, field->length);
}

static double
get_number (const TideJsonField *field)
{
  g_autofree char *text = get_text (field);

  g_assert_cmpint (field->kind, ==, TIDE_JSON_NUMBER);
  return g_ascii_strtod (text, NULL);
}

static void
scan (const TideMarketMessage *message, TideJsonField *fields, guint n_fields)
{
  TideJsonKind kind;

  g_assert_cmpuint (message->payload_length, ==, strlen (message->payload));
  g_assert_cmpint (
      tide_json_scan (message->payload, message->payload_length, fields, n_fields, &kind),
      ==,
      TIDE_JSON_OK);
  g_assert_cmpint (kind, ==, TIDE_JSON_OBJECT);
  for (guint i = 0; i < n_fields; i++)
    g_assert_cmpint (fields[i].kind, !=, TIDE_JSON_NONE);
}

static void
check_tick (const TideMarketMessage *message, Tally *tally)
{
  TideJsonField fields[] = {
    { .name = "symbol", .parent = -1 },     { .name = "price", .parent = -1 },
    { .name = "volume", .parent = -1 },     { .name = "change", .parent = -1 },
    { .name = "sequence", .parent = -1 },   { .name = "timestamp", .parent = -1 },
    { .name = "event_type", .parent = -1 }, { .name = "change_percent", .parent = -1 },
  };

  scan (message, fields, G_N_ELEMENTS (fields));

  char *symbol = get_text (&fields[0]);
  double price = get_number (&fields[1]);
  double change = get_number (&fields[3]);
  guint sequence = get_number (&fields[4]);

  g_assert_cmpfloat (price, >, 1);
  g_assert_cmpfloat (price, <, 4000);
  g_assert_cmpfloat (get_number (&fields[2]), >=, 1);
  g_assert_cmpfloat_with_epsilon (
      get_number (&fields[7]), 100 * change / (price - change), 0.0101);
  g_assert_cmpfloat_with_epsilon (
      get_number (&fields[5]), (EPOCH_US + message->t_us) / 1e6, 0.000002);
  g_assert_cmpuint (sequence,
                    ==,
                    GPOINTER_TO_UINT (g_hash_table_lookup (tally->sequences, symbol)) +
                        1);
  g_hash_table_insert (tally->sequences, symbol, GUINT_TO_POINTER (sequence));
  tally->n_ticks++;
}

static void
check_pattern (const TideMarketMessage *message, Tally *tally)
{
  TideJsonField fields[] = {
    { .name = "data", .parent = -1 },   { .name = "symbol", .parent = 0 },
    { .name = "pattern", .parent = 0 }, { .name = "confidence", .parent = 0 },
    { .name = "tier", .parent = 0 },    { .name = "event_type", .parent = -1 },
    { .name = "source", .parent = -1 }, { .name = "timestamp", .parent = -1 },
  };

  scan (message, fields, G_N_ELEMENTS (fields));
  g_assert_cmpfloat (get_number (&fields[3]), >, 0.5);
  g_assert_cmpfloat (get_number (&fields[3]), <, 1);
  tally->n_patterns++;
}

static void
check_job (const TideMarketMessage *message, Tally *tally, gboolean is_result)
{
  TideJsonField fields[] = {
    { .name = "data", .parent = -1 },
    { .name = "job_id", .parent = 0 },
    { .name = "progress", .parent = 0 },
    { .name = "status", .parent = 0 },
    { .name = is_result ? "results" : "current_symbol", .parent = 0 },
  };

  scan (message, fields, G_N_ELEMENTS (fields));

  g_autofree char *job = get_text (&fields[1]);
  g_autofree char *wanted_job = g_strdup_printf ("demo-%u", tally->n_results + 1);
  double progress = get_number (&fields[2]);

  g_assert_cmpstr (job, ==, wanted_job);
  if (is_result)
    g_assert_cmpfloat_with_epsilon (progress, 1, 0.001);
  else
    g_assert_cmpfloat (progress, <, 1);
  g_assert_cmpfloat (progress, >=, 0);
  tally->n_results += is_result;
  tally->n_progress += !is_result;
}

static void
check_health (const TideMarketMessage *message, Tally *tally)
{
  TideJsonField fields[] = {
    { .name = "data", .parent = -1 },
    { .name = "status", .parent = 0 },
  };

  scan (message, fields, G_N_ELEMENTS (fields));
  tally->n_health++;
}

static void
check_insight (const TideMarketMessage *message, Tally *tally)
{
  TideJsonField fields[] = {
    { .name = "data", .parent = -1 },
    { .name = "tier", .parent = 0 },
    { .name = "insight", .parent = 0 },
  };

  scan (message, fields, G_N_ELEMENTS (fields));
  tally->n_insights++;
}

static void
check (const TideMarketMessage *message, Tally *tally)
{
  if (strcmp (message->channel, TIDE_MARKET_TICKS) == 0)
    check_tick (message, tally);
  else if (strcmp (message->channel, TIDE_MARKET_PATTERNS) == 0)
    check_pattern (message, tally);
  else if (strcmp (message->channel, TIDE_MARKET_BACKTEST_PROGRESS) == 0)
    check_job (message, tally, FALSE);
  else if (strcmp (message->channel, TIDE_MARKET_BACKTEST_RESULTS) == 0)
    check_job (message, tally, TRUE);
  else if (strcmp (message->channel, TIDE_MARKET_INSIGHTS) == 0)
    check_insight (message, tally);
  else
    {
      g_assert_cmpstr (message->channel, ==, TIDE_MARKET_HEALTH);
      check_health (message, tally);
    }
}

static void
test_ten_minutes (void)
{
  g_autoptr (TideMarket) market = tide_market_new (1, 100, EPOCH_US);
  Tally tally = { .sequences =
                      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  gint64 last_us = 0;

  g_test_summary ("every message is sound, and they come as often as they should");

  while (tide_market_get_next_us (market) < 600 * SECOND_US)
    {
      gint64 next_us = tide_market_get_next_us (market);
      TideMarketMessage message;

      tide_market_next (market, &message);
      g_assert_cmpint (message.t_us, ==, next_us);
      g_assert_cmpint (message.t_us, >=, last_us);
      last_us = message.t_us;
      check (&message, &tally);
    }

  g_assert_cmpuint (tally.n_ticks, >, 58000);
  g_assert_cmpuint (tally.n_ticks, <, 62000);
  g_assert_cmpuint (g_hash_table_size (tally.sequences), ==, 50);
  g_assert_cmpuint (tally.n_patterns, >, 100);
  g_assert_cmpuint (tally.n_patterns, <, 200);
  g_assert_cmpuint (tally.n_progress, >, 400);
  g_assert_cmpuint (tally.n_results, >, 10);
  g_assert_cmpuint (tally.n_health, ==, 60);
  g_assert_cmpuint (tally.n_insights, ==, 75);
  g_hash_table_unref (tally.sequences);
}

static void
test_uneven (void)
{
  g_autoptr (TideMarket) market = tide_market_new (5, 100, EPOCH_US);
  guint n_first = 0;
  guint n_last = 0;

  g_test_summary ("the first symbol is traded more than the last");

  for (guint i = 0; i < 20000; i++)
    {
      TideMarketMessage message;

      tide_market_next (market, &message);
      n_first += strstr (message.payload, tide_market_get_symbol (0)) != NULL;
      n_last += strstr (message.payload, tide_market_get_symbol (49)) != NULL;
    }

  g_assert_cmpuint (n_last, >, 0);
  g_assert_cmpuint (n_first, >, 3 * n_last);
  g_assert_null (tide_market_get_symbol (50));
}

static void
test_same_seed (void)
{
  g_autoptr (TideMarket) one = tide_market_new (42, 100, EPOCH_US);
  g_autoptr (TideMarket) same = tide_market_new (42, 100, EPOCH_US);
  g_autoptr (TideMarket) other = tide_market_new (43, 100, EPOCH_US);
  guint n_equal = 0;

  g_test_summary ("the same seed gives the same market, another seed another");

  for (guint i = 0; i < 5000; i++)
    {
      TideMarketMessage a, b, c;

      tide_market_next (one, &a);
      tide_market_next (same, &b);
      tide_market_next (other, &c);
      g_assert_cmpstr (a.payload, ==, b.payload);
      g_assert_cmpint (a.t_us, ==, b.t_us);
      n_equal += strcmp (a.payload, c.payload) == 0;
    }
  g_assert_cmpuint (n_equal, <, 50);
}

static void
test_rates (void)
{
  static const guint rates[] = { 0, 1, 1000, 100000, G_MAXUINT };

  g_test_summary ("any rate gives a market that goes on");

  for (gsize i = 0; i < G_N_ELEMENTS (rates); i++)
    {
      g_autoptr (TideMarket) market = tide_market_new (1, rates[i], EPOCH_US);
      TideMarketMessage message;

      for (guint j = 0; j < 20000; j++)
        tide_market_next (market, &message);
      g_assert_cmpint (message.t_us, >, 0);
    }
}

static void
test_in_bounds (void)
{
  g_autoptr (TideMarket) market = tide_market_new (9, 100, EPOCH_US);
  Tally tally = { .sequences =
                      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };

  g_test_summary ("after hours the prices are still believable");

  for (guint i = 0; i < 100000; i++)
    {
      TideMarketMessage message;

      tide_market_next (market, &message);
      check (&message, &tally);
    }
  g_hash_table_unref (tally.sequences);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sources/market/ten-minutes", test_ten_minutes);
  g_test_add_func ("/sources/market/uneven", test_uneven);
  g_test_add_func ("/sources/market/same-seed", test_same_seed);
  g_test_add_func ("/sources/market/rates", test_rates);
  g_test_add_func ("/sources/market/in-bounds", test_in_bounds);
  return g_test_run ();
}
