/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bar.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideBarSeries:
 *
 * Bars of one symbol and timeframe, in the order of their times. A zeroed one is empty.
 *
 * It is written to at its end and emptied from its front, as a rule, so both are quick.
 * The bars are the owner's and do not move.
 */
typedef struct
{
  TideBar **items; /* (owned), from @head to @end */
  guint head;
  guint end;
  guint n_allocated;
} TideBarSeries;

TideBar *tide_bar_series_find (const TideBarSeries *self, gint64 start_s);
void tide_bar_series_insert (TideBarSeries *self, TideBar *bar);
void tide_bar_series_remove (TideBarSeries *self, const TideBar *bar);
void
tide_bar_series_copy (const TideBarSeries *self, gint64 from_s, gint64 to_s, GArray *out);
void tide_bar_series_clear (TideBarSeries *self);

/**
 * tide_bar_series_get_length:
 * @self: a series
 *
 * Returns: how many bars it has
 */
static inline guint
tide_bar_series_get_length (const TideBarSeries *self)
{
  return self->end - self->head;
}

G_END_DECLS
