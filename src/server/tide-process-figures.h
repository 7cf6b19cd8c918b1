/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideProcessFigures:
 *
 * What a process uses. What can't be read is 0.
 */
typedef struct
{
  guint64 cpu_us; /* user and system time */
  guint64 virtual_bytes;
  guint64 resident_bytes;
} TideProcessFigures;

gboolean tide_process_figures_read (TideProcessFigures *self, const char *proc_folder);
gboolean tide_process_figures_count_fds (const char *proc_folder, guint *n_fds);
void tide_process_figures_append (GString *text,
                                  const char *proc_folder,
                                  gint64 started_real_us);

G_END_DECLS
