/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The scalable broadcaster beside the direct one, on the same random traffic. The direct
 * one is simple enough to be right. Each user of the one must get from the other: all the
 * same lossless events, the same last value of each conflated stream, nothing twice and
 * nothing older behind something newer; and both books must balance. */

#include "tide-broadcaster.h"
#include "tide-scalable-broadcaster.h"

#include "fake-batch-sink.h"
#include <string.h>

#define N_USERS 6
#define N_ROOMS 3
#define N_KEYS 4
#define N_TYPES 6
#define START_US (1000 * G_USEC_PER_SEC)

/* One of the two worlds. */
typedef struct
{
  TideCounters counters;
  TideUserTable *users;
  TideTimerWheel *wheel;
  FakeBatchSink *sink;
  GObject *broadcaster;
  TideUserRef refs[N_USERS]; /* generation 0: away */
} World;

typedef struct
{
  TideClock *clock;
  World direct;
  World scalable;
  TideRoute *routes[N_TYPES][N_ROOMS + 1]; /* for everyone and users, and for each room */
  gboolean is_in_room[N_USERS][N_ROOMS];
  guint64 last_id;
  TideDeliverySettings settings;
  gboolean are_limits_steady;
  gboolean is_slow[N_USERS];
  /* What the rate was, by user: times at which events left. */
  GArray *times[N_USERS];
  GHashTable *seen[N_USERS];   /* ids that a user was given */
  GHashTable *newest[N_USERS]; /* topic → the newest id that a user was given */
} Fixture;

static const char *const room_names[] = { "alpha", "beta", "gamma" };

static const struct
{
  const char *name;
  TideDeliveryClass delivery_class;
  TidePriority priority;
  gboolean is_kept;
} types[N_TYPES] = {
  { "alert", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_HIGH, TRUE },
  { "note", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM, TRUE },
  { "tick", TIDE_CLASS_CONFLATE, TIDE_PRIORITY_MEDIUM, FALSE },
  { "health", TIDE_CLASS_CONFLATE, TIDE_PRIORITY_LOW, FALSE },
  { "gauge", TIDE_CLASS_LATEST, TIDE_PRIORITY_LOW, FALSE },
  { "chatter", TIDE_CLASS_DROPPABLE, TIDE_PRIORITY_LOW, FALSE },
};

static TideRoute *
make_route (guint type, const char *room)
{
  static const char *const key[] = { "key", NULL };
  TideRoute *route = tide_route_new (types[type].name, types[type].name, key, 0);

  route->delivery_class = types[type].delivery_class;
  route->priority = types[type].priority;
  route->is_kept = types[type].is_kept;
  if (room != NULL)
    route->rooms = g_strdupv ((char *[]){ (char *) room, NULL });
  return route;
}

static void
world_open (World *self, Fixture *fixture, gboolean is_scalable)
{
  self->users = tide_user_table_new ();
  self->wheel = tide_timer_wheel_new (fixture->clock);
  self->sink = fake_batch_sink_new (&self->counters);
  if (is_scalable)
    self->broadcaster =
        G_OBJECT (tide_scalable_broadcaster_new (TIDE_BATCH_SINK (self->sink),
                                                 self->users,
                                                 self->wheel,
                                                 &self->counters,
                                                 &fixture->settings));
  else
    self->broadcaster = G_OBJECT (tide_broadcaster_new (TIDE_BATCH_SINK (self->sink),
                                                        self->users,
                                                        self->wheel,
                                                        &self->counters,
                                                        &fixture->settings.offline));
}

static void
world_close (World *self)
{
  g_object_unref (self->broadcaster);
  g_object_unref (self->sink);
  tide_timer_wheel_free (self->wheel);
  tide_user_table_free (self->users);
}

static void
world_come (World *self, guint user)
{
  g_autofree char *name = g_strdup_printf ("user-%u", user);
  TideUserRef ref = tide_user_table_hold_name (self->users, name);

  self->refs[user] = ref;
  tide_user_table_set_kept (self->users, ref.slot, user % 2 == 0);
  fake_batch_sink_get_user (self->sink, ref.slot)->is_connected = TRUE;
  tide_user_observer_came (TIDE_USER_OBSERVER (self->broadcaster), ref);
}

/* Slots stay: the test looks at them at the end. */
static void
world_leave (World *self, guint user)
{
  fake_batch_sink_leave (
      self->sink, TIDE_USER_OBSERVER (self->broadcaster), self->refs[user]);
}

static gboolean
is_here (World *self, guint user)
{
  return self->refs[user].generation != 0 &&
         fake_batch_sink_get_user (self->sink, self->refs[user].slot)->is_connected;
}

static guint
get_user_of_slot (World *self, guint32 slot)
{
  for (guint i = 0; i < N_USERS; i++)
    if (self->refs[i].generation != 0 && self->refs[i].slot == slot)
      return i;
  g_assert_not_reached ();
}

static char *
get_topic (const TideEvent *event)
{
  return g_strdup_printf (
      "%s/%.*s", event->route->event_type, (int) event->key_length, event->key);
}

/* Checks each batch of the scalable one as it leaves. */
static void
on_scalable_delivered (FakeBatchSink *sink, TideBatch *batch, guint32 slot)
{
  Fixture *self = sink->user_data;
  guint user = get_user_of_slot (&self->scalable, slot);
  const TideDeliveryLimits *limits = &self->settings.limits;
  gint64 now_us = tide_clock_now_us (self->clock);

  gsize n_bytes = 0;

  /* What waits when limits change leaves by the old ones. */
  if (limits->batch_max_events > 0 && self->are_limits_steady)
    g_assert_cmpuint (batch->n_events, <=, limits->batch_max_events);
  for (guint i = 0; i < batch->n_events; i++)
    {
      TideEvent *event = batch->items[i].event;
      gboolean is_new =
          g_hash_table_add (self->seen[user], GSIZE_TO_POINTER ((gsize) event->id));

      if (batch->items[i].n_attempts == 0)
        {
          char *topic = get_topic (event);

          g_assert_cmpuint (
              GPOINTER_TO_SIZE (g_hash_table_lookup (self->newest[user], topic)),
              <,
              event->id);
          g_hash_table_replace (
              self->newest[user], topic, GSIZE_TO_POINTER ((gsize) event->id));
        }
      /* Nothing comes twice, but for what a user did not read before it left. */
      if (batch->items[i].n_attempts == 0)
        g_assert_true (is_new);
      g_array_append_val (self->times[user], now_us);
      n_bytes += event->payload_length;
    }
  if (batch->n_events > 1)
    g_assert_cmpuint (n_bytes, <=, self->settings.batch_max_bytes);
}

static void
choose_limits (TideDeliveryLimits *limits)
{
  static const guint windows_ms[] = { 0, 20, 100 };
  static const guint batches[] = { 0, 1, 3, 50 };
  static const guint rates[] = { 0, 5, 30, 100 };

  *limits = (TideDeliveryLimits){
    .batch_window_us =
        1000 * windows_ms[g_test_rand_int_range (0, G_N_ELEMENTS (windows_ms))],
    .batch_max_events = batches[g_test_rand_int_range (0, G_N_ELEMENTS (batches))],
    .is_leading = g_test_rand_bit (),
    .events_per_second = rates[g_test_rand_int_range (0, 4)],
    .urgent_events_per_second = rates[g_test_rand_int_range (0, 4)],
  };
}

static void
open_fixture (Fixture *self)
{
  memset (self, 0, sizeof *self);
  self->clock = tide_clock_new_manual (START_US);
  self->settings = (TideDeliverySettings){
    .batch_max_bytes = g_test_rand_bit () ? 64 * 1024 : 100,
    .lane_max_bytes = 1024 * 1024,
    .offline = { .max_events = 1000,
                 .max_bytes = 1024 * 1024,
                 .total_bytes = 16 * 1024 * 1024,
                 .max_age_us = G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC },
  };
  choose_limits (&self->settings.limits);
  self->are_limits_steady = TRUE;
  for (guint i = 0; i < N_TYPES; i++)
    for (guint j = 0; j <= N_ROOMS; j++)
      self->routes[i][j] = make_route (i, j < N_ROOMS ? room_names[j] : NULL);
  world_open (&self->direct, self, FALSE);
  world_open (&self->scalable, self, TRUE);
  self->scalable.sink->delivered = on_scalable_delivered;
  self->scalable.sink->user_data = self;
  for (guint i = 0; i < N_USERS; i++)
    {
      self->times[i] = g_array_new (FALSE, FALSE, sizeof (gint64));
      self->seen[i] = g_hash_table_new (NULL, NULL);
      self->newest[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    }
}

static void
close_fixture (Fixture *self)
{
  world_close (&self->direct);
  world_close (&self->scalable);
  for (guint i = 0; i < N_TYPES; i++)
    for (guint j = 0; j <= N_ROOMS; j++)
      tide_route_unref (self->routes[i][j]);
  for (guint i = 0; i < N_USERS; i++)
    {
      g_array_unref (self->times[i]);
      g_hash_table_unref (self->seen[i]);
      g_hash_table_unref (self->newest[i]);
    }
  tide_clock_unref (self->clock);
}

static void
check_books (World *self)
{
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    {
      const TideBook *book = &self->counters.books[i];

      g_assert_cmpuint (book->offered,
                        ==,
                        book->delivered + book->conflated + book->expired +
                            book->dropped_rate + book->dropped_slow + book->dropped_left +
                            book->dropped_full + book->in_lanes + book->in_outboxes +
                            book->in_offline);
    }
}

static void
push (World *self, TideEvent *event, const gboolean *slots, gboolean is_everyone)
{
  TideAudience audience = { .is_everyone = is_everyone };
  guint32 found[N_USERS];

  for (guint i = 0; i < N_USERS; i++)
    if (slots[i] && self->refs[i].generation != 0)
      found[audience.n_slots++] = self->refs[i].slot;
  audience.slots = found;
  audience.rooms = (const char *const *) event->route->rooms;
  tide_event_sink_push (TIDE_EVENT_SINK (self->broadcaster), event, &audience);
}

static void
push_random (Fixture *self)
{
  guint type = g_test_rand_int_range (0, N_TYPES);
  guint where = g_test_rand_int_range (0, 4);
  guint room = where == 1 || where == 3 ? g_test_rand_int_range (0, N_ROOMS) : N_ROOMS;
  TideRoute *route = self->routes[type][room];
  char key[] = { 'a' + g_test_rand_int_range (0, N_KEYS) };
  TideEventValue value = { key, sizeof key };
  TideEventFacts facts = {
    .route = route,
    .payload = "{\"some\":\"payload\"}",
    .payload_length = 18,
    .values = &value,
    .priority = g_test_rand_int_range (0, 8) == 0
                    ? (TidePriority) g_test_rand_int_range (0, TIDE_N_PRIORITIES)
                    : route->priority,
    .id = ++self->last_id,
  };
  g_autoptr (TideEvent) event = tide_event_new_full (&facts);
  gboolean slots[N_USERS] = { FALSE };

  for (guint i = 0; (where == 2 || where == 3) && i < N_USERS; i++)
    slots[i] = g_test_rand_int_range (0, 3) == 0;
  push (&self->direct, event, slots, where == 0);
  push (&self->scalable, event, slots, where == 0);
}

static void
pass_time (Fixture *self, gint64 us)
{
  while (us > 0)
    {
      gint64 step_us = MIN (us, 4000);

      tide_clock_advance (self->clock, step_us);
      tide_timer_wheel_run (self->direct.wheel);
      tide_timer_wheel_run (self->scalable.wheel);
      us -= step_us;
    }
}

/* Lets everything leave that waits for users who are here. */
static void
drain (Fixture *self)
{
  TideBook *books = self->scalable.counters.books;

  for (guint i = 0; i < 600; i++)
    {
      guint64 n = 0;

      for (guint j = 0; j < TIDE_N_CLASSES; j++)
        n += books[j].in_lanes;
      if (n == 0)
        return;
      pass_time (self, 100 * 1000);
    }
  g_assert_not_reached ();
}

static void
come_or_leave (Fixture *self, guint user)
{
  if (!is_here (&self->direct, user))
    {
      world_come (&self->direct, user);
      world_come (&self->scalable, user);
      return;
    }
  /* Some do not read before they go. */
  if (user % 2 == 0 && g_test_rand_bit ())
    for (guint i = 0; i < 8; i++)
      {
        fake_batch_sink_get_user (self->direct.sink, self->direct.refs[user].slot)
            ->is_unread = TRUE;
        fake_batch_sink_get_user (self->scalable.sink, self->scalable.refs[user].slot)
            ->is_unread = TRUE;
        push_random (self);
      }
  world_leave (&self->direct, user);
  world_leave (&self->scalable, user);
  self->is_slow[user] = FALSE;
  memset (self->is_in_room[user], 0, sizeof self->is_in_room[user]);
}

/* The direct one sends all the same: it says what a slow user has to get in the end. */
static void
become_slow_or_fast (Fixture *self, guint user)
{
  TideUserObserver *observer = TIDE_USER_OBSERVER (self->scalable.broadcaster);

  if (!is_here (&self->scalable, user))
    return;
  self->is_slow[user] = !self->is_slow[user];
  if (self->is_slow[user])
    tide_user_observer_slow (observer, self->scalable.refs[user]);
  else
    tide_user_observer_fast_again (observer, self->scalable.refs[user]);
}

/* Takes nothing for a while, or until it leaves. */
static void
become_deaf_or_hear (Fixture *self, guint user)
{
  FakeUser *fake;

  if (!is_here (&self->scalable, user))
    return;
  fake = fake_batch_sink_get_user (self->scalable.sink, self->scalable.refs[user].slot);
  fake->is_deaf = !fake->is_deaf;
}

static void
calm_down (Fixture *self)
{
  for (guint i = 0; i < N_USERS; i++)
    {
      if (self->is_slow[i])
        become_slow_or_fast (self, i);
      if (is_here (&self->scalable, i))
        fake_batch_sink_get_user (self->scalable.sink, self->scalable.refs[i].slot)
            ->is_deaf = FALSE;
    }
}

static void
enter_or_leave_room (Fixture *self, guint user)
{
  guint room = g_test_rand_int_range (0, N_ROOMS);
  World *worlds[] = { &self->direct, &self->scalable };

  if (!is_here (&self->direct, user))
    return;
  /* Who leaves a room gets nothing from it any more, not even what is on its way. */
  if (self->is_in_room[user][room])
    {
      calm_down (self);
      drain (self);
    }
  self->is_in_room[user][room] = !self->is_in_room[user][room];
  for (guint i = 0; i < 2; i++)
    if (self->is_in_room[user][room])
      tide_user_observer_entered_room (TIDE_USER_OBSERVER (worlds[i]->broadcaster),
                                       worlds[i]->refs[user],
                                       room_names[room]);
    else
      tide_user_observer_left_room (TIDE_USER_OBSERVER (worlds[i]->broadcaster),
                                    worlds[i]->refs[user],
                                    room_names[room]);
}

static void
change_limits (Fixture *self)
{
  self->are_limits_steady = FALSE;
  choose_limits (&self->settings.limits);
  tide_scalable_broadcaster_set_limits (
      TIDE_SCALABLE_BROADCASTER (self->scalable.broadcaster), &self->settings.limits);
}

static void
check_rate (Fixture *self)
{
  const TideDeliveryLimits *limits = &self->settings.limits;
  guint most = limits->events_per_second + limits->urgent_events_per_second;

  if (!self->are_limits_steady || limits->events_per_second == 0 ||
      limits->urgent_events_per_second == 0)
    return;
  for (guint i = 0; i < N_USERS; i++)
    {
      GArray *times = self->times[i];

      for (guint first = 0, last = 0; last < times->len; last++)
        {
          while (g_array_index (times, gint64, last) -
                     g_array_index (times, gint64, first) >=
                 G_USEC_PER_SEC)
            first++;
          g_assert_cmpuint (last - first + 1, <=, most);
        }
    }
}

static GPtrArray *
get_got (World *self, guint user)
{
  return fake_batch_sink_get_user (self->sink, self->refs[user].slot)->got;
}

/* All lossless events, as a set and in order within each topic. */
static void
check_lossless (Fixture *self, guint user)
{
  GPtrArray *got[] = { get_got (&self->direct, user), get_got (&self->scalable, user) };
  GHashTable *ids[2];

  for (guint i = 0; i < 2; i++)
    {
      ids[i] = g_hash_table_new (NULL, NULL);
      for (guint j = 0; j < got[i]->len; j++)
        {
          TideEvent *event = g_ptr_array_index (got[i], j);

          if (event->route->delivery_class == TIDE_CLASS_LOSSLESS)
            g_assert_true (
                g_hash_table_add (ids[i], GSIZE_TO_POINTER ((gsize) event->id)));
        }
    }
  g_assert_cmpuint (g_hash_table_size (ids[0]), ==, g_hash_table_size (ids[1]));
  for (guint j = 0; j < got[0]->len; j++)
    {
      TideEvent *event = g_ptr_array_index (got[0], j);

      if (event->route->delivery_class == TIDE_CLASS_LOSSLESS)
        g_assert_true (
            g_hash_table_contains (ids[1], GSIZE_TO_POINTER ((gsize) event->id)));
    }
  g_hash_table_unref (ids[0]);
  g_hash_table_unref (ids[1]);
}

static void
check_order (World *self, guint user)
{
  g_autoptr (GHashTable) newest =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *got = get_got (self, user);

  for (guint i = 0; i < got->len; i++)
    {
      TideEvent *event = g_ptr_array_index (got, i);
      char *topic = get_topic (event);
      gsize before = GPOINTER_TO_SIZE (g_hash_table_lookup (newest, topic));

      g_assert_cmpuint (event->id, >, before);
      g_hash_table_insert (newest, topic, GSIZE_TO_POINTER ((gsize) event->id));
    }
}

/* The last value of each conflated stream that the direct one has delivered. */
static void
check_last_values (Fixture *self, guint user)
{
  GPtrArray *direct = get_got (&self->direct, user);
  GPtrArray *scalable = get_got (&self->scalable, user);
  GHashTable *last[2];
  GHashTableIter iter;
  gpointer topic, id;

  for (guint i = 0; i < 2; i++)
    {
      GPtrArray *got = i == 0 ? direct : scalable;

      last[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      for (guint j = 0; j < got->len; j++)
        {
          TideEvent *event = g_ptr_array_index (got, j);

          if (event->route->delivery_class == TIDE_CLASS_CONFLATE ||
              event->route->delivery_class == TIDE_CLASS_LATEST)
            g_hash_table_insert (
                last[i], get_topic (event), GSIZE_TO_POINTER ((gsize) event->id));
        }
    }
  g_hash_table_iter_init (&iter, last[0]);
  while (g_hash_table_iter_next (&iter, &topic, &id))
    g_assert_true (g_hash_table_lookup (last[1], topic) == id);
  g_hash_table_unref (last[0]);
  g_hash_table_unref (last[1]);
}

static void
run_round (gboolean with_leaving)
{
  Fixture self;
  gboolean with_slow = g_test_rand_bit ();
  gboolean with_deaf = g_test_rand_bit ();
  gboolean with_changes = g_test_rand_bit ();
  guint n_steps = g_test_rand_int_range (5, 120);

  open_fixture (&self);
  for (guint i = 0; i < N_USERS; i++)
    if (!with_leaving || g_test_rand_bit ())
      come_or_leave (&self, i);
  for (guint i = 0; i < n_steps; i++)
    {
      guint dice = g_test_rand_int_range (0, 100);
      guint user = g_test_rand_int_range (0, N_USERS);

      if (dice < 75)
        push_random (&self);
      else if (dice < 90)
        pass_time (&self, g_test_rand_int_range (1, 150 * 1000));
      else if (dice < 96 || !with_leaving)
        {
          if (!with_leaving || dice < 93)
            enter_or_leave_room (&self, user);
        }
      else
        come_or_leave (&self, user);
      if (with_slow && g_test_rand_int_range (0, 10) == 0)
        become_slow_or_fast (&self, user);
      if (with_deaf && g_test_rand_int_range (0, 20) == 0)
        become_deaf_or_hear (&self, user);
      if (with_changes && g_test_rand_int_range (0, 30) == 0)
        change_limits (&self);
      check_books (&self.direct);
      check_books (&self.scalable);
    }
  calm_down (&self);
  /* Time for everything that waits to leave. */
  for (guint i = 0; with_leaving && i < N_USERS; i++)
    if (!is_here (&self.direct, i))
      come_or_leave (&self, i);
  drain (&self);
  check_books (&self.direct);
  check_books (&self.scalable);
  check_rate (&self);
  for (guint i = 0; i < N_USERS; i++)
    {
      check_order (&self.scalable, i);
      if (!with_leaving)
        {
          check_lossless (&self, i);
          check_last_values (&self, i);
        }
      else if (i % 2 == 0)
        check_lossless (&self, i);
    }
  close_fixture (&self);
}

static void
test_staying (void)
{
  g_test_summary ("Users who stay get the same from both, whatever the limits");

  for (guint i = 0; i < 6000; i++)
    run_round (FALSE);
}

static void
test_leaving (void)
{
  g_test_summary ("Users who are kept miss nothing lossless while they come and go");

  for (guint i = 0; i < 6000; i++)
    run_round (TRUE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery/oracle/staying", test_staying);
  g_test_add_func ("/delivery/oracle/leaving", test_leaving);
  return g_test_run ();
}
