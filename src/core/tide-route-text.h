/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-route.h"

#include <glib.h>

G_BEGIN_DECLS

/* What the groups of routes begin with in a configuration file. */
#define TIDE_ROUTE_GROUP_PREFIX "route "

/**
 * TideRouteKey:
 *
 * A key of a route's group. The table of them is the one place that knows them all.
 */
typedef struct
{
  const char *name;         /* `schema-M` stands for `schema-1`, `schema-2`, … */
  const char *default_text; /* what goes without it, in words for the documentation */
  const char *takes;        /* what may be its value, in words */
  const char *description;  /* one sentence */
} TideRouteKey;

/**
 * TideRouteText:
 *
 * Makes a route of the keys and values of its group.
 */
typedef struct _TideRouteText TideRouteText;

const TideRouteKey *tide_route_text_get_keys (guint *n_keys);
gboolean tide_route_text_has_key (const char *key);
const char *tide_route_text_check_name (const char *name);
char *tide_route_text_get_preset (const char *preset);

TideRouteText *tide_route_text_new (const char *name);
void tide_route_text_free (TideRouteText *self);
gboolean tide_route_text_set (TideRouteText *self,
                              const char *key,
                              const char *text,
                              GError **error);
gboolean tide_route_text_is_enabled (TideRouteText *self);
TideRoute *
tide_route_text_finish (TideRouteText *self, const char **bad_key, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideRouteText, tide_route_text_free)

G_END_DECLS
