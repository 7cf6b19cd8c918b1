/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The long-polling sessions, by their sid, and the source that answers held GETs at the
 * end of the turn in which something came for them. */

#include "tide-polling-private.h"

typedef struct
{
  GSource parent;
  TidePollingTable *table; /* (unowned), owns us */
} TableSource;

static gboolean
table_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  TidePollingTable *table = ((TableSource *) source)->table;

  g_source_set_ready_time (source, -1);
  while (table->touched->len > 0)
    {
      TidePolling *self =
          g_ptr_array_steal_index_fast (table->touched, table->touched->len - 1);

      self->is_touched = FALSE;
      if (tide_polling_has_payload (self))
        tide_polling_answer_held (self);
    }
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs table_source_funcs = { .dispatch = table_source_dispatch };

/**
 * tide_polling_table_new:
 * @counters: where to count; must outlive the table
 * @outbox_hard_bytes: what may wait for one session
 * @has_websocket: whether sessions may be taken over by a WebSocket
 *
 * Returns: (transfer full): a table without sessions, on the default main context
 */
TidePollingTable *
tide_polling_table_new (TideCounters *counters,
                        gsize outbox_hard_bytes,
                        gboolean has_websocket)
{
  TidePollingTable *self = g_new0 (TidePollingTable, 1);

  self->counters = counters;
  self->outbox_hard_bytes = outbox_hard_bytes;
  self->upgrades = has_websocket ? "\"websocket\"" : NULL;
  self->sessions =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, tide_polling_free);
  self->touched = g_ptr_array_new ();
  self->source = g_source_new (&table_source_funcs, sizeof (TableSource));
  ((TableSource *) self->source)->table = self;
  g_source_set_static_name (self->source, "tide-polling");
  g_source_attach (self->source, NULL);
  return self;
}

/**
 * tide_polling_table_free:
 * @self: (transfer full): a table whose connections are closed
 *
 * Frees @self.
 */
void
tide_polling_table_free (TidePollingTable *self)
{
  g_hash_table_unref (self->sessions);
  g_ptr_array_unref (self->touched);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_free (self);
}

/**
 * tide_polling_table_is_empty:
 * @self: a table
 *
 * Returns: whether there is no session
 */
gboolean
tide_polling_table_is_empty (TidePollingTable *self)
{
  return g_hash_table_size (self->sessions) == 0;
}

/**
 * tide_polling_table_find:
 * @self: a table
 * @sid: an Engine.IO sid
 *
 * Returns: (transfer none) (nullable): the session; %NULL as well when a WebSocket has
 *   taken it over
 */
TidePolling *
tide_polling_table_find (TidePollingTable *self, const char *sid)
{
  return g_hash_table_lookup (self->sessions, sid);
}

/**
 * tide_polling_table_find_live:
 * @self: a table
 * @sid: an Engine.IO sid
 *
 * Finds a session for a request. One whose client has run out of time ends here, if its
 * timer has not done that yet: the request comes too late.
 *
 * Returns: (transfer none) (nullable): the session, as tide_polling_table_find()
 */
TidePolling *
tide_polling_table_find_live (TidePollingTable *self, const char *sid)
{
  TidePolling *polling = tide_polling_table_find (self, sid);

  if (polling == NULL)
    return NULL;
  tide_connection_tick (polling->connection);
  return tide_polling_table_find (self, sid);
}

/* Notes that something waits for a session whose GET is held. */
void
tide_polling_table_touch (TidePollingTable *self, TidePolling *polling)
{
  if (polling->is_touched)
    return;
  polling->is_touched = TRUE;
  g_ptr_array_add (self->touched, polling);
  g_source_set_ready_time (self->source, 0);
}
