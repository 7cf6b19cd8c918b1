/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config.h"
#include "tide-route.h"
#include "tide-source.h"

G_BEGIN_DECLS

TideSource *tide_source_factory_make (TideConfig *config,
                                      TideRouteTable *routes,
                                      const TideSourceOutlet *outlet,
                                      GError **error);
gboolean tide_source_factory_is_redis (TideSource *source);

G_END_DECLS
