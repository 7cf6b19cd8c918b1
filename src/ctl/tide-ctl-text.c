/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-text.h"

#include <glib/gi18n.h>

#include <string.h>

/* What could steer a terminal, or make a text look as what it is not: control characters,
 * also those of two bytes that some terminals obey, and what turns the direction. */
static gboolean
is_harmful (gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0x061c ||
         c == 0xfeff;
}

/**
 * tide_ctl_text_clean:
 * @text: bytes from somewhere
 * @length: how many, -1 for all up to the first 0
 *
 * Makes text safe for a terminal. What a terminal would obey is written as `\x1b` or
 * `\u202e`, bytes that are no UTF-8 as U+FFFD.
 *
 * Returns: (transfer full): one line of UTF-8
 */
char *
tide_ctl_text_clean (const char *text, gssize length)
{
  g_autofree char *valid = g_utf8_make_valid (text, length);
  GString *clean = g_string_sized_new (strlen (valid));

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (!is_harmful (c))
        g_string_append_unichar (clean, c);
      else
        g_string_append_printf (clean, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
    }
  return g_string_free (clean, FALSE);
}

static guint
get_char_width (gunichar c)
{
  if (g_unichar_iszerowidth (c))
    return 0;
  return g_unichar_iswide (c) ? 2 : 1;
}

/**
 * tide_ctl_text_get_width:
 * @text: one line of UTF-8
 *
 * Returns: how many cells of a terminal it takes
 */
guint
tide_ctl_text_get_width (const char *text)
{
  guint width = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    width += get_char_width (g_utf8_get_char (text));
  return width;
}

/**
 * tide_ctl_text_fit:
 * @text: one line of UTF-8
 * @width: how many cells there are
 *
 * Cuts a text that is too wide, and puts “…” where it was cut.
 *
 * Returns: (transfer full): a text of at most @width cells
 */
char *
tide_ctl_text_fit (const char *text, guint width)
{
  const char *at = text;
  guint used = 0;

  if (tide_ctl_text_get_width (text) <= width)
    return g_strdup (text);
  for (; *at != '\0'; at = g_utf8_next_char (at))
    {
      guint next = get_char_width (g_utf8_get_char (at));

      if (used + next + 1 > width)
        break;
      used += next;
    }
  return g_strdup_printf ("%.*s%s", (int) (at - text), text, width > 0 ? "…" : "");
}

/**
 * tide_ctl_text_from_bytes:
 * @bytes: a number of bytes
 *
 * Returns: (transfer full): it in a unit that suits it, such as `1.5 KiB`
 */
char *
tide_ctl_text_from_bytes (guint64 bytes)
{
  static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
  double value = bytes / 1024.0;
  guint unit = 0;

  if (bytes < 1024)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " B", bytes);
  for (; value >= 1024 && unit + 1 < G_N_ELEMENTS (units); unit++)
    value /= 1024;
  return g_strdup_printf ("%.1f %s", value, units[unit]);
}

/**
 * tide_ctl_text_from_duration:
 * @duration_us: a time span in microseconds
 *
 * Returns: (transfer full): its two largest units, such as `3 h 12 min`
 */
char *
tide_ctl_text_from_duration (guint64 duration_us)
{
  guint64 seconds = duration_us / G_USEC_PER_SEC;
  guint64 minutes = seconds / 60;
  guint64 hours = minutes / 60;

  if (hours >= 24)
    return g_strdup_printf (_ ("%u d %u h"), (guint) (hours / 24), (guint) (hours % 24));
  if (hours > 0)
    return g_strdup_printf (_ ("%u h %u min"), (guint) hours, (guint) (minutes % 60));
  if (minutes > 0)
    return g_strdup_printf (_ ("%u min %u s"), (guint) minutes, (guint) (seconds % 60));
  return g_strdup_printf (_ ("%u s"), (guint) seconds);
}

/**
 * tide_ctl_text_from_latency:
 * @latency_us: a short time in microseconds
 *
 * Returns: (transfer full): it in a unit that suits it, such as `4.2 ms`
 */
char *
tide_ctl_text_from_latency (guint64 latency_us)
{
  if (latency_us < 1000)
    return g_strdup_printf ("%u µs", (guint) latency_us);
  if (latency_us < G_USEC_PER_SEC)
    return g_strdup_printf ("%.1f ms", latency_us / 1e3);
  return g_strdup_printf ("%.1f s", latency_us / 1e6);
}

/**
 * tide_ctl_text_from_time:
 * @time_us: microseconds since 1970-01-01 00:00 UTC
 *
 * Returns: (transfer full): the local time, such as `2026-01-31 17:04:05`
 */
char *
tide_ctl_text_from_time (guint64 time_us)
{
  gint64 seconds = MIN (time_us / G_USEC_PER_SEC, G_MAXINT64 / 2);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (seconds);

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup ("?");
}

/**
 * tide_ctl_text_make_json_safe:
 * @json: JSON in UTF-8
 *
 * Writes as `\u001b` what a terminal could obey. It can only be inside of strings, so the
 * document stays the same.
 *
 * Returns: (transfer full): JSON that may be shown
 */
char *
tide_ctl_text_make_json_safe (const char *json)
{
  g_autofree char *valid = g_utf8_make_valid (json, -1);
  GString *safe = g_string_sized_new (strlen (valid));

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (c != '\n' && c != '\t' && is_harmful (c))
        g_string_append_printf (safe, "\\u%04x", c);
      else
        g_string_append_unichar (safe, c);
    }
  return g_string_free (safe, FALSE);
}
