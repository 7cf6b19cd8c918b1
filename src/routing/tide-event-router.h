/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-sink.h"
#include "tide-subscription-manager.h"
#include "tide-synthetic-event.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TideEventRouter:
 *
 * Decides who gets an event: the union of what its route says.
 */
#define TIDE_TYPE_EVENT_ROUTER (tide_event_router_get_type ())
G_DECLARE_FINAL_TYPE (TideEventRouter, tide_event_router, TIDE, EVENT_ROUTER, GObject)

/**
 * TideRouterTapFunc:
 * @event: an event
 * @audience: whom it was for
 * @n_users: for how many users it was taken
 * @user_data: as given
 *
 * What is called with each event when somebody watches. May not end a connection.
 */
typedef void (*TideRouterTapFunc) (const TideEvent *event,
                                   const TideAudience *audience,
                                   guint n_users,
                                   gpointer user_data);

TideEventRouter *tide_event_router_new (TideSubscriptionManager *subscriptions,
                                        TideEventSink *sink,
                                        TideCounters *counters);
guint tide_event_router_route (TideEventRouter *self, TideEvent *event);
guint tide_event_router_push_to (TideEventRouter *self,
                                 TideEvent *event,
                                 const TideAudience *audience);
void tide_event_router_add_tap (TideEventRouter *self,
                                TideRouterTapFunc tap,
                                gpointer user_data);
void tide_event_router_remove_tap (TideEventRouter *self,
                                   TideRouterTapFunc tap,
                                   gpointer user_data);
gboolean tide_event_router_broadcast_event (TideEventRouter *self,
                                            const char *event_type,
                                            const TideSyntheticEvent *what,
                                            guint *n_users,
                                            GError **error);

G_END_DECLS
