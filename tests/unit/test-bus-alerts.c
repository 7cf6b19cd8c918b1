/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-alerts.h"

#define S G_USEC_PER_SEC

static GString *heard;

static void
on_slow (guint n_users, gpointer user_data)
{
  g_string_append_printf (heard, "slow %u; ", n_users);
}

static void
on_limit (const char *limit, guint64 n_times, gpointer user_data)
{
  g_string_append_printf (heard, "%s %" G_GUINT64_FORMAT "; ", limit, n_times);
}

static void
look (TideBusAlerts *alerts, gint64 now_us, const char *expected)
{
  g_string_truncate (heard, 0);
  tide_bus_alerts_look (alerts, now_us);
  g_assert_cmpstr (heard->str, ==, expected);
}

static TideBusAlerts *
make_alerts (const TideCounters *counters)
{
  return tide_bus_alerts_new (counters, &(TideBusAlertFuncs){ on_slow, on_limit, NULL });
}

static void
test_slow (void)
{
  g_autofree TideCounters *counters = g_new0 (TideCounters, 1);
  g_autoptr (TideBusAlerts) alerts = make_alerts (counters);

  g_test_summary ("A change of the number of slow users is told, nothing else");

  look (alerts, 0, "");
  counters->slow_users = 2;
  look (alerts, 1 * S, "slow 2; ");
  look (alerts, 2 * S, "");
  counters->slow_users = 0;
  look (alerts, 3 * S, "slow 0; ");
}

static void
test_limits (void)
{
  g_autofree TideCounters *counters = g_new0 (TideCounters, 1);
  g_autoptr (TideBusAlerts) alerts = NULL;

  g_test_summary (
      "A limit is told of at once, then every ten seconds with all that came, "
      "each by itself; what was before is no news");

  counters->sockets_closed_waiting = 1000;
  alerts = make_alerts (counters);
  look (alerts, 0, "");
  counters->sockets_closed_waiting += 3;
  look (alerts, 1 * S, "server.max-half-open 3; ");
  counters->sockets_closed_waiting += 1;
  look (alerts, 2 * S, "");
  counters->sockets_refused_rate += 7;
  counters->sockets_closed_waiting += 1;
  look (alerts, 9 * S, "server.max-accepts-per-second 7; ");
  look (alerts, 11 * S, "server.max-half-open 2; ");
  look (alerts, 60 * S, "");
}

static void
test_reset (void)
{
  g_autofree TideCounters *counters = g_new0 (TideCounters, 1);
  g_autoptr (TideBusAlerts) alerts = NULL;

  g_test_summary ("Counters that are set to 0 meanwhile are no limit that was hit");

  counters->rate_limited = 50;
  alerts = make_alerts (counters);
  counters->rate_limited = 0;
  look (alerts, 1 * S, "");
  counters->rate_limited = 2;
  look (alerts, 2 * S, "delivery.events-per-second 2; ");
}

int
main (int argc, char *argv[])
{
  int code;

  g_test_init (&argc, &argv, NULL);
  heard = g_string_new (NULL);
  g_test_add_func ("/control/bus-alerts/slow", test_slow);
  g_test_add_func ("/control/bus-alerts/limits", test_limits);
  g_test_add_func ("/control/bus-alerts/reset", test_reset);
  code = g_test_run ();
  g_string_free (heard, TRUE);
  return code;
}
