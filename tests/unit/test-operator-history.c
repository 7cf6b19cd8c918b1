/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-operator.h"

#include <gio/gio.h>

#include "pipeline-harness.h"

#define DAY_S G_GINT64_CONSTANT (86400)

static TideOperator operator;
static TideBusFuncs funcs;
static char *folder; /* (nullable) */
static char *answer; /* (owned) (nullable), the last */
static GError *problem;
static gint64 today_s;

static gboolean
reload (gpointer user_data, GError **error)
{
  g_assert_not_reached ();
}

static void
start (const char *store)
{
  g_autofree char *setting = g_strconcat ("history.store=", store, NULL);
  g_autofree char *file = NULL;
  const char *more[] = { setting, NULL, NULL };

  folder = g_dir_make_tmp ("tide-operator-XXXXXX", NULL);
  file = g_strdup_printf ("history.file=%s/history.db", folder);
  more[1] = file;
  set_up (NULL, more);
  operator= (TideOperator){ fixture.pipeline, reload, NULL };
  tide_operator_fill_funcs (&operator, & funcs);
  today_s = g_get_real_time () / G_USEC_PER_SEC / DAY_S * DAY_S;
}

static void
stop (void)
{
  static const char *const ends[] = { "", "-lock", "-shm", "-wal" };

  tear_down ();
  g_clear_pointer (&answer, g_free);
  g_clear_error (&problem);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *path = g_strconcat (folder, "/history.db", ends[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  g_clear_pointer (&folder, g_free);
}

static void
on_answer (GVariant *value, const GError *error, gpointer user_data)
{
  g_autoptr (GVariant) owned = value != NULL ? g_variant_ref_sink (value) : NULL;

  g_assert_null (answer);
  g_assert_null (problem);
  g_assert_true (user_data == folder);
  if (error != NULL)
    problem = g_error_copy (error);
  else
    answer = g_variant_print (owned, FALSE);
}

static const TideBusLater *
later (void)
{
  static TideBusLater result;

  g_clear_pointer (&answer, g_free);
  g_clear_error (&problem);
  result = (TideBusLater){ on_answer, folder };
  return &result;
}

static void
wait_for_answer (void)
{
  for (guint i = 0; i < 5 * HTTP_PATIENCE && answer == NULL && problem == NULL; i++)
    http_turn (-1);
}

/* Brings a bar of nine days ago, and one of @day, counted from today. */
static gboolean
bring (
    TideTimeframe timeframe, const char *symbol, gint64 day, double high, GError **error)
{
  g_autoptr (GVariant) bars = g_variant_ref_sink (
      g_variant_new_parsed ("[('FIRST', %x, 1.0, 2.0, 0.5, 1.5, 10.0),"
                            " (%s, %x, 2.0, %d, 1.5, 2.5, 20.0)]",
                            today_s - 9 * DAY_S,
                            symbol,
                            today_s + day * DAY_S,
                            high));

  return funcs.history->import_bars (timeframe, bars, later (), funcs.act_data, error);
}

static gboolean
take_out (const char *symbol, GError **error)
{
  const TideChartRequest request = {
    0, symbol, TIDE_TIMEFRAME_1D, today_s - 20 * DAY_S, today_s + DAY_S, 10
  };

  return funcs.history->export_bars (&request, later (), funcs.act_data, error);
}

static gboolean
list (const char *after, GError **error)
{
  const TideBusSymbolPage page = { after, TIDE_TIMEFRAME_1D, 10 };

  return funcs.history->list_symbols (&page, later (), funcs.act_data, error);
}

static void
assert_answer (gboolean is_coming, char *expected)
{
  g_assert_true (is_coming);
  wait_for_answer ();
  g_assert_no_error (problem);
  g_assert_cmpstr (answer, ==, expected);
  g_free (expected);
}

static void
test_way (void)
{
  g_test_summary ("Bars that an operator brings can be listed and taken out again");

  start ("auto");
  assert_answer (bring (TIDE_TIMEFRAME_1D, "NEXT", -8, 3.0, NULL), g_strdup ("(2, 0)"));
  assert_answer (list ("", NULL),
                 g_strdup_printf ("([('FIRST', %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                                  "), ('NEXT', %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
                                  ")],)",
                                  today_s - 9 * DAY_S,
                                  today_s - 9 * DAY_S,
                                  today_s - 8 * DAY_S,
                                  today_s - 8 * DAY_S));
  assert_answer (list ("NEXT", NULL), g_strdup ("([],)"));
  assert_answer (take_out ("NEXT", NULL),
                 g_strdup_printf ("([(%" G_GINT64_FORMAT ", 2.0, 3.0, 1.5, 2.5, 20.0)],)",
                                  today_s - 8 * DAY_S));
  assert_answer (take_out ("GOOG", NULL), g_strdup ("([],)"));
  /* The same bar once more takes the place of what is there. */
  assert_answer (bring (TIDE_TIMEFRAME_1D, "NEXT", -8, 4.0, NULL), g_strdup ("(2, 0)"));
  assert_answer (take_out ("NEXT", NULL),
                 g_strdup_printf ("([(%" G_GINT64_FORMAT ", 2.0, 4.0, 1.5, 2.5, 20.0)],)",
                                  today_s - 8 * DAY_S));
  /* Longer ago than bars are kept. */
  assert_answer (bring (TIDE_TIMEFRAME_1D, "NEXT", -20000, 4.0, NULL),
                 g_strdup ("(1, 1)"));
  stop ();
}

static void
assert_refused (const char *symbol, gint64 day, double high, const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (bring (TIDE_TIMEFRAME_1D, symbol, day, high, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_true (g_str_has_prefix (error->message, "bar 2 of 2 can't be taken, so none"));
  g_assert_nonnull (strstr (error->message, part));
}

static void
test_bad_bars (void)
{
  g_test_summary ("With one bad bar none is taken, and it is named");

  start ("auto");
  assert_refused ("NEXT", -8, 2.25, "high is not the highest");
  assert_refused ("NEXT", 2, 3, "in the future");
  assert_refused ("NEXT", -30000, 3, "before 1970-01-02");
  assert_refused ("", -8, 3, "symbol");
  assert_answer (list ("", NULL), g_strdup ("([],)"));
  stop ();
}

static void
test_no_file (void)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without a file bars are refused, with what to set");

  start ("memory");
  g_assert_true (bring (TIDE_TIMEFRAME_1D, "NEXT", -8, 3, &error));
  wait_for_answer ();
  g_assert_null (answer);
  g_assert_error (problem, TIDE_ERROR, TIDE_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (problem->message, "store=auto"));
  stop ();
}

static void
test_off (void)
{
  g_autoptr (GError) imported = NULL;
  g_autoptr (GError) exported = NULL;
  g_autoptr (GError) listed = NULL;

  g_test_summary ("Without a history each says what to set");

  start ("off");
  g_assert_false (bring (TIDE_TIMEFRAME_1D, "NEXT", -8, 3, &imported));
  g_assert_error (imported, TIDE_ERROR, TIDE_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (imported->message, "store=auto"));
  g_assert_false (take_out ("NEXT", &exported));
  g_assert_error (exported, TIDE_ERROR, TIDE_ERROR_UNSUPPORTED);
  g_assert_false (list ("", &listed));
  g_assert_error (listed, TIDE_ERROR, TIDE_ERROR_UNSUPPORTED);
  stop ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/operator-history/way", test_way);
  g_test_add_func ("/daemon/operator-history/bad-bars", test_bad_bars);
  g_test_add_func ("/daemon/operator-history/no-file", test_no_file);
  g_test_add_func ("/daemon/operator-history/off", test_off);
  return g_test_run ();
}
