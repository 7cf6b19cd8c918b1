/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-memory-budget.h"

#include <glib/gstdio.h>

#include "log-catcher.h"
#include <string.h>
#include <unistd.h>

#define MIB ((guint64) 1024 * 1024)

static GPtrArray *lines;

/* A process whose memory the test sets, and what was done about it. */
typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideCounters counters;
  TideMemoryBudget *budget;
  GString *log;
  guint64 n_resident;
  guint64 n_trimmable; /* freed, and not given back */
  guint64 n_offline;   /* that can be shed */
  guint64 n_waiting;   /* that closing frees */
} Fixture;

static guint64
fake_get_resident (gpointer user_data)
{
  Fixture *self = user_data;

  return self->n_resident + self->n_trimmable + self->n_offline + self->n_waiting;
}

static void
fake_trim (gpointer user_data)
{
  ((Fixture *) user_data)->n_trimmable = 0;
}

static void
fake_refuse (gboolean refuses, gpointer user_data)
{
  g_string_append (((Fixture *) user_data)->log, refuses ? "refuse " : "let-in ");
}

static void
fake_thin (gboolean is_thin, gpointer user_data)
{
  g_string_append (((Fixture *) user_data)->log, is_thin ? "thin " : "full ");
}

static gsize
fake_shed_offline (gsize n_bytes, gpointer user_data)
{
  Fixture *self = user_data;
  gsize n_freed = MIN (n_bytes, self->n_offline);

  self->n_offline -= n_freed;
  g_string_append_printf (self->log, "offline:%u ", (guint) (n_bytes / MIB));
  return n_freed;
}

static gsize
fake_close_largest (gsize n_bytes, gpointer user_data)
{
  Fixture *self = user_data;
  gsize n_freed = MIN (n_bytes, self->n_waiting);

  self->n_waiting -= n_freed;
  g_string_append_printf (self->log, "close:%u ", (guint) (n_bytes / MIB));
  return n_freed;
}

static const TideMemoryFuncs funcs = {
  .get_resident = fake_get_resident,
  .trim = fake_trim,
  .refuse = fake_refuse,
  .thin = fake_thin,
  .shed_offline = fake_shed_offline,
  .close_largest = fake_close_largest,
};

static void
set_up (Fixture *self, gconstpointer data)
{
  self->clock = tide_clock_new_manual (100 * G_USEC_PER_SEC);
  self->wheel = tide_timer_wheel_new (self->clock);
  self->budget = tide_memory_budget_new (self->wheel, &self->counters, &funcs, self);
  self->log = g_string_new (NULL);
  self->n_resident = 50 * MIB;
  g_ptr_array_set_size (lines, 0);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  tide_memory_budget_free (self->budget);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), ==, -1);
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
  g_string_free (self->log, TRUE);
}

/* What one look does. */
static void
assert_look (Fixture *self, const char *expected)
{
  g_string_truncate (self->log, 0);
  tide_clock_advance (self->clock, 260000);
  tide_timer_wheel_run (self->wheel);
  g_assert_cmpstr (self->log->str, ==, expected);
}

static void
test_order (Fixture *self, gconstpointer data)
{
  g_test_summary ("Over the limit one step follows the other, in their order");

  self->n_resident = 60 * MIB;
  self->n_offline = 20 * MIB;
  self->n_waiting = 100 * MIB;
  tide_memory_budget_set_limit (self->budget, 100 * MIB);
  g_assert_cmpstr (self->log->str, ==, "refuse ");
  g_assert_cmpuint (self->counters.memory_step, ==, 1);
  g_assert_cmpuint (self->counters.memory_bytes, ==, 180 * MIB);
  assert_look (self, "thin ");
  assert_look (self, "offline:90 ");
  assert_look (self, "offline:70 close:70 ");
  g_assert_cmpuint (self->counters.memory_step, ==, 4);
  assert_look (self, "let-in full ");
  g_assert_cmpuint (self->counters.memory_step, ==, 0);
  g_assert_cmpuint (self->counters.memory_shortages, ==, 1);
  assert_look (self, "");
}

static void
test_first_step_is_enough (Fixture *self, gconstpointer data)
{
  g_test_summary (
      "What ends by itself is not shed; a tenth must be free before it is over");

  tide_memory_budget_set_limit (self->budget, 100 * MIB);
  assert_look (self, "");
  self->n_resident = 101 * MIB;
  assert_look (self, "refuse ");
  self->n_resident = 99 * MIB;
  assert_look (self, "");
  assert_look (self, "");
  g_assert_cmpuint (self->counters.memory_step, ==, 1);
  self->n_resident = 90 * MIB;
  assert_look (self, "let-in ");
  self->n_resident = 99 * MIB;
  assert_look (self, "");
}

static void
test_trims_first (Fixture *self, gconstpointer data)
{
  g_test_summary ("Memory that was only not given back is no shortage");

  self->n_trimmable = 200 * MIB;
  tide_memory_budget_set_limit (self->budget, 100 * MIB);
  g_assert_cmpstr (self->log->str, ==, "");
  g_assert_cmpuint (self->counters.memory_bytes, ==, 50 * MIB);
  self->n_resident = 101 * MIB;
  assert_look (self, "refuse ");
  self->n_resident = 80 * MIB;
  self->n_trimmable = 15 * MIB;
  assert_look (self, "let-in ");
}

static void
test_goes_on (Fixture *self, gconstpointer data)
{
  g_test_summary ("As long as it is not enough, the last step is done again");

  tide_memory_budget_set_limit (self->budget, 100 * MIB);
  self->n_resident = 110 * MIB;
  assert_look (self, "refuse ");
  assert_look (self, "thin ");
  assert_look (self, "offline:20 ");
  for (guint i = 0; i < 5; i++)
    assert_look (self, "offline:20 close:20 ");
}

static void
test_log (Fixture *self, gconstpointer data)
{
  g_test_summary ("The log has one line when it begins and one when it ends");

  tide_memory_budget_set_limit (self->budget, 100 * MIB);
  self->n_resident = 110 * MIB;
  for (guint i = 0; i < 6; i++)
    {
      tide_clock_advance (self->clock, 260000);
      tide_timer_wheel_run (self->wheel);
    }
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_true (log_catcher_has (lines, "max-memory-bytes=104857600"));
  self->n_resident = 50 * MIB;
  for (guint i = 0; i < 6; i++)
    {
      tide_clock_advance (self->clock, 260000);
      tide_timer_wheel_run (self->wheel);
    }
  g_assert_cmpuint (lines->len, ==, 2);
  g_assert_true (log_catcher_has (lines, "no longer short"));
}

static void
test_reload (Fixture *self, gconstpointer data)
{
  g_test_summary ("A new limit holds at once, and none ends what is shed");

  tide_memory_budget_set_limit (self->budget, 40 * MIB);
  assert_look (self, "thin ");
  g_string_truncate (self->log, 0);
  tide_memory_budget_set_limit (self->budget, 0);
  g_assert_cmpstr (self->log->str, ==, "let-in full ");
  g_assert_cmpuint (self->counters.memory_step, ==, 0);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), ==, -1);
  tide_memory_budget_set_limit (self->budget, 1000 * MIB);
  assert_look (self, "");
}

static void
test_read (void)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("tide-statm-XXXXXX", &path, &error);
  guint64 n_bytes;

  g_test_summary ("Resident memory is the second number of statm, in pages");

  g_assert_no_error (error);
  close (fd);
  g_file_set_contents (path, "9000 100 7 1 0 2 0\n", -1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (
      tide_memory_budget_read_resident (path), ==, 100 * sysconf (_SC_PAGESIZE));
  g_file_set_contents (path, "9000 none\n", -1, NULL);
  g_assert_cmpuint (tide_memory_budget_read_resident (path), ==, 0);
  g_remove (path);
  g_assert_cmpuint (tide_memory_budget_read_resident (path), ==, 0);
  n_bytes = tide_memory_budget_read_resident ("/proc/self/statm");
  g_assert_cmpuint (n_bytes, >, 100000);
}

#define ADD(name, func)                                                                  \
  g_test_add ("/daemon/memory-budget/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  ADD ("order", test_order);
  ADD ("first-step-is-enough", test_first_step_is_enough);
  ADD ("trims-first", test_trims_first);
  ADD ("goes-on", test_goes_on);
  ADD ("log", test_log);
  ADD ("reload", test_reload);
  g_test_add_func ("/daemon/memory-budget/read", test_read);
  return g_test_run ();
}
