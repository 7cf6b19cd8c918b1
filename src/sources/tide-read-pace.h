/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideReadPace:
 *
 * When to read next what comes in messages, each of which would else wake the service up
 * by itself. A zeroed one reads whatever has come.
 */
typedef struct
{
  gint64 last_us; /* when a reading brought something */
  gint64 rest_us; /* nothing is read until then; 0: as soon as there is something */
} TideReadPace;

void tide_read_pace_note (TideReadPace *self,
                          guint n_messages,
                          gint64 longest_us,
                          gint64 now_us);

G_END_DECLS
