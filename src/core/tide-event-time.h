/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean tide_event_time_parse (const char *text, gsize length, gint64 *time_us);

G_END_DECLS
