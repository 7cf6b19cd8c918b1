/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-events.h"
#include "load-latency.h"
#include "load-memo.h"
#include "load-symbols.h"
#include "load-tally.h"
#include <string.h>

#define HEAD_1 "{\"symbol\":\"S17\",\"seq\":123,\"t\":1234567890,\"pad\":\"xxxx\"}"
#define HEAD_2 "{\"symbol\":\"U2\",\"seq\":7,\"t\":99,\"pad\":\"\"}"

typedef struct
{
  const char *text;
  const char *found; /* "S17 123 1234567890;" for each */
} Sample;

static char *
find_all (LoadEvents *events, const char *text)
{
  GString *found = g_string_new (NULL);
  BenchEvent event;

  load_events_begin (events, text, strlen (text), TRUE);
  while (load_events_next (events, &event))
    g_string_append_printf (found,
                            "%c%u %u %" G_GINT64_FORMAT ";",
                            event.kind,
                            event.symbol,
                            event.sequence,
                            event.sent_us);
  return g_string_free (found, FALSE);
}

static void
test_samples (void)
{
  static const Sample samples[] = {
    { "", "" },
    { "{\"type\":\"subscription_updated\",\"data\":{\"tickers\":[\"S17\"]}}", "" },
    { HEAD_1, "S17 123 1234567890;" },
    { "{\"type\":\"tick_data\",\"data\":" HEAD_1 "}", "S17 123 1234567890;" },
    { "42[\"tick_data\"," HEAD_2 "]", "U2 7 99;" },
    { "{\"symbol\": \"S1\", \"seq\": 2, \"t\": 3, \"pad\": \"\"}", "S1 2 3;" },
    { "{\"symbol\" : \"S1\",  \"seq\":  2 , \"t\":   3 }", "S1 2 3;" },
    { "42[\"event_batch\",{\"events\":[{\"data\":" HEAD_1 ",\"timestamp\":1.5},"
      "{\"data\":" HEAD_2 "},{\"data\":" HEAD_1 "}]}]",
      "S17 123 1234567890;U2 7 99;S17 123 1234567890;" },
    { "{\"symbol\":\"S1\",\"seq\":12345678,\"t\":1234567890123456}",
      "S1 12345678 1234567890123456;" },
    { "{\"symbol\":\"S1\",\"seq\":123456789,\"t\":12345678901234567}",
      "S1 123456789 12345678901234567;" },
    { "{\"seq\":5,\"t\":6}", "" },
    { "{\"symbol\":\"AAPL\",\"seq\":5,\"t\":6}", "" },
    { "{\"symbol\":\"S1\",\"seq\":x,\"t\":6}" HEAD_2, "U2 7 99;" },
    { "{\"symbol\":\"S1\",\"seq\":5,\"t\":6", "" },
    { "\"seq\":", "" },
  };
  LoadEvents fresh = { 0 };
  LoadEvents used = { 0 };

  g_test_summary (
      "Events are found in all wrappings, whatever was looked through before");

  for (guint i = 0; i < G_N_ELEMENTS (samples); i++)
    {
      g_autofree char *found = NULL;
      g_autofree char *again = find_all (&used, samples[i].text);

      memset (&fresh, 0, sizeof fresh);
      found = find_all (&fresh, samples[i].text);
      g_assert_cmpstr (found, ==, samples[i].found);
      g_assert_cmpstr (again, ==, samples[i].found);
    }
}

/* A batch of events whose numbers have all lengths. */
static char *
make_batch (guint n_events, gsize n_bytes)
{
  GString *batch = g_string_new ("{\"type\":\"event_batch\",\"data\":{\"events\":[");

  for (guint i = 0; i < n_events; i++)
    {
      BenchEvent event = { .kind = i % 7 == 6 ? 'U' : 'S',
                           .symbol = g_test_rand_int_range (0, 2000),
                           .sequence = i + 1,
                           .sent_us = (gint64) g_test_rand_int_range (0, G_MAXINT32)
                                      << (i % 16) };
      gsize n_head;

      g_string_append_printf (batch, "%s{\"data\":", i > 0 ? "," : "");
      n_head = batch->len;
      g_string_set_size (batch, n_head + n_bytes);
      bench_event_write (&event, batch->str + n_head, n_bytes);
      g_string_append_printf (batch, ",\"message_id\":\"%u\"}", i * 37);
    }
  g_string_append (batch, "]}}");
  return g_string_free (batch, FALSE);
}

/* Gives a text in parts of random sizes, each with what was left over.
 *
 * Returns: how many events there were; they are checked to be in order */
static guint
find_in_parts (LoadEvents *events, const char *text, guint max_part)
{
  gsize length = strlen (text);
  gsize n_done = 0;
  gsize n_given = 0;
  guint n = 0;

  while (n_given < length)
    {
      BenchEvent event;
      /* A copy of its own, for Valgrind and ASan to see what is read behind it. */
      g_autofree char *part = NULL;
      gboolean is_first = n_given == 0;

      n_given += (gsize) g_test_rand_int_range (1, max_part);
      n_given = MIN (length, n_given);
      part = g_memdup2 (text + n_done, n_given - n_done);
      load_events_begin (events, part, n_given - n_done, is_first);
      while (load_events_next (events, &event))
        g_assert_cmpuint (event.sequence, ==, ++n);
      n_done += load_events_get_done (events);
      g_assert_cmpuint (n_given - n_done, <=, LOAD_EVENTS_MAX_KEPT);
    }
  return n;
}

static void
test_parts (void)
{
  static const guint max_parts[] = { 2, 30, 300, 5000 };

  g_test_summary ("No event is missed or found twice, wherever a text is cut");

  for (guint round = 0; round < 40; round++)
    {
      guint n_events = g_test_rand_int_range (1, 40);
      g_autofree char *batch = make_batch (n_events, g_test_rand_int_range (96, 300));
      LoadEvents events = { 0 };

      for (guint i = 0; i < G_N_ELEMENTS (max_parts); i++)
        g_assert_cmpuint (find_in_parts (&events, batch, max_parts[i]), ==, n_events);
    }
}

static void
test_memo (void)
{
  static const char *const texts[] = { "one", "two", "three", "two", "tree" };
  LoadMemo memo = { 0 };

  g_test_summary ("What comes again in the same order is known, anything else is not");

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      BenchEvent event = { .sequence = i };

      g_assert_null (load_memo_find (&memo, texts[i], strlen (texts[i])));
      load_memo_add (&memo, texts[i], strlen (texts[i]), &event);
    }
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
      {
        const BenchEvent *event = load_memo_find (&memo, texts[i], strlen (texts[i]));

        g_assert_nonnull (event);
        g_assert_cmpuint (event->sequence, ==, i);
      }
  g_assert_nonnull (load_memo_find (&memo, "one", 3));
  g_assert_null (load_memo_find (&memo, "tree", 4));
  load_memo_add (&memo, "tree", 4, &(BenchEvent){ .sequence = 7 });
  g_assert_null (load_memo_find (&memo, "three", 5));
  g_assert_nonnull (load_memo_find (&memo, "one", 3));
  g_assert_cmpuint (load_memo_find (&memo, "tree", 4)->sequence, ==, 7);
  load_memo_clear (&memo);
}

static void
add_all (LoadTally *tally, LoadTrack *track, const guint *sequences, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      BenchEvent event = { .kind = 'S', .sequence = sequences[i] };

      load_tally_add (tally, track, &event, 0);
    }
}

static void
test_tally (void)
{
  static const guint sequences[] = { 5, 6, 9, 9, 8, 4, 10, 200, 100, 201 };
  LoadTally *tally = g_new0 (LoadTally, 1);
  LoadTrack track = { 0 };
  BenchEvent foreign = { .kind = 'U', .sequence = 3, .sent_us = 10 };

  g_test_summary ("What is missing, late, doubled or was not asked for is counted");

  add_all (tally, &track, sequences, 2);
  g_assert_cmpint (tally->n_gaps, ==, 0);
  add_all (tally, &track, sequences + 2, 1);
  g_assert_cmpint (tally->n_gaps, ==, 2);
  add_all (tally, &track, sequences + 3, 1);
  g_assert_cmpuint (tally->n_duplicates, ==, 1);
  add_all (tally, &track, sequences + 4, 1);
  g_assert_cmpuint (tally->n_reordered, ==, 1);
  g_assert_cmpint (tally->n_gaps, ==, 1);
  add_all (tally, &track, sequences + 5, 2);
  g_assert_cmpuint (tally->n_reordered, ==, 2);
  g_assert_cmpint (tally->n_gaps, ==, 1);
  add_all (tally, &track, sequences + 7, 3);
  g_assert_cmpuint (tally->n_reordered, ==, 3);
  g_assert_cmpint (tally->n_gaps, ==, 1 + 189 - 1);
  load_tally_add (tally, NULL, &foreign, 30);
  g_assert_cmpuint (tally->n_foreign, ==, 1);
  g_assert_cmpuint (tally->n_events, ==, 11);
  g_assert_cmpuint (tally->urgent.max_us, ==, 20);
  g_free (tally);
}

static gboolean
wants (const LoadSymbols *self, guint connection, char kind, guint symbol)
{
  int slot = load_symbols_get_slot (self, kind, symbol);

  return slot >= 0 && load_symbols_get (self, connection, slot) == symbol;
}

/* Checks that a connection wants as many as it should, and counts which. */
static void
count_wishes (const LoadSymbols *self, guint connection, guint *counts)
{
  guint n_found = 0;

  for (guint slot = 0; slot < self->each; slot++)
    g_assert_true (
        wants (self, connection, 'S', load_symbols_get (self, connection, slot)));
  for (guint symbol = 0; symbol < self->n + 1; symbol++)
    if (wants (self, connection, 'S', symbol))
      {
        n_found++;
        counts[symbol]++;
      }
  g_assert_cmpuint (n_found, ==, self->each);
  for (guint symbol = 0; symbol < self->n_urgent + 1; symbol++)
    g_assert_cmpint (wants (self, connection, 'U', symbol),
                     ==,
                     self->n_urgent > 0 && symbol == connection % self->n_urgent);
}

static void
test_symbols (void)
{
  static const guint32 shapes[][3] = {
    { 1, 1, 0 }, { 500, 10, 0 }, { 500, 10, 25 }, { 7, 3, 2 }, { 4, 4, 0 },
  };
  const guint n_connections = 1000;

  g_test_summary ("Symbols are found in their slots, and have as many subscribers each");

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      LoadSymbols symbols;
      g_autofree guint *counts = g_new0 (guint, shapes[i][0]);
      double mean = (double) n_connections * shapes[i][1] / shapes[i][0];

      load_symbols_init (&symbols, shapes[i][0], shapes[i][1], shapes[i][2]);
      for (guint connection = 0; connection < n_connections; connection++)
        count_wishes (&symbols, connection, counts);
      for (guint symbol = 0; symbol < symbols.n; symbol++)
        {
          g_assert_cmpfloat (counts[symbol], >=, mean * 0.6);
          g_assert_cmpfloat (counts[symbol], <=, mean * 1.4);
        }
      load_symbols_clear (&symbols);
    }
}

static void
test_symbol_lists (void)
{
  LoadSymbols symbols;
  g_autofree char *plain = NULL;
  g_autofree char *json = NULL;

  g_test_summary ("Lists of symbols can stand in paths and in JSON");

  load_symbols_init (&symbols, 20, 2, 3);
  plain = load_symbols_join (&symbols, 14, FALSE);
  json = load_symbols_join (&symbols, 14, TRUE);
  g_assert_cmpstr (plain, ==, "S4,S15,U2");
  g_assert_cmpstr (json, ==, "\"S4\",\"S15\",\"U2\"");
  load_symbols_clear (&symbols);
}

static void
test_latency (void)
{
  static LoadLatency latency;
  g_autofree char *json = NULL;

  g_test_summary ("Percentiles are at most 1/64 too high, never too low");

  for (gint64 us = 1; us <= 100000; us++)
    load_latency_add (&latency, us);
  for (int percentile = 1; percentile <= 100; percentile++)
    {
      guint64 exact = (guint64) percentile * 1000;
      guint64 found = load_latency_get_percentile (&latency, percentile);

      g_assert_cmpuint (found, >=, exact);
      g_assert_cmpuint (found, <=, exact + exact / 64);
    }
  json = load_latency_to_json (&latency);
  g_assert_true (g_str_has_suffix (json, ",\"max\":100.000}"));

  load_latency_add (&latency, -5);
  load_latency_add (&latency, G_MAXINT64);
  g_assert_cmpuint (load_latency_get_percentile (&latency, 0), ==, 0);
  g_assert_cmpuint (load_latency_get_percentile (&latency, 100), >, 100000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bench/events/samples", test_samples);
  g_test_add_func ("/bench/events/parts", test_parts);
  g_test_add_func ("/bench/memo/order", test_memo);
  g_test_add_func ("/bench/tally/faults", test_tally);
  g_test_add_func ("/bench/symbols/slots", test_symbols);
  g_test_add_func ("/bench/symbols/lists", test_symbol_lists);
  g_test_add_func ("/bench/latency/percentiles", test_latency);
  return g_test_run ();
}
