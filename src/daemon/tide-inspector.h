/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bus-funcs.h"
#include "tide-config.h"
#include "tide-inspector-rows.h"
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
  TideConfig *config;       /* (owned), as it was read last */
  gint64 wall_offset_us;    /* of the clock on the wall before the monotonic one */
} TideInspector;

/**
 * TideInspectorList:
 *
 * A list that can be asked for, and is in the dump.
 */
typedef struct
{
  TideRowInfo info;
  void (*write) (TideInspector *self, const TideBusPage *page, TideRows *rows);
} TideInspectorList;

/**
 * TideInspectorFilter:
 * @stages: the stages
 * @slot: a slot, used or not
 *
 * Returns: whether its user is one of those that are meant
 */
typedef gboolean (*TideInspectorFilter) (const TideStages *stages, guint32 slot);

void tide_inspector_fill_funcs (TideInspector *self, TideBusFuncs *funcs);

/* What the inspector's files have of each other. */
extern const TideInspectorList tide_inspector_connections;
extern const TideInspectorList tide_inspector_users;
extern const TideInspectorList tide_inspector_rooms;
extern const TideInspectorList tide_inspector_subscriptions;
extern const TideInspectorList tide_inspector_lanes;

GVariant *tide_inspector_make_list (const TideInspectorList *list,
                                    const TideBusPage *page,
                                    gpointer user_data);
GArray *tide_inspector_find_users (const TideStages *stages,
                                   const TideBusPage *page,
                                   TideInspectorFilter is_wanted);
gboolean tide_inspector_is_known (const TideStages *stages, guint32 slot);
GPtrArray *tide_inspector_find_tickers (const TideStages *stages, guint32 slot);
guint tide_inspector_add_subscriptions (const TideStages *stages,
                                        TideUserRef user,
                                        const char *name,
                                        TideRows *rows);
GVariant *tide_inspector_get_connection (guint64 id, gpointer user_data);
GVariant *tide_inspector_get_user (const char *name, gpointer user_data);
void tide_inspector_write_busiest (const TideStages *stages,
                                   TideBusOrder order,
                                   guint limit,
                                   TideRows *rows);
guint64 tide_inspector_to_wall_us (TideInspector *self, gint64 monotonic_us);
GVariant *
tide_inspector_list_busiest (TideBusOrder order, guint limit, gpointer user_data);
char *tide_inspector_dump (gpointer user_data);

G_END_DECLS
