/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-route-text.h"

G_BEGIN_DECLS

/* The keys of a route; `schema-M` is one for all M. */
typedef enum
{
  TIDE_ROUTE_KEY_ENABLED,
  TIDE_ROUTE_KEY_CHANNEL,
  TIDE_ROUTE_KEY_PATTERN,
  TIDE_ROUTE_KEY_EVENT,
  TIDE_ROUTE_KEY_KEY,
  TIDE_ROUTE_KEY_TIME,
  TIDE_ROUTE_KEY_HISTORY,
  TIDE_ROUTE_KEY_AUDIENCE,
  TIDE_ROUTE_KEY_MATCH,
  TIDE_ROUTE_KEY_WITHOUT,
  TIDE_ROUTE_KEY_CLASS,
  TIDE_ROUTE_KEY_OFFLINE,
  TIDE_ROUTE_KEY_PUBLIC,
  TIDE_ROUTE_KEY_PRIORITY,
  TIDE_ROUTE_KEY_LIFT,
  TIDE_ROUTE_KEY_SCHEMA,
  TIDE_ROUTE_KEY_SCHEMA_OLDER,
  TIDE_N_ROUTE_KEYS,
} TideRouteKeyId;

#define TIDE_ROUTE_MAX_SCHEMA 1000

const TideRouteKey *tide_route_key_get (TideRouteKeyId id);

/* Gives %FALSE when there is no such key. */
gboolean tide_route_key_find (const char *key, TideRouteKeyId *id);

/* The number behind `schema-`, 0 when @key is not such a key. */
guint tide_route_key_get_version (const char *key);

/* Each takes a value into the route that is being made, and gives what is wrong with it
 * (owned), as the end of a sentence that begins with KEY=VALUE, or NULL. */
char *tide_route_parse_audience (TideRoute *route, const char *text);
char *tide_route_parse_history (TideRoute *route, const char *text);
char *tide_route_parse_match (TideRoute *route, const char *text);
char *tide_route_parse_priority (TideRoute *route, const char *text);
char *tide_route_parse_older (TideRoute *route, guint version, const char *text);

G_END_DECLS
