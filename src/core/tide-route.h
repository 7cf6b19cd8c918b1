/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideDeliveryClass:
 * @TIDE_CLASS_LOSSLESS: never dropped while the user is here; may be kept for the away
 * @TIDE_CLASS_CONFLATE: under pressure a newer event replaces the pending one of its key
 * @TIDE_CLASS_LATEST: a newer event always replaces the pending one of its key
 * @TIDE_CLASS_DROPPABLE: first to go under pressure
 * @TIDE_N_CLASSES: how many there are
 *
 * What may happen to an event that can't go out at once.
 */
typedef enum
{
  TIDE_CLASS_LOSSLESS,
  TIDE_CLASS_CONFLATE,
  TIDE_CLASS_LATEST,
  TIDE_CLASS_DROPPABLE,
  TIDE_N_CLASSES,
} TideDeliveryClass;

/**
 * TidePriority:
 * @TIDE_PRIORITY_LOW: last within a batch
 * @TIDE_PRIORITY_MEDIUM: waits for the window
 * @TIDE_PRIORITY_HIGH: does not wait, within the urgent budget
 * @TIDE_PRIORITY_CRITICAL: the same, and before the high ones
 * @TIDE_N_PRIORITIES: how many there are
 *
 * What goes first.
 */
typedef enum
{
  TIDE_PRIORITY_LOW,
  TIDE_PRIORITY_MEDIUM,
  TIDE_PRIORITY_HIGH,
  TIDE_PRIORITY_CRITICAL,
  TIDE_N_PRIORITIES,
} TidePriority;

/**
 * TideAudienceRule:
 * @TIDE_AUDIENCE_EVERYONE: every connected user
 * @TIDE_AUDIENCE_SUBSCRIBERS: the users whose subscriptions match
 *
 * Who gets the events of a route, besides the route's rooms and the users that its events
 * name: flags.
 */
typedef enum
{
  TIDE_AUDIENCE_EVERYONE = 1 << 0,
  TIDE_AUDIENCE_SUBSCRIBERS = 1 << 1,
} TideAudienceRule;

/**
 * TideRouteFilter:
 *
 * Which of an event's fields has to be one of the values of a subscription's filter.
 */
typedef struct
{
  char *filter;   /* (owned), such as `symbols` */
  int field;      /* index of the route's fields; -1 when it is @constant */
  char *constant; /* (owned) (nullable), what every event of the route has there */
} TideRouteFilter;

/**
 * TideRouteMatch:
 *
 * A type of subscription whose users get the events of a route.
 */
typedef struct
{
  char *type;      /* (owned), such as `tier_patterns` */
  GArray *filters; /* (owned) (element-type TideRouteFilter) */
} TideRouteMatch;

/**
 * TideRoutePriorityRule:
 *
 * A priority under a condition.
 */
typedef struct
{
  TidePriority priority;
  int field;           /* index of the route's fields */
  gboolean is_negated; /* the field is none of @values, or is not there */
  char **values;       /* (owned) (array zero-terminated=1) */
} TideRoutePriorityRule;

/**
 * TideRouteVersion:
 *
 * How a payload of the next version becomes one of this, older, version.
 */
typedef struct
{
  guint version;
  GPtrArray *renames; /* (owned) (element-type utf8), pairs: the new name, the old name */
  GPtrArray *drops;   /* (owned) (element-type utf8) */
} TideRouteVersion;

/**
 * TideRoute:
 *
 * A line of configuration: which channel carries which event type, who gets it, and how
 * it is delivered. Written to only before it is put into a table.
 */
typedef struct
{
  guint ref_count;
  char *name;    /* (owned), of its group in the configuration */
  char *channel; /* (owned), the Redis channel, or a pattern with `*`, `?`, `[…]` */
  gboolean is_pattern; /* @channel is a pattern */
  char *event_type;    /* (owned), the name that browsers see, such as `tick_data` */
  GString *event_json; /* (owned), @event_type as a JSON string */
  GPtrArray *fields;   /* (owned) (element-type GStrv), what is looked for in payloads:
                          names of which the first found counts */
  int key_field;       /* index of @fields; -1: the route's events have no key */
  int time_field;      /* the same for when it happened */
  int price_field;     /* the same for the price of a tick; -1: its events are no ticks */
  int volume_field;    /* the same for how much was traded in the tick */
  guint audience;      /* #TideAudienceRule flags */
  char **rooms;        /* (owned) (nullable), rooms that get it */
  GArray *user_fields; /* (owned) (element-type int), fields that name a user */
  GPtrArray *matches;  /* (owned) (element-type TideRouteMatch) */
  gboolean is_for_unsubscribed; /* also for users without a subscription of the types */
  TideDeliveryClass delivery_class;
  gboolean is_kept;   /* lossless events wait for users who are away */
  gboolean is_public; /* for guests too */
  TidePriority priority;
  GArray *priority_rules; /* (owned) (element-type TideRoutePriorityRule), first wins */
  char *lift;   /* (owned) (nullable), the member whose fields are copied to the top */
  guint schema; /* version of the payloads, from 1 */
  GPtrArray *versions; /* (owned) (element-type TideRouteVersion), newest first, without
                          gaps: schema - 1, schema - 2, … */
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
                           guint audience);
TideRoute *tide_route_ref (TideRoute *self);
void tide_route_unref (TideRoute *self);
void tide_route_set_event_type (TideRoute *self, const char *event_type);
int tide_route_add_field (TideRoute *self, const char *const *names);
TideRouteMatch *tide_route_add_match (TideRoute *self, const char *type);
void tide_route_match_add_filter (TideRouteMatch *self,
                                  const char *filter,
                                  int field,
                                  const char *constant);
void tide_route_add_priority_rule (TideRoute *self,
                                   TidePriority priority,
                                   int field,
                                   const char *const *values,
                                   gboolean is_negated);
TideRouteVersion *tide_route_add_version (TideRoute *self, guint version);

TideRouteTable *tide_route_table_new (void);
TideRouteTable *tide_route_table_new_tickstock (void);
TideRouteTable *tide_route_table_ref (TideRouteTable *self);
void tide_route_table_unref (TideRouteTable *self);
gboolean tide_route_table_has (TideRouteTable *self, const TideRoute *route);
void tide_route_table_add (TideRouteTable *self, TideRoute *route);
TideRoute *
tide_route_table_find (TideRouteTable *self, const char *channel, gsize channel_length);
const GPtrArray *tide_route_table_get_routes (TideRouteTable *self);

const char *tide_delivery_class_get_nick (TideDeliveryClass self);
const char *tide_priority_get_nick (TidePriority self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideRoute, tide_route_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideRouteTable, tide_route_table_unref)

G_END_DECLS
