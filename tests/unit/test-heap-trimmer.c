/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-heap-trimmer.h"

static void
count_trim (gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
test_trims (void)
{
  guint n_trims = 0;
  TideClock *clock = tide_clock_new_manual (100 * G_USEC_PER_SEC);
  TideTimerWheel *wheel = tide_timer_wheel_new (clock);
  TideHeapTrimmer *trimmer = tide_heap_trimmer_new (wheel, count_trim, &n_trims);
  /* How many sockets there are, second by second, and how often it was trimmed then. */
  static const struct
  {
    guint n_sockets;
    guint n_trims;
  } steps[] = {
    { 1000, 0 }, { 501, 0 }, /* not half of them */
    { 500, 1 },  { 500, 1 },  { 0, 2 },    { 0, 2 },    { 400, 2 },
    { 0, 2 }, /* too few */
    { 9000, 2 }, { 4501, 2 }, { 4400, 3 }, { 9000, 3 }, { 10, 4 },
  };

  g_test_summary ("Memory is given back once when many have gone, not for a few");

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_test_message ("step %u", i);
      tide_heap_trimmer_note (trimmer, steps[i].n_sockets);
      tide_clock_advance (clock, G_USEC_PER_SEC + 10000);
      tide_timer_wheel_run (wheel);
      g_assert_cmpuint (n_trims, ==, steps[i].n_trims);
    }

  /* One that ends while it has something to do. */
  tide_heap_trimmer_note (trimmer, 9000);
  tide_heap_trimmer_note (trimmer, 10);
  tide_heap_trimmer_free (trimmer);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (wheel), ==, -1);
  tide_heap_trimmer_trim ();
  tide_timer_wheel_free (wheel);
  tide_clock_unref (clock);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/heap-trimmer/trims", test_trims);
  return g_test_run ();
}
