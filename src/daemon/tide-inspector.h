/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bus-funcs.h"
#include "tide-config.h"
#include "tide-stages.h"

G_BEGIN_DECLS

/**
 * TideInspector:
 *
 * Looks at the stages for those who ask over the bus.
 */
typedef struct
{
  const TideStages *stages; /* (unowned) */
  TideConfig *config;       /* (unowned), as it was read last */
} TideInspector;

void tide_inspector_fill_funcs (TideInspector *self, TideBusFuncs *funcs);

/* What the inspector's files have of each other. */
GVariant *tide_inspector_list_connections (const TideBusPage *page, gpointer user_data);
GVariant *tide_inspector_get_connection (guint64 id, gpointer user_data);
GVariant *tide_inspector_list_rooms (const TideBusPage *page, gpointer user_data);
GVariant *tide_inspector_list_users (const TideBusPage *page, gpointer user_data);
GVariant *tide_inspector_get_user (const char *name, gpointer user_data);
GVariant *tide_inspector_list_subscriptions (const TideBusPage *page, gpointer user_data);
GVariant *tide_inspector_list_lanes (const TideBusPage *page, gpointer user_data);
GVariant *
tide_inspector_list_busiest (TideBusOrder order, guint limit, gpointer user_data);
char *tide_inspector_dump (gpointer user_data);

G_END_DECLS
