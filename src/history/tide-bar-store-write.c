/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar-store-private.h"

/* Of how many symbols each write looks for bars that are too old, one after the other. */
#define SYMBOLS_PER_TRIM 10

/* Gives the id of a symbol; 0 when there is none, or on an error. */
static gint64
find_id (TideBarStore *self, const char *symbol)
{
  sqlite3_stmt *statement = tide_bar_store_get_statement (self, TIDE_BAR_SQL_FIND_SYMBOL);
  gint64 id = 0;

  if (statement == NULL)
    return 0;
  sqlite3_bind_text (statement, 1, symbol, -1, SQLITE_STATIC);
  if (sqlite3_step (statement) == SQLITE_ROW)
    id = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return id;
}

/* Gives the id of a symbol, which is added if need be; 0 on an error. */
gint64
tide_bar_store_get_id (TideBarStore *self, const char *symbol)
{
  const gint64 *known = g_hash_table_lookup (self->ids, symbol);
  sqlite3_stmt *statement;
  gint64 id;

  if (known != NULL)
    return *known;
  id = find_id (self, symbol);
  if (id == 0)
    {
      statement = tide_bar_store_get_statement (self, TIDE_BAR_SQL_ADD_SYMBOL);
      if (statement == NULL)
        return 0;
      sqlite3_bind_text (statement, 1, symbol, -1, SQLITE_STATIC);
      if (!tide_bar_store_step (self, TIDE_BAR_SQL_ADD_SYMBOL))
        return 0;
      id = sqlite3_last_insert_rowid (self->db);
    }
  g_hash_table_insert (self->ids, g_strdup (symbol), g_memdup2 (&id, sizeof id));
  return id;
}

/* Writes a bar by one of the statements that number their values alike. */
gboolean
tide_bar_store_put (TideBarStore *self,
                    TideBarSql sql,
                    gint64 id,
                    TideTimeframe timeframe,
                    const TideBar *bar)
{
  sqlite3_stmt *statement = tide_bar_store_get_statement (self, sql);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  if (sql != TIDE_BAR_SQL_PUT_MINUTE)
    sqlite3_bind_int (statement, 2, timeframe);
  sqlite3_bind_int64 (statement, 3, tide_timeframe_floor (timeframe, bar->start_s));
  sqlite3_bind_double (statement, 4, bar->open);
  sqlite3_bind_double (statement, 5, bar->high);
  sqlite3_bind_double (statement, 6, bar->low);
  sqlite3_bind_double (statement, 7, bar->close);
  sqlite3_bind_double (statement, 8, bar->volume);
  sqlite3_bind_int64 (statement, 9, bar->first_us);
  sqlite3_bind_int64 (statement, 10, bar->last_us);
  return tide_bar_store_step (self, sql);
}

/* Before which start a bar is too old. */
static gint64
get_oldest_s (const TideBarJob *job, TideTimeframe timeframe)
{
  return job->keep_s[timeframe] > 0 ? job->now_s - job->keep_s[timeframe] : 0;
}

/* Puts a minute into the bars that it belongs to, but for those that are too old. */
static gboolean
write_closed (TideBarStore *self, const TideBarJob *job, const TideBarRow *row)
{
  gint64 id = tide_bar_store_get_id (self, row->symbol);
  sqlite3_stmt *statement =
      tide_bar_store_get_statement (self, TIDE_BAR_SQL_DELETE_MINUTE);

  if (id == 0 || statement == NULL)
    return FALSE;
  for (TideTimeframe i = 0; i < TIDE_N_TIMEFRAMES; i++)
    if (tide_timeframe_floor (i, row->bar.start_s) >= get_oldest_s (job, i) &&
        !tide_bar_store_put (self, TIDE_BAR_SQL_MERGE_BAR, id, i, &row->bar))
      return FALSE;
  sqlite3_bind_int64 (statement, 1, row->bar.start_s);
  sqlite3_bind_int64 (statement, 2, id);
  return tide_bar_store_step (self, TIDE_BAR_SQL_DELETE_MINUTE);
}

/* Takes away what is too old of the symbol @id, and the symbol when nothing is left. */
static gboolean
trim_symbol (TideBarStore *self, const TideBarJob *job, gint64 id)
{
  sqlite3_stmt *trim = tide_bar_store_get_statement (self, TIDE_BAR_SQL_TRIM_BARS);
  sqlite3_stmt *drop = tide_bar_store_get_statement (self, TIDE_BAR_SQL_DELETE_SYMBOL);

  if (trim == NULL || drop == NULL)
    return FALSE;
  sqlite3_bind_int64 (trim, 1, id);
  for (TideTimeframe i = 0; i < TIDE_N_TIMEFRAMES; i++)
    {
      sqlite3_bind_int (trim, 2, i);
      sqlite3_bind_int64 (trim, 3, get_oldest_s (job, i));
      if (job->keep_s[i] > 0 && !tide_bar_store_step (self, TIDE_BAR_SQL_TRIM_BARS))
        return FALSE;
    }
  sqlite3_bind_int64 (drop, 1, id);
  if (!tide_bar_store_step (self, TIDE_BAR_SQL_DELETE_SYMBOL))
    return FALSE;
  if (sqlite3_changes (self->db) > 0)
    g_hash_table_remove_all (self->ids);
  return TRUE;
}

/* Goes on where the last write has left off; after the last symbol with the first. */
static gboolean
trim (TideBarStore *self, const TideBarJob *job)
{
  sqlite3_stmt *statement =
      tide_bar_store_get_statement (self, TIDE_BAR_SQL_NEXT_SYMBOLS);

  if (statement == NULL)
    return FALSE;
  for (guint i = 0; i < SYMBOLS_PER_TRIM && job->now_s > 0; i++)
    {
      gint64 id = 0;

      sqlite3_bind_int64 (statement, 1, self->last_trimmed);
      if (sqlite3_step (statement) == SQLITE_ROW)
        id = sqlite3_column_int64 (statement, 0);
      if (sqlite3_reset (statement) != SQLITE_OK)
        return FALSE;
      self->last_trimmed = id;
      if (id == 0)
        break;
      if (!trim_symbol (self, job, id))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_rows (TideBarStore *self, const TideBarJob *job)
{
  for (guint i = 0; i < job->closed->len; i++)
    if (!write_closed (self, job, &g_array_index (job->closed, TideBarRow, i)))
      return FALSE;
  for (guint i = 0; i < job->fresh->len; i++)
    {
      const TideBarRow *row = &g_array_index (job->fresh, TideBarRow, i);
      gint64 id = tide_bar_store_get_id (self, row->symbol);

      if (id == 0 || !tide_bar_store_put (
                         self, TIDE_BAR_SQL_PUT_MINUTE, id, TIDE_TIMEFRAME_1M, &row->bar))
        return FALSE;
    }
  return trim (self, job);
}

/* Says why nothing can be written, and has nothing of it be there. */
void
tide_bar_store_undo (TideBarStore *self, GError **error)
{
  tide_bar_store_fail (self, "write the history to", error);
  if (!sqlite3_get_autocommit (self->db))
    tide_bar_store_step (self, TIDE_BAR_SQL_ROLLBACK);
  /* Symbols that were added are not there any more. */
  g_hash_table_remove_all (self->ids);
}

/**
 * tide_bar_store_write:
 * @self: a store
 * @job: what to write
 * @error: return location for an error
 *
 * Writes all of @job, and takes bars of some symbols away that are too old.
 *
 * Fails with [error@Error.UNAVAILABLE]; nothing is changed then.
 *
 * Returns: %TRUE when it is in the file, for the next process at least; the disk may have
 *   it later
 */
gboolean
tide_bar_store_write (TideBarStore *self, const TideBarJob *job, GError **error)
{
  if (tide_bar_store_step (self, TIDE_BAR_SQL_BEGIN) && write_rows (self, job) &&
      tide_bar_store_step (self, TIDE_BAR_SQL_COMMIT))
    return TRUE;
  tide_bar_store_undo (self, error);
  return FALSE;
}
