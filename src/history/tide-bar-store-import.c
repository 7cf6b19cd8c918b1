/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Bars that somebody brings, in place of those that are there. */

#include "tide-bar-store-private.h"

/* Before which start bars may be gone already. */
static gint64
get_oldest_s (const TideBarImport *import, TideTimeframe timeframe)
{
  return import->keep_s[timeframe] > 0 ? import->now_s - import->keep_s[timeframe] : 0;
}

/* A longer bar is made of the longest ones below it that are all still there. Minutes
 * that are brought are, unless they are older than minutes get. */
static TideTimeframe
find_parts (const TideBarImport *import, TideTimeframe timeframe, gint64 start_s)
{
  for (TideTimeframe i = timeframe - 1; i > TIDE_TIMEFRAME_1M; i--)
    if (start_s >= get_oldest_s (import, i))
      return i;
  return TIDE_TIMEFRAME_1M;
}

/* Some of the minutes of @bar may be gone by their age, and all that is known of them is
 * in the bar that is there: so that only grows. */
static void
grow (TideBar *bar, const TideBar *there)
{
  double volume = MAX (bar->volume, there->volume);
  TideBar grown = *there;

  tide_bar_merge (&grown, bar);
  grown.volume = volume;
  *bar = grown;
}

/* Makes the bar anew that begins at @start_s. */
static gboolean
remake (TideBarStore *self,
        const TideBarImport *import,
        gint64 id,
        TideTimeframe timeframe,
        gint64 start_s)
{
  TideTimeframe parts = find_parts (import, timeframe, start_s);
  TideChartRequest request = {
    .timeframe = parts,
    .from_s = start_s,
    .to_s = start_s + tide_timeframe_get_seconds (timeframe),
    .limit = G_MAXINT32,
  };
  g_autoptr (GArray) bars = g_array_new (FALSE, FALSE, sizeof (TideBar));
  TideBar bar;

  if (!tide_bar_store_read_of (self, TIDE_BAR_SQL_READ_OLDEST, id, &request, bars))
    return FALSE;
  if (bars->len == 0)
    return TRUE;
  bar = g_array_index (bars, TideBar, 0);
  bar.start_s = start_s;
  for (guint i = 1; i < bars->len; i++)
    tide_bar_merge (&bar, &g_array_index (bars, TideBar, i));
  if (start_s < get_oldest_s (import, parts))
    {
      g_array_set_size (bars, 0);
      request.timeframe = timeframe;
      request.limit = 1;
      if (!tide_bar_store_read_of (self, TIDE_BAR_SQL_READ_OLDEST, id, &request, bars))
        return FALSE;
      if (bars->len > 0)
        grow (&bar, &g_array_index (bars, TideBar, 0));
    }
  return tide_bar_store_put (self, TIDE_BAR_SQL_PUT_BAR, id, timeframe, &bar);
}

/* Makes the longer bars anew that the rows are in, from short to long: each is made of
 * those below it. Rows next to each other are in the same ones, as a rule. */
static gboolean
remake_longer (TideBarStore *self, const TideBarImport *import)
{
  for (TideTimeframe i = TIDE_TIMEFRAME_5M; i < TIDE_N_TIMEFRAMES; i++)
    for (guint j = 0; j < import->rows->len; j++)
      {
        const TideBarRow *row = &g_array_index (import->rows, TideBarRow, j);
        const TideBarRow *next = row + 1;
        gint64 start_s = tide_timeframe_floor (i, row->bar.start_s);

        if (j + 1 < import->rows->len && g_str_equal (next->symbol, row->symbol) &&
            tide_timeframe_floor (i, next->bar.start_s) == start_s)
          continue;
        if (start_s >= get_oldest_s (import, i) &&
            !remake (self, import, tide_bar_store_get_id (self, row->symbol), i, start_s))
          return FALSE;
      }
  return TRUE;
}

/* Puts a bar in. What is in the file of the same minute as it was in memory goes: it has
 * been taken out there. */
static gboolean
put_row (TideBarStore *self, const TideBarImport *import, const TideBarRow *row)
{
  gint64 id = tide_bar_store_get_id (self, row->symbol);
  sqlite3_stmt *statement =
      tide_bar_store_get_statement (self, TIDE_BAR_SQL_DELETE_MINUTE);

  if (id == 0 || statement == NULL ||
      !tide_bar_store_put (self, TIDE_BAR_SQL_PUT_BAR, id, import->timeframe, &row->bar))
    return FALSE;
  if (import->timeframe != TIDE_TIMEFRAME_1M)
    return TRUE;
  sqlite3_bind_int64 (statement, 1, row->bar.start_s);
  sqlite3_bind_int64 (statement, 2, id);
  return tide_bar_store_step (self, TIDE_BAR_SQL_DELETE_MINUTE);
}

static gboolean
put_rows (TideBarStore *self, const TideBarImport *import)
{
  for (guint i = 0; i < import->rows->len; i++)
    if (!put_row (self, import, &g_array_index (import->rows, TideBarRow, i)))
      return FALSE;
  return import->timeframe != TIDE_TIMEFRAME_1M || remake_longer (self, import);
}

/**
 * tide_bar_store_import:
 * @self: a store
 * @import: what to write
 * @error: return location for an error
 *
 * Writes bars, each in place of the one that is there. Of minutes the longer bars are
 * made anew, each of all that the file has below it; where minutes may be gone by their
 * age, a longer bar that is there only grows. It can be done twice and comes to the same.
 *
 * Fails with [error@Error.UNAVAILABLE]; nothing is changed then.
 *
 * Returns: %TRUE when all is in the file
 */
gboolean
tide_bar_store_import (TideBarStore *self, const TideBarImport *import, GError **error)
{
  if (tide_bar_store_step (self, TIDE_BAR_SQL_BEGIN) && put_rows (self, import) &&
      tide_bar_store_step (self, TIDE_BAR_SQL_COMMIT))
    return TRUE;
  tide_bar_store_undo (self, error);
  return FALSE;
}
