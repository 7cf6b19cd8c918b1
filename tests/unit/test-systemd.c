/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-systemd.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>

static GSocket *listener;
static char *path;
static TideClock *clock_;
static TideTimerWheel *wheel;
static TideCounters counters;
static TideStatus *status;

static void
set_up (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autofree char *folder = g_dir_make_tmp ("notify-XXXXXX", &error);

  path = g_build_filename (folder, "socket", NULL);
  address = g_unix_socket_address_new (path);
  listener = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, 0, &error);
  g_assert_no_error (error);
  g_socket_bind (listener, address, FALSE, &error);
  g_assert_no_error (error);
  g_socket_set_blocking (listener, FALSE);
  g_setenv ("NOTIFY_SOCKET", path, TRUE);
  clock_ = tide_clock_new_manual (G_USEC_PER_SEC);
  wheel = tide_timer_wheel_new (clock_);
  counters = (TideCounters){ .connections = 7 };
  status = tide_status_new ("1", 0);
}

static void
tear_down (void)
{
  g_unsetenv ("NOTIFY_SOCKET");
  g_clear_object (&listener);
  g_clear_object (&status);
  g_clear_pointer (&wheel, tide_timer_wheel_free);
  g_clear_pointer (&clock_, tide_clock_unref);
  g_clear_pointer (&path, g_free);
}

/* Takes what was said, all of it, with a bar after each. */
static char *
take (void)
{
  g_autoptr (GString) said = g_string_new (NULL);
  char buffer[1024];
  gssize n;

  while ((n = g_socket_receive (listener, buffer, sizeof buffer, NULL, NULL)) > 0)
    {
      g_string_append_len (said, buffer, n);
      g_string_append_c (said, '|');
    }
  return g_string_free (g_steal_pointer (&said), FALSE);
}

static void
assert_said (const char *wanted)
{
  g_autofree char *said = take ();

  if (TIDE_HAS_SYSTEMD)
    g_assert_cmpstr (said, ==, wanted);
  else
    g_assert_cmpstr (said, ==, "");
}

static void
test_ready (void)
{
  g_autoptr (TideSystemd) systemd = NULL;

  g_test_summary ("Ready is said once, when the source was tried; then how it is");

  set_up ();
  systemd = tide_systemd_new (status, wheel, &counters);
  tide_systemd_begin_reload (systemd);
  tide_systemd_end_reload (systemd);
  tide_status_set_source (status, "redis://x", "connecting", TRUE, FALSE);
  assert_said ("STATUS=starting: 7 clients, source connecting|");
  tide_status_set_state (status, TIDE_STATE_DEGRADED);
  assert_said ("READY=1|STATUS=degraded: 7 clients, source connecting|");
  tide_status_set_state (status, TIDE_STATE_RUNNING);
  assert_said ("STATUS=running: 7 clients, source connecting|");
  tide_systemd_end_reload (systemd);
  assert_said ("READY=1|");
  g_clear_pointer (&systemd, tide_systemd_free);
  tide_status_set_state (status, TIDE_STATE_DRAINING);
  assert_said ("");
  tear_down ();
}

static void
test_end (void)
{
  g_autoptr (TideSystemd) systemd = NULL;

  g_test_summary ("The end is said, with the time that clients have");

  set_up ();
  systemd = tide_systemd_new (status, wheel, &counters);
  tide_systemd_end (systemd, 10 * G_USEC_PER_SEC);
  assert_said ("STOPPING=1\nEXTEND_TIMEOUT_USEC=11000000|");
  g_clear_pointer (&systemd, tide_systemd_free);
  tear_down ();
}

/* Turns GLib's loop until something was said. */
static char *
wait_for_word (void)
{
  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *said = NULL;

      g_main_context_iteration (NULL, TRUE);
      said = take ();
      if (*said != '\0')
        return g_steal_pointer (&said);
    }
  return g_strdup ("nothing");
}

static void
test_watchdog (void)
{
  g_autoptr (TideSystemd) systemd = NULL;
  g_autofree char *first = NULL;
  g_autofree char *fed = NULL;

  g_test_summary ("The watchdog is fed only when the wheel has turned as well");

  if (!TIDE_HAS_SYSTEMD)
    {
      g_test_skip ("this build has no libsystemd");
      return;
    }
  set_up ();
  g_setenv ("WATCHDOG_USEC", "10000", TRUE);
  systemd = tide_systemd_new (status, wheel, &counters);
  first = wait_for_word (); /* the status; the wheel stands still */
  g_assert_true (g_str_has_prefix (first, "STATUS="));
  g_assert_null (g_strstr_len (first, -1, "WATCHDOG"));
  for (guint i = 0; i < 3; i++)
    g_main_context_iteration (NULL, TRUE);
  assert_said ("");
  tide_clock_advance (clock_, G_USEC_PER_SEC);
  tide_timer_wheel_run (wheel);
  fed = wait_for_word ();
  g_assert_cmpstr (fed, ==, "WATCHDOG=1|");
  g_unsetenv ("WATCHDOG_USEC");
  g_clear_pointer (&systemd, tide_systemd_free);
  tear_down ();
}

static void
test_nobody (void)
{
  g_autoptr (TideSystemd) systemd = NULL;

  g_test_summary ("Where nobody listens nothing is attached to the loop");

  set_up ();
  g_unsetenv ("NOTIFY_SOCKET");
  systemd = tide_systemd_new (status, wheel, &counters);
  g_assert_false (g_main_context_pending (NULL));
  tide_status_set_state (status, TIDE_STATE_RUNNING);
  tide_systemd_end (systemd, 0);
  assert_said ("");
  g_clear_pointer (&systemd, tide_systemd_free);
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/systemd/ready", test_ready);
  g_test_add_func ("/daemon/systemd/end", test_end);
  g_test_add_func ("/daemon/systemd/watchdog", test_watchdog);
  g_test_add_func ("/daemon/systemd/nobody", test_nobody);
  return g_test_run ();
}
