/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What becomes of batches: what of them the kernel has taken, and what goes back when a
 * connection ends. The books of the classes count pairs of an event and a user, so a
 * batch that several connections of one user have is followed in a flight; where a user
 * has one connection, as most do, there is none. */

#include "tide-session-books.h"

#include "tide-websocket-manager-private.h"

/* Notes that one connection of a user has taken a batch. */
void
tide_session_book_delivered (TideWebSocketManager *self, const TideBatch *batch)
{
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    {
      self->counters->books[i].in_outboxes -= batch->n_of_class[i];
      self->counters->books[i].delivered += batch->n_of_class[i];
    }
}

/* The flight that a frame of a connection belongs to; takes it off the connection's. */
static TideFlight *
take_flight (TideConnection *connection, const TideFrame *frame)
{
  TideFlight *flight;

  if (connection->n_flights == 0)
    return NULL;
  flight = tide_flight_table_find (
      connection->manager->flights, frame->batch, connection->user.slot);
  if (flight != NULL)
    connection->n_flights--;
  return flight;
}

/* Notes that a connection has taken a frame of a batch. @now_us: the time, or -1 as long
 * as nobody has looked. */
void
tide_session_took (TideConnection *connection, const TideFrame *frame, gint64 *now_us)
{
  TideWebSocketManager *self = connection->manager;
  TideFlight *flight = take_flight (connection, frame);

  if (*now_us < 0)
    *now_us = tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
  tide_batch_note_taken (frame->batch, self->counters, *now_us);
  if (flight == NULL || !flight->is_delivered)
    tide_session_book_delivered (self, frame->batch);
  if (frame->batch->has_replayed)
    tide_websocket_manager_tell_taken (self, connection->user, frame->batch);
  if (flight == NULL)
    return;
  flight->is_delivered = TRUE;
  tide_flight_table_release (self->flights, flight);
}

/* Keeps a frame that is counted as queued, and finds no room, for the end of its
 * connection. */
void
tide_session_leave_over (TideConnection *connection, TideFrame *frame)
{
  if (connection->left_over == NULL)
    connection->left_over =
        g_ptr_array_new_with_free_func ((GDestroyNotify) tide_frame_unref);
  g_ptr_array_add (connection->left_over, frame);
}

static void
clear_item (gpointer data)
{
  tide_event_unref (((TideBatchItem *) data)->event);
}

static void
add_item (GArray *items, const TideBatchItem *item)
{
  TideBatchItem copy = *item;

  tide_event_ref (copy.event);
  copy.n_attempts = MIN (copy.n_attempts + 1, G_MAXUINT8);
  g_array_append_val (items, copy);
}

/* Settles a frame that a connection has not taken, but for the first @n_had events. */
static void
settle (TideConnection *connection,
        const TideFrame *frame,
        guint n_had,
        TideCloseReason reason,
        GArray *items)
{
  TideWebSocketManager *self = connection->manager;
  TideFlight *flight = take_flight (connection, frame);

  if (flight != NULL)
    {
      gboolean is_settled = flight->is_delivered || flight->n_open > 1;

      n_had = flight->n_had = MAX (flight->n_had, n_had);
      tide_flight_table_release (self->flights, flight);
      if (is_settled)
        return;
    }
  for (guint i = 0; i < frame->batch->n_events; i++)
    {
      const TideBatchItem *item = &frame->batch->items[i];
      TideDeliveryClass class = item->event->route->delivery_class;
      TideBook *book = &self->counters->books[class];

      book->in_outboxes--;
      if (i < n_had)
        book->delivered++;
      else if (class == TIDE_CLASS_LOSSLESS)
        add_item (items, item);
      else if (reason == TIDE_CLOSE_SLOW || reason == TIDE_CLOSE_MEMORY)
        book->dropped_slow++;
      else
        book->dropped_left++;
    }
}

static int
compare_age (gconstpointer one, gconstpointer other)
{
  const TideEvent *a = ((const TideBatchItem *) one)->event;
  const TideEvent *b = ((const TideBatchItem *) other)->event;

  return a->id < b->id ? -1 : a->id > b->id;
}

static void
settle_left_over (TideConnection *connection, TideCloseReason reason, GArray *items)
{
  TideCounters *counters = connection->manager->counters;
  g_autoptr (GPtrArray) left_over = g_steal_pointer (&connection->left_over);

  for (guint i = 0; left_over != NULL && i < left_over->len; i++)
    {
      const TideFrame *frame = g_ptr_array_index (left_over, i);

      settle (connection, frame, 0, reason, items);
      counters->frames_discarded++;
      counters->frames_queued--;
      counters->deliveries_discarded += frame->n_events;
    }
}

/* Settles all that a connection has not taken and that it will not get any more: it is
 * about to end, or has left. Gives the lossless events that none of the user's
 * connections has or had, oldest first.
 *
 * They will be sent again, so nothing of them may go out here. When the half of one is
 * gone, nothing at all can follow, not even a close frame. A client that has left by
 * itself does not look at events any more; what is queued when the service ends may go,
 * unless it waits for the next start. */
GArray *
tide_session_collect (TideConnection *connection, TideCloseReason reason)
{
  TideCounters *counters = connection->manager->counters;
  TideOutbox *outbox = connection->transport->outbox;
  GArray *items = g_array_new (FALSE, FALSE, sizeof (TideBatchItem));
  TideFrameCut head = { 0 };

  g_array_set_clear_func (items, clear_item);
  for (guint i = 0; i < outbox->frames.length; i++)
    {
      const TideFrame *frame = tide_ring_peek (&outbox->frames, i);
      TideFrameCut cut = { 0 };

      if (frame->batch == NULL)
        continue;
      if (i == 0 && outbox->head_taken > 0)
        head = cut = tide_protocol_cut_frame (frame, outbox->head_taken);
      settle (connection, frame, cut.n_items, reason, items);
    }
  settle_left_over (connection, reason, items);
  /* What came from another connection stands behind newer ones. */
  g_array_sort (items, compare_age);
  if (reason == TIDE_CLOSE_SHUTDOWN && !connection->manager->settings.is_durable)
    return items;
  if (head.n_bytes_missing > 0 && head.is_lossless && reason != TIDE_CLOSE_CLIENT)
    {
      tide_outbox_discard (outbox, counters);
      outbox->is_ended = TRUE;
    }
  else
    tide_outbox_cut (outbox, head.n_bytes_missing, counters);
  return items;
}

/* --- slow readers --- */

/* Whether a connection that is not slow yet has more in its outbox than it should. */
gboolean
tide_session_is_over_soft_limit (const TideConnection *connection)
{
  gsize soft_bytes = connection->manager->soft_bytes;

  return soft_bytes > 0 && connection->transport->outbox->n_bytes > soft_bytes &&
         !connection->is_slow && connection->is_ready;
}

/* Called when the kernel does not take what is in a connection's outbox. */
void
tide_session_note_unread (TideConnection *connection)
{
  TideWebSocketManager *self = connection->manager;
  UserConnections *user;

  if (!tide_session_is_over_soft_limit (connection))
    return;
  connection->is_slow = TRUE;
  user = tide_websocket_manager_get_user (self, connection->user.slot);
  if (user->n_slow++ > 0)
    return;
  self->counters->slow_users++;
  tide_websocket_manager_tell_slow (self, connection->user, TRUE);
}

/* Called when there is more in an outbox than there should be, and not all of it came
 * just now. Outboxes are written at the end of a turn: a client is slow only when the
 * kernel does not take it either. What is alone in an outbox waits for the end of the
 * turn in any case: a full batch for a thousand users would be written at once here. */
void
tide_session_check_slow (TideConnection *connection)
{
  tide_transport_flush (connection->transport);
  tide_session_note_unread (connection);
}

/* Called when something has left a slow connection's outbox, or it ends. */
void
tide_session_check_fast (TideConnection *connection)
{
  TideWebSocketManager *self = connection->manager;
  UserConnections *user;

  if (connection->is_ready &&
      connection->transport->outbox->n_bytes > self->soft_bytes / 2)
    return;
  connection->is_slow = FALSE;
  user = tide_websocket_manager_get_user (self, connection->user.slot);
  if (--user->n_slow > 0)
    return;
  self->counters->slow_users--;
  tide_websocket_manager_tell_slow (self, connection->user, FALSE);
}
