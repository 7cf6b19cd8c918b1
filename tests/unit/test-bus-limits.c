/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-limits.h"

/* Returns: whether they are good, and nothing else was touched when not */
static gboolean
read_limits (guint32 rate, guint32 urgent, guint32 window, guint32 max, const char *text)
{
  const TideDeliveryLimits before = { 1, 2, TRUE, 3, 4 };
  TideDeliveryLimits limits = before;
  g_autoptr (GVariant) arguments =
      g_variant_ref_sink (g_variant_new ("(uuuu)", rate, urgent, window, max));
  g_autoptr (GError) error = NULL;

  if (tide_bus_limits_read (&limits, arguments, &error))
    {
      g_autoptr (GVariant) again =
          g_variant_ref_sink (tide_bus_limits_to_variant (&limits));

      g_assert_no_error (error);
      g_assert_true (g_variant_equal (again, arguments));
      g_assert_true (limits.is_leading);
      g_assert_cmpint (limits.batch_window_us, ==, window * G_GINT64_CONSTANT (1000));
      g_assert_cmpuint (limits.batch_max_events, ==, max);
      g_assert_cmpuint (limits.events_per_second, ==, rate);
      g_assert_cmpuint (limits.urgent_events_per_second, ==, urgent);
      return TRUE;
    }
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_cmpstr (error->message, ==, text);
  g_assert_cmpmem (&limits, sizeof limits, &before, sizeof before);
  return FALSE;
}

static void
test_good (void)
{
  g_test_summary ("Every value of the ranges is taken, both ends included");

  g_assert_true (read_limits (0, 0, 0, 0, NULL));
  g_assert_true (read_limits (100, 50, 100, 50, NULL));
  g_assert_true (read_limits (1000000, 1000000, 10000, 10000, NULL));
}

static void
test_out_of_range (void)
{
  g_test_summary ("A value out of range is named, with what is allowed; nothing changes");

  g_assert_false (
      read_limits (1000001,
                   0,
                   0,
                   0,
                   "events_per_second=1000001 is out of range: it goes from 0 (no limit) "
                   "to 1000000"));
  g_assert_false (
      read_limits (0,
                   G_MAXUINT32,
                   0,
                   0,
                   "urgent_events_per_second=4294967295 is out of range: it goes from 0 "
                   "(no limit) to 1000000"));
  g_assert_false (read_limits (
      0,
      0,
      10001,
      0,
      "batch_window_msec=10001 is out of range: it goes from 0 (no window) to 10000"));
  g_assert_false (read_limits (
      0,
      0,
      0,
      10001,
      "batch_max_events=10001 is out of range: it goes from 0 (no limit) to 10000"));
}

static void
test_describe (void)
{
  TideDeliveryLimits limits = { 100000, 50, TRUE, 100, 7 };
  g_autofree char *leading = tide_bus_limits_describe (&limits);
  g_autofree char *window = NULL;

  g_test_summary ("The log has the limits by the names of their keys");

  limits.is_leading = FALSE;
  window = tide_bus_limits_describe (&limits);
  g_assert_cmpstr (leading,
                   ==,
                   "batch-window-ms=100, batch-max-events=50, batch-mode=leading, "
                   "events-per-second=100, urgent-events-per-second=7");
  g_assert_nonnull (strstr (window, "batch-mode=window"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/control/bus-limits/good", test_good);
  g_test_add_func ("/control/bus-limits/out-of-range", test_out_of_range);
  g_test_add_func ("/control/bus-limits/describe", test_describe);
  return g_test_run ();
}
