/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events of an operator's own making. What somebody takes the trouble to send by hand is
 * to arrive: it is of class lossless, and waits for a single user who is away. */

#include "tide-publication.h"

#include "tide-error.h"
#include "tide-route-text.h"
#include "tide-user-id.h"

#include <gio/gio.h>

#include <string.h>

#define EVERYONE "everyone"
#define ROOM "room:"
#define USER "user:"
#define USER_ROOM "user_"

/* Whom an event is for. */
typedef struct
{
  gboolean is_everyone;
  const char *room; /* (unowned) (nullable) */
  gboolean has_user;
  TideUserRef user;
} Target;

static gboolean
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS, text);
  return FALSE;
}

/* The user has to be somebody whom an event can reach, now or later. */
static gboolean
find_user (const TideStages *stages, const char *text, Target *target, GError **error)
{
  TideUserRef user;

  if (!tide_user_id_find (stages->users, text, &user) ||
      !(tide_subscription_manager_is_connected (stages->subscriptions, user.slot) ||
        tide_subscription_manager_is_away (stages->subscriptions, user.slot)))
    {
      g_set_error_literal (
          error,
          TIDE_ERROR,
          TIDE_ERROR_NOT_FOUND,
          "this user is neither here nor waited for; ListUsers says who is");
      return FALSE;
    }
  /* Who is here may leave before it has read it. */
  if (!tide_user_table_is_anonymous (stages->users, user.slot))
    tide_subscription_manager_keep_named (
        stages->subscriptions,
        tide_user_table_get_name (stages->users, user.slot),
        &user);
  target->user = user;
  target->has_user = TRUE;
  return TRUE;
}

static gboolean
find_target (const TideStages *stages, const char *text, Target *target, GError **error)
{
  if (g_str_equal (text, EVERYONE))
    {
      target->is_everyone = TRUE;
      return TRUE;
    }
  if (g_str_has_prefix (text, USER))
    return find_user (stages, text + strlen (USER), target, error);
  if (g_str_has_prefix (text, ROOM USER_ROOM))
    return find_user (stages, text + strlen (ROOM USER_ROOM), target, error);
  if (!g_str_has_prefix (text, ROOM))
    return refuse (error, "audience is none of everyone, room:NAME and user:NAME");
  target->room = text + strlen (ROOM);
  if (tide_websocket_manager_has_room (stages->sessions, target->room))
    return TRUE;
  g_set_error_literal (error,
                       TIDE_ERROR,
                       TIDE_ERROR_NOT_FOUND,
                       "nobody is in this room; ListRooms says which there are");
  return FALSE;
}

/* A name has to be one that a route could have, too. */
static gboolean
check_type (const char *event_type, GError **error)
{
  g_autoptr (TideRouteText) text = tide_route_text_new ("publish");
  g_autoptr (GError) problem = NULL;

  if (*event_type == '\0')
    return refuse (error, "event_type is empty: it is the name that clients listen to");
  if (tide_route_text_set (text, "event", event_type, &problem))
    return TRUE;
  g_set_error (
      error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS, "event_type %s", problem->message);
  return FALSE;
}

static TideRoute *
make_route (const TideBusPublication *what, const Target *target)
{
  TideRoute *route = tide_route_new ("publish",
                                     what->event_type,
                                     NULL,
                                     target->is_everyone ? TIDE_AUDIENCE_EVERYONE : 0);

  route->delivery_class = TIDE_CLASS_LOSSLESS;
  route->is_kept = target->has_user;
  route->is_public = TRUE;
  route->priority = what->priority;
  if (target->room != NULL)
    {
      route->rooms = g_new0 (char *, 2);
      route->rooms[0] = g_strdup (target->room);
    }
  return route;
}

static gboolean
check_payload (const TideStages *stages, const TideBusPublication *what, GError **error)
{
  g_autoptr (TideRoute) route = make_route (what, &(Target){ 0 });
  g_autoptr (TideEvent) event =
      tide_publication_try (stages, route, what->payload, error);

  return event != NULL;
}

/**
 * tide_publication_send:
 * @stages: the stages
 * @what: what to send
 * @n_users: (out): for how many users it was; untouched on failure
 * @error: return location for an error
 *
 * Sends an event past the routes. It is counted as one that was received.
 *
 * Fails with %G_DBUS_ERROR_INVALID_ARGS, and with [error@Error.NOT_FOUND] when the user
 * or room is not here.
 *
 * Returns: %TRUE when it was handed on
 */
gboolean
tide_publication_send (const TideStages *stages,
                       const TideBusPublication *what,
                       guint *n_users,
                       GError **error)
{
  Target target = { 0 };
  TideAudience audience = { 0 };
  g_autoptr (TideRoute) route = NULL;
  g_autoptr (TideEvent) event = NULL;
  guint n_connected;

  if (!check_type (what->event_type, error) || !check_payload (stages, what, error) ||
      !find_target (stages, what->audience, &target, error))
    return FALSE;
  route = make_route (what, &target);
  event = tide_decoder_make (stages->decoder, route, what->payload);
  tide_subscription_manager_get_connected (stages->subscriptions, &n_connected);
  audience.is_everyone = target.is_everyone && n_connected > 0;
  audience.rooms = (const char *const *) route->rooms;
  audience.slots = target.has_user ? &target.user.slot : NULL;
  audience.n_slots = target.has_user;
  *n_users = tide_event_router_push_to (stages->router, event, &audience);
  return TRUE;
}

/**
 * tide_publication_find_route:
 * @stages: the stages
 * @channel: a channel
 * @error: return location for an error
 *
 * Fails with [error@Error.NOT_FOUND].
 *
 * Returns: (transfer none): the route that takes the channel
 */
TideRoute *
tide_publication_find_route (const TideStages *stages,
                             const char *channel,
                             GError **error)
{
  TideRoute *route =
      tide_route_table_find (tide_subscription_manager_get_routes (stages->subscriptions),
                             channel,
                             strlen (channel));

  if (route == NULL)
    g_set_error_literal (error,
                         TIDE_ERROR,
                         TIDE_ERROR_NOT_FOUND,
                         "no route takes this channel; the groups [route …] of the "
                         "configuration say which are taken");
  return route;
}

/**
 * tide_publication_try:
 * @stages: the stages
 * @route: a route
 * @payload: what would be published
 * @error: return location for an error
 *
 * Makes the event that the payload would be, and counts nothing.
 *
 * Fails with %G_DBUS_ERROR_INVALID_ARGS, as the decoder would refuse the payload.
 *
 * Returns: (transfer full): the event
 */
TideEvent *
tide_publication_try (const TideStages *stages,
                      TideRoute *route,
                      const char *payload,
                      GError **error)
{
  g_autoptr (GError) problem = NULL;
  TideEvent *event = tide_decoder_try (stages->decoder, route, payload, &problem);

  if (event == NULL)
    g_set_error_literal (
        error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS, problem->message);
  return event;
}
