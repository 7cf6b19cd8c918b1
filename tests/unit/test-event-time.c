/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-event-time.h"

#include <string.h>

#define UNTOUCHED G_GINT64_CONSTANT (-77)

static void
assert_time (const char *text, gint64 expected)
{
  gint64 time_us = UNTOUCHED;

  if (tide_event_time_parse (text, strlen (text), &time_us) != (expected != UNTOUCHED) ||
      time_us != expected)
    g_error ("%s is %" G_GINT64_FORMAT, text, time_us);
}

static void
test_epoch (void)
{
  g_test_summary ("Numbers are seconds or milliseconds, or finer, by how large they are");

  assert_time ("1732549200", G_GINT64_CONSTANT (1732549200000000));
  assert_time ("1732549200.5", G_GINT64_CONSTANT (1732549200500000));
  assert_time ("1732549200.123456", G_GINT64_CONSTANT (1732549200123456));
  assert_time ("1732549200.1234569", G_GINT64_CONSTANT (1732549200123456));
  assert_time ("1732549200123", G_GINT64_CONSTANT (1732549200123000));
  assert_time ("1732549200123.5", G_GINT64_CONSTANT (1732549200123500));
  assert_time ("1732549200123456", G_GINT64_CONSTANT (1732549200123456));
  assert_time ("1.7325492e9", G_GINT64_CONSTANT (1732549200000000));
  assert_time ("1", G_USEC_PER_SEC);
}

static void
test_iso (void)
{
  g_test_summary ("ISO 8601 is read with or without fraction, zone and time of day");

  assert_time ("1970-01-01T00:00:00Z", 0);
  assert_time ("1970-01-02", G_GINT64_CONSTANT (86400000000));
  assert_time ("1970-01-01T00:00:01.25", 1250000);
  assert_time ("1970-01-01 00:00:01,25Z", 1250000);
  assert_time ("1970-01-01T01:00+01:00", 0);
  assert_time ("1970-01-01T01:00+0100", 0);
  assert_time ("1970-01-01T01:00+01", 0);
  assert_time ("1969-12-31T23:00:00-01:00", 0);
  assert_time ("1970-01-01T00:00:60Z", G_USEC_PER_SEC * 60);
  assert_time ("2024-02-29T12:34:56.789012Z", G_GINT64_CONSTANT (1709210096789012));
}

static void
test_refused (void)
{
  static const char *const bad[] = {
    "",
    "0",
    "-1",
    "x",
    "now",
    "0x10",
    "1732549200.",
    "1732549200x",
    "1e400",
    "nan",
    "2023-02-29",
    "2024-13-01",
    "2024-01-01T",
    "2024-01-01T1:00",
    "2024-01-01T24:00",
    "2024-01-01T00:00:61",
    "2024-01-01T00:00:00.Z",
    "2024-01-01T00:00:00+",
    "2024-01-01T00:00:00+1",
    "2024-01-01T00:00:00Zx",
    "0000-01-01",
    "1111111111111111111111111111111111111111111111111",
  };

  g_test_summary ("What is no time is told so, and sets nothing");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_time (bad[i], UNTOUCHED);
}

static void
test_bounds (void)
{
  gint64 time_us;

  g_test_summary ("Nothing is read behind the end of the text, and no zero byte ends it");

  g_assert_false (tide_event_time_parse ("17\0\0007", 5, &time_us));

  g_assert_true (tide_event_time_parse ("1970-01-01T00:00:01x", 19, &time_us));
  g_assert_cmpint (time_us, ==, G_USEC_PER_SEC);
  g_assert_true (tide_event_time_parse ("1732549200123", 10, &time_us));
  g_assert_cmpint (time_us, ==, G_GINT64_CONSTANT (1732549200000000));
}

static void
test_random (void)
{
  g_test_summary ("Random times read as GLib reads them");

  for (guint i = 0; i < 20000; i++)
    {
      gint64 seconds = g_test_rand_int_range (-2000000000, 2000000000);
      g_autoptr (GTimeZone) zone =
          g_time_zone_new_offset (g_test_rand_int_range (-840, 840) * 60);
      g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (seconds);
      g_autoptr (GDateTime) there = g_date_time_to_timezone (utc, zone);
      g_autofree char *text = g_date_time_format (there, "%Y-%m-%dT%H:%M:%S%:z");

      assert_time (text, seconds * G_USEC_PER_SEC);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/event-time/epoch", test_epoch);
  g_test_add_func ("/core/event-time/iso", test_iso);
  g_test_add_func ("/core/event-time/refused", test_refused);
  g_test_add_func ("/core/event-time/bounds", test_bounds);
  g_test_add_func ("/core/event-time/random", test_random);
  return g_test_run ();
}
