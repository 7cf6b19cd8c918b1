/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Commands whose answers come later. What is kept of each is how its client wants the
 * answer; a connection that ends meanwhile is not looked for. */

#include "tide-error.h"
#include "tide-websocket-manager-private.h"

typedef struct
{
  guint64 ticket;
  guint64 connection_id;
  char *name;      /* (owned) */
  char *namespace; /* (owned) (nullable) */
  gboolean wants_ack;
  guint64 ack_id;
} Later;

static void
later_free (gpointer data)
{
  Later *later = data;

  g_free (later->name);
  g_free (later->namespace);
  g_free (later);
}

/* Makes a table of such commands, by ticket. */
GHashTable *
tide_session_later_new (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, later_free);
}

/* How many answers a connection waits for. */
guint
tide_session_later_count (TideWebSocketManager *self, guint64 connection_id)
{
  GHashTableIter iter;
  gpointer value;
  guint n = 0;

  if (g_hash_table_size (self->later) == 0)
    return 0;
  g_hash_table_iter_init (&iter, self->later);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n += ((const Later *) value)->connection_id == connection_id;
  return n;
}

/* Remembers how to answer a command. */
void
tide_session_later_add (TideWebSocketManager *self,
                        const TideConnection *connection,
                        const TideProtocolCommand *command,
                        guint64 ticket)
{
  Later *later = g_new0 (Later, 1);

  later->ticket = ticket;
  later->connection_id = connection->id;
  later->name = g_strdup (command->name);
  later->namespace = g_strdup (command->namespace);
  later->wants_ack = command->wants_ack;
  later->ack_id = command->ack_id;
  g_hash_table_insert (self->later, &later->ticket, later);
}

/**
 * tide_websocket_manager_answer:
 * @self: a manager
 * @ticket: of a command that was to be answered later
 * @event: the answer's name
 * @payload: (nullable): one JSON object, %NULL on an error
 * @error: (nullable): why it can't be done
 *
 * Answers a command whose handler had set `is_later`. Does nothing when its connection
 * has gone.
 */
void
tide_websocket_manager_answer (TideWebSocketManager *self,
                               guint64 ticket,
                               const char *event,
                               const GString *payload,
                               const GError *error)
{
  Later *later = NULL;
  g_autoptr (GString) refusal = NULL;
  TideConnection *connection;
  TideProtocolCommand command = { .payload = "" };

  if (!g_hash_table_steal_extended (self->later, &ticket, NULL, (gpointer *) &later))
    return;
  command.name = later->name;
  command.namespace = later->namespace;
  command.wants_ack = later->wants_ack;
  command.ack_id = later->ack_id;
  connection = tide_websocket_manager_get_connection (self, later->connection_id);
  if (error != NULL)
    {
      self->counters->commands_refused++;
      refusal = tide_protocol_make_error (
          error->message, tide_error_get_nick (error), later->name);
      event = "error";
      payload = refusal;
    }
  if (connection != NULL && connection->transport != NULL)
    tide_protocol_send_reply (
        &connection->protocol, &command, event, payload->str, payload->len);
  later_free (later);
}
