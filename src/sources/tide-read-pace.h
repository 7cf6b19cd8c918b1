/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideReadPace:
 *
 * How fast messages come, each of which would wake the service up by itself. A zeroed one
 * has seen none.
 */
typedef struct
{
  gint64 last_us; /* when a reading brought something */
} TideReadPace;

gboolean
tide_read_pace_note (TideReadPace *self, guint n_messages, gint64 rest_us, gint64 now_us);

G_END_DECLS
