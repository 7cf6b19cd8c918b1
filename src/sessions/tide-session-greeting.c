/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a client is told when its handshake is complete: who it is, what of its wishes
 * cannot be, and how the service is when that is not as it should be. */

#include "tide-session-greeting.h"

#include "tide-error.h"
#include "tide-event-version.h"
#include "tide-json-string.h"
#include "tide-websocket-manager-private.h"

#include <string.h>

/* Tells a client of `/ws` who it is; Socket.IO clients learn their id from CONNECT. */
static void
tell_name (TideWebSocketManager *manager, TideConnection *connection)
{
  g_autoptr (GString) payload = g_string_new ("{\"connection_id\":");
  const char *name = tide_user_table_get_name (manager->users, connection->user.slot);

  tide_json_append_string (payload, connection->protocol.socket_sid, -1);
  g_string_append (payload, ",\"user\":");
  if (name != NULL)
    tide_json_append_string (payload, name, -1);
  else
    g_string_append (payload, "null");
  if (tide_user_table_is_guest (manager->users, connection->user.slot))
    g_string_append (payload, ",\"guest\":true");
  g_string_append_c (payload, '}');
  tide_protocol_send_event (
      &connection->protocol, "connected", payload->str, payload->len);
}

static void
tell_error (TideConnection *connection, TideError code, const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (TIDE_ERROR, code, message);
  g_autoptr (GString) payload =
      tide_protocol_make_error (message, tide_error_get_nick (error), "");

  tide_protocol_send_event (&connection->protocol, "error", payload->str, payload->len);
}

/* Whether a client gets all events as they come, since it knows all of their versions. */
static gboolean
knows_all (const GPtrArray *routes, guint version)
{
  for (guint i = 0; i < routes->len; i++)
    if (version < ((const TideRoute *) g_ptr_array_index (routes, i))->schema)
      return FALSE;
  return TRUE;
}

/* Names each type of event once that a client will not get. */
static GString *
list_missing (const GPtrArray *routes, guint version)
{
  g_autoptr (GHashTable) types = g_hash_table_new (g_str_hash, g_str_equal);
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < routes->len; i++)
    {
      const TideRoute *route = g_ptr_array_index (routes, i);

      if (!tide_route_has_version (route, version) &&
          g_hash_table_add (types, route->event_type))
        g_string_append_printf (
            list, "%s%s", list->len > 0 ? ", " : "", route->event_type);
    }
  return list;
}

static void
settle_version (TideWebSocketManager *manager, TideConnection *connection)
{
  const TideWishes *wishes = &connection->protocol.wishes;
  const GPtrArray *routes =
      manager->routes != NULL ? tide_route_table_get_routes (manager->routes) : NULL;
  g_autoptr (GString) missing = NULL;

  if (wishes->has_bad_version)
    tell_error (connection,
                TIDE_ERROR_BAD_PAYLOAD,
                "v must be a whole number from 1 to 1000; all events come in their "
                "newest version");
  if (wishes->version == 0 || (routes != NULL && knows_all (routes, wishes->version)))
    return;
  connection->shape.version = wishes->version;
  if (routes == NULL)
    return;
  missing = list_missing (routes, wishes->version);
  if (missing->len == 0)
    return;
  g_string_prepend (missing,
                    "these events cannot be had in a version so old, and do not come: ");
  tell_error (connection, TIDE_ERROR_UNSUPPORTED, missing->str);
}

/* Greets a client, and notes how it gets its events. */
void
tide_session_greet (TideWebSocketManager *manager, TideConnection *connection)
{
  connection->shape = (TideWireShape){
    .form = connection->protocol.form,
    .is_batched = connection->protocol.wishes.is_batched,
    .is_deflated = connection->transport->is_deflated,
  };
  if (connection->protocol.form == TIDE_WIRE_PLAIN)
    tell_name (manager, connection);
  settle_version (manager, connection);
  if (manager->notice != NULL)
    tide_protocol_send_event (&connection->protocol,
                              manager->notice_name,
                              manager->notice,
                              strlen (manager->notice));
}

/**
 * tide_websocket_manager_tell_all:
 * @self: a manager
 * @name: an event's name
 * @payload: its payload, one JSON object
 *
 * Tells every client at once something about the service itself. It goes before all that
 * is delivered from now on, as an answer to a command would, and is in no books.
 */
void
tide_websocket_manager_tell_all (TideWebSocketManager *self,
                                 const char *name,
                                 const char *payload)
{
  gsize length = strlen (payload);

  /* The last one takes the place of one that is closed. */
  for (guint i = self->connections->len; i-- > 0;)
    {
      TideConnection *connection = g_ptr_array_index (self->connections, i);

      if (connection->is_ready)
        tide_protocol_send_event (&connection->protocol, name, payload, length);
    }
}

/**
 * tide_websocket_manager_set_notice:
 * @self: a manager
 * @name: an event's name, a static string
 * @payload: (nullable): its payload, one JSON object; %NULL when there is nothing to say
 *
 * Sets what newcomers are told when they are greeted.
 */
void
tide_websocket_manager_set_notice (TideWebSocketManager *self,
                                   const char *name,
                                   const char *payload)
{
  g_free (self->notice);
  self->notice = g_strdup (payload);
  self->notice_name = name;
}
