/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-event-router.h"

struct _TideEventRouter
{
  GObject parent_instance;

  TideSubscriptionManager *subscriptions; /* (owned) */
  TideEventSink *sink;                    /* (owned) */
  TideCounters *counters;                 /* (unowned), outlives us */
};

G_DEFINE_FINAL_TYPE (TideEventRouter, tide_event_router, G_TYPE_OBJECT)

static void
tide_event_router_dispose (GObject *object)
{
  TideEventRouter *self = TIDE_EVENT_ROUTER (object);

  g_clear_object (&self->subscriptions);
  g_clear_object (&self->sink);

  G_OBJECT_CLASS (tide_event_router_parent_class)->dispose (object);
}

static void
tide_event_router_class_init (TideEventRouterClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tide_event_router_dispose;
}

static void
tide_event_router_init (TideEventRouter *self)
{
}

/**
 * tide_event_router_new:
 * @subscriptions: who asked for what
 * @sink: who gets the events with their audiences
 * @counters: where to count; must outlive the router
 *
 * Returns: (transfer full): a router
 */
TideEventRouter *
tide_event_router_new (TideSubscriptionManager *subscriptions,
                       TideEventSink *sink,
                       TideCounters *counters)
{
  TideEventRouter *self = g_object_new (TIDE_TYPE_EVENT_ROUTER, NULL);

  self->subscriptions = g_object_ref (subscriptions);
  self->sink = g_object_ref (sink);
  self->counters = counters;
  return self;
}

static TideAudience
find_audience (TideEventRouter *self, const TideEvent *event)
{
  TideAudience audience = { .is_everyone = FALSE };

  if (event->route->audience & TIDE_AUDIENCE_EVERYONE)
    audience.is_everyone = self->counters->users > 0;
  else if (event->route->audience & TIDE_AUDIENCE_SUBSCRIBERS && event->key != NULL)
    audience.slots = tide_subscription_index_lookup (
        tide_subscription_manager_get_tickers (self->subscriptions),
        event->key,
        event->key_length,
        &audience.n_slots);
  return audience;
}

/**
 * tide_event_router_route:
 * @self: a router
 * @event: an event
 *
 * Finds the users that get @event, by the rule of its route, and hands it on.
 *
 * Returns: for how many users it was taken, 0 when nobody wants it
 */
guint
tide_event_router_route (TideEventRouter *self, TideEvent *event)
{
  TideAudience audience = find_audience (self, event);

  if (!audience.is_everyone && audience.n_slots == 0)
    {
      self->counters->events_no_audience++;
      return 0;
    }
  self->counters->events_routed++;
  return tide_event_sink_push (self->sink, event, &audience);
}
