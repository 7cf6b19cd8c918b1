/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bar-store.h"
#include "tide-history-transfer.h"

G_BEGIN_DECLS

/* What is done with the file of the history at once, in a thread. Only for the files of
 * this folder. */

typedef enum
{
  TIDE_HISTORY_JOB_OPEN,
  TIDE_HISTORY_JOB_WRITE,
  TIDE_HISTORY_JOB_READ,
  TIDE_HISTORY_JOB_IMPORT,
  TIDE_HISTORY_JOB_EXPORT,
  TIDE_HISTORY_JOB_LIST,
} TideHistoryJobKind;

typedef struct
{
  TideHistoryJobKind kind;
  gpointer owner;      /* (unowned) (nullable), who waits for it, if anybody */
  TideBarStore *store; /* (unowned) (nullable), to write to or to read; of an OPEN
                          (owned), what it has opened */
  GError *error;       /* (owned) (nullable), what went wrong */
  int is_done;         /* atomic: the thread is done with it */

  /* OPEN */
  char *path;              /* (owned) */
  gboolean is_aside_first; /* the file is broken */
  gint64 now_s;            /* since 1970 */
  char *aside;             /* (owned) (nullable), where a broken file is now */
  GArray *rows; /* (owned) (nullable) (element-type TideBarRow), gets what was left by an
                   earlier process, if that is wanted */

  TideBarJob write; /* WRITE, its arrays are owned */

  /* READ, EXPORT */
  TideChartRequest request; /* its symbol is owned */
  gboolean is_known;        /* of the symbol */
  GArray *minutes;          /* (owned) (element-type TideBar), from memory */
  GString *chart;           /* (owned) (nullable), what came out of a READ */

  /* IMPORT, EXPORT, LIST */
  TideHistoryDone done;   /* (nullable), to be called once */
  gpointer done_data;     /* (unowned) */
  gboolean is_refused;    /* @error is none of the file's; there is nothing to do */
  TideBarImport import;   /* its rows are owned */
  GArray *moved;          /* (owned) (element-type TideBarRow), minutes of memory that an
                             IMPORT replaces */
  TideBarListing listing; /* what it is after is owned */
  GArray *spans;          /* (owned) (element-type TideBarSpan), from memory */
  TideHistoryResult result; /* its arrays are owned */
} TideHistoryJob;

TideHistoryJob *tide_history_job_new (TideHistoryJobKind kind);
void tide_history_job_free (TideHistoryJob *self);
void tide_history_job_answer (TideHistoryJob *self, const GError *error);
void tide_history_job_run (TideHistoryJob *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideHistoryJob, tide_history_job_free)

G_END_DECLS
