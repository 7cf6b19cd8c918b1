/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The end of the service, or a pause of it, as clients see it: they are told when to come
 * back, each at another time, get what waits for them, and are closed. */

#include "tide-websocket-manager-private.h"

/* 2^32 divided by the golden ratio: multiples of it fill any range evenly. */
#define SPREAD_FACTOR 2654435769u

/* Connections that came one after the other come back far from each other. */
static guint
get_retry_ms (TideWebSocketManager *self, const TideConnection *connection)
{
  guint32 place = (guint32) connection->id * SPREAD_FACTOR + self->drain_offset;

  return (guint64) place * self->drain_spread_ms >> 32;
}

static void
announce (TideWebSocketManager *self, TideConnection *connection)
{
  g_autofree char *payload =
      g_strdup_printf ("{\"retry_after_ms\":%u}", get_retry_ms (self, connection));

  tide_protocol_send_event (
      &connection->protocol, "server_draining", payload, strlen (payload));
}

/**
 * tide_websocket_manager_begin_drain:
 * @self: a manager
 * @spread_ms: over which time clients are to come back
 *
 * Tells all clients that the service ends, and when to come back.
 */
void
tide_websocket_manager_begin_drain (TideWebSocketManager *self, guint spread_ms)
{
  self->is_draining = TRUE;
  self->drain_spread_ms = spread_ms;
  self->drain_offset = g_random_int ();
  /* One that is closed by that is in the list no more. */
  for (guint i = self->connections->len; i > 0; i--)
    if (i <= self->connections->len)
      {
        TideConnection *connection = g_ptr_array_index (self->connections, i - 1);

        if (connection->is_ready)
          announce (self, connection);
      }
}

/**
 * tide_websocket_manager_end_drain:
 * @self: a manager
 *
 * Takes tide_websocket_manager_begin_drain() back, for those who come from now on.
 */
void
tide_websocket_manager_end_drain (TideWebSocketManager *self)
{
  self->is_draining = FALSE;
}

static void
close_one (TideWebSocketManager *self, TideConnection *connection, TideCloseReason reason)
{
  const char *why = reason == TIDE_CLOSE_RESTART ? "the service takes nobody for a while"
                                                 : "the service ends";
  g_autofree char *text =
      self->is_draining ? g_strdup_printf ("{\"reason\":\"%s\",\"retry_after_ms\":%u}",
                                           why,
                                           get_retry_ms (self, connection))
                        : g_strdup (why);

  tide_connection_close (connection, reason, text);
}

/**
 * tide_websocket_manager_close_settled:
 * @self: a manager that drains
 * @reason: why
 * @has_more: whether something still waits for a user above
 * @user_data: for @has_more
 *
 * Closes the connections that have taken all that there is for them.
 */
void
tide_websocket_manager_close_settled (TideWebSocketManager *self,
                                      TideCloseReason reason,
                                      TideUserFilter has_more,
                                      gpointer user_data)
{
  for (guint i = self->connections->len; i > 0; i--)
    if (i <= self->connections->len)
      {
        TideConnection *connection = g_ptr_array_index (self->connections, i - 1);

        if (!connection->is_ready || (connection->transport->outbox->n_bytes == 0 &&
                                      !has_more (connection->user.slot, user_data)))
          close_one (self, connection, reason);
      }
}

/**
 * tide_websocket_manager_close_all:
 * @self: a manager
 * @reason: why
 *
 * Closes every connection.
 */
void
tide_websocket_manager_close_all (TideWebSocketManager *self, TideCloseReason reason)
{
  while (self->connections->len > 0)
    close_one (
        self, g_ptr_array_index (self->connections, self->connections->len - 1), reason);
}

static gboolean
restart (TideConnection *connection)
{
  if (connection->transport == NULL)
    return FALSE;
  tide_connection_close (
      connection, TIDE_CLOSE_RESTART, "closed by an operator: connect again");
  return TRUE;
}

/**
 * tide_websocket_manager_restart_connection:
 * @self: a manager
 * @connection_id: a connection
 *
 * Closes a connection in a way that lets its client come back by itself.
 *
 * Returns: %FALSE when there is no such connection
 */
gboolean
tide_websocket_manager_restart_connection (TideWebSocketManager *self,
                                           guint64 connection_id)
{
  TideConnection *connection =
      tide_websocket_manager_get_connection (self, connection_id);

  return connection != NULL && restart (connection);
}

/**
 * tide_websocket_manager_restart_user:
 * @self: a manager
 * @user_slot: a user
 *
 * Closes all connections of a user in a way that lets its clients come back by
 * themselves.
 *
 * Returns: how many there were
 */
guint
tide_websocket_manager_restart_user (TideWebSocketManager *self, guint32 user_slot)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint n_closed = 0;

  if (user_slot >= self->of_user->len)
    return 0;
  for (TideConnection *connection =
           tide_websocket_manager_get_user (self, user_slot)->first;
       connection != NULL;
       connection = connection->next_of_user)
    g_array_append_val (ids, connection->id);
  for (guint i = 0; i < ids->len; i++)
    n_closed +=
        tide_websocket_manager_restart_connection (self, g_array_index (ids, guint64, i));
  return n_closed;
}
