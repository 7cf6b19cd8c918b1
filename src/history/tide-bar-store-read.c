/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar-store-private.h"

/* Ends a statement that gave rows; @code is what came instead of the last. */
static gboolean
finish (TideBarStore *self, sqlite3_stmt *statement, int code, GError **error)
{
  if (code != SQLITE_DONE)
    tide_bar_store_fail (self, "read the history in", error);
  sqlite3_reset (statement);
  return code == SQLITE_DONE;
}

/**
 * tide_bar_store_load:
 * @self: a store
 * @rows: (element-type TideBarRow): where to add the rows
 * @error: return location for an error
 *
 * Reads the minutes that an earlier process had not done with, oldest first.
 *
 * Fails with [error@Error.UNAVAILABLE].
 *
 * Returns: %TRUE when all were read
 */
gboolean
tide_bar_store_load (TideBarStore *self, GArray *rows, GError **error)
{
  sqlite3_stmt *statement = tide_bar_store_get_statement (self, TIDE_BAR_SQL_LOAD);
  int code;

  if (statement == NULL)
    return finish (self, NULL, SQLITE_ERROR, error);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      TideBarRow row;

      g_strlcpy (row.symbol,
                 (const char *) sqlite3_column_text (statement, 0),
                 sizeof row.symbol);
      tide_bar_store_get_bar (statement, 1, &row.bar);
      g_array_append_val (rows, row);
    }
  return finish (self, statement, code, error);
}

/* Gives the id of a symbol, 0 when the file has none of it. */
static gboolean
find_symbol (TideBarStore *self, const char *symbol, gint64 *id, GError **error)
{
  sqlite3_stmt *statement = tide_bar_store_get_statement (self, TIDE_BAR_SQL_FIND_SYMBOL);
  int code;

  *id = 0;
  if (statement == NULL)
    return finish (self, NULL, SQLITE_ERROR, error);
  sqlite3_bind_text (statement, 1, symbol, -1, SQLITE_TRANSIENT);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    *id = sqlite3_column_int64 (statement, 0);
  return finish (self, statement, code, error);
}

static void
reverse (GArray *bars)
{
  for (guint i = 0, j = bars->len; i + 1 < j; i++, j--)
    {
      TideBar bar = g_array_index (bars, TideBar, i);

      g_array_index (bars, TideBar, i) = g_array_index (bars, TideBar, j - 1);
      g_array_index (bars, TideBar, j - 1) = bar;
    }
}

/* Reads bars of the symbol @id, in the order that @sql has. */
gboolean
tide_bar_store_read_of (TideBarStore *self,
                        TideBarSql sql,
                        gint64 id,
                        const TideChartRequest *request,
                        GArray *bars)
{
  sqlite3_stmt *statement = tide_bar_store_get_statement (self, sql);
  int code;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_int (statement, 2, request->timeframe);
  sqlite3_bind_int64 (statement, 3, request->from_s);
  sqlite3_bind_int64 (statement, 4, request->to_s);
  sqlite3_bind_int64 (statement, 5, request->limit);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      TideBar bar;

      tide_bar_store_get_bar (statement, 0, &bar);
      g_array_append_val (bars, bar);
    }
  sqlite3_reset (statement);
  return code == SQLITE_DONE;
}

/**
 * tide_bar_store_read:
 * @self: a store
 * @request: what is asked for
 * @bars: (element-type TideBar): empty; gets the bars, oldest first
 * @is_known: (out): whether the file knows the symbol
 * @error: return location for an error
 *
 * Reads bars.
 *
 * Fails with [error@Error.UNAVAILABLE].
 *
 * Returns: %TRUE when they were read
 */
gboolean
tide_bar_store_read (TideBarStore *self,
                     const TideChartRequest *request,
                     GArray *bars,
                     gboolean *is_known,
                     GError **error)
{
  gint64 id;

  if (!find_symbol (self, request->symbol, &id, error))
    return FALSE;
  *is_known = id != 0;
  if (id == 0)
    return TRUE;
  if (!tide_bar_store_read_of (self, TIDE_BAR_SQL_READ, id, request, bars))
    {
      tide_bar_store_fail (self, "read the history in", error);
      return FALSE;
    }
  reverse (bars);
  return TRUE;
}

/**
 * tide_bar_store_read_oldest:
 * @self: a store
 * @request: what is asked for; of more than its limit it means the oldest ones
 * @bars: (element-type TideBar): empty; gets the bars, oldest first
 * @error: return location for an error
 *
 * Reads bars from the other end. Of a symbol that the file does not know there are none.
 *
 * Fails with [error@Error.UNAVAILABLE].
 *
 * Returns: %TRUE when they were read
 */
gboolean
tide_bar_store_read_oldest (TideBarStore *self,
                            const TideChartRequest *request,
                            GArray *bars,
                            GError **error)
{
  gint64 id;

  if (!find_symbol (self, request->symbol, &id, error))
    return FALSE;
  if (id == 0 ||
      tide_bar_store_read_of (self, TIDE_BAR_SQL_READ_OLDEST, id, request, bars))
    return TRUE;
  tide_bar_store_fail (self, "read the history in", error);
  return FALSE;
}

/* Gives the one start that @sql comes to, 0 for none. */
static gboolean
get_start (TideBarStore *self,
           TideBarSql sql,
           gint64 id,
           TideTimeframe timeframe,
           gint64 *start_s)
{
  sqlite3_stmt *statement = tide_bar_store_get_statement (self, sql);
  gboolean is_read;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  sqlite3_bind_int (statement, 2, timeframe);
  is_read = sqlite3_step (statement) == SQLITE_ROW;
  *start_s = is_read ? sqlite3_column_int64 (statement, 0) : 0;
  return sqlite3_reset (statement) == SQLITE_OK && is_read;
}

/**
 * tide_bar_store_list:
 * @self: a store
 * @listing: which symbols
 * @spans: (element-type TideBarSpan): empty; gets them, by name
 * @error: return location for an error
 *
 * Lists the symbols that the file knows, also those without a bar of the timeframe.
 *
 * Fails with [error@Error.UNAVAILABLE].
 *
 * Returns: %TRUE when they were read
 */
gboolean
tide_bar_store_list (TideBarStore *self,
                     const TideBarListing *listing,
                     GArray *spans,
                     GError **error)
{
  sqlite3_stmt *statement =
      tide_bar_store_get_statement (self, TIDE_BAR_SQL_LIST_SYMBOLS);
  int code = SQLITE_ERROR;

  if (statement == NULL)
    return finish (self, NULL, SQLITE_ERROR, error);
  sqlite3_bind_text (statement, 1, listing->after, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 2, listing->limit);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 id = sqlite3_column_int64 (statement, 0);
      TideBarSpan span;

      g_strlcpy (span.symbol,
                 (const char *) sqlite3_column_text (statement, 1),
                 sizeof span.symbol);
      if (!get_start (
              self, TIDE_BAR_SQL_FIRST_START, id, listing->timeframe, &span.first_s) ||
          !get_start (
              self, TIDE_BAR_SQL_LAST_START, id, listing->timeframe, &span.last_s))
        break;
      g_array_append_val (spans, span);
    }
  return finish (self, statement, code, error);
}
