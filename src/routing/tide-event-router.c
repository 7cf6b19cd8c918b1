/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Decides who gets an event: the union of what its route says. */

#include "tide-event-router.h"

#include "tide-error.h"

#include <string.h>

#define MAX_NAME_BYTES 256 /* of a user whom an event names; nobody has a longer one */
#define USER_ROOM "user_"  /* what the name of a user's own room begins with */

/* Somebody who watches. */
typedef struct
{
  TideRouterTapFunc func;
  gpointer user_data; /* (unowned), for @func */
} Tap;

struct _TideEventRouter
{
  GObject parent_instance;

  TideSubscriptionManager *subscriptions; /* (owned) */
  TideEventSink *sink;                    /* (owned) */
  TideCounters *counters;                 /* (unowned), outlives us */
  TideSlotSet found;                      /* (owned), the audience of the moment */
  GArray *named; /* (owned) (element-type TideUserRef), users whom an event names */
  GSList *taps;  /* (owned) (element-type Tap), who watches; mostly nobody */
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
tide_event_router_finalize (GObject *object)
{
  TideEventRouter *self = TIDE_EVENT_ROUTER (object);

  tide_slot_set_clear (&self->found);
  g_array_unref (self->named);
  g_slist_free_full (self->taps, g_free);

  G_OBJECT_CLASS (tide_event_router_parent_class)->finalize (object);
}

static void
tide_event_router_class_init (TideEventRouterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tide_event_router_dispose;
  object_class->finalize = tide_event_router_finalize;
}

static void
tide_event_router_init (TideEventRouter *self)
{
  tide_slot_set_init (&self->found);
  self->named = g_array_new (FALSE, FALSE, sizeof (TideUserRef));
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

/* Finds the user of a name. Who is not here is of interest only to events that are kept;
 * for those the user is made if need be. */
static gboolean
find_named (TideEventRouter *self, const char *name, gboolean is_kept, TideUserRef *user)
{
  if (is_kept)
    return tide_subscription_manager_keep_named (self->subscriptions, name, user);
  return tide_user_table_lookup (
             tide_subscription_manager_get_users (self->subscriptions), name, user) &&
         tide_subscription_manager_is_connected (self->subscriptions, user->slot);
}

static void
remember_named (TideEventRouter *self, const TideRoute *route, const char *name)
{
  gboolean is_kept = route->is_kept && route->delivery_class == TIDE_CLASS_LOSSLESS;
  TideUserRef user;

  if (*name != '\0' && find_named (self, name, is_kept, &user))
    g_array_append_val (self->named, user);
}

/* Adds the users whom the event names, and those whose own rooms the route names, since
 * no table of rooms has these. One who is made for it may take the place of another who
 * is away, even of one who was just made: so who is still there is looked at when all
 * have been found, and before anybody else is looked for. */
static void
add_named (TideEventRouter *self, const TideEvent *event)
{
  const TideRoute *route = event->route;
  TideUserTable *users = tide_subscription_manager_get_users (self->subscriptions);

  g_array_set_size (self->named, 0);
  for (guint i = 0; i < route->user_fields->len; i++)
    {
      const TideEventValue *value =
          &event->values[g_array_index (route->user_fields, int, i)];
      char name[MAX_NAME_BYTES + 1];

      if (value->text == NULL || value->length > MAX_NAME_BYTES ||
          memchr (value->text, '\0', value->length) != NULL)
        continue;
      memcpy (name, value->text, value->length);
      name[value->length] = '\0';
      remember_named (self, route, name);
    }
  for (char **room = route->rooms; room != NULL && *room != NULL; room++)
    if (g_str_has_prefix (*room, USER_ROOM))
      remember_named (self, route, *room + strlen (USER_ROOM));
  for (guint i = 0; i < self->named->len; i++)
    {
      TideUserRef user = g_array_index (self->named, TideUserRef, i);

      if (tide_user_table_is_current (users, user))
        tide_slot_set_add (&self->found, user.slot);
    }
}

/* Adds who is connected and has no subscription of the route's types; gives whether that
 * is everyone. */
static gboolean
add_unsubscribed (TideEventRouter *self, TideRoute *route)
{
  guint n_users;
  const guint32 *slots =
      tide_subscription_manager_get_connected (self->subscriptions, &n_users);

  return !tide_subscription_index_find_others (
             tide_subscription_manager_get_index (self->subscriptions),
             route,
             slots,
             n_users,
             &self->found) &&
         n_users > 0;
}

/* Guests get what is for the public only; they are in no rooms. Where there are some,
 * what is for everyone else is for all others one by one. */
static void
take_guests_out (TideEventRouter *self, TideAudience *audience)
{
  TideUserTable *users = tide_subscription_manager_get_users (self->subscriptions);
  TideSlotSet *found = &self->found;
  guint n_kept = 0;

  if (audience->is_everyone)
    {
      guint n_users;
      const guint32 *connected =
          tide_subscription_manager_get_connected (self->subscriptions, &n_users);

      for (guint i = 0; i < n_users; i++)
        tide_slot_set_add (&self->found, connected[i]);
      audience->is_everyone = FALSE;
    }
  for (guint i = 0; i < found->n_slots; i++)
    if (!tide_user_table_is_guest (users, found->slots[i]))
      found->slots[n_kept++] = found->slots[i];
  found->n_slots = n_kept;
}

static TideAudience
find_audience (TideEventRouter *self, const TideEvent *event)
{
  TideRoute *route = event->route;
  TideAudience audience = { .rooms = (const char *const *) route->rooms };

  tide_slot_set_empty (&self->found);
  add_named (self, event);
  if (route->audience & TIDE_AUDIENCE_EVERYONE)
    {
      guint n_users;

      tide_subscription_manager_get_connected (self->subscriptions, &n_users);
      audience.is_everyone = n_users > 0;
    }
  if (route->audience & TIDE_AUDIENCE_SUBSCRIBERS)
    tide_subscription_manager_find_subscribers (self->subscriptions, event, &self->found);
  if (route->is_for_unsubscribed && !audience.is_everyone)
    audience.is_everyone = add_unsubscribed (self, route);
  if (!route->is_public &&
      tide_user_table_get_n_guests (
          tide_subscription_manager_get_users (self->subscriptions)) > 0)
    take_guests_out (self, &audience);
  audience.slots = self->found.slots;
  audience.n_slots = self->found.n_slots;
  return audience;
}

static void
count_routed (TideCounters *counters, const TideEvent *event)
{
  counters->events_routed++;
  switch (event->route->delivery_class)
    {
    case TIDE_CLASS_LOSSLESS:
      counters->events_lossless++;
      break;
    case TIDE_CLASS_CONFLATE:
      counters->events_conflate++;
      break;
    case TIDE_CLASS_LATEST:
      counters->events_latest++;
      break;
    case TIDE_CLASS_DROPPABLE:
      counters->events_droppable++;
      break;
    case TIDE_N_CLASSES:
      break;
    }
  switch (event->priority)
    {
    case TIDE_PRIORITY_LOW:
      counters->events_low++;
      break;
    case TIDE_PRIORITY_MEDIUM:
      counters->events_medium++;
      break;
    case TIDE_PRIORITY_HIGH:
      counters->events_high++;
      break;
    case TIDE_PRIORITY_CRITICAL:
      counters->events_critical++;
      break;
    case TIDE_N_PRIORITIES:
      break;
    }
}

static void
tell_taps (TideEventRouter *self,
           const TideEvent *event,
           const TideAudience *audience,
           guint n_users)
{
  GSList *next;

  for (GSList *at = self->taps; at != NULL; at = next)
    {
      const Tap *tap = at->data;

      next = at->next;
      tap->func (event, audience, n_users, tap->user_data);
    }
}

/**
 * tide_event_router_push_to:
 * @self: a router
 * @event: an event
 * @audience: who gets it
 *
 * Hands an event on, to those of an audience that somebody else has found, and counts it.
 *
 * Returns: for how many users it was taken
 */
guint
tide_event_router_push_to (TideEventRouter *self,
                           TideEvent *event,
                           const TideAudience *audience)
{
  gboolean has_rooms = audience->rooms != NULL && *audience->rooms != NULL;
  guint n_users = 0;

  if (audience->is_everyone || has_rooms || audience->n_slots > 0)
    n_users = tide_event_sink_push (self->sink, event, audience);
  if (n_users > 0)
    count_routed (self->counters, event);
  else
    self->counters->events_no_audience++;
  if (G_UNLIKELY (self->taps != NULL))
    tell_taps (self, event, audience, n_users);
  return n_users;
}

/**
 * tide_event_router_route:
 * @self: a router
 * @event: an event
 *
 * Finds the users that get @event, by the rule of its route, and hands it on: everyone,
 * who is in the route's rooms, who has a subscription that matches, whom the event names,
 * and where the route says so who has no subscription of its types.
 *
 * Returns: for how many users it was taken, 0 when nobody wants it
 */
guint
tide_event_router_route (TideEventRouter *self, TideEvent *event)
{
  TideAudience audience = find_audience (self, event);

  return tide_event_router_push_to (self, event, &audience);
}

/**
 * tide_event_router_add_tap:
 * @self: a router
 * @tap: called with each event that was handed on
 * @user_data: for @tap
 *
 * Lets somebody watch the events and their audiences. It costs nothing while nobody does.
 */
void
tide_event_router_add_tap (TideEventRouter *self,
                           TideRouterTapFunc tap,
                           gpointer user_data)
{
  Tap *added = g_new (Tap, 1);

  *added = (Tap){ tap, user_data };
  self->taps = g_slist_append (self->taps, added);
}

/**
 * tide_event_router_remove_tap:
 * @self: a router
 * @tap: as it was added
 * @user_data: as it was added
 *
 * Ends what tide_event_router_add_tap() has begun. A tap may remove itself, and no other.
 */
void
tide_event_router_remove_tap (TideEventRouter *self,
                              TideRouterTapFunc tap,
                              gpointer user_data)
{
  for (GSList *at = self->taps; at != NULL; at = at->next)
    {
      const Tap *found = at->data;

      if (found->func != tap || found->user_data != user_data)
        continue;
      g_free (at->data);
      self->taps = g_slist_delete_link (self->taps, at);
      return;
    }
}

static TideRoute *
find_route (TideEventRouter *self, const char *event_type)
{
  const GPtrArray *routes = tide_route_table_get_routes (
      tide_subscription_manager_get_routes (self->subscriptions));

  for (guint i = 0; i < routes->len; i++)
    {
      TideRoute *route = g_ptr_array_index (routes, i);

      if (g_str_equal (route->event_type, event_type))
        return route;
    }
  return NULL;
}

/**
 * tide_event_router_broadcast_event:
 * @self: a router
 * @event_type: the type of an event that a route has; the first route with it counts
 * @what: the event
 * @n_users: (out): for how many users it was taken; untouched on failure
 * @error: return location for an error
 *
 * Sends an event that no producer has published to those who would get it by its route.
 * It is counted as one that was received.
 *
 * Fails with [error@Error.BAD_PAYLOAD], see tide_synthetic_event_make(), also when no
 * route has the type.
 *
 * Returns: %TRUE when it was routed, even to nobody
 */
gboolean
tide_event_router_broadcast_event (TideEventRouter *self,
                                   const char *event_type,
                                   const TideSyntheticEvent *what,
                                   guint *n_users,
                                   GError **error)
{
  TideRoute *route = find_route (self, event_type);
  g_autoptr (TideEvent) event = NULL;

  if (route == NULL)
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_BAD_PAYLOAD,
                   "no route has events of the type %s",
                   event_type);
      return FALSE;
    }
  event = tide_synthetic_event_make (
      what, route, tide_subscription_manager_get_now_us (self->subscriptions), error);
  if (event == NULL)
    return FALSE;
  self->counters->events_received++;
  *n_users = tide_event_router_route (self, event);
  return TRUE;
}
