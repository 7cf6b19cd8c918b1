/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-status.h"

static void
count_change (TideStatus *status, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
test_fresh (void)
{
  g_autoptr (TideStatus) status = tide_status_new ("1.2.3", 42);

  g_test_summary ("A new status is starting, with no source and no listener");

  g_assert_cmpstr (tide_status_get_version (status), ==, "1.2.3");
  g_assert_cmpint (tide_status_get_started_real_us (status), ==, 42);
  g_assert_cmpint (tide_status_get_state (status), ==, TIDE_STATE_STARTING);
  g_assert_cmpstr (tide_status_get_source_description (status), ==, "");
  g_assert_cmpstr (tide_status_get_source_state (status), ==, "idle");
  g_assert_false (tide_status_is_redis_connected (status));
  g_assert_nonnull (tide_status_get_listeners (status));
  g_assert_null (tide_status_get_listeners (status)[0]);
}

static void
test_state (void)
{
  g_autoptr (TideStatus) status = tide_status_new ("1", 0);
  guint n_changes = 0;

  g_test_summary ("A state that is set anew is told of once");

  g_signal_connect (status, "changed", G_CALLBACK (count_change), &n_changes);
  tide_status_set_state (status, TIDE_STATE_STARTING);
  g_assert_cmpuint (n_changes, ==, 0);
  tide_status_set_state (status, TIDE_STATE_DEGRADED);
  tide_status_set_state (status, TIDE_STATE_DEGRADED);
  g_assert_cmpuint (n_changes, ==, 1);
  g_assert_cmpint (tide_status_get_state (status), ==, TIDE_STATE_DEGRADED);
}

static void
test_source (void)
{
  g_autoptr (TideStatus) status = tide_status_new ("1", 0);
  guint n_changes = 0;

  g_test_summary ("Facts about the source are told of when one of them changes");

  g_signal_connect (status, "changed", G_CALLBACK (count_change), &n_changes);
  tide_status_set_source (status, "redis://h:1/0", "connecting", TRUE, FALSE);
  g_assert_cmpuint (n_changes, ==, 1);
  g_assert_false (tide_status_is_redis_connected (status));
  tide_status_set_source (status, "redis://h:1/0", "connecting", TRUE, FALSE);
  g_assert_cmpuint (n_changes, ==, 1);
  tide_status_set_source (status, "redis://h:1/0", "connected", TRUE, TRUE);
  g_assert_cmpuint (n_changes, ==, 2);
  g_assert_true (tide_status_is_redis_connected (status));
  g_assert_cmpstr (tide_status_get_source_state (status), ==, "connected");

  /* A source that is fine but no Redis does not make Redis connected. */
  tide_status_set_source (status, "demo", "connected", FALSE, TRUE);
  g_assert_cmpuint (n_changes, ==, 3);
  g_assert_false (tide_status_is_redis_connected (status));
  g_assert_cmpstr (tide_status_get_source_description (status), ==, "demo");
}

static void
test_source_of_itself (void)
{
  g_autoptr (TideStatus) status = tide_status_new ("1", 0);

  g_test_summary ("The status may be given strings that are its own");

  tide_status_set_source (status, "demo", "connected", FALSE, TRUE);
  tide_status_set_source (status,
                          tide_status_get_source_description (status),
                          tide_status_get_source_state (status),
                          TRUE,
                          TRUE);
  g_assert_cmpstr (tide_status_get_source_description (status), ==, "demo");
  g_assert_cmpstr (tide_status_get_source_state (status), ==, "connected");
  tide_status_set_listeners (status, tide_status_get_listeners (status));
  g_assert_null (tide_status_get_listeners (status)[0]);
}

static void
test_listeners (void)
{
  g_autoptr (TideStatus) status = tide_status_new ("1", 0);
  const char *const listeners[] = { "http://127.0.0.1:1/", "unix:/x", NULL };
  guint n_changes = 0;

  g_test_summary ("Listeners are copied and told of");

  g_signal_connect (status, "changed", G_CALLBACK (count_change), &n_changes);
  tide_status_set_listeners (status, listeners);
  g_assert_cmpuint (n_changes, ==, 1);
  g_assert_true (tide_status_get_listeners (status) != listeners);
  g_assert_true (g_strv_equal (tide_status_get_listeners (status), listeners));
}

static void
test_nicks (void)
{
  g_test_summary ("Every state has the name that D-Bus and /health show");

  g_assert_cmpstr (tide_state_get_nick (TIDE_STATE_STARTING), ==, "starting");
  g_assert_cmpstr (tide_state_get_nick (TIDE_STATE_RUNNING), ==, "running");
  g_assert_cmpstr (tide_state_get_nick (TIDE_STATE_DEGRADED), ==, "degraded");
  g_assert_cmpstr (tide_state_get_nick (TIDE_STATE_DRAINING), ==, "draining");
}

static void
test_history (void)
{
  g_autoptr (TideStatus) status = tide_status_new ("1", 0);
  guint n_changes = 0;

  g_test_summary ("Where the history is kept is told of when it changes");

  g_assert_cmpstr (tide_status_get_history (status), ==, "off");
  g_signal_connect (status, "changed", G_CALLBACK (count_change), &n_changes);
  tide_status_set_history (status, "file");
  tide_status_set_history (status, "file");
  g_assert_cmpuint (n_changes, ==, 1);
  tide_status_set_history (status, "degraded");
  g_assert_cmpuint (n_changes, ==, 2);
  g_assert_cmpstr (tide_status_get_history (status), ==, "degraded");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/status/fresh", test_fresh);
  g_test_add_func ("/core/status/state", test_state);
  g_test_add_func ("/core/status/source", test_source);
  g_test_add_func ("/core/status/source-of-itself", test_source_of_itself);
  g_test_add_func ("/core/status/listeners", test_listeners);
  g_test_add_func ("/core/status/history", test_history);
  g_test_add_func ("/core/status/nicks", test_nicks);
  return g_test_run ();
}
