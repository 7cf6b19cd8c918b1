/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the sessions can do when memory is short. */

#include "tide-websocket-manager-private.h"

/* How much sooner a client counts as slow, so that its events are thinned. */
#define THIN_SHARE 8

/* Who has less in use is not what memory is short for. */
#define MIN_HELD_BYTES (16 * 1024)

typedef struct
{
  gsize n_bytes;
  guint64 id;
} Holder;

/* Says what a client may have waiting without being slow. */
void
tide_session_update_soft_bytes (TideWebSocketManager *self)
{
  self->soft_bytes = self->settings.outbox_soft_bytes / (self->is_thin ? THIN_SHARE : 1);
}

/**
 * tide_websocket_manager_set_thin:
 * @self: a manager
 * @is_thin: whether memory is short
 *
 * Lets clients count as slow when an eighth of the soft limit waits for them, or as usual
 * again. A client is judged anew when something is put into its outbox or leaves it.
 */
void
tide_websocket_manager_set_thin (TideWebSocketManager *self, gboolean is_thin)
{
  self->is_thin = is_thin;
  tide_session_update_soft_bytes (self);
}

static int
compare_holders (gconstpointer one, gconstpointer other)
{
  const Holder *a = one, *b = other;

  if (a->n_bytes != b->n_bytes)
    return a->n_bytes > b->n_bytes ? -1 : 1;
  return a->id < b->id ? -1 : a->id > b->id;
}

static GArray *
list_holders (TideWebSocketManager *self)
{
  GArray *holders = g_array_new (FALSE, FALSE, sizeof (Holder));

  for (guint i = 0; i < self->connections->len; i++)
    {
      const TideConnection *connection = g_ptr_array_index (self->connections, i);
      Holder holder = { connection->transport->outbox->n_bytes +
                            connection->transport->n_unfinished,
                        connection->id };

      if (holder.n_bytes >= MIN_HELD_BYTES)
        g_array_append_val (holders, holder);
    }
  g_array_sort (holders, compare_holders);
  return holders;
}

/**
 * tide_websocket_manager_close_largest:
 * @self: a manager
 * @n_bytes: how many bytes are wanted
 *
 * Closes the connections for which most waits, together with what they have sent of a
 * message that is not complete, until so much is free. Those for which next to nothing
 * waits are left alone.
 *
 * A frame that waits for many connections is counted for each: less may be free in truth.
 *
 * Returns: how many bytes the closed ones held
 */
gsize
tide_websocket_manager_close_largest (TideWebSocketManager *self, gsize n_bytes)
{
  g_autoptr (GArray) holders = list_holders (self);
  gsize n_freed = 0;

  for (guint i = 0; i < holders->len && n_freed < n_bytes; i++)
    {
      const Holder *holder = &g_array_index (holders, Holder, i);
      TideConnection *connection =
          tide_websocket_manager_get_connection (self, holder->id);

      /* One that was closed may have taken others along. */
      if (connection == NULL)
        continue;
      n_freed += holder->n_bytes;
      tide_connection_close (connection,
                             TIDE_CLOSE_MEMORY,
                             "the service is short of memory, and most of it waits here");
    }
  return n_freed;
}
