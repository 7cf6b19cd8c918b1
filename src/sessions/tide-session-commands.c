/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Browsers' commands: those about rooms are done here, all others go up to the handler
 * that `daemon/tide-pipeline.c` connected. Every command is answered, by its reply or by
 * an `error` event. */

#include "tide-error.h"
#include "tide-json-scan.h"
#include "tide-session-login.h"
#include "tide-websocket-manager-private.h"

#include <string.h>

/* Finds the room that a command names; a name with a NUL in it is none of ours. */
static char *
get_room (const TideProtocolCommand *command, GError **error)
{
  TideJsonField field = { .name = "room", .parent = -1 };
  g_autofree char *room = NULL;
  gsize length = 0;

  tide_json_scan (command->payload, command->payload_length, &field, 1, NULL);
  if (field.kind == TIDE_JSON_STRING)
    room = tide_json_unescape (field.start, field.length, &length);
  if (room == NULL || strlen (room) != length)
    {
      g_set_error_literal (error,
                           TIDE_ERROR,
                           TIDE_ERROR_BAD_PAYLOAD,
                           "room must be a string: send {\"room\":\"NAME\"}");
      return NULL;
    }
  return g_steal_pointer (&room);
}

static gboolean
check_open (TideWebSocketManager *self, const char *room, GError **error)
{
  if (self->settings.open_rooms != NULL &&
      g_strv_contains ((const char *const *) self->settings.open_rooms, room))
    return TRUE;
  g_set_error_literal (error,
                       TIDE_ERROR,
                       TIDE_ERROR_FORBIDDEN,
                       "this room is not open to clients; the configuration's "
                       "[rooms] open= lists those that are");
  return FALSE;
}

/* A `user_id` is never believed; it may be there when it is the sender's own. */
static gboolean
check_user (TideWebSocketManager *self,
            const TideConnection *connection,
            const TideProtocolCommand *command,
            GError **error)
{
  TideJsonField field = { .name = "user_id", .parent = -1 };
  const char *name = tide_user_table_get_name (self->users, connection->user.slot);
  const char *own = name != NULL ? name : "anonymous";

  tide_json_scan (command->payload, command->payload_length, &field, 1, NULL);
  if (field.kind == TIDE_JSON_NONE || field.kind == TIDE_JSON_NULL)
    return TRUE;
  if (field.kind == TIDE_JSON_STRING &&
      tide_json_string_equals (field.start, field.start + field.length, own))
    return TRUE;
  if (field.kind == TIDE_JSON_NUMBER && field.length == strlen (own) &&
      memcmp (field.start, own, field.length) == 0)
    return TRUE;
  g_set_error_literal (error,
                       TIDE_ERROR,
                       TIDE_ERROR_FORBIDDEN,
                       "user_id is not yours; leave it away: the server knows who "
                       "you are");
  return FALSE;
}

/* Who is in a room that a reload has closed may still leave it. */
static gboolean
run_room_command (TideWebSocketManager *self,
                  TideConnection *connection,
                  const TideProtocolCommand *command,
                  TideReply *reply,
                  GError **error)
{
  gboolean joins = g_str_equal (command->name, "join_room");
  g_autofree char *room = get_room (command, error);

  if (room == NULL || !check_user (self, connection, command, error))
    return FALSE;
  if (tide_user_table_is_guest (self->users, connection->user.slot))
    {
      g_set_error_literal (error,
                           TIDE_ERROR,
                           TIDE_ERROR_LOGIN_REQUIRED,
                           "rooms are for users who are logged in");
      return FALSE;
    }
  if ((joins || !tide_websocket_manager_leave_room (self, connection->id, room)) &&
      !check_open (self, room, error))
    return FALSE;
  if (joins)
    tide_websocket_manager_enter_room (self, connection->id, room);
  reply->event = joins ? "room_joined" : "room_left";
  g_string_append (reply->payload, "{\"room\":");
  tide_json_append_string (reply->payload, room, -1);
  g_string_append_c (reply->payload, '}');
  return TRUE;
}

static gboolean
run (TideWebSocketManager *self,
     TideConnection *connection,
     const TideProtocolCommand *command,
     TideReply *reply,
     GError **error)
{
  TideCommand passed_on = {
    .connection_id = connection->id,
    .ticket = ++self->last_ticket,
    .n_later = tide_session_later_count (self, connection->id),
    .user = connection->user,
    .name = command->name,
    .payload = command->payload,
    .payload_length = command->payload_length,
  };

  if (connection->is_over_rate)
    {
      g_set_error_literal (error,
                           TIDE_ERROR,
                           TIDE_ERROR_RATE_LIMITED,
                           "too many commands in too short a time; wait a second, or ask "
                           "for several things in one command");
      return FALSE;
    }
  tide_websocket_manager_tell_asked (self, connection->user);
  if (g_str_equal (command->name, "join_room") ||
      g_str_equal (command->name, "leave_room"))
    return run_room_command (self, connection, command, reply, error);
  if (g_str_equal (command->name, "authenticate"))
    return tide_session_run_authenticate (connection, command, reply, error);
  if (self->handler != NULL)
    return tide_command_handler_handle (self->handler, &passed_on, reply, error);
  g_set_error_literal (
      error, TIDE_ERROR, TIDE_ERROR_UNKNOWN_COMMAND, "this server takes no commands");
  return FALSE;
}

/* Does what a client asks for and answers. */
void
tide_websocket_manager_run_command (TideWebSocketManager *self,
                                    TideConnection *connection,
                                    const TideProtocolCommand *command)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) payload = g_string_new (NULL);
  g_autoptr (GPtrArray) events =
      g_ptr_array_new_with_free_func ((GDestroyNotify) tide_event_unref);
  TideReply reply = { .payload = payload, .events = events };
  gboolean is_done = run (self, connection, command, &reply, &error);

  if (reply.is_later)
    {
      tide_session_later_add (self, connection, command, self->last_ticket);
      return;
    }
  if (!is_done)
    {
      self->counters->commands_refused++;
      g_string_free (payload, TRUE);
      payload = tide_protocol_make_error (
          error->message, tide_error_get_nick (error), command->name);
      reply.event = "error";
    }
  tide_protocol_send_reply (
      &connection->protocol, command, reply.event, payload->str, payload->len);
  tide_session_send_alone (connection, events);
}
