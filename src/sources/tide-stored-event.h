/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-offline-store.h"
#include "tide-route.h"

#include <glib.h>
#include <hiredis/hiredis.h>

G_BEGIN_DECLS

GPtrArray *tide_stored_event_make_command (const char *key, const TideStoredEvent *event);
gboolean tide_stored_event_parse (const redisReply *entry,
                                  TideRouteTable *routes,
                                  gint64 now_us,
                                  TideStoredEvent *event);
guint64 tide_stored_event_parse_id (const redisReply *entry);

G_END_DECLS
