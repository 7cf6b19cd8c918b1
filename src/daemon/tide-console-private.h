/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-busy-keys.h"
#include "tide-console-api.h"
#include "tide-inspector.h"
#include "tide-reader-streams.h"
#include "tide-samples.h"

G_BEGIN_DECLS

/* What the files of the console's API share. */

struct _TideConsole
{
  const TideStages *stages;   /* (unowned) */
  TideDrain *drain;           /* (unowned) */
  TideInspector inspector;    /* its configuration is owned */
  TideBusyKeys *keys;         /* (owned) */
  TideSamples *samples;       /* (owned) */
  TideReaderStreams *streams; /* (owned) */
};

/* @name: what the request's path has behind that of the function, or empty */
typedef void (*TideConsoleVerb) (TideConsole *self,
                                 const TideConsoleRequest *request,
                                 const char *name,
                                 TideConsoleAnswer *answer);

void tide_console_refuse (TideConsoleAnswer *answer,
                          guint status,
                          const char *code,
                          const char *format,
                          ...) G_GNUC_PRINTF (4, 5);
void tide_console_refuse_error (TideConsoleAnswer *answer, const GError *error);

void tide_console_show_overview (TideConsole *self,
                                 const TideConsoleRequest *request,
                                 const char *name,
                                 TideConsoleAnswer *answer);
void tide_console_show_session (TideConsole *self,
                                const TideConsoleRequest *request,
                                const char *name,
                                TideConsoleAnswer *answer);
void tide_console_list_connections (TideConsole *self,
                                    const TideConsoleRequest *request,
                                    const char *name,
                                    TideConsoleAnswer *answer);
void tide_console_show_connection (TideConsole *self,
                                   const TideConsoleRequest *request,
                                   const char *name,
                                   TideConsoleAnswer *answer);
void tide_console_show_user (TideConsole *self,
                             const TideConsoleRequest *request,
                             const char *name,
                             TideConsoleAnswer *answer);
void tide_console_explain (TideConsole *self,
                           const TideConsoleRequest *request,
                           const char *name,
                           TideConsoleAnswer *answer);

G_END_DECLS
