/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-chart-source.h"
#include "tide-symbol-table.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideBarStore:
 *
 * The file of the history, a database of SQLite. Its functions wait for the disk: they
 * belong into a thread, any one, but only one at a time.
 *
 * Bars of all timeframes are in it, made of minutes that are done with; and the minutes
 * that are not, as they are in memory, so that they outlive the process.
 */
typedef struct _TideBarStore TideBarStore;

/**
 * TideBarJob:
 *
 * What is written at once: all of it or, on an error, nothing.
 */
typedef struct
{
  GArray *fresh;  /* (element-type TideBarRow), minutes that replace those in the file */
  GArray *closed; /* (element-type TideBarRow), minutes that go into bars and are gone */
  gint64 now_s;   /* seconds since 1970, which is what bars are old by; 0: not known */
  gint64 keep_s[TIDE_N_TIMEFRAMES]; /* how old bars get, 0: for ever */
} TideBarJob;

/**
 * TideBarImport:
 *
 * Bars that somebody brings.
 */
typedef struct
{
  GArray *rows; /* (element-type TideBarRow), of one timeframe */
  TideTimeframe timeframe;
  gint64 now_s; /* seconds since 1970, which is what bars are old by */
  gint64 keep_s[TIDE_N_TIMEFRAMES]; /* how old bars get, 0: for ever */
} TideBarImport;

TideBarStore *tide_bar_store_open (const char *path, GError **error);
void tide_bar_store_close (TideBarStore *self);
char *tide_bar_store_move_aside (const char *path, gint64 now_s, GError **error);

gboolean tide_bar_store_is_new (const TideBarStore *self);
gboolean tide_bar_store_is_broken (const TideBarStore *self);

gboolean tide_bar_store_load (TideBarStore *self, GArray *rows, GError **error);
gboolean tide_bar_store_write (TideBarStore *self, const TideBarJob *job, GError **error);
gboolean
tide_bar_store_import (TideBarStore *self, const TideBarImport *import, GError **error);
gboolean tide_bar_store_read (TideBarStore *self,
                              const TideChartRequest *request,
                              GArray *bars,
                              gboolean *is_known,
                              GError **error);
gboolean tide_bar_store_read_oldest (TideBarStore *self,
                                     const TideChartRequest *request,
                                     GArray *bars,
                                     GError **error);
gboolean tide_bar_store_list (TideBarStore *self,
                              const TideBarListing *listing,
                              GArray *spans,
                              GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideBarStore, tide_bar_store_close)

G_END_DECLS
