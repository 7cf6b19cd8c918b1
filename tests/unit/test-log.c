/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-log.h"

#include <unistd.h>

#define JOURNAL "/run/systemd/journal/socket"

/* GLib takes a writer once: each test has a process of its own. */
static gboolean
run_child (void)
{
  if (g_test_subprocess ())
    return TRUE;
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  return FALSE;
}

static void
say_all (const char *when)
{
  g_debug ("%s a debug line", when);
  g_info ("%s an info line", when);
  g_message ("%s a message", when);
}

static void
test_console (void)
{
  g_test_summary ("At first a terminal gets messages, and what is more important");

  if (run_child ())
    {
      TideLog *log;

      g_unsetenv ("G_MESSAGES_DEBUG");
      log = tide_log_install ();
      g_assert_cmpstr (tide_log_get_level (log), ==, "notice");
      g_assert_cmpstr (tide_log_get_target (log), ==, "console");
      say_all ("first");
      return;
    }
  g_test_trap_assert_stderr ("*tidewired: first a message\n*");
  g_test_trap_assert_stderr_unmatched ("*first a debug line*");
  g_test_trap_assert_stderr_unmatched ("*first an info line*");
}

static void
test_debug (void)
{
  g_test_summary ("G_MESSAGES_DEBUG=all is the level debug");

  if (run_child ())
    {
      TideLog *log;

      g_setenv ("G_MESSAGES_DEBUG", "all", TRUE);
      log = tide_log_install ();
      g_assert_cmpstr (tide_log_get_level (log), ==, "debug");
      say_all ("first");
      return;
    }
  g_test_trap_assert_stderr ("*tidewired: debug: first a debug line\n*");
  g_test_trap_assert_stderr ("*first an info line\n*first a message\n*");
}

static void
test_level (void)
{
  g_test_summary ("A level is in force at once, and holds what is more important too");

  if (run_child ())
    {
      TideLog *log;

      g_unsetenv ("G_MESSAGES_DEBUG");
      log = tide_log_install ();
      g_assert_true (tide_log_set_level (log, "debug"));
      say_all ("second");
      g_assert_true (tide_log_set_level (log, "info"));
      say_all ("third");
      g_assert_true (tide_log_set_level (log, "warning"));
      g_assert_cmpstr (tide_log_get_level (log), ==, "warning");
      say_all ("fourth");
      g_assert_true (tide_log_set_level (log, "emerg"));
      say_all ("fifth");
      return;
    }
  g_test_trap_assert_stderr (
      "*second a debug line\n*second an info line\n*"
      "second a message\n*third an info line\n*third a message\n*");
  g_test_trap_assert_stderr_unmatched ("*third a debug line*");
  g_test_trap_assert_stderr_unmatched ("*fourth*");
  g_test_trap_assert_stderr_unmatched ("*fifth*");
}

static void
test_words (void)
{
  static const char *const words[] = {
    "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
  };
  static const char *const wrong[] = { "", "DEBUG", "error", "7", "debug " };

  g_test_summary ("Levels are the eight words of syslog; others change nothing");

  if (run_child ())
    {
      TideLog *log = tide_log_install ();

      for (guint i = 0; i < G_N_ELEMENTS (words); i++)
        {
          g_assert_true (tide_log_set_level (log, words[i]));
          for (guint k = 0; k < G_N_ELEMENTS (wrong); k++)
            g_assert_false (tide_log_set_level (log, wrong[k]));
          g_assert_cmpstr (tide_log_get_level (log), ==, words[i]);
        }
    }
}

static void
test_target (void)
{
  g_test_summary ("The journal is taken where there is one, the console always");

  if (run_child ())
    {
      TideLog *log = tide_log_install ();
      gboolean has_journal = access (JOURNAL, W_OK) == 0;

      g_assert_cmpint (tide_log_set_target (log, "journal"), ==, has_journal);
      g_assert_cmpstr (
          tide_log_get_target (log), ==, has_journal ? "journal" : "console");
      g_assert_true (tide_log_set_target (log, "console"));
      g_assert_cmpstr (tide_log_get_target (log), ==, "console");
      g_assert_false (tide_log_set_target (log, "kmsg"));
      g_assert_false (tide_log_set_target (log, ""));
      g_message ("still here");
      return;
    }
  g_test_trap_assert_stderr ("*still here\n*");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/log/console", test_console);
  g_test_add_func ("/daemon/log/debug", test_debug);
  g_test_add_func ("/daemon/log/level", test_level);
  g_test_add_func ("/daemon/log/words", test_words);
  g_test_add_func ("/daemon/log/target", test_target);
  return g_test_run ();
}
