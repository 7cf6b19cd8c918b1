/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-websocket-manager-private.h"

#include "fake-sessions.h"

/* The books and what goes back, compared with a model that follows every pair of an event
 * and a user, and every message in every tab's outbox, one by one. */

#define N_USERS 3
#define N_ROOMS 2
#define MAX_TABS 12
#define MAX_EVENTS 4
#define MAX_PIECE 1000

static FakeSessions sessions;

typedef enum
{
  WAITING,
  DELIVERED,
  DROPPED_LEFT,
  DROPPED_SLOW,
  RETURNED,
  N_STATES,
} State;

/* An event for a user. */
typedef struct
{
  guint user;
  TideEvent *event; /* (owned) */
  int room;         /* -1: for all tabs */
  gboolean is_had;  /* a tab got it and ended within the frame */
  State state;
} Pair;

/* What a tab gets in one piece. */
typedef struct
{
  guint pairs[MAX_PIECE]; /* indices */
  guint n_pairs;
} Piece;

typedef struct
{
  FakeTransport *transport;
  guint user;
  guint rooms;
  gboolean is_full;
  gboolean is_doomed;
  gboolean is_slow;
  gsize n_taken;     /* bytes of the first piece */
  GArray *pieces;    /* (owned) (element-type Piece) */
  GArray *left_over; /* (owned) (element-type Piece), found no room */
} Tab;

typedef struct
{
  GRand *rand;
  GPtrArray *tabs; /* (element-type Tab), the latest first */
  GArray *pairs;   /* (element-type Pair) */
  TideRoute *routes[TIDE_N_CLASSES][N_ROOMS + 1];
  gsize message_bytes;
  guint64 n_made;
  guint64 n_delivered;
  guint64 n_discarded;
  guint64 last_id;
} Model;

static const char *const names[N_USERS] = { "anna", "bert", "carl" };

static gint32
pick (Model *self, gint32 n)
{
  return g_rand_int_range (self->rand, 0, n);
}

static Pair *
get_pair (Model *self, guint i)
{
  return &g_array_index (self->pairs, Pair, i);
}

static Tab *
get_tab (Model *self, guint i)
{
  return g_ptr_array_index (self->tabs, i);
}

static gsize
get_bytes (const Model *self, const Tab *tab)
{
  gsize n = 0;

  for (guint i = 0; i < tab->pieces->len; i++)
    n += g_array_index (tab->pieces, Piece, i).n_pairs;
  return n * self->message_bytes - tab->n_taken;
}

static void
model_open (Model *self)
{
  Tab *tab = g_new0 (Tab, 1);

  tab->user = pick (self, N_USERS);
  tab->pieces = g_array_new (FALSE, FALSE, sizeof (Piece));
  tab->left_over = g_array_new (FALSE, FALSE, sizeof (Piece));
  tab->transport = fake_sessions_open_plain (&sessions, names[tab->user]);
  tab->transport->is_holding = TRUE;
  g_ptr_array_insert (self->tabs, 0, tab);
}

/* Puts a piece into a tab's outbox; FALSE when there is no room. */
static gboolean
give (Model *self, Tab *tab, const Piece *piece)
{
  gboolean was_empty = get_bytes (self, tab) == 0;

  if (tab->is_full)
    {
      tab->is_doomed = TRUE;
      return FALSE;
    }
  g_array_append_val (tab->pieces, *piece);
  self->n_made++;
  if (!was_empty && get_bytes (self, tab) > sessions.settings.outbox_soft_bytes)
    tab->is_slow = TRUE;
  return TRUE;
}

static void
leave_over (Model *self, Tab *tab, const Piece *piece)
{
  g_array_append_val (tab->left_over, *piece);
  self->n_made++;
}

static gboolean
is_meant (const Tab *tab, const Pair *pair)
{
  return tab->user == pair->user &&
         (pair->room < 0 || (tab->rooms & 1u << pair->room) != 0);
}

static Tab *
find_meant (Model *self, const Pair *pair)
{
  Tab *found = NULL;

  for (guint i = 0; i < self->tabs->len; i++)
    if (is_meant (get_tab (self, i), pair) && (found == NULL || found->is_doomed))
      found = get_tab (self, i);
  return found;
}

/* Gives a piece to all tabs that take something now and are meant; returns to how many.
 */
static guint
give_all (Model *self, const Piece *piece)
{
  guint n = 0;

  for (guint i = 0; i < self->tabs->len; i++)
    if (!get_tab (self, i)->is_doomed &&
        is_meant (get_tab (self, i), get_pair (self, piece->pairs[0])))
      n += give (self, get_tab (self, i), piece);
  return n;
}

static guint
expect_each (Model *self, const Piece *piece)
{
  guint n_most = 1;

  for (guint i = 0; i < piece->n_pairs; i++)
    {
      Pair *pair = get_pair (self, piece->pairs[i]);
      const Piece single = { { piece->pairs[i] }, 1 };
      Tab *meant = find_meant (self, pair);
      guint n = give_all (self, &single);

      if (meant == NULL)
        pair->state = DROPPED_LEFT;
      else if (n == 0)
        leave_over (self, meant, &single);
      n_most = MAX (n_most, n);
    }
  return n_most;
}

/* What becomes of a new piece; returns what the sessions are to say. */
static guint
expect (Model *self, guint user, Piece *piece)
{
  gboolean is_for_all = TRUE;
  guint n_able = 0;
  guint n;

  for (guint i = 0; i < self->tabs->len; i++)
    {
      const Tab *tab = get_tab (self, i);

      if (tab->user != user || tab->is_doomed)
        continue;
      n_able++;
      for (guint j = 0; j < piece->n_pairs; j++)
        is_for_all &= is_meant (tab, get_pair (self, piece->pairs[j]));
    }
  if (n_able > 0 && !is_for_all)
    return expect_each (self, piece);
  n = n_able > 0 ? give_all (self, piece) : 0;
  if (n == 0)
    for (guint i = 0; i < piece->n_pairs; i++)
      get_pair (self, piece->pairs[i])->state = N_STATES;
  return n;
}

static void
model_deliver (Model *self)
{
  TideBatchItem items[MAX_EVENTS] = { { NULL } };
  guint user = pick (self, N_USERS);
  Piece piece = { .n_pairs = 1 + pick (self, MAX_EVENTS) };
  g_autoptr (TideBatch) batch = NULL;
  TideUserRef ref;

  if (!tide_user_table_lookup (sessions.users, names[user], &ref))
    return;
  for (guint i = 0; i < piece.n_pairs; i++)
    {
      Pair pair = { .user = user,
                    .room = pick (self, 3) == 0 ? pick (self, N_ROOMS) : -1 };
      g_autofree char *payload =
          g_strdup_printf ("{\"n\":%06" G_GUINT64_FORMAT "}", ++self->last_id);
      TideEventFacts facts = {
        .route = self->routes[pick (self, TIDE_N_CLASSES)][pair.room + 1],
        .payload = payload,
        .payload_length = strlen (payload),
        .id = self->last_id,
      };

      pair.event = tide_event_new_full (&facts);
      items[i].event = pair.event;
      items[i].is_by_room = pair.room >= 0;
      piece.pairs[i] = self->pairs->len;
      g_array_append_val (self->pairs, pair);
    }
  batch = tide_batch_new_items (items, piece.n_pairs);
  g_assert_cmpuint (
      tide_batch_sink_deliver (TIDE_BATCH_SINK (sessions.manager), batch, ref.slot),
      ==,
      expect (self, user, &piece));
}

static void
model_take (Model *self, Tab *tab)
{
  gsize n_bytes = pick (self, get_bytes (self, tab) + 1);
  gsize n_over = (n_bytes + tab->n_taken) % self->message_bytes;

  /* Often just whole messages. */
  if (pick (self, 3) == 0 && n_over <= n_bytes)
    n_bytes -= n_over;
  fake_transport_take (tab->transport, n_bytes);
  tab->n_taken += n_bytes;
  while (tab->pieces->len > 0)
    {
      const Piece *first = &g_array_index (tab->pieces, Piece, 0);

      if (tab->n_taken < first->n_pairs * self->message_bytes)
        break;
      tab->n_taken -= first->n_pairs * self->message_bytes;
      for (guint i = 0; i < first->n_pairs; i++)
        get_pair (self, first->pairs[i])->state = DELIVERED;
      self->n_delivered++;
      g_array_remove_index (tab->pieces, 0);
    }
  if (get_bytes (self, tab) <= sessions.settings.outbox_soft_bytes / 2)
    tab->is_slow = FALSE;
}

static gboolean
has_pair (const GArray *pieces, guint pair)
{
  for (guint i = 0; i < pieces->len; i++)
    {
      const Piece *piece = &g_array_index (pieces, Piece, i);

      for (guint j = 0; j < piece->n_pairs; j++)
        if (piece->pairs[j] == pair)
          return TRUE;
    }
  return FALSE;
}

static gboolean
is_elsewhere (Model *self, guint pair)
{
  for (guint i = 0; i < self->tabs->len; i++)
    if (has_pair (get_tab (self, i)->pieces, pair) ||
        has_pair (get_tab (self, i)->left_over, pair))
      return TRUE;
  return FALSE;
}

/* Settles a piece of a tab that is in the list no more, but for the first @n_had. */
static void
settle (Model *self, const Piece *piece, guint n_had, gboolean is_slow, GArray *back)
{
  self->n_discarded++;
  for (guint i = 0; i < piece->n_pairs; i++)
    {
      Pair *pair = get_pair (self, piece->pairs[i]);

      pair->is_had |= i < n_had;
      if (pair->state != WAITING || is_elsewhere (self, piece->pairs[i]))
        continue;
      if (pair->is_had)
        pair->state = DELIVERED;
      else if (pair->event->route->delivery_class == TIDE_CLASS_LOSSLESS)
        g_array_append_val (back, piece->pairs[i]);
      else
        pair->state = is_slow ? DROPPED_SLOW : DROPPED_LEFT;
    }
}

static int
compare_indices (gconstpointer one, gconstpointer other)
{
  return *(const guint *) one < *(const guint *) other ? -1 : 1;
}

/* What goes back goes to a tab that is meant, several in one piece where they can. */
static void
hand_on (Model *self, GArray *back)
{
  for (guint i = 0; i < back->len;)
    {
      guint start = i;
      Tab *meant = find_meant (self, get_pair (self, g_array_index (back, guint, i)));
      Piece piece = { .n_pairs = 0 };

      while (i < back->len &&
             find_meant (self, get_pair (self, g_array_index (back, guint, i))) == meant)
        i++;
      if (meant == NULL)
        {
          for (guint j = start; j < i; j++)
            get_pair (self, g_array_index (back, guint, j))->state = DROPPED_LEFT;
          continue;
        }
      g_assert_cmpuint (i - start, <=, MAX_PIECE);
      while (start < i)
        piece.pairs[piece.n_pairs++] = g_array_index (back, guint, start++);
      if (meant->is_doomed || !give (self, meant, &piece))
        leave_over (self, meant, &piece);
    }
}

static void
assert_returned (Model *self, const GArray *back)
{
  const char *returned = strstr (sessions.stage->log->str, "returned ");
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = 0; i < back->len; i++)
    {
      Pair *pair = get_pair (self, g_array_index (back, guint, i));

      pair->state = RETURNED;
      g_string_append_printf (expected, " %s", pair->event->payload);
    }
  g_assert_cmpint (returned != NULL, ==, back->len > 0);
  if (returned == NULL)
    return;
  returned = strchr (returned + strlen ("returned "), ' ');
  g_assert_true (g_str_has_prefix (returned, expected->str));
  g_assert_cmpint (returned[expected->len], ==, '\n');
}

static gboolean
has_tab (Model *self, guint user)
{
  for (guint i = 0; i < self->tabs->len; i++)
    if (get_tab (self, i)->user == user)
      return TRUE;
  return FALSE;
}

/* What stays in the outbox of a tab that has ended. */
static void
assert_cut (Model *self, const Tab *tab, gboolean is_client)
{
  const TideOutbox *outbox = &tab->transport->outbox;
  gsize n_over = tab->n_taken % self->message_bytes;
  const Pair *half;

  if (n_over == 0)
    {
      g_assert_cmpuint (outbox->n_bytes, ==, 0);
      return;
    }
  half = get_pair (
      self,
      g_array_index (tab->pieces, Piece, 0).pairs[tab->n_taken / self->message_bytes]);
  if (half->event->route->delivery_class == TIDE_CLASS_LOSSLESS && !is_client)
    {
      g_assert_true (outbox->is_ended);
      g_assert_cmpuint (outbox->n_bytes, ==, 0);
    }
  else
    g_assert_cmpuint (outbox->n_bytes, ==, self->message_bytes - n_over);
}

static void
model_close (Model *self, guint i)
{
  Tab *tab = get_tab (self, i);
  g_autoptr (GArray) back = g_array_new (FALSE, FALSE, sizeof (guint));
  gboolean by_client = g_rand_boolean (self->rand);
  gboolean is_slow = by_client && tab->is_doomed;

  g_string_truncate (sessions.stage->log, 0);
  if (by_client)
    fake_transport_end (tab->transport);
  else
    tide_connection_close (tab->transport->connection, TIDE_CLOSE_REFUSED, "bye");
  g_ptr_array_remove_index (self->tabs, i);
  for (guint j = 0; j < tab->pieces->len; j++)
    settle (self,
            &g_array_index (tab->pieces, Piece, j),
            j == 0 ? tab->n_taken / self->message_bytes : 0,
            is_slow,
            back);
  for (guint j = 0; j < tab->left_over->len; j++)
    settle (self, &g_array_index (tab->left_over, Piece, j), 0, is_slow, back);
  g_array_sort (back, compare_indices);
  if (has_tab (self, tab->user))
    hand_on (self, back);
  else
    assert_returned (self, back);
  assert_cut (self, tab, by_client && !tab->is_doomed);
  fake_transport_free (tab->transport);
  g_array_unref (tab->pieces);
  g_array_unref (tab->left_over);
  g_free (tab);
}

static void
model_move (Model *self, Tab *tab)
{
  guint room = pick (self, N_ROOMS);
  char name[] = { 'a' + room, 0 };
  guint64 id = tab->transport->connection->id;

  if (g_rand_boolean (self->rand))
    {
      tide_websocket_manager_enter_room (sessions.manager, id, name);
      tab->rooms |= 1u << room;
    }
  else
    {
      tide_websocket_manager_leave_room (sessions.manager, id, name);
      tab->rooms &= ~(1u << room);
    }
}

static void
check_books (Model *self)
{
  guint64 n[TIDE_N_CLASSES][N_STATES + 1] = { { 0 } };

  for (guint i = 0; i < self->pairs->len; i++)
    n[get_pair (self, i)->event->route->delivery_class][get_pair (self, i)->state]++;
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    {
      const TideBook *book = &sessions.counters.books[i];

      g_assert_cmpuint (book->in_outboxes, ==, n[i][WAITING]);
      g_assert_cmpuint (book->delivered, ==, n[i][DELIVERED]);
      g_assert_cmpuint (book->dropped_left, ==, n[i][DROPPED_LEFT]);
      g_assert_cmpuint (book->dropped_slow, ==, n[i][DROPPED_SLOW]);
    }
  g_assert_cmpuint (sessions.stage->n_returned, ==, n[TIDE_CLASS_LOSSLESS][RETURNED]);
}

static void
check (Model *self)
{
  const TideCounters *counters = &sessions.counters;
  gboolean slow[N_USERS] = { FALSE };
  guint64 n_queued = 0;
  gsize n_bytes = 0;

  for (guint i = 0; i < self->tabs->len; i++)
    {
      const Tab *tab = get_tab (self, i);

      g_assert_cmpuint (tab->transport->outbox.n_bytes, ==, get_bytes (self, tab));
      n_bytes += get_bytes (self, tab);
      n_queued += tab->pieces->len + tab->left_over->len;
      slow[tab->user] |= tab->is_slow;
    }
  g_assert_cmpuint (counters->outbox_bytes, ==, n_bytes);
  g_assert_cmpuint (counters->frames_queued, ==, n_queued);
  g_assert_cmpuint (counters->frames_made, ==, self->n_made);
  g_assert_cmpuint (counters->frames_delivered, ==, self->n_delivered);
  g_assert_cmpuint (counters->frames_discarded, ==, self->n_discarded);
  g_assert_cmpuint (counters->slow_users, ==, slow[0] + slow[1] + slow[2]);
  check_books (self);
}

static void
model_step (Model *self)
{
  guint which = self->tabs->len > 0 ? pick (self, self->tabs->len) : 0;
  Tab *tab = self->tabs->len > 0 ? get_tab (self, which) : NULL;
  gint32 choice = pick (self, 20);

  if (tab == NULL || (choice < 2 && self->tabs->len < MAX_TABS))
    model_open (self);
  else if (choice < 4)
    model_close (self, which);
  else if (choice < 6)
    model_move (self, tab);
  else if (choice == 6)
    tab->transport->is_full = tab->is_full = pick (self, 3) == 0;
  else if (choice < 12)
    model_deliver (self);
  else
    model_take (self, tab);
}

static void
model_init (Model *self, guint seed)
{
  /* `{"type":"tick","data":{"n":000001}}` and a header of two bytes. */
  *self = (Model){ .rand = g_rand_new_with_seed (seed), .message_bytes = 37 };
  self->tabs = g_ptr_array_new ();
  self->pairs = g_array_new (FALSE, FALSE, sizeof (Pair));
  for (guint class = 0; class < TIDE_N_CLASSES; class ++)
    for (guint room = 0; room <= N_ROOMS; room++)
      {
        char name[] = { 'a' + room - 1, 0 };
        g_autoptr (TideEvent) event =
            fake_event_new ("{}", class, room > 0 ? name : NULL);

        self->routes[class][room] = tide_route_ref (event->route);
      }
}

static void
model_clear (Model *self)
{
  for (guint i = 0; i < self->pairs->len; i++)
    tide_event_unref (get_pair (self, i)->event);
  for (guint class = 0; class < TIDE_N_CLASSES; class ++)
    for (guint room = 0; room <= N_ROOMS; room++)
      tide_route_unref (self->routes[class][room]);
  g_array_unref (self->pairs);
  g_ptr_array_unref (self->tabs);
  g_rand_free (self->rand);
}

static void
test_random (void)
{
  g_test_summary ("Whatever comes, goes, reads and stalls, every event is in one book");

  for (guint seed = 0; seed < 1500; seed++)
    {
      Model model;

      fake_sessions_init (&sessions);
      sessions.settings.outbox_soft_bytes = 300;
      tide_websocket_manager_reload (sessions.manager, &sessions.settings);
      model_init (&model, seed);
      for (guint i = 0; i < 200; i++, check (&model))
        model_step (&model);
      for (; model.tabs->len > 0; check (&model))
        model_close (&model, pick (&model, model.tabs->len));
      g_assert_cmpuint (
          tide_flight_table_get_n_flights (sessions.manager->flights), ==, 0);
      model_clear (&model);
      fake_sessions_clear (&sessions);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/session-books-random/all", test_random);
  return g_test_run ();
}
