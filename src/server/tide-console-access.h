/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-reach.h"

G_BEGIN_DECLS

/* A request for the console, and what decides about it.
 * Only for the files of this folder. */
typedef struct
{
  const TideConsoleSettings *settings; /* (unowned) */
  TideAuthMode mode;
  TideReach reach;
} TideConsoleVisit;

gboolean tide_console_access_is_there (const TideConsoleVisit *visit);
gboolean tide_console_access_takes_host (const TideConsoleVisit *visit,
                                         const char *host,
                                         const char *const *allowed_origins);
gboolean tide_console_access_check_user (const TideConsoleVisit *visit,
                                         const TideIdentity *identity,
                                         GError **error);

G_END_DECLS
