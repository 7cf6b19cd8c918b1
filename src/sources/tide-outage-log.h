/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideOutageLog:
 *
 * Tells the log about a server that comes and goes: each reason once an outage, and the
 * return. A zeroed one is ready to use.
 */
typedef struct
{
  GPtrArray *told;        /* (owned) (nullable) (element-type utf8), in this outage */
  gint64 outage_since_us; /* when this outage began, 0 for none */
  gint64 minute_began_us; /* for the limit on lines */
  guint n_lines;          /* in this minute */
  gboolean was_up;        /* at any time */
} TideOutageLog;

void tide_outage_log_failure (TideOutageLog *self,
                              gint64 now_us,
                              const char *text,
                              const char *hint);
void tide_outage_log_success (TideOutageLog *self, gint64 now_us, const char *server);
void tide_outage_log_clear (TideOutageLog *self);

G_END_DECLS
