/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bar-store.h"
#include "tide-history.h"

G_BEGIN_DECLS

/**
 * TideHistoryResult:
 *
 * What a request comes to.
 */
typedef struct
{
  guint n_taken; /* bars that were brought and are in */
  guint n_old;   /* and those that are not: they are older than any bar gets */
  GArray *bars;  /* (nullable) (element-type TideBar), oldest first */
  GArray *spans; /* (nullable) (element-type TideBarSpan), by name */
} TideHistoryResult;

/**
 * TideHistoryDone:
 * @result: (nullable): what it came to
 * @error: (nullable): or why it could not be done
 * @user_data: as given with it
 *
 * Is called once for each request, on the main loop, never within the request itself.
 */
typedef void (*TideHistoryDone) (const TideHistoryResult *result,
                                 const GError *error,
                                 gpointer user_data);

void tide_history_import (TideHistory *self,
                          TideTimeframe timeframe,
                          GArray *rows,
                          TideHistoryDone done,
                          gpointer user_data);
void tide_history_export (TideHistory *self,
                          const TideChartRequest *request,
                          TideHistoryDone done,
                          gpointer user_data);
void tide_history_list (TideHistory *self,
                        const TideBarListing *listing,
                        TideHistoryDone done,
                        gpointer user_data);

G_END_DECLS
