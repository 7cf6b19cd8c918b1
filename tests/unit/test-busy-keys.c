/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-busy-keys.h"
#include "tide-json-scan.h"

#include "pipeline-harness.h"

#define N_SHOWN 20

/* Events come by a whole pipeline; time is told by hand. */
static TideClock *hand_clock;
static TideTimerWheel *hand_wheel;
static TideBusyKeys *keys;

static void
start (void)
{
  set_up (NULL, NULL);
  hand_clock = tide_clock_new_manual (G_USEC_PER_SEC);
  hand_wheel = tide_timer_wheel_new (hand_clock);
  keys = tide_busy_keys_new (tide_pipeline_get_stages (fixture.pipeline)->router,
                             hand_wheel);
}

static void
end (void)
{
  g_clear_pointer (&keys, tide_busy_keys_free);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (hand_wheel), ==, -1);
  tide_timer_wheel_free (hand_wheel);
  tide_clock_unref (hand_clock);
  tear_down ();
}

static void
advance (gint64 us)
{
  tide_clock_advance (hand_clock, us);
  tide_timer_wheel_run (hand_wheel);
}

static void
tick (guint number)
{
  g_autofree char *payload = g_strdup_printf ("{\"symbol\":\"S%u\"}", number);

  take ("tickstock.all_ticks", payload);
}

static char *
write_down (void)
{
  GString *text = g_string_new (NULL);

  tide_busy_keys_append (keys, N_SHOWN, text);
  g_assert_cmpint (
      tide_json_scan (text->str, text->len, NULL, 0, NULL), ==, TIDE_JSON_OK);
  return g_string_free (text, FALSE);
}

static void
assert_answer (const char *wanted)
{
  g_autofree char *text = write_down ();

  g_assert_cmpstr (text, ==, wanted);
}

static void
test_window (void)
{
  g_test_summary ("Counting begins with the first question; what is older than a window "
                  "is forgotten");

  start ();
  tick (1);
  assert_answer ("{\"window_ms\":0,\"events\":0,\"uncounted_events\":0,\"keys\":[]}");
  tick (1);
  tick (2);
  tick (1);
  take ("tickstock.events.health", "{\"status\":\"ok\"}");
  advance (TIDE_BUSY_KEYS_HALF_US - 1000);
  assert_answer ("{\"window_ms\":4999,\"events\":4,\"uncounted_events\":0,\"keys\":["
                 "{\"event\":\"tick_data\",\"key\":\"S1\",\"events\":2},"
                 "{\"event\":\"system_health\",\"key\":null,\"events\":1},"
                 "{\"event\":\"tick_data\",\"key\":\"S2\",\"events\":1}]}");
  advance (1000);
  tick (2);
  tick (2);
  assert_answer ("{\"window_ms\":5000,\"events\":6,\"uncounted_events\":0,\"keys\":["
                 "{\"event\":\"tick_data\",\"key\":\"S2\",\"events\":3},"
                 "{\"event\":\"tick_data\",\"key\":\"S1\",\"events\":2},"
                 "{\"event\":\"system_health\",\"key\":null,\"events\":1}]}");
  advance (TIDE_BUSY_KEYS_HALF_US);
  assert_answer ("{\"window_ms\":5000,\"events\":2,\"uncounted_events\":0,\"keys\":["
                 "{\"event\":\"tick_data\",\"key\":\"S2\",\"events\":2}]}");
  advance (TIDE_BUSY_KEYS_HALF_US + 2500 * 1000);
  assert_answer ("{\"window_ms\":7500,\"events\":0,\"uncounted_events\":0,\"keys\":[]}");
  end ();
}

static void
test_patience (void)
{
  g_test_summary ("Nothing is counted any more when nobody has asked for a while");

  start ();
  g_free (write_down ());
  tick (1);
  advance (TIDE_BUSY_KEYS_PATIENCE_US + G_USEC_PER_SEC);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (hand_wheel), ==, -1);
  tick (1);
  assert_answer ("{\"window_ms\":0,\"events\":0,\"uncounted_events\":0,\"keys\":[]}");
  end ();
}

static void
test_full (void)
{
  g_autofree char *text = NULL;

  g_test_summary ("No more than so many keys are counted, and what is not is told");

  start ();
  g_free (write_down ());
  for (guint i = 0; i < TIDE_BUSY_KEYS_MAX + 50; i++)
    tick (i);
  tick (0);
  text = write_down ();
  g_assert_nonnull (strstr (
      text,
      "\"uncounted_events\":50,\"keys\":[{\"event\":\"tick_data\",\"key\":\"S0\","));
  end ();
}

/* --- against a list of all events --- */

typedef struct
{
  gint64 time_us;
  guint number;
} Taken;

typedef struct
{
  char *name;
  guint n;
} Counted;

static int
compare_counted (gconstpointer a, gconstpointer b)
{
  const Counted *one = a;
  const Counted *other = b;

  return one->n != other->n ? (int) other->n - (int) one->n
                            : strcmp (one->name, other->name);
}

/* What has to be answered for the events since @begin_us. */
static char *
expect (const GArray *taken, gint64 begin_us, gint64 now_us, guint n_numbers)
{
  g_autofree Counted *counted = g_new0 (Counted, n_numbers);
  GString *text = g_string_new (NULL);
  guint n_events = 0;

  for (guint i = 0; i < n_numbers; i++)
    counted[i].name = g_strdup_printf ("S%u", i);
  for (guint i = 0; i < taken->len; i++)
    if (g_array_index (taken, Taken, i).time_us >= begin_us)
      {
        counted[g_array_index (taken, Taken, i).number].n++;
        n_events++;
      }
  qsort (counted, n_numbers, sizeof *counted, compare_counted);
  g_string_printf (text,
                   "{\"window_ms\":%" G_GINT64_FORMAT
                   ",\"events\":%u,\"uncounted_events\":0,\"keys\":[",
                   (now_us - begin_us) / 1000,
                   n_events);
  for (guint i = 0; i < MIN (n_numbers, N_SHOWN) && counted[i].n > 0; i++)
    g_string_append_printf (text,
                            "%s{\"event\":\"tick_data\",\"key\":\"%s\",\"events\":%u}",
                            i > 0 ? "," : "",
                            counted[i].name,
                            counted[i].n);
  for (guint i = 0; i < n_numbers; i++)
    g_free (counted[i].name);
  g_string_append (text, "]}");
  return g_string_free (text, FALSE);
}

static void
test_random (void)
{
  g_autoptr (GArray) taken = g_array_new (FALSE, FALSE, sizeof (Taken));
  guint n_numbers = g_test_rand_int_range (2, 60);
  gint64 begun_us;

  g_test_summary ("The answer is that of all events of the halves that are looked at");

  start ();
  g_free (write_down ());
  begun_us = tide_clock_now_us (hand_clock);
  for (guint i = 0; i < 3000; i++)
    {
      Taken one = { tide_clock_now_us (hand_clock),
                    g_test_rand_int_range (0, g_test_rand_int_range (1, n_numbers)) };
      gint64 now_us;
      gint64 begin_us;
      g_autofree char *wanted = NULL;

      tick (one.number);
      g_array_append_val (taken, one);
      advance (g_test_rand_int_range (0, i % 50 == 0 ? 9000 : 40) * 1000);
      if (g_test_rand_int_range (0, 5) > 0 && i % 50 != 0)
        continue;
      now_us = tide_clock_now_us (hand_clock);
      begin_us =
          now_us - (now_us - begun_us) % TIDE_BUSY_KEYS_HALF_US - TIDE_BUSY_KEYS_HALF_US;
      wanted = expect (taken, MAX (begin_us, begun_us), now_us, n_numbers);
      assert_answer (wanted);
    }
  end ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/busy-keys/window", test_window);
  g_test_add_func ("/daemon/busy-keys/patience", test_patience);
  g_test_add_func ("/daemon/busy-keys/full", test_full);
  g_test_add_func ("/daemon/busy-keys/random", test_random);
  return g_test_run ();
}
