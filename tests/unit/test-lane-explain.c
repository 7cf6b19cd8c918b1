/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-explain-states.h"

#include "delivery-fixture.h"

#define N_USERS 4
#define N_STEPS 3000

/* Each event is explained first, then pushed: what was said has to come true, and asking
 * may change nothing. */
typedef struct
{
  Delivery delivery;
  TideUserRef users[N_USERS];
  gboolean is_here[N_USERS];
  gboolean is_slow[N_USERS];
  GPtrArray *routes; /* (owned), unowned */
  GHashTable *seen;  /* (owned), states that have come up */
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  static const char *const classes[] = { "lossless", "conflate", "latest", "droppable" };
  Delivery *d = &self->delivery;

  delivery_open (d);
  d->settings.limits.events_per_second = 12;
  d->settings.limits.urgent_events_per_second = 4;
  d->settings.limits.batch_max_events = 6;
  d->settings.batch_max_bytes = 90; /* four of our events */
  delivery_reload (d);
  self->routes = g_ptr_array_new ();
  self->seen = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint class = 0; class < TIDE_N_CLASSES; class ++)
    for (guint priority = 0; priority < TIDE_N_PRIORITIES; priority += 2)
      {
        g_autofree char *name = g_strdup_printf ("%s%u", classes[class], priority);
        g_autofree char *room = g_strconcat (name, "-room", NULL);

        g_ptr_array_add (self->routes, delivery_make_route (d, name, class, priority));
        g_ptr_array_add (self->routes,
                         delivery_make_room_route (d, room, class, "lobby", NULL));
      }
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < N_USERS; i++)
    if (self->is_here[i])
      delivery_leave (&self->delivery, self->users[i]);
  delivery_close (&self->delivery);
  g_ptr_array_unref (self->routes);
  g_hash_table_unref (self->seen);
}

static void
come_or_go (Fixture *self, guint i)
{
  g_autofree char *name = g_strdup_printf ("user%u", i);
  Delivery *d = &self->delivery;

  if (self->is_here[i])
    {
      if (self->is_slow[i])
        tide_user_observer_fast_again (delivery_get_observer (d), self->users[i]);
      self->is_slow[i] = FALSE;
      delivery_leave (d, self->users[i]);
    }
  else
    {
      self->users[i] = delivery_come (d, name);
      tide_user_table_set_kept (d->users, self->users[i].slot, TRUE);
      if (g_test_rand_bit ())
        delivery_enter (d, self->users[i], "lobby");
    }
  self->is_here[i] = !self->is_here[i];
}

static void
slow_or_fast (Fixture *self, guint i)
{
  TideUserObserver *observer = delivery_get_observer (&self->delivery);

  if (!self->is_here[i])
    return;
  self->is_slow[i] = !self->is_slow[i];
  if (self->is_slow[i])
    tide_user_observer_slow (observer, self->users[i]);
  else
    tide_user_observer_fast_again (observer, self->users[i]);
}

static gboolean
has_got (Fixture *self, guint i, guint64 id)
{
  GPtrArray *got = delivery_get_user (&self->delivery, self->users[i])->got;

  for (guint j = got->len; j > 0; j--)
    if (((TideEvent *) g_ptr_array_index (got, j - 1))->id == id)
      return TRUE;
  return FALSE;
}

/* For one user alone, so that the books tell what became of it. */
static void
step (Fixture *self, guint step)
{
  Delivery *d = &self->delivery;
  guint i = g_test_rand_int_range (0, N_USERS);
  TideRoute *route =
      g_ptr_array_index (self->routes, g_test_rand_int_range (0, self->routes->len));
  const char *key = g_test_rand_bit () ? "a" : "b";
  g_autoptr (TideEvent) event = delivery_make_sized (d, route, key, 20);
  TideBook *book = &d->counters.books[route->delivery_class];
  TideAudience audience = { .slots = &self->users[i].slot, .n_slots = 1 };
  TideCounters before;
  const char *state;
  guint n;

  if (!self->is_here[i])
    return;
  before = d->counters;
  state = tide_scalable_broadcaster_explain (
      d->broadcaster, event, &audience, self->users[i].slot);
  g_assert_cmpmem (&before, sizeof before, &d->counters, sizeof before);
  n = tide_event_sink_push (TIDE_EVENT_SINK (d->broadcaster), event, &audience);
  g_assert_cmpuint (n, ==, state != NULL);
  if (state == NULL)
    return;
  g_hash_table_add (self->seen, (gpointer) state);
  g_test_message ("%u: %s %s: %s", step, route->event_type, key, state);
  g_assert_cmpint (
      has_got (self, i, event->id), ==, g_str_equal (state, TIDE_STATE_SENT));
  /* With it, droppable ones may go that have waited. */
  if (g_str_equal (state, TIDE_STATE_DROPPED_RATE))
    g_assert_cmpuint (
        book->dropped_rate, >, before.books[route->delivery_class].dropped_rate);
  if (g_str_equal (state, TIDE_STATE_DROPPED_SLOW))
    g_assert_cmpuint (
        book->dropped_slow, ==, before.books[route->delivery_class].dropped_slow + 1);
  if (g_str_equal (state, TIDE_STATE_REPLACES))
    g_assert_cmpuint (book->conflated, >, before.books[route->delivery_class].conflated);
}

/* To all who are in a room, or to everyone. */
static void
step_all (Fixture *self)
{
  Delivery *d = &self->delivery;
  TideRoute *route =
      g_ptr_array_index (self->routes, g_test_rand_int_range (0, self->routes->len));
  g_autoptr (TideEvent) event = delivery_make_sized (d, route, "a", 20);
  TideAudience audience = { .is_everyone = route->rooms == NULL,
                            .rooms = (const char *const *) route->rooms };
  const char *states[N_USERS] = { NULL };

  for (guint i = 0; i < N_USERS; i++)
    if (self->is_here[i])
      states[i] = tide_scalable_broadcaster_explain (
          d->broadcaster, event, &audience, self->users[i].slot);
  tide_event_sink_push (TIDE_EVENT_SINK (d->broadcaster), event, &audience);
  /* Who is in no room gets nothing; delivery is not asked who is. */
  for (guint i = 0; i < N_USERS; i++)
    if (states[i] != NULL && audience.is_everyone)
      {
        g_test_message ("%u %s: %s", i, route->event_type, states[i]);
        g_assert_cmpint (
            has_got (self, i, event->id), ==, g_str_equal (states[i], TIDE_STATE_SENT));
      }
}

static void
test_random (Fixture *self, gconstpointer data)
{
  g_test_summary ("What is said of an event is what becomes of it, and asking changes "
                  "nothing");

  for (guint i = 0; i < N_USERS; i++)
    come_or_go (self, i);
  for (guint i = 0; i < N_STEPS; i++)
    {
      guint what = g_test_rand_int_range (0, 100);

      if (what < 3)
        come_or_go (self, g_test_rand_int_range (0, N_USERS));
      else if (what < 6)
        slow_or_fast (self, g_test_rand_int_range (0, N_USERS));
      else if (what < 25)
        delivery_pass (&self->delivery, g_test_rand_int_range (1, 300));
      else if (what < 35)
        step_all (self);
      else
        step (self, i);
    }
  g_assert_true (g_hash_table_contains (self->seen, TIDE_STATE_SENT));
  g_assert_true (g_hash_table_contains (self->seen, TIDE_STATE_WINDOW));
  g_assert_true (g_hash_table_contains (self->seen, TIDE_STATE_RATE));
  g_assert_true (g_hash_table_contains (self->seen, TIDE_STATE_REPLACES));
  g_assert_true (g_hash_table_contains (self->seen, TIDE_STATE_SLOW));
  g_assert_true (g_hash_table_contains (self->seen, TIDE_STATE_DROPPED_RATE));
  g_assert_true (g_hash_table_contains (self->seen, TIDE_STATE_DROPPED_SLOW));
}

static void
test_away (Fixture *self, gconstpointer data)
{
  TideRoute *kept = g_ptr_array_index (self->routes, 0);
  TideRoute *fleeting = g_ptr_array_index (self->routes, self->routes->len - 2);
  Delivery *d = &self->delivery;
  g_autoptr (TideEvent) one = delivery_make_sized (d, kept, "a", 20);
  g_autoptr (TideEvent) other = delivery_make_sized (d, fleeting, "a", 20);
  TideUserRef ann = tide_user_table_hold_name (d->users, "ann");
  TideAudience audience = { .slots = &ann.slot, .n_slots = 1 };

  g_test_summary ("For who is away an event is kept, or it is none for this user");

  g_assert_null (
      tide_scalable_broadcaster_explain (d->broadcaster, one, &audience, ann.slot));
  tide_user_table_set_kept (d->users, ann.slot, TRUE);
  g_assert_cmpstr (
      tide_scalable_broadcaster_explain (d->broadcaster, one, &audience, ann.slot),
      ==,
      TIDE_STATE_KEPT);
  g_assert_null (
      tide_scalable_broadcaster_explain (d->broadcaster, other, &audience, ann.slot));
  tide_user_table_release (d->users, ann.slot);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add (
      "/delivery/lane-explain/random", Fixture, NULL, set_up, test_random, tear_down);
  g_test_add ("/delivery/lane-explain/away", Fixture, NULL, set_up, test_away, tear_down);
  return g_test_run ();
}
