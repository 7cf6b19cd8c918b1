/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config-routes.h"
#include "tide-config-value.h"
#include "tide-route.h"

#include <glib-object.h>
#include <glib.h>

G_BEGIN_DECLS

#define TIDE_TYPE_CONFIG (tide_config_get_type ())

/**
 * TideConfig:
 *
 * The configuration in force: a good value for every key. It never changes; a reload
 * makes another one.
 */
typedef struct _TideConfig TideConfig;

GType tide_config_get_type (void);
TideConfig *tide_config_new (void);
TideConfig *
tide_config_load (const char *file, const char *const *settings, GError **error);
TideConfig *tide_config_load_with_default (const char *default_file,
                                           const char *file,
                                           const char *const *settings,
                                           GError **error);
TideConfig *tide_config_load_data (const char *name,
                                   const char *data,
                                   gsize length,
                                   const char *const *settings,
                                   GError **error);
TideConfig *tide_config_ref (TideConfig *self);
void tide_config_unref (TideConfig *self);
const char *tide_config_get_default_file (void);

const char *
tide_config_get_string (TideConfig *self, const char *group, const char *name);
int tide_config_get_int (TideConfig *self, const char *group, const char *name);
guint64 tide_config_get_uint64 (TideConfig *self, const char *group, const char *name);
double tide_config_get_double (TideConfig *self, const char *group, const char *name);
gboolean tide_config_get_boolean (TideConfig *self, const char *group, const char *name);
const char *const *
tide_config_get_strv (TideConfig *self, const char *group, const char *name);
const char *
tide_config_get_origin (TideConfig *self, const char *group, const char *name);
const TideConfigValue *tide_config_get_value (TideConfig *self, const TideConfigKey *key);
void tide_config_take_value (TideConfig *self,
                             const TideConfigKey *key,
                             TideConfigValue *value);
TideRouteTable *tide_config_get_routes (TideConfig *self);
const TideConfigRoutes *tide_config_get_route_groups (TideConfig *self);
void tide_config_take_routes (TideConfig *self,
                              TideConfigRoutes *groups,
                              TideRouteTable *routes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideConfig, tide_config_unref)

G_END_DECLS
