/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-fixture.h"
#include <unistd.h>

static void
test_refresh (Fixture *self, gconstpointer unused)
{
  g_test_summary ("What is worked out of others is fresh in every answer");

  start (self);

  g_autoptr (GDBusConnection) client = dbus_server_connect (self->server);

  for (guint i = 1; i < 4; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) all = NULL;
      guint64 mean = 0;

      self->counters.batches = 1;
      self->counters.batched_events = i;

      g_autoptr (GVariant) one = get (client, STATS, "MeanBatchHundredths");

      g_assert_cmpuint (g_variant_get_uint64 (one), ==, 100 * i);
      self->counters.batched_events = 10 * i;
      all = dbus_call (client,
                       TIDE_BUS_PATH,
                       "org.freedesktop.DBus.Properties.GetAll",
                       g_variant_new ("(s)", STATS),
                       &error);
      g_assert_no_error (error);

      g_autoptr (GVariant) values = g_variant_get_child_value (all, 0);

      g_assert_true (g_variant_lookup (values, "MeanBatchHundredths", "t", &mean));
      g_assert_cmpuint (mean, ==, 1000 * i);
    }
}

static void
test_latency (Fixture *self, gconstpointer unused)
{
  const double percentiles[] = { 50, 99, 100 };
  g_autoptr (GError) error = NULL;

  g_test_summary ("Latencies are had by percentile");

  tide_histogram_add (&self->counters.latency[TIDE_PRIORITY_CRITICAL], 3, 99);
  tide_histogram_add (&self->counters.latency[TIDE_PRIORITY_CRITICAL], 9, 1);
  start (self);

  g_autoptr (GDBusConnection) client = dbus_server_connect (self->server);
  g_autoptr (GVariant) answer = dbus_call (
      client,
      TIDE_BUS_PATH,
      STATS ".GetLatency",
      g_variant_new (
          "(s@ad)",
          "critical",
          g_variant_new_fixed_array (
              G_VARIANT_TYPE_DOUBLE, percentiles, G_N_ELEMENTS (percentiles), 8)),
      &error);

  g_assert_no_error (error);

  g_autofree char *text = g_variant_print (answer, FALSE);

  g_assert_cmpstr (text, ==, "([3, 3, 9],)");
  g_assert_null (dbus_call (client,
                            TIDE_BUS_PATH,
                            STATS ".GetLatency",
                            g_variant_new ("(sad)", "urgent", NULL),
                            &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
}

/* Returns: (transfer full): the limits as everybody can read them */
static char *
read_limits (GDBusConnection *client)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      dbus_call (client, TIDE_BUS_PATH, MANAGER ".GetDeliveryLimits", NULL, &error);

  g_assert_no_error (error);
  return g_variant_print (answer, FALSE);
}

static void
test_limits (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Limits are set, and read as they were set; wrong ones change nothing");

  start (self);

  g_autoptr (GDBusConnection) client = dbus_server_connect (self->server);
  g_autofree char *before = read_limits (client);
  g_autoptr (GVariant) answer = dbus_call (client,
                                           TIDE_BUS_PATH,
                                           ADMIN ".SetDeliveryLimits",
                                           g_variant_new ("(uuuu)", 0, 7, 10000, 1),
                                           &error);
  g_autofree char *after = read_limits (client);

  g_assert_no_error (error);
  g_assert_nonnull (answer);
  g_assert_cmpstr (before, ==, "(100, 50, 100, 50)");
  g_assert_cmpstr (after, ==, "(0, 7, 10000, 1)");
  g_assert_cmpint (self->limits.batch_window_us, ==, 10 * G_USEC_PER_SEC);
  g_assert_true (self->limits.is_leading);

  g_autofree char *told =
      g_strdup_printf ("uid %u set the delivery limits", (guint) geteuid ());

  g_assert_true (log_catcher_has (lines, told));
  g_assert_null (dbus_call (client,
                            TIDE_BUS_PATH,
                            ADMIN ".SetDeliveryLimits",
                            g_variant_new ("(uuuu)", 1, 1, 10001, 1),
                            &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_nonnull (strstr (error->message, "batch_window_msec=10001"));
  g_clear_error (&error);
  g_assert_null (dbus_call (client,
                            TIDE_BUS_PATH,
                            ADMIN ".SetDeliveryLimits",
                            g_variant_new ("(uuu)", 1, 1, 1),
                            &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);

  g_autofree char *still = read_limits (client);

  g_assert_cmpstr (still, ==, "(0, 7, 10000, 1)");
}

/* On this bus everybody may call everything: the service is the only lock. */
static void
test_unauthorized (Fixture *self, gconstpointer unused)
{
  const char *const set[] = {
    "gdbus",
    "call",
    "--address",
    self->server->address,
    "--dest",
    TIDE_BUS_NAME,
    "--object-path",
    TIDE_BUS_PATH,
    "--method",
    ADMIN ".SetDeliveryLimits",
    "1",
    "2",
    "3",
    "4",
    NULL,
  };
  int status;

  g_test_summary ("Another user is refused by the service itself, unless of its group");

  if (geteuid () != 0)
    {
      g_test_skip ("only root can be another user");
      return;
    }
  tide_bus_service_set_group (self->service, DBUS_GROUP);
  start (self);

  g_autofree char *refused = dbus_run_tool (set, DBUS_USER_NOBODY, &status);

  g_test_message ("%s", refused);
  g_assert_cmpint (status, !=, 0);
  g_assert_nonnull (strstr (refused, "org.freedesktop.DBus.Error.AccessDenied"));
  g_assert_nonnull (strstr (refused, "members of the group " DBUS_GROUP));
  g_assert_cmpuint (self->limits.events_per_second, ==, 100);

  g_autofree char *taken = dbus_run_tool (set, DBUS_USER_MEMBER, &status);

  g_test_message ("%s", taken);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpuint (self->limits.events_per_second, ==, 1);
  g_assert_true (log_catcher_has (lines, "uid 65534 set the delivery limits"));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/integration/bus-calls/refresh", test_refresh },
    { "/integration/bus-calls/latency", test_latency },
    { "/integration/bus-calls/limits", test_limits },
    { "/integration/bus-calls/unauthorized", test_unauthorized },
  };

  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  if (!dbus_server_is_installed ())
    {
      g_print ("1..0 # SKIP dbus-daemon is not installed\n");
      return 0;
    }
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
