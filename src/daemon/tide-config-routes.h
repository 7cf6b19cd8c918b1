/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-route.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideConfigRoutes:
 *
 * The groups `[route NAME]` of a configuration, key by key, with where they came from.
 */
typedef struct _TideConfigRoutes TideConfigRoutes;

gboolean tide_config_routes_is_group (const char *group);

TideConfigRoutes *tide_config_routes_new (void);
TideConfigRoutes *tide_config_routes_new_preset (const char *preset);
void tide_config_routes_free (TideConfigRoutes *self);
void tide_config_routes_add_group (TideConfigRoutes *self,
                                   const char *group,
                                   const char *origin);
gboolean tide_config_routes_set (TideConfigRoutes *self,
                                 const char *group,
                                 const char *key,
                                 const char *text,
                                 const char *origin,
                                 GError **error);
void tide_config_routes_merge (TideConfigRoutes *self, const TideConfigRoutes *own);
TideRouteTable *tide_config_routes_make_table (const TideConfigRoutes *self,
                                               GPtrArray *problems);
char *tide_config_routes_print (const TideConfigRoutes *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideConfigRoutes, tide_config_routes_free)

G_END_DECLS
