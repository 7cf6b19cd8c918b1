/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which connections of a user get a batch, and how. What becomes of it there is for
 * tide-session-books.c. */

#include "tide-session-books.h"
#include "tide-websocket-manager-private.h"

#define USER_ROOM_PREFIX "user_"
#define MAX_ALONE 50 /* events in a batch, as delivery has it without other settings */

/* Which of the users to come is looked at for what. */
#define CONNECTION_AHEAD (TIDE_BATCH_SINK_N_EXPECTED - 1)
#define TRANSPORT_AHEAD 4
#define OUTBOX_AHEAD 2

/* What a connection did with a batch. */
typedef enum
{
  SENT,
  EMPTY,   /* its version knows none of the events */
  REFUSED, /* there is no room in its outbox */
} Outcome;

static void
book_into_outboxes (TideWebSocketManager *self, const TideBatch *batch)
{
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    self->counters->books[i].in_outboxes += batch->n_of_class[i];
}

/* --- to whom --- */

/* Whether a connection takes batches now. */
static gboolean
is_able (const TideConnection *connection)
{
  return connection->is_ready && connection->doom == 0 &&
         !connection->transport->outbox->is_ended;
}

static gboolean
is_own_room (TideWebSocketManager *self, guint32 user_slot, const char *room)
{
  const char *name;

  if (!g_str_has_prefix (room, USER_ROOM_PREFIX))
    return FALSE;
  name = tide_user_table_get_name (self->users, user_slot);
  return name != NULL && g_str_equal (room + strlen (USER_ROOM_PREFIX), name);
}

static gboolean
is_meant (const TideConnection *connection, const TideBatchItem *item)
{
  char **rooms = item->event->route->rooms;

  if (!item->is_by_room)
    return TRUE;
  for (guint i = 0; rooms != NULL && rooms[i] != NULL; i++)
    if (tide_room_table_has (connection, rooms[i]) ||
        is_own_room (connection->manager, connection->user.slot, rooms[i]))
      return TRUE;
  return FALSE;
}

/* Events of one route often follow each other. */
static gboolean
are_all_meant (const TideConnection *connection, const TideBatch *batch)
{
  const TideRoute *last = NULL;

  for (guint i = 0; i < batch->n_events; i++)
    {
      const TideBatchItem *item = &batch->items[i];

      if (!item->is_by_room || item->event->route == last)
        continue;
      if (!is_meant (connection, item))
        return FALSE;
      last = item->event->route;
    }
  return TRUE;
}

/* --- handing over --- */

/* The frame of a batch in a connection's shape, or NULL when there is nothing in it. */
static TideFrame *
ref_frame (const TideConnection *connection, TideBatch *batch)
{
  TideWebSocketManager *manager = connection->manager;
  TideFrame *frame = tide_batch_find_frame (batch, connection->shape);

  if (frame != NULL)
    return tide_frame_ref (frame);
  if (connection->shape.is_deflated && manager->deflater == NULL)
    manager->deflater = tide_deflater_new ();
  frame = tide_protocol_encode_batch (connection->shape, batch, manager->deflater);
  if (frame != NULL)
    tide_batch_add_frame (batch, connection->shape, frame);
  return frame;
}

/* The connection may take the frame before this returns. */
static Outcome
send_batch (TideConnection *connection, TideBatch *batch)
{
  TideCounters *counters = connection->manager->counters;
  TideFrame *frame = ref_frame (connection, batch);
  guint n_events;

  if (frame == NULL)
    return EMPTY;
  n_events = frame->n_events;
  counters->frames_made++;
  counters->frames_queued++;
  counters->deliveries += n_events;
  if (tide_connection_send (connection, frame))
    return SENT;
  counters->frames_made--;
  counters->frames_queued--;
  counters->deliveries -= n_events;
  return REFUSED;
}

/* Enters a batch that @n connections took, and @n_empty can't show, into the books. */
static guint
book_outcome (TideWebSocketManager *self, TideBatch *batch, guint n, guint n_empty)
{
  if (n == 0 && n_empty == 0)
    return 0;
  book_into_outboxes (self, batch);
  /* Clients were told which events their version does not have. */
  if (n == 0)
    tide_session_book_delivered (self, batch);
  return MAX (n, 1);
}

static guint
deliver_to_one (TideConnection *connection, TideBatch *batch)
{
  Outcome outcome = send_batch (connection, batch);

  return book_outcome (connection->manager, batch, outcome == SENT, outcome == EMPTY);
}

/* Hands a batch to the connections that take batches now and, if there is an item, that
 * the item is meant for. */
static guint
deliver_to_many (TideWebSocketManager *self,
                 TideConnection *first,
                 TideBatch *batch,
                 const TideBatchItem *item)
{
  g_autoptr (TideBatch) copy = NULL;
  TideFlight *flight;
  guint n = 0;
  guint n_empty = 0;

  /* Who is given a batch twice has it twice. */
  if (tide_flight_table_find (self->flights, batch, first->user.slot) != NULL)
    batch = copy = tide_batch_new_items (batch->items, batch->n_events);
  flight = tide_flight_table_begin (self->flights, batch, first->user.slot);
  for (TideConnection *connection = first; connection != NULL;
       connection = connection->next_of_user)
    {
      Outcome outcome;

      if (!is_able (connection) || (item != NULL && !is_meant (connection, item)))
        continue;
      flight->n_open++;
      connection->n_flights++;
      outcome = send_batch (connection, batch);
      n += outcome == SENT;
      n_empty += outcome == EMPTY;
      if (outcome == SENT)
        continue;
      flight->n_open--;
      connection->n_flights--;
    }
  tide_flight_table_release (self->flights, flight);
  return book_outcome (self, batch, n, n_empty);
}

/* Puts a batch that no connection has room for where it is found when the connection,
 * which is to be closed soon, ends. */
static void
leave_batch_over (TideConnection *connection, TideBatch *batch)
{
  TideCounters *counters = connection->manager->counters;
  TideFrame *frame = ref_frame (connection, batch);

  book_into_outboxes (connection->manager, batch);
  if (frame == NULL)
    {
      tide_session_book_delivered (connection->manager, batch);
      return;
    }
  counters->frames_made++;
  counters->frames_queued++;
  counters->deliveries += frame->n_events;
  tide_session_leave_over (connection, frame);
}

/* Finds a connection that an item is meant for; of these, one that takes batches now. */
static TideConnection *
find_meant (TideConnection *first, const TideBatchItem *item)
{
  TideConnection *found = NULL;

  for (TideConnection *connection = first; connection != NULL;
       connection = connection->next_of_user)
    if (connection->is_ready && is_meant (connection, item) &&
        (found == NULL || !is_able (found)))
      found = connection;
  return found;
}

/* An event that is for connections in a room when the user's last one has left it. */
static void
drop_item (TideWebSocketManager *self, const TideBatchItem *item)
{
  self->counters->books[item->event->route->delivery_class].dropped_left++;
}

/* Hands over event by event, since not every connection is to get every one. */
static guint
deliver_items (TideWebSocketManager *self, TideConnection *first, TideBatch *batch)
{
  guint n_most = 1;

  for (guint i = 0; i < batch->n_events; i++)
    {
      const TideBatchItem *item = &batch->items[i];
      g_autoptr (TideBatch) single = tide_batch_new_items (item, 1);
      TideConnection *meant = find_meant (first, item);
      guint n = meant != NULL ? deliver_to_many (self, first, single, item) : 0;

      if (meant == NULL)
        drop_item (self, item);
      else if (n == 0)
        leave_batch_over (meant, single);
      n_most = MAX (n_most, n);
    }
  return n_most;
}

static gboolean
is_for_all (TideConnection *first, const TideBatch *batch)
{
  for (TideConnection *connection = first; connection != NULL;
       connection = connection->next_of_user)
    if (is_able (connection) && !are_all_meant (connection, batch))
      return FALSE;
  return TRUE;
}

/* How many connections take batches now, @able is one of them. */
static guint
count_able (TideConnection *first, TideConnection **able)
{
  guint n = 0;

  for (TideConnection *connection = first; connection != NULL;
       connection = connection->next_of_user)
    if (is_able (connection))
      {
        *able = connection;
        n++;
      }
  return n;
}

static const TideConnection *
get_first (TideWebSocketManager *self, guint32 user_slot)
{
  return user_slot < self->of_user->len
             ? tide_websocket_manager_get_user (self, user_slot)->first
             : NULL;
}

/* As #TideBatchSinkInterface has it. With thousands of users a connection, its transport
 * and its outbox are in no cache of the processor's when their turn comes, and each is
 * known only from the one before: so each is loaded while users before it are handed
 * theirs. */
void
tide_session_expect (TideWebSocketManager *self, const guint32 *user_slots, guint n_slots)
{
  const TideConnection *first;

  if (n_slots > CONNECTION_AHEAD &&
      (first = get_first (self, user_slots[CONNECTION_AHEAD])) != NULL)
    __builtin_prefetch (&first->transport, 1);
  if (n_slots > TRANSPORT_AHEAD &&
      (first = get_first (self, user_slots[TRANSPORT_AHEAD])) != NULL)
    __builtin_prefetch (first->transport, 0);
  if (n_slots > OUTBOX_AHEAD &&
      (first = get_first (self, user_slots[OUTBOX_AHEAD])) != NULL &&
      first->transport != NULL)
    __builtin_prefetch (first->transport->outbox, 1);
}

/* Hands a batch to the connections of a user, as #TideBatchSinkInterface has it. */
guint
tide_session_deliver (TideWebSocketManager *self, TideBatch *batch, guint32 user_slot)
{
  TideConnection *first;
  TideConnection *able = NULL;
  guint n_able;

  if (user_slot >= self->of_user->len)
    return 0;
  first = tide_websocket_manager_get_user (self, user_slot)->first;
  n_able = count_able (first, &able);
  if (n_able == 0)
    return 0;
  if (batch->n_by_room > 0 && !is_for_all (first, batch))
    return deliver_items (self, first, batch);
  return n_able == 1 ? deliver_to_one (able, batch)
                     : deliver_to_many (self, first, batch, NULL);
}

/* --- to one connection --- */

/* Sends events that no other connection of the user gets: what a command is answered
 * with. What it has no room for is dropped: it can ask again. */
void
tide_session_send_alone (TideConnection *connection, const GPtrArray *events)
{
  TideCounters *counters = connection->manager->counters;

  for (guint i = 0; i < events->len; i += MAX_ALONE)
    {
      TideEvent *const *first = (TideEvent *const *) events->pdata + i;
      g_autoptr (TideBatch) batch =
          tide_batch_new (first, MIN (events->len - i, MAX_ALONE));

      if (connection->transport == NULL || !is_able (connection))
        return;
      for (guint j = 0; j < TIDE_N_CLASSES; j++)
        counters->books[j].offered += batch->n_of_class[j];
      if (deliver_to_one (connection, batch) > 0)
        continue;
      for (guint j = 0; j < TIDE_N_CLASSES; j++)
        counters->books[j].dropped_slow += batch->n_of_class[j];
    }
}

/* --- handing on --- */

/* Hands what tide_session_collect() gave to another connection of the user, one that is
 * meant. None of them had it: they came later, or had no room. */
void
tide_session_hand_on (TideWebSocketManager *self, guint32 user_slot, GArray *items)
{
  TideConnection *first = tide_websocket_manager_get_user (self, user_slot)->first;
  guint i = 0;

  while (i < items->len)
    {
      TideBatchItem *start = &g_array_index (items, TideBatchItem, i);
      TideConnection *meant = find_meant (first, start);
      guint n = 1;

      while (i + n < items->len && find_meant (first, start + n) == meant)
        n++;
      i += n;
      if (meant != NULL)
        {
          g_autoptr (TideBatch) batch = tide_batch_new_items (start, n);

          if (deliver_to_one (meant, batch) == 0)
            leave_batch_over (meant, batch);
        }
      else
        for (guint j = 0; j < n; j++)
          drop_item (self, start + j);
    }
}
