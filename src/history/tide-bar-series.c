/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar-series.h"

#include <string.h>

#define LEAST_ALLOCATED 4

/* The place of the first bar that does not begin before @start_s. */
static guint
find_place (const TideBarSeries *self, gint64 start_s)
{
  guint low = self->head;
  guint high = self->end;

  /* What comes belongs to the newest bar, or behind it, nearly always. */
  if (low == high || self->items[high - 1]->start_s < start_s)
    return high;
  if (self->items[high - 1]->start_s == start_s)
    return high - 1;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (self->items[middle]->start_s < start_s)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Sees to it that there is room behind the end: by moving all to the front once half of
 * it is free, else by growing. */
static void
make_room (TideBarSeries *self)
{
  guint length = self->end - self->head;

  if (self->end < self->n_allocated)
    return;
  if (self->n_allocated == 0 || length > self->n_allocated / 2)
    {
      self->n_allocated = MAX (self->n_allocated * 2, LEAST_ALLOCATED);
      self->items = g_renew (TideBar *, self->items, self->n_allocated);
    }
  if (self->head > 0)
    memmove (self->items, self->items + self->head, length * sizeof *self->items);
  self->head = 0;
  self->end = length;
}

/**
 * tide_bar_series_find:
 * @self: a series
 * @start_s: when a bar begins
 *
 * Returns: (transfer none) (nullable): that bar
 */
TideBar *
tide_bar_series_find (const TideBarSeries *self, gint64 start_s)
{
  guint place = find_place (self, start_s);

  return place < self->end && self->items[place]->start_s == start_s ? self->items[place]
                                                                     : NULL;
}

/**
 * tide_bar_series_insert:
 * @self: a series
 * @bar: a bar that begins when none of the series does; not owned
 *
 * Puts a bar in its place.
 */
void
tide_bar_series_insert (TideBarSeries *self, TideBar *bar)
{
  guint place;

  make_room (self);
  place = find_place (self, bar->start_s);
  memmove (self->items + place + 1,
           self->items + place,
           (self->end - place) * sizeof *self->items);
  self->items[place] = bar;
  self->end++;
}

/**
 * tide_bar_series_remove:
 * @self: a series
 * @bar: one of its bars
 *
 * Takes a bar out. The last one takes the memory with it.
 */
void
tide_bar_series_remove (TideBarSeries *self, const TideBar *bar)
{
  guint place = find_place (self, bar->start_s);

  g_return_if_fail (place < self->end && self->items[place] == bar);

  if (place == self->head)
    self->head++;
  else
    {
      self->end--;
      memmove (self->items + place,
               self->items + place + 1,
               (self->end - place) * sizeof *self->items);
    }
  if (self->head == self->end)
    tide_bar_series_clear (self);
}

/**
 * tide_bar_series_copy:
 * @self: a series
 * @from_s: seconds since 1970
 * @to_s: seconds since 1970
 * @out: (element-type TideBar): where to add them
 *
 * Copies the bars that begin at @from_s or later and before @to_s, oldest first.
 */
void
tide_bar_series_copy (const TideBarSeries *self, gint64 from_s, gint64 to_s, GArray *out)
{
  for (guint i = find_place (self, from_s);
       i < self->end && self->items[i]->start_s < to_s;
       i++)
    g_array_append_vals (out, self->items[i], 1);
}

/**
 * tide_bar_series_clear:
 * @self: a series
 *
 * Forgets all bars, which are their owner's.
 */
void
tide_bar_series_clear (TideBarSeries *self)
{
  g_free (self->items);
  *self = (TideBarSeries){ .items = NULL };
}
