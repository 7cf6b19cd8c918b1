/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-read-pace.h"

#define STEP_US 4000
#define LIFETIME_US (10 * G_USEC_PER_SEC)

/* What became of messages that came at an even pace. */
typedef struct
{
  guint n_readings;
  guint n_in_vain;
  gint64 longest_wait_us;
} Outcome;

/* A reader who wakes up for what is there, or, when it rests, at the next full step. */
static Outcome
simulate (gint64 gap_us)
{
  TideReadPace pace = { 0 };
  Outcome outcome = { 0 };
  gint64 first_us = G_USEC_PER_SEC; /* the oldest that is not read */
  gint64 now_us = first_us;

  while (first_us < LIFETIME_US)
    {
      guint n = now_us >= first_us ? (now_us - first_us) / gap_us + 1 : 0;

      outcome.n_readings++;
      outcome.n_in_vain += n == 0;
      outcome.longest_wait_us =
          MAX (outcome.longest_wait_us, n > 0 ? now_us - first_us : 0);
      first_us += n * gap_us;
      if (tide_read_pace_note (&pace, n, STEP_US, now_us))
        now_us = (now_us / STEP_US + 1) * STEP_US;
      else
        now_us = first_us;
    }
  return outcome;
}

static guint
count_messages (gint64 gap_us)
{
  return (LIFETIME_US - G_USEC_PER_SEC) / gap_us;
}

static void
test_seldom (void)
{
  Outcome outcome = simulate (STEP_US + 1);

  g_test_summary ("What comes seldom is read at once, and nothing is read in vain");

  g_assert_cmpint (outcome.longest_wait_us, ==, 0);
  g_assert_cmpuint (outcome.n_in_vain, ==, 0);
}

static void
test_close (void)
{
  Outcome outcome = simulate (500);

  g_test_summary ("What comes close upon each other is read together, in time");

  g_assert_cmpuint (outcome.n_readings, <=, count_messages (500) / 8 + 2);
  g_assert_cmpint (outcome.longest_wait_us, >, 0);
  g_assert_cmpint (outcome.longest_wait_us, <=, STEP_US);
}

static void
test_flood (void)
{
  Outcome outcome = simulate (100);

  g_test_summary ("In a flood nothing waits");

  g_assert_cmpint (outcome.longest_wait_us, ==, 0);
}

static gboolean
note (TideReadPace *self, guint n_messages, gint64 now_us)
{
  return tide_read_pace_note (self, n_messages, STEP_US, now_us);
}

static void
test_in_vain (void)
{
  TideReadPace pace = { 0 };

  g_test_summary ("After a rest in which nothing came, what comes is read at once");

  g_assert_false (note (&pace, 1, 1000000));
  g_assert_true (note (&pace, 1, 1001000));
  g_assert_false (note (&pace, 0, 1004000));
  g_assert_false (note (&pace, 1, 1009000));
}

static void
test_after_many (void)
{
  TideReadPace pace = { 0 };

  g_test_summary ("A reading that brought many at once is followed by the next at once");

  g_assert_false (note (&pace, 1, 1000000));
  g_assert_false (note (&pace, 17, 1004000));
  g_assert_true (note (&pace, 16, 1008000));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/read-pace/seldom", test_seldom);
  g_test_add_func ("/read-pace/close", test_close);
  g_test_add_func ("/read-pace/flood", test_flood);
  g_test_add_func ("/read-pace/in-vain", test_in_vain);
  g_test_add_func ("/read-pace/after-many", test_after_many);
  return g_test_run ();
}
