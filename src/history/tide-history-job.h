/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bar-store.h"

G_BEGIN_DECLS

/* What is done with the file of the history at once, in a thread. Only for the files of
 * this folder. */

typedef enum
{
  TIDE_HISTORY_JOB_OPEN,
  TIDE_HISTORY_JOB_WRITE,
  TIDE_HISTORY_JOB_READ,
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

  /* READ */
  TideChartRequest request; /* its symbol is owned */
  gboolean is_known;        /* of the symbol */
  GArray *minutes;          /* (owned) (element-type TideBar), from memory */
  GString *chart;           /* (owned) (nullable), what came out */
} TideHistoryJob;

TideHistoryJob *tide_history_job_new (TideHistoryJobKind kind);
void tide_history_job_free (TideHistoryJob *self);
void tide_history_job_run (TideHistoryJob *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideHistoryJob, tide_history_job_free)

G_END_DECLS
