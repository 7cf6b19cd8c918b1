/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideLog:
 *
 * What becomes of log lines: which are written, and where to. May be used by any thread.
 */
typedef struct _TideLog TideLog;

TideLog *tide_log_install (void);
const char *tide_log_get_level (TideLog *self);
gboolean tide_log_set_level (TideLog *self, const char *level);
const char *tide_log_get_target (TideLog *self);
gboolean tide_log_set_target (TideLog *self, const char *target);

G_END_DECLS
