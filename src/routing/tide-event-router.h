/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-sink.h"
#include "tide-subscription-manager.h"
#include "tide-synthetic-event.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define TIDE_TYPE_EVENT_ROUTER (tide_event_router_get_type ())
G_DECLARE_FINAL_TYPE (TideEventRouter, tide_event_router, TIDE, EVENT_ROUTER, GObject)

TideEventRouter *tide_event_router_new (TideSubscriptionManager *subscriptions,
                                        TideEventSink *sink,
                                        TideCounters *counters);
guint tide_event_router_route (TideEventRouter *self, TideEvent *event);
gboolean tide_event_router_broadcast_event (TideEventRouter *self,
                                            const char *event_type,
                                            const TideSyntheticEvent *what,
                                            guint *n_users,
                                            GError **error);

G_END_DECLS
