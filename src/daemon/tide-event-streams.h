/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-event-router.h"
#include "tide-websocket-manager.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_EVENT_STREAMS_MAX:
 *
 * How many streams may be open.
 */
#define TIDE_EVENT_STREAMS_MAX 16

/**
 * TideEventStreams:
 *
 * Lets others read along what is routed, each by a socket of its own, as far as they
 * read.
 */
typedef struct _TideEventStreams TideEventStreams;

TideEventStreams *tide_event_streams_new (TideEventRouter *router,
                                          TideSubscriptionManager *subscriptions,
                                          TideWebSocketManager *sessions);
void tide_event_streams_free (TideEventStreams *self);
int tide_event_streams_open (TideEventStreams *self, const char *filter, GError **error);
guint tide_event_streams_get_n_open (const TideEventStreams *self);
void tide_event_streams_set_channel (TideEventStreams *self,
                                     const char *channel,
                                     gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideEventStreams, tide_event_streams_free)

G_END_DECLS
