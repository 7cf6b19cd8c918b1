/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar.h"

/**
 * tide_bar_new:
 * @timeframe: how long the bar is
 * @tick: its first tick
 *
 * Returns: a bar of one tick
 */
TideBar
tide_bar_new (TideTimeframe timeframe, const TideTick *tick)
{
  return (TideBar){
    .start_s = tide_timeframe_floor (timeframe, tick->time_us / G_USEC_PER_SEC),
    .open = tick->price,
    .high = tick->price,
    .low = tick->price,
    .close = tick->price,
    .volume = tick->volume,
    .first_us = tick->time_us,
    .last_us = tick->time_us,
  };
}

/**
 * tide_bar_add:
 * @self: a bar
 * @tick: a tick of its time, which may have happened before others in it
 *
 * Takes one more tick.
 */
void
tide_bar_add (TideBar *self, const TideTick *tick)
{
  self->high = MAX (self->high, tick->price);
  self->low = MIN (self->low, tick->price);
  self->volume += tick->volume;
  if (tick->time_us < self->first_us)
    {
      self->first_us = tick->time_us;
      self->open = tick->price;
    }
  if (tick->time_us >= self->last_us)
    {
      self->last_us = tick->time_us;
      self->close = tick->price;
    }
}

/**
 * tide_bar_merge:
 * @self: a bar
 * @later: a bar within the time of @self, of other ticks, which came later
 *
 * Makes @self the bar of the ticks of both. It keeps its start.
 */
void
tide_bar_merge (TideBar *self, const TideBar *later)
{
  self->high = MAX (self->high, later->high);
  self->low = MIN (self->low, later->low);
  self->volume += later->volume;
  if (later->first_us < self->first_us)
    {
      self->first_us = later->first_us;
      self->open = later->open;
    }
  if (later->last_us >= self->last_us)
    {
      self->last_us = later->last_us;
      self->close = later->close;
    }
}

/* What a producer wrote with up to 15 digits comes out as it was, and sums without the
 * dust of binary fractions. */
static void
append_number (GString *out, const char *name, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (out, name);
  g_string_append (out, g_ascii_formatd (text, sizeof text, "%.15g", value));
}

/**
 * tide_bar_append_json:
 * @self: a bar
 * @out: where to write
 *
 * Writes a bar as browsers get it: `{"time":…,"open":…,"high":…,"low":…,"close":…,
 * "volume":…}`, with the second since 1970 at which it begins.
 */
void
tide_bar_append_json (const TideBar *self, GString *out)
{
  g_string_append_printf (out, "{\"time\":%" G_GINT64_FORMAT, self->start_s);
  append_number (out, ",\"open\":", self->open);
  append_number (out, ",\"high\":", self->high);
  append_number (out, ",\"low\":", self->low);
  append_number (out, ",\"close\":", self->close);
  append_number (out, ",\"volume\":", self->volume);
  g_string_append_c (out, '}');
}
