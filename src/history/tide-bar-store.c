/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bar-store.h"

#include "tide-bar-store-private.h"
#include "tide-error.h"

#include <glib/gstdio.h>

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define APPLICATION_ID 1416193125 /* "Tide" */
#define SCHEMA_VERSION 1
/* Who else has the file open, such as a program that exports it, is waited for so long.
 */
#define BUSY_MS 250

#define COLUMNS                                                                          \
  "open REAL NOT NULL, high REAL NOT NULL, low REAL NOT NULL, close REAL NOT NULL, "     \
  "volume REAL NOT NULL, first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, "

/* Minutes begin with their time, so that those that are written each second stand
 * together; bars begin with their symbol, so that those of a chart do. */
static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE symbol (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE bar (symbol INTEGER NOT NULL, timeframe INTEGER NOT NULL, "
    "start INTEGER NOT NULL, " COLUMNS
    "PRIMARY KEY (symbol, timeframe, start)) WITHOUT ROWID;"
    "CREATE TABLE minute (start INTEGER NOT NULL, symbol INTEGER NOT NULL, " COLUMNS
    "PRIMARY KEY (start, symbol)) WITHOUT ROWID;"
    "PRAGMA application_id = " G_STRINGIFY (
        APPLICATION_ID) ";"
                        "PRAGMA user_version = " G_STRINGIFY (SCHEMA_VERSION) ";"
                                                                              "COMMIT;";

#define BAR "start, open, high, low, close, volume, first_us, last_us"

static const char *const texts[TIDE_BAR_N_SQL] = {
  [TIDE_BAR_SQL_BEGIN] = "BEGIN IMMEDIATE",
  [TIDE_BAR_SQL_COMMIT] = "COMMIT",
  [TIDE_BAR_SQL_ROLLBACK] = "ROLLBACK",
  [TIDE_BAR_SQL_FIND_SYMBOL] = "SELECT id FROM symbol WHERE name = ?1",
  [TIDE_BAR_SQL_ADD_SYMBOL] = "INSERT INTO symbol (name) VALUES (?1)",
  [TIDE_BAR_SQL_PUT_MINUTE] = "INSERT OR REPLACE INTO minute (symbol, " BAR ") VALUES "
                              "(?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
  [TIDE_BAR_SQL_DELETE_MINUTE] = "DELETE FROM minute WHERE start = ?1 AND symbol = ?2",
  [TIDE_BAR_SQL_MERGE_BAR] =
      "INSERT INTO bar (symbol, timeframe, " BAR ") VALUES "
      "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
      "ON CONFLICT (symbol, timeframe, start) DO UPDATE SET "
      "high = max (high, excluded.high), low = min (low, excluded.low), "
      "volume = volume + excluded.volume, "
      "open = CASE WHEN excluded.first_us < first_us THEN excluded.open ELSE open END, "
      "first_us = min (first_us, excluded.first_us), "
      "close = CASE WHEN excluded.last_us >= last_us THEN excluded.close ELSE close END, "
      "last_us = max (last_us, excluded.last_us)",
  [TIDE_BAR_SQL_NEXT_SYMBOLS] = "SELECT id FROM symbol WHERE id > ?1 ORDER BY id LIMIT 1",
  [TIDE_BAR_SQL_TRIM_BARS] =
      "DELETE FROM bar WHERE symbol = ?1 AND timeframe = ?2 AND start < ?3",
  [TIDE_BAR_SQL_DELETE_SYMBOL] =
      "DELETE FROM symbol WHERE id = ?1 "
      "AND NOT EXISTS (SELECT 1 FROM bar WHERE bar.symbol = ?1) "
      "AND NOT EXISTS (SELECT 1 FROM minute WHERE minute.symbol = ?1)",
  [TIDE_BAR_SQL_LOAD] = "SELECT name, " BAR " FROM minute "
                        "JOIN symbol ON symbol.id = minute.symbol ORDER BY start",
  [TIDE_BAR_SQL_READ] = "SELECT " BAR " FROM bar WHERE symbol = ?1 AND timeframe = ?2 "
                        "AND start >= ?3 AND start < ?4 ORDER BY start DESC LIMIT ?5",
  [TIDE_BAR_SQL_PUT_BAR] = "INSERT OR REPLACE INTO bar (symbol, timeframe, " BAR
                           ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
  [TIDE_BAR_SQL_READ_OLDEST] =
      "SELECT " BAR " FROM bar WHERE symbol = ?1 AND timeframe = ?2 "
      "AND start >= ?3 AND start < ?4 ORDER BY start LIMIT ?5",
  [TIDE_BAR_SQL_LIST_SYMBOLS] =
      "SELECT id, name FROM symbol WHERE name > ?1 ORDER BY name LIMIT ?2",
  [TIDE_BAR_SQL_FIRST_START] =
      "SELECT min (start) FROM bar WHERE symbol = ?1 AND timeframe = ?2",
  [TIDE_BAR_SQL_LAST_START] =
      "SELECT max (start) FROM bar WHERE symbol = ?1 AND timeframe = ?2",
};

/* Says in @error what went wrong with @what. */
void
tide_bar_store_fail (TideBarStore *self, const char *what, GError **error)
{
  int code = sqlite3_errcode (self->db);

  self->is_broken |= code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_UNAVAILABLE,
               "can't %s %s: %s",
               what,
               self->path,
               sqlite3_errmsg (self->db));
}

/* The statement, fit to be bound anew; NULL when it can't be made. */
sqlite3_stmt *
tide_bar_store_get_statement (TideBarStore *self, TideBarSql sql)
{
  sqlite3_stmt **statement = &self->statements[sql];

  if (*statement == NULL)
    sqlite3_prepare_v3 (
        self->db, texts[sql], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
  return *statement;
}

/* Runs a statement that gives no rows, with what was bound to it. */
gboolean
tide_bar_store_step (TideBarStore *self, TideBarSql sql)
{
  sqlite3_stmt *statement = tide_bar_store_get_statement (self, sql);
  int code;

  if (statement == NULL)
    return FALSE;
  sqlite3_step (statement);
  code = sqlite3_reset (statement);
  return code == SQLITE_OK;
}

/* Reads the columns of a bar, from @column on. */
void
tide_bar_store_get_bar (sqlite3_stmt *statement, int column, TideBar *bar)
{
  *bar = (TideBar){
    .start_s = sqlite3_column_int64 (statement, column),
    .open = sqlite3_column_double (statement, column + 1),
    .high = sqlite3_column_double (statement, column + 2),
    .low = sqlite3_column_double (statement, column + 3),
    .close = sqlite3_column_double (statement, column + 4),
    .volume = sqlite3_column_double (statement, column + 5),
    .first_us = sqlite3_column_int64 (statement, column + 6),
    .last_us = sqlite3_column_int64 (statement, column + 7),
  };
}

static gboolean
run (TideBarStore *self, const char *sql)
{
  return sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Gives the one number that @sql comes to. */
static gboolean
get_number (TideBarStore *self, const char *sql, gint64 *number)
{
  sqlite3_stmt *statement = NULL;
  gboolean is_there =
      sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) == SQLITE_OK &&
      sqlite3_step (statement) == SQLITE_ROW;

  if (is_there)
    *number = sqlite3_column_int64 (statement, 0);
  sqlite3_finalize (statement);
  return is_there;
}

/* Looks whether the file is ours to write to, and makes the tables of one that is empty.
 */
static gboolean
settle (TideBarStore *self, GError **error)
{
  gint64 application = 0, version = 0, n_tables = 0;

  sqlite3_busy_timeout (self->db, BUSY_MS);
  if (!get_number (self, "SELECT count (*) FROM sqlite_master", &n_tables) ||
      !get_number (self, "PRAGMA application_id", &application) ||
      !get_number (self, "PRAGMA user_version", &version))
    {
      tide_bar_store_fail (self, "read the history in", error);
      return FALSE;
    }
  self->is_new = n_tables == 0 && application == 0;
  if (!self->is_new &&
      (application != APPLICATION_ID || version < 1 || version > SCHEMA_VERSION))
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_BAD_CONFIG,
                   "%s is no history of this version of Tidewire, so it is left as it "
                   "is: name another file in [history] file=",
                   self->path);
      return FALSE;
    }
  if (run (self,
           "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
           "PRAGMA journal_size_limit = 67108864") &&
      (!self->is_new || run (self, schema)))
    return TRUE;
  tide_bar_store_fail (self, "write the history to", error);
  return FALSE;
}

/* Sees to it that no other service writes the file: what each has in memory of a minute
 * would replace what the other has. The database itself can't be locked like that, as
 * others may read it, and closing it once more would lose the locks that SQLite has. */
static gboolean
lock (TideBarStore *self, GError **error)
{
  g_autofree char *name = g_strconcat (self->path, "-lock", NULL);

  self->lock = g_open (name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (self->lock >= 0 && flock (self->lock, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (self->lock >= 0 && errno == EWOULDBLOCK)
    g_set_error (error,
                 TIDE_ERROR,
                 TIDE_ERROR_UNAVAILABLE,
                 "another tidewired that runs writes to %s: each needs a file of its own "
                 "in [history] file=",
                 self->path);
  else
    g_set_error (error,
                 TIDE_ERROR,
                 TIDE_ERROR_UNAVAILABLE,
                 "can't lock the history with %s: %s",
                 name,
                 g_strerror (errno));
  return FALSE;
}

/**
 * tide_bar_store_open:
 * @path: the file; its folder has to be there
 * @error: return location for an error
 *
 * Opens the file of a history, or makes it, and locks it: no other service can open it
 * until it is closed, or the process ends.
 *
 * Fails with [error@Error.BAD_CONFIG] when the file is somebody else's or of a later
 * version, and with [error@Error.UNAVAILABLE]. When the file is no database at all, the
 * store comes all the same, tide_bar_store_is_broken(), and @error is set.
 *
 * Returns: (transfer full) (nullable): a store
 */
TideBarStore *
tide_bar_store_open (const char *path, GError **error)
{
  g_autoptr (TideBarStore) self = g_new0 (TideBarStore, 1);
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

  self->path = g_strdup (path);
  self->ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (!lock (self, error))
    return NULL;
  if (sqlite3_open_v2 (path, &self->db, flags, NULL) != SQLITE_OK)
    {
      tide_bar_store_fail (self, "open the history", error);
      return NULL;
    }
  if (!settle (self, error) && !self->is_broken)
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * tide_bar_store_close:
 * @self: (transfer full): a store
 *
 * Closes the file.
 */
void
tide_bar_store_close (TideBarStore *self)
{
  for (guint i = 0; i < TIDE_BAR_N_SQL; i++)
    sqlite3_finalize (self->statements[i]);
  sqlite3_close (self->db);
  if (self->lock >= 0)
    close (self->lock);
  g_hash_table_unref (self->ids);
  g_free (self->path);
  g_free (self);
}

/**
 * tide_bar_store_move_aside:
 * @path: the file of a store that is closed
 * @now_s: seconds since 1970
 * @error: return location for an error
 *
 * Gives a file that is broken another name, so that a new one can be made and what is in
 * the old one is not lost.
 *
 * Fails with [error@Error.UNAVAILABLE].
 *
 * Returns: (transfer full): its name from now on
 */
char *
tide_bar_store_move_aside (const char *path, gint64 now_s, GError **error)
{
  static const char *const ends[] = { "-wal", "-shm", "" };
  g_autofree char *aside = g_strdup_printf ("%s.broken-%" G_GINT64_FORMAT, path, now_s);

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *from = g_strconcat (path, ends[i], NULL);
      g_autofree char *to = g_strconcat (aside, ends[i], NULL);

      if (g_rename (from, to) == 0 || errno == ENOENT)
        continue;
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_UNAVAILABLE,
                   "can't rename %s, which is broken: %s",
                   from,
                   g_strerror (errno));
      return NULL;
    }
  return g_steal_pointer (&aside);
}

/**
 * tide_bar_store_is_new:
 * @self: a store
 *
 * Returns: whether there was nothing in the file when it was opened
 */
gboolean
tide_bar_store_is_new (const TideBarStore *self)
{
  return self->is_new;
}

/**
 * tide_bar_store_is_broken:
 * @self: a store
 *
 * Returns: whether what is in the file was found not to be what had been written
 */
gboolean
tide_bar_store_is_broken (const TideBarStore *self)
{
  return self->is_broken;
}
