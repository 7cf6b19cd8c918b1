/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideAudienceRule:
 * @TIDE_AUDIENCE_EVERYONE: every connected user
 * @TIDE_AUDIENCE_SUBSCRIBERS: the users whose subscriptions match
 *
 * Who gets the events of a route.
 */
typedef enum
{
  TIDE_AUDIENCE_EVERYONE,
  TIDE_AUDIENCE_SUBSCRIBERS,
} TideAudienceRule;

/**
 * TideRoute:
 *
 * A line of configuration: which channel carries which event type, who gets it.
 */
typedef struct
{
  guint ref_count;
  char *channel;     /* (owned), the Redis channel, matched exactly */
  char *event_type;  /* (owned), the name that browsers see, such as `tick_data` */
  char **key_fields; /* (owned) (nullable), fields that may hold the key, first found
                        wins; NULL: the route's events have no key */
  TideAudienceRule audience;
} TideRoute;

/**
 * TideRouteTable:
 *
 * The routes in force, found by channel.
 */
typedef struct _TideRouteTable TideRouteTable;

TideRoute *tide_route_new (const char *channel,
                           const char *event_type,
                           const char *const *key_fields,
                           TideAudienceRule audience);
TideRoute *tide_route_ref (TideRoute *self);
void tide_route_unref (TideRoute *self);

TideRouteTable *tide_route_table_new (void);
TideRouteTable *tide_route_table_new_tickstock (void);
TideRouteTable *tide_route_table_ref (TideRouteTable *self);
void tide_route_table_unref (TideRouteTable *self);
void tide_route_table_add (TideRouteTable *self, TideRoute *route);
TideRoute *
tide_route_table_find (TideRouteTable *self, const char *channel, gsize channel_length);
const GPtrArray *tide_route_table_get_routes (TideRouteTable *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideRoute, tide_route_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideRouteTable, tide_route_table_unref)

G_END_DECLS
