/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bar-store.h"

#include <sqlite3.h>

G_BEGIN_DECLS

/* What the store's files share: tide-bar-store.c has its life, tide-bar-store-write.c,
 * tide-bar-store-import.c and tide-bar-store-read.c the rows. */

/* Every statement, prepared when it is first needed. */
typedef enum
{
  TIDE_BAR_SQL_BEGIN,
  TIDE_BAR_SQL_COMMIT,
  TIDE_BAR_SQL_ROLLBACK,
  TIDE_BAR_SQL_FIND_SYMBOL,
  TIDE_BAR_SQL_ADD_SYMBOL,
  TIDE_BAR_SQL_PUT_MINUTE,
  TIDE_BAR_SQL_DELETE_MINUTE,
  TIDE_BAR_SQL_MERGE_BAR,
  TIDE_BAR_SQL_NEXT_SYMBOLS,
  TIDE_BAR_SQL_TRIM_BARS,
  TIDE_BAR_SQL_DELETE_SYMBOL,
  TIDE_BAR_SQL_LOAD,
  TIDE_BAR_SQL_READ,
  TIDE_BAR_SQL_PUT_BAR,
  TIDE_BAR_SQL_READ_OLDEST,
  TIDE_BAR_SQL_LIST_SYMBOLS,
  TIDE_BAR_SQL_FIRST_START,
  TIDE_BAR_SQL_LAST_START,
  TIDE_BAR_N_SQL,
} TideBarSql;

struct _TideBarStore
{
  char *path;  /* (owned) */
  sqlite3 *db; /* (owned) */
  int lock;    /* a file beside it that says whose it is, -1: not opened */
  sqlite3_stmt *statements[TIDE_BAR_N_SQL]; /* (owned) (nullable) */
  GHashTable *ids;                          /* (owned), symbol → its id in the file */
  gint64 last_trimmed; /* id of the symbol whose old bars went last */
  gboolean is_new;
  gboolean is_broken; /* what is in the file is not what was written */
};

sqlite3_stmt *tide_bar_store_get_statement (TideBarStore *self, TideBarSql sql);
gint64 tide_bar_store_get_id (TideBarStore *self, const char *symbol);
gboolean tide_bar_store_put (TideBarStore *self,
                             TideBarSql sql,
                             gint64 id,
                             TideTimeframe timeframe,
                             const TideBar *bar);
gboolean tide_bar_store_read_of (TideBarStore *self,
                                 TideBarSql sql,
                                 gint64 id,
                                 const TideChartRequest *request,
                                 GArray *bars);
void tide_bar_store_undo (TideBarStore *self, GError **error);
gboolean tide_bar_store_step (TideBarStore *self, TideBarSql sql);
void tide_bar_store_fail (TideBarStore *self, const char *what, GError **error);
void tide_bar_store_get_bar (sqlite3_stmt *statement, int column, TideBar *bar);

G_END_DECLS
