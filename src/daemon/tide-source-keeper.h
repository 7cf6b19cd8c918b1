/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config.h"
#include "tide-source.h"
#include "tide-status.h"
#include "tide-websocket-manager.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideSourceKeeper:
 *
 * Keeps the source: starts it, gives it up for another one, and says how it is, to those
 * who look after the service and to its clients.
 */
typedef struct _TideSourceKeeper TideSourceKeeper;

TideSourceKeeper *tide_source_keeper_new (TideStatus *status,
                                          TideWebSocketManager *sessions,
                                          TideRouteTable *routes,
                                          const TideSourceOutlet *outlet);
void tide_source_keeper_free (TideSourceKeeper *self);
gboolean
tide_source_keeper_start (TideSourceKeeper *self, TideConfig *config, GError **error);
gboolean
tide_source_keeper_take (TideSourceKeeper *self, TideSource *source, GError **error);
void tide_source_keeper_update (TideSourceKeeper *self);
void tide_source_keeper_reload (TideSourceKeeper *self, TideConfig *config);
void tide_source_keeper_stop (TideSourceKeeper *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSourceKeeper, tide_source_keeper_free)

G_END_DECLS
