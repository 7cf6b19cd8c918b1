/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-event-time.h"

#include <string.h>

#define MAX_LENGTH 48 /* no time that somebody means is longer */
#define JULIAN_OF_1970 719163
#define DAY_S (24 * 60 * 60)
#define MAX_US 253402300800e6 /* the year 10000 */

/* What is left of a text; a digit, or a sign, is taken from its front. */
typedef struct
{
  const char *at;
  const char *end;
} Rest;

static gboolean
take_letter (Rest *rest, const char *letters)
{
  if (rest->at == rest->end || strchr (letters, *rest->at) == NULL || *rest->at == '\0')
    return FALSE;
  rest->at++;
  return TRUE;
}

static gboolean
take_digits (Rest *rest, guint n_digits, int min, int max, int *value)
{
  *value = 0;
  for (guint i = 0; i < n_digits; i++)
    {
      if (rest->at == rest->end || !g_ascii_isdigit (*rest->at))
        return FALSE;
      *value = *value * 10 + (*rest->at++ - '0');
    }
  return *value >= min && *value <= max;
}

/* Takes the digits behind a point: in millionths, what is finer is cut off. At least one
 * is needed. */
static gboolean
take_fraction (Rest *rest, int *millionths)
{
  const char *start = rest->at;
  int unit = 100000;

  *millionths = 0;
  for (; rest->at < rest->end && g_ascii_isdigit (*rest->at); rest->at++)
    {
      *millionths += (*rest->at - '0') * unit;
      unit /= 10;
    }
  return rest->at > start;
}

static gboolean
take_date (Rest *rest, gint64 *seconds)
{
  int year, month, day;
  GDate date;

  if (!take_digits (rest, 4, 1, 9999, &year) || !take_letter (rest, "-") ||
      !take_digits (rest, 2, 1, 12, &month) || !take_letter (rest, "-") ||
      !take_digits (rest, 2, 1, 31, &day) || !g_date_valid_dmy (day, month, year))
    return FALSE;
  g_date_clear (&date, 1);
  g_date_set_dmy (&date, day, month, year);
  *seconds = ((gint64) g_date_get_julian (&date) - JULIAN_OF_1970) * DAY_S;
  return TRUE;
}

/* Takes HH:MM, HH:MM:SS or HH:MM:SS.FRACTION. A leap second is the first of the next
 * minute. */
static gboolean
take_time_of_day (Rest *rest, gint64 *seconds, int *millionths)
{
  int hour, minute, second = 0;

  if (!take_digits (rest, 2, 0, 23, &hour) || !take_letter (rest, ":") ||
      !take_digits (rest, 2, 0, 59, &minute))
    return FALSE;
  if (take_letter (rest, ":"))
    {
      if (!take_digits (rest, 2, 0, 60, &second))
        return FALSE;
      if (take_letter (rest, ".,") && !take_fraction (rest, millionths))
        return FALSE;
    }
  *seconds += hour * 3600 + minute * 60 + second;
  return TRUE;
}

/* Takes Z, +HH, +HHMM or +HH:MM. Without any it is UTC. */
static gboolean
take_zone (Rest *rest, gint64 *seconds)
{
  int hours, minutes = 0;
  int sign;

  if (rest->at == rest->end || take_letter (rest, "Zz"))
    return TRUE;
  sign = *rest->at == '-' ? -1 : 1;
  if (!take_letter (rest, "+-") || !take_digits (rest, 2, 0, 23, &hours))
    return FALSE;
  if (rest->at < rest->end)
    {
      take_letter (rest, ":");
      if (!take_digits (rest, 2, 0, 59, &minutes))
        return FALSE;
    }
  *seconds -= sign * (hours * 3600 + minutes * 60);
  return TRUE;
}

static gboolean
parse_iso (Rest rest, gint64 *time_us)
{
  gint64 seconds;
  int millionths = 0;

  if (!take_date (&rest, &seconds))
    return FALSE;
  if (take_letter (&rest, "Tt ") &&
      (!take_time_of_day (&rest, &seconds, &millionths) || !take_zone (&rest, &seconds)))
    return FALSE;
  if (rest.at != rest.end)
    return FALSE;
  *time_us = seconds * G_USEC_PER_SEC + millionths;
  return TRUE;
}

/* Micro- and nanoseconds as well as the two that are promised: by how large it is no time
 * of this age can be taken for another. */
static gboolean
scale_epoch (double value, gint64 *time_us)
{
  double us = value < 1e11   ? value * 1e6
              : value < 1e14 ? value * 1e3
              : value < 1e17 ? value
                             : value / 1e3;

  if (!(us >= 1 && us < MAX_US))
    return FALSE;
  *time_us = (gint64) us;
  return TRUE;
}

static gboolean
parse_epoch (Rest rest, gint64 *time_us)
{
  const char *start = rest.at;
  gint64 whole = 0;
  int millionths = 0;

  while (rest.at < rest.end && rest.at - start < 12 && g_ascii_isdigit (*rest.at))
    whole = whole * 10 + (*rest.at++ - '0');
  if (whole > 0 && whole < G_GINT64_CONSTANT (100000000000) &&
      (rest.at == rest.end ||
       (take_letter (&rest, ".") && take_fraction (&rest, &millionths))) &&
      rest.at == rest.end)
    {
      /* The usual case: seconds, exact to the last digit. */
      *time_us = whole * G_USEC_PER_SEC + millionths;
      return TRUE;
    }

  char copy[MAX_LENGTH + 1];
  char *end;

  memcpy (copy, start, rest.end - start);
  copy[rest.end - start] = '\0';

  double value = g_ascii_strtod (copy, &end);

  return end == copy + (rest.end - start) && scale_epoch (value, time_us);
}

/**
 * tide_event_time_parse:
 * @text: (array length=length): what should be a time, any bytes
 * @length: how many
 * @time_us: (out): microseconds since 1970 in UTC; untouched on failure
 *
 * Reads a time as producers write it: by ISO 8601, such as `2026-01-31T12:00:00.5+01:00`,
 * where without a zone it is UTC and without a time of day it is midnight, or seconds or
 * milliseconds since 1970, with or without a fraction, positive.
 *
 * Returns: whether it is one
 */
gboolean
tide_event_time_parse (const char *text, gsize length, gint64 *time_us)
{
  Rest rest = { text, text + length };

  if (length == 0 || length > MAX_LENGTH || !g_ascii_isdigit (*text))
    return FALSE;
  if (length >= 10 && text[4] == '-')
    return parse_iso (rest, time_us);
  if (memchr (text, 'x', length) != NULL || memchr (text, 'X', length) != NULL ||
      !g_ascii_isdigit (text[length - 1]))
    return FALSE;
  return parse_epoch (rest, time_us);
}
