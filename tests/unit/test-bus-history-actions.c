/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar-values.h"
#include "tide-bus-verb.h"
#include "tide-error.h"

#include <string.h>

/* What was asked for last, and whether it can be. */
static char asked[200];
static gboolean is_off;

static gboolean
take (const TideBusLater *later, GError **error)
{
  g_assert_cmpstr (later->user_data, ==, "later");
  if (is_off)
    g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_UNSUPPORTED, "off");
  return !is_off;
}

static gboolean
import_bars (TideTimeframe timeframe,
             GVariant *bars,
             const TideBusLater *later,
             gpointer user_data,
             GError **error)
{
  g_snprintf (asked, sizeof asked, "%d %d", timeframe, (int) g_variant_n_children (bars));
  return take (later, error);
}

static gboolean
export_bars (const TideChartRequest *request,
             const TideBusLater *later,
             gpointer user_data,
             GError **error)
{
  g_snprintf (asked,
              sizeof asked,
              "%s %d %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %u",
              request->symbol,
              request->timeframe,
              request->from_s,
              request->to_s,
              request->limit);
  return take (later, error);
}

static gboolean
list_symbols (const TideBusSymbolPage *page,
              const TideBusLater *later,
              gpointer user_data,
              GError **error)
{
  g_snprintf (asked, sizeof asked, "%s %d %u", page->after, page->timeframe, page->limit);
  return take (later, error);
}

static void
assert_call (const char *name, GVariant *arguments, const char *expected)
{
  static const TideBusHistoryFuncs history = {
    .import_bars = import_bars,
    .export_bars = export_bars,
    .list_symbols = list_symbols,
  };
  const TideBusFuncs funcs = { .history = &history };
  g_autoptr (GVariant) given = g_variant_ref_sink (arguments);
  TideBusCall call = { .arguments = given, .later = { NULL, (gpointer) "later" } };
  const TideBusVerb *verb = tide_bus_history_verbs;
  g_autoptr (GError) error = NULL;

  while (!g_str_equal (verb->name, name))
    verb++;
  g_assert_cmpint (verb->action,
                   ==,
                   g_str_equal (name, "ImportBars") ? TIDE_BUS_ACTION_MANAGE_SERVICE
                                                    : TIDE_BUS_ACTION_INSPECT);
  *asked = '\0';
  g_assert_null (verb->func (&funcs, &call, &error));
  g_assert_true (call.is_later == (error == NULL));
  if (expected != NULL)
    {
      g_assert_no_error (error);
      g_assert_cmpstr (asked, ==, expected);
    }
  else if (is_off)
    g_assert_error (error, TIDE_ERROR, TIDE_ERROR_UNSUPPORTED);
  else
    {
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
      g_assert_cmpstr (asked, ==, "");
    }
}

static GVariant *
make_bars (const char *timeframe, guint n_bars)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sxddddd)"));
  for (guint i = 0; i < n_bars; i++)
    g_variant_builder_add (
        &builder, "(sxddddd)", "A", (gint64) i, 1.0, 1.0, 1.0, 1.0, 1.0);
  return g_variant_new ("(sa(sxddddd))", timeframe, &builder);
}

static GVariant *
make_export (const char *symbol, const char *timeframe, gint64 to_s, guint limit)
{
  return g_variant_new (
      "(ssxxu)", symbol, timeframe, G_GINT64_CONSTANT (-5), to_s, limit);
}

static void
test_calls (void)
{
  g_test_summary ("Calls that can be are handed on, and are answered later");

  assert_call ("ImportBars", make_bars ("5m", 0), "1 0");
  assert_call ("ImportBars", make_bars ("1d", TIDE_BARS_PER_CALL), "4 1000");
  assert_call ("ExportBars", make_export ("BRK B", "1m", 77, 5), "BRK B 0 0 77 5");
  assert_call ("ExportBars", make_export ("A", "1m", 0, 0), "A 0 0 100000000000 1000");
  assert_call (
      "ExportBars", make_export ("A", "1m", G_MAXINT64, 0), "A 0 0 100000000000 1000");
  assert_call ("ListBarSymbols", g_variant_new ("(ssu)", "", "1h", 0), " 3 1000");
  assert_call ("ListBarSymbols", g_variant_new ("(ssu)", "A", "1h", 1000), "A 3 1000");
}

static void
test_refused (void)
{
  g_test_summary ("What can't be is refused before the history is asked");

  assert_call ("ImportBars", make_bars ("2m", 1), NULL);
  assert_call ("ImportBars", make_bars ("1m", TIDE_BARS_PER_CALL + 1), NULL);
  assert_call ("ExportBars", make_export ("", "1m", 0, 0), NULL);
  assert_call ("ExportBars", make_export ("A", "", 0, 0), NULL);
  assert_call ("ExportBars", make_export ("A", "1m", 0, 1001), NULL);
  assert_call ("ListBarSymbols", g_variant_new ("(ssu)", "", "1y", 0), NULL);
  assert_call ("ListBarSymbols", g_variant_new ("(ssu)", "", "1m", 1001), NULL);
}

static void
test_off (void)
{
  g_test_summary ("Without a history each is answered at once");

  is_off = TRUE;
  assert_call ("ImportBars", make_bars ("1m", 1), NULL);
  assert_call ("ExportBars", make_export ("A", "1m", 0, 0), NULL);
  assert_call ("ListBarSymbols", g_variant_new ("(ssu)", "", "1m", 0), NULL);
  is_off = FALSE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control/bus-history-actions/calls", test_calls);
  g_test_add_func ("/control/bus-history-actions/refused", test_refused);
  g_test_add_func ("/control/bus-history-actions/off", test_off);
  return g_test_run ();
}
