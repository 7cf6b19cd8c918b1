/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-sessions.h"

static FakeSessions sessions;

static guint
deliver (TideUserRef user, const char *payload)
{
  g_autoptr (TideBatch) batch = fake_batch_new (payload);

  return tide_batch_sink_deliver (TIDE_BATCH_SINK (sessions.manager), batch, user.slot);
}

static void
test_observer (void)
{
  FakeTransport *one;
  FakeTransport *two;

  g_test_summary ("The stage above hears of a user's first and last connection");

  fake_sessions_init (&sessions);
  one = fake_sessions_open_plain (&sessions, "anna");
  two = fake_sessions_open_plain (&sessions, "anna");
  fake_assert_log (sessions.stage->log, "came 0\n");
  g_assert_cmpuint (sessions.counters.users, ==, 1);
  g_assert_cmpuint (sessions.counters.connections, ==, 2);
  fake_transport_end (one);
  fake_assert_log (sessions.stage->log, "gone 1\n");
  fake_transport_end (two);
  fake_assert_log (sessions.stage->log, "gone 2\nleft 0\n");
  g_assert_cmpuint (sessions.counters.users, ==, 0);
  g_assert_cmpuint (sessions.counters.connections, ==, 0);
  g_assert_cmpuint (sessions.counters.connections_opened, ==, 2);
  fake_transport_free (one);
  fake_transport_free (two);
  fake_sessions_clear (&sessions);
}

static void
test_lookups (void)
{
  FakeTransport *one;
  FakeTransport *two;
  FakeTransport *nobody;
  g_autoptr (GArray) ids = NULL;
  g_autoptr (GArray) no_ids = NULL;

  g_test_summary ("Users are found by name, connections by id");

  fake_sessions_init (&sessions);
  g_assert_false (tide_websocket_manager_is_user_connected (sessions.manager, "anna"));
  one = fake_sessions_open_plain (&sessions, "anna");
  two = fake_sessions_open_plain (&sessions, "anna");
  nobody = fake_sessions_open_plain (&sessions, NULL);
  g_assert_true (tide_websocket_manager_is_user_connected (sessions.manager, "anna"));
  g_assert_false (tide_websocket_manager_is_user_connected (sessions.manager, "bert"));
  ids = tide_websocket_manager_get_user_connections (sessions.manager, "anna");
  g_assert_cmpuint (ids->len, ==, 2);
  g_assert_cmpuint (g_array_index (ids, guint64, 0), ==, two->connection->id);
  g_assert_cmpuint (g_array_index (ids, guint64, 1), ==, one->connection->id);
  no_ids = tide_websocket_manager_get_user_connections (sessions.manager, "bert");
  g_assert_cmpuint (no_ids->len, ==, 0);
  g_assert_true (tide_websocket_manager_get_connection (
                     sessions.manager, nobody->connection->id) == nobody->connection);
  g_assert_null (tide_websocket_manager_get_connection (sessions.manager, 0));
  g_assert_null (tide_websocket_manager_get_connection (sessions.manager, 99));

  tide_websocket_manager_close_all (sessions.manager, TIDE_CLOSE_SHUTDOWN);
  fake_assert_log (one->log, "close 1001 the service ends\n");
  fake_assert_log (nobody->log, "close 1001 the service ends\n");
  g_assert_false (tide_websocket_manager_is_user_connected (sessions.manager, "anna"));
  fake_transport_free (one);
  fake_transport_free (two);
  fake_transport_free (nobody);
  fake_sessions_clear (&sessions);
}

static void
test_room_for (void)
{
  FakeTransport *transports[3];
  FakeTransport *nobody;
  TideSessionSettings settings;

  g_test_summary (
      "A user may have as many connections as the limit says; nobody has none");

  fake_sessions_init (&sessions);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (tide_websocket_manager_has_room_for (sessions.manager, "anna"));
      transports[i] = fake_sessions_open_plain (&sessions, "anna");
    }
  g_assert_false (tide_websocket_manager_has_room_for (sessions.manager, "anna"));
  g_assert_true (tide_websocket_manager_has_room_for (sessions.manager, "bert"));
  nobody = fake_sessions_open_plain (&sessions, NULL);
  g_assert_true (tide_websocket_manager_has_room_for (sessions.manager, NULL));
  settings = sessions.settings;
  settings.max_connections_per_user = 0;
  tide_websocket_manager_reload (sessions.manager, &settings);
  g_assert_true (tide_websocket_manager_has_room_for (sessions.manager, "anna"));
  settings.max_connections_per_user = 3;
  tide_websocket_manager_reload (sessions.manager, &settings);
  fake_transport_end (transports[1]);
  g_assert_true (tide_websocket_manager_has_room_for (sessions.manager, "anna"));
  g_clear_object (&sessions.manager);
  for (guint i = 0; i < 3; i++)
    fake_transport_free (transports[i]);
  fake_transport_free (nobody);
  fake_sessions_clear (&sessions);
}

static void
test_shared (void)
{
  FakeTransport *anna;
  FakeTransport *bert;
  g_autoptr (TideBatch) batch = fake_batch_new ("{\"n\":1}");
  TideFrame *frame;

  g_test_summary ("A batch is encoded once a wire form, and its frame shared");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  bert = fake_sessions_open_plain (&sessions, "bert");
  anna->is_holding = bert->is_holding = TRUE;
  g_assert_cmpuint (fake_sessions_deliver_everyone (&sessions, batch), ==, 2);
  frame = batch->frames[TIDE_WIRE_PLAIN][FALSE];
  g_assert_nonnull (frame);
  g_assert_null (batch->frames[TIDE_WIRE_SOCKETIO][FALSE]);
  fake_sessions_deliver_everyone (&sessions, batch);
  g_assert_true (batch->frames[TIDE_WIRE_PLAIN][FALSE] == frame);
  g_assert_cmpuint (frame->ref_count, ==, 4);
  fake_transport_take (anna, anna->outbox.n_bytes);
  g_assert_cmpuint (anna->n_frames, ==, 2);
  g_assert_cmpuint (bert->n_frames, ==, 2);
  g_assert_cmpuint (sessions.counters.deliveries, ==, 4);
  g_assert_cmpuint (frame->ref_count, ==, 2);
  fake_transport_take (bert, bert->outbox.n_bytes);
  g_assert_null (batch->frames[TIDE_WIRE_PLAIN][FALSE]);
  g_assert_cmpuint (batch->ref_count, ==, 1);
  g_clear_object (&sessions.manager);
  fake_transport_free (anna);
  fake_transport_free (bert);
  fake_sessions_clear (&sessions);
}

static void
test_not_ready (void)
{
  FakeTransport *anna;

  g_test_summary ("A Socket.IO client gets events only after its CONNECT");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open (&sessions, TIDE_WIRE_SOCKETIO, "anna");
  g_string_truncate (anna->log, 0);
  g_assert_cmpuint (deliver (anna->connection->user, "{}"), ==, 0);
  fake_assert_log (anna->log, "");
  fake_transport_receive (anna, "40");
  g_assert_true (g_str_has_prefix (anna->log->str, "> 40{\"sid\":\""));
  g_string_truncate (anna->log, 0);
  g_assert_cmpuint (deliver (anna->connection->user, "{\"n\":2}"), ==, 1);
  fake_assert_log (anna->log, "> 42[\"tick\",{\"n\":2}]\n");
  g_assert_cmpuint (sessions.counters.deliveries, ==, 1);
  fake_transport_end (anna);
  fake_transport_free (anna);
  fake_sessions_clear (&sessions);
}

static void
test_slow_one (void)
{
  FakeTransport *anna;
  FakeTransport *bert;
  g_autoptr (TideBatch) batch = fake_batch_new ("{}");

  g_test_summary ("A slow client among others costs them nothing");

  fake_sessions_init (&sessions);
  anna = fake_sessions_open_plain (&sessions, "anna");
  bert = fake_sessions_open_plain (&sessions, "bert");
  anna->is_full = TRUE;
  for (guint i = 0; i < 3; i++)
    fake_sessions_deliver_everyone (&sessions, batch);
  g_assert_cmpuint (bert->n_frames, ==, 3);
  g_assert_cmpuint (anna->n_frames, ==, 0);
  g_assert_cmpuint (sessions.counters.deliveries, ==, 3);
  fake_sessions_advance (&sessions, 4);
  g_assert_true (anna->is_closed);
  g_assert_false (bert->is_closed);
  fake_transport_end (bert);
  fake_transport_free (anna);
  fake_transport_free (bert);
  fake_sessions_clear (&sessions);
}

/* The oracle: every connection that is open, its user's name and its rooms. A delivery is
 * expected on the transports that a plain walk over them finds. */
#define N_NAMES 4
#define N_ROOMS 3
#define ANONYMOUS N_NAMES

typedef struct
{
  FakeTransport *transport;
  guint name; /* below N_NAMES, or ANONYMOUS */
  guint rooms;
  guint n_expected; /* frames */
} Tab;

typedef struct
{
  GRand *rand;
  GPtrArray *tabs; /* (owned) (element-type Tab), open ones */
  guint64 n_deliveries;
  guint n_sent;
} Model;

static void
tab_free (gpointer data)
{
  Tab *tab = data;

  g_assert_cmpuint (tab->transport->n_frames, ==, tab->n_expected);
  fake_transport_free (tab->transport);
  g_free (tab);
}

static void
model_open (Model *self)
{
  static const char *const names[N_NAMES + 1] = { "anna", "bert", "carl", "dora", NULL };
  Tab *tab = g_new0 (Tab, 1);

  tab->name = g_rand_int_range (self->rand, 0, N_NAMES + 1);
  tab->transport = fake_sessions_open_plain (&sessions, names[tab->name]);
  g_ptr_array_add (self->tabs, tab);
}

static void
model_close (Model *self)
{
  guint i = g_rand_int_range (self->rand, 0, self->tabs->len);
  Tab *tab = g_ptr_array_index (self->tabs, i);

  if (g_rand_boolean (self->rand))
    fake_transport_end (tab->transport);
  else
    tide_connection_close (tab->transport->connection, TIDE_CLOSE_REFUSED, "bye");
  g_ptr_array_remove_index_fast (self->tabs, i);
}

static void
model_move (Model *self)
{
  Tab *tab =
      g_ptr_array_index (self->tabs, g_rand_int_range (self->rand, 0, self->tabs->len));
  guint room = g_rand_int_range (self->rand, 0, N_ROOMS);
  char name[] = { 'r', '0' + room, 0 };
  guint64 id = tab->transport->connection->id;

  if (g_rand_boolean (self->rand))
    {
      g_assert_cmpint (tide_websocket_manager_enter_room (sessions.manager, id, name),
                       ==,
                       (tab->rooms & 1 << room) == 0);
      tab->rooms |= 1 << room;
    }
  else
    {
      g_assert_cmpint (tide_websocket_manager_leave_room (sessions.manager, id, name),
                       ==,
                       (tab->rooms & 1 << room) != 0);
      tab->rooms &= ~(1 << room);
    }
}

/* Expects a frame on every tab of the same user as @of, or on all. */
static guint
model_expect (Model *self, const Tab *of)
{
  guint n = 0;

  for (guint i = 0; i < self->tabs->len; i++)
    {
      Tab *tab = g_ptr_array_index (self->tabs, i);

      if (of != NULL && tab != of && (tab->name == ANONYMOUS || tab->name != of->name))
        continue;
      tab->n_expected++;
      n++;
    }
  self->n_deliveries += n;
  return n;
}

static void
model_deliver (Model *self)
{
  g_autofree char *payload = g_strdup_printf ("{\"n\":%u}", self->n_sent++);
  g_autoptr (TideBatch) batch = fake_batch_new (payload);
  Tab *tab =
      g_ptr_array_index (self->tabs, g_rand_int_range (self->rand, 0, self->tabs->len));

  if (g_rand_int_range (self->rand, 0, 5) == 0)
    {
      fake_sessions_deliver_everyone (&sessions, batch);
      model_expect (self, NULL);
      return;
    }
  g_assert_cmpuint (
      deliver (tab->transport->connection->user, payload), ==, model_expect (self, tab));
}

static void
model_check (Model *self)
{
  guint n_of_name[N_NAMES + 1] = { 0 };
  guint rooms = 0;
  guint n_users = 0;

  for (guint i = 0; i < self->tabs->len; i++)
    {
      Tab *tab = g_ptr_array_index (self->tabs, i);

      g_assert_cmpuint (tab->transport->n_frames, ==, tab->n_expected);
      g_assert_true (
          tide_user_table_is_current (sessions.users, tab->transport->connection->user));
      n_of_name[tab->name]++;
      rooms |= tab->rooms;
    }
  for (guint i = 0; i < N_NAMES; i++)
    n_users += n_of_name[i] > 0;
  g_assert_cmpuint (sessions.counters.connections, ==, self->tabs->len);
  g_assert_cmpuint (sessions.counters.users, ==, n_users + n_of_name[ANONYMOUS]);
  g_assert_cmpuint (
      tide_user_table_get_n_users (sessions.users), ==, n_users + n_of_name[ANONYMOUS]);
  g_assert_cmpuint (sessions.counters.rooms, ==, __builtin_popcount (rooms));
  g_assert_cmpuint (sessions.counters.deliveries, ==, self->n_deliveries);
}

static void
test_random (void)
{
  g_test_summary ("Whatever comes and goes, each frame reaches exactly whom it is for");

  for (guint seed = 0; seed < 200; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      Model model = { .rand = rand, .tabs = g_ptr_array_new_with_free_func (tab_free) };

      fake_sessions_init (&sessions);
      for (guint i = 0; i < 300; i++)
        {
          gint32 choice = g_rand_int_range (rand, 0, 12);

          if (choice < 3 || model.tabs->len == 0)
            model_open (&model);
          else if (choice < 5 || model.tabs->len > 20)
            model_close (&model);
          else if (choice < 8)
            model_move (&model);
          else
            model_deliver (&model);
          g_string_truncate (sessions.stage->log, 0);
          model_check (&model);
        }
      g_clear_object (&sessions.manager);
      g_assert_cmpuint (sessions.counters.connections, ==, 0);
      g_assert_cmpuint (sessions.counters.users, ==, 0);
      g_assert_cmpuint (sessions.counters.rooms, ==, 0);
      g_ptr_array_unref (model.tabs);
      fake_sessions_clear (&sessions);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/websocket-manager/observer", test_observer);
  g_test_add_func ("/sessions/websocket-manager/lookups", test_lookups);
  g_test_add_func ("/sessions/websocket-manager/room-for", test_room_for);
  g_test_add_func ("/sessions/websocket-manager/shared", test_shared);
  g_test_add_func ("/sessions/websocket-manager/not-ready", test_not_ready);
  g_test_add_func ("/sessions/websocket-manager/slow-one", test_slow_one);
  g_test_add_func ("/sessions/websocket-manager/random", test_random);
  return g_test_run ();
}
