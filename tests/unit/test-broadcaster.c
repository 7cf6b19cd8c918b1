/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-broadcaster.h"
#include "tide-emit.h"

#include "fake-batch-sink.h"
#include <string.h>

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideUserTable *users;
  TideCounters counters;
  FakeBatchSink *sink;
  TideBroadcaster *broadcaster;
  TideRoute *route;
  guint64 last_id;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  TideOfflineSettings settings = { .max_events = 100,
                                   .max_bytes = 100000,
                                   .total_bytes = 100000,
                                   .max_age_us = 60 * G_USEC_PER_SEC };

  self->clock = tide_clock_new_manual (1000 * G_USEC_PER_SEC);
  self->wheel = tide_timer_wheel_new (self->clock);
  self->users = tide_user_table_new ();
  self->sink = fake_batch_sink_new (&self->counters);
  self->broadcaster = tide_broadcaster_new (
      TIDE_BATCH_SINK (self->sink), self->users, self->wheel, &self->counters, &settings);
  self->route = tide_route_new ("a", "a", NULL, 0);
  self->route->delivery_class = TIDE_CLASS_LOSSLESS;
  self->route->is_kept = TRUE;
  self->route->rooms = g_strdupv ((char *[]){ (char *) "alpha", (char *) "beta", NULL });
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  const TideBook *book = &self->counters.books[TIDE_CLASS_LOSSLESS];

  g_object_unref (self->broadcaster);
  g_assert_cmpuint (book->offered,
                    ==,
                    book->delivered + book->expired + book->dropped_left +
                        book->dropped_full + book->in_outboxes);
  g_object_unref (self->sink);
  tide_timer_wheel_free (self->wheel);
  tide_user_table_free (self->users);
  tide_clock_unref (self->clock);
  tide_route_unref (self->route);
}

static TideUserRef
come (Fixture *self, const char *name)
{
  TideUserRef ref = tide_user_table_hold_name (self->users, name);

  tide_user_table_set_kept (self->users, ref.slot, TRUE);
  fake_batch_sink_get_user (self->sink, ref.slot)->is_connected = TRUE;
  tide_user_observer_came (TIDE_USER_OBSERVER (self->broadcaster), ref);
  return ref;
}

static void
leave (Fixture *self, TideUserRef ref)
{
  fake_batch_sink_leave (self->sink, TIDE_USER_OBSERVER (self->broadcaster), ref);
}

static TideEvent *
make_event (Fixture *self)
{
  TideEventFacts facts = {
    .route = self->route,
    .payload = "{}",
    .payload_length = 2,
    .id = ++self->last_id,
  };

  return tide_event_new_full (&facts);
}

static guint
push (Fixture *self, TideUserRef ref)
{
  g_autoptr (TideEvent) event = make_event (self);

  return tide_emit_to_user (TIDE_EVENT_SINK (self->broadcaster), event, ref.slot);
}

static void
assert_got (Fixture *self, TideUserRef ref, const char *expected)
{
  GPtrArray *got = fake_batch_sink_get_user (self->sink, ref.slot)->got;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < got->len; i++)
    g_string_append_printf (text,
                            "%s%" G_GUINT64_FORMAT,
                            i > 0 ? " " : "",
                            ((TideEvent *) g_ptr_array_index (got, i))->id);
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_at_once (Fixture *self, gconstpointer data)
{
  TideUserRef ann = come (self, "ann");

  g_test_summary ("Each event goes out by itself, at once");

  for (guint i = 0; i < 200; i++)
    g_assert_cmpuint (push (self, ann), ==, 1);
  g_assert_cmpuint (fake_batch_sink_get_user (self->sink, ann.slot)->got->len, ==, 200);
  g_assert_cmpuint (self->counters.batches, ==, 200);
  g_assert_cmpuint (self->counters.largest_batch, ==, 1);
}

static void
test_union (Fixture *self, gconstpointer data)
{
  TideUserRef ann = come (self, "ann");
  TideUserRef bob = come (self, "bob");
  g_autoptr (TideEvent) event = make_event (self);
  TideUserObserver *observer = TIDE_USER_OBSERVER (self->broadcaster);
  TideAudience audience = { .rooms = (const char *const *) self->route->rooms,
                            .slots = &ann.slot,
                            .n_slots = 1 };

  g_test_summary ("Who is meant twice gets it once, who has left a room nothing of it");

  tide_user_observer_entered_room (observer, ann, "alpha");
  tide_user_observer_entered_room (observer, bob, "alpha");
  tide_user_observer_entered_room (observer, bob, "beta");
  g_assert_cmpuint (
      tide_event_sink_push (TIDE_EVENT_SINK (self->broadcaster), event, &audience),
      ==,
      2);
  tide_user_observer_left_room (observer, bob, "alpha");
  tide_user_observer_left_room (observer, bob, "beta");
  g_assert_cmpuint (
      tide_event_sink_push (TIDE_EVENT_SINK (self->broadcaster), event, &audience),
      ==,
      1);
  assert_got (self, ann, "1 1");
  assert_got (self, bob, "1");
}

static void
test_away (Fixture *self, gconstpointer data)
{
  TideUserRef ann = come (self, "ann");

  g_test_summary ("What comes while a user is away, or came back, waits in order");

  fake_batch_sink_get_user (self->sink, ann.slot)->is_unread = TRUE;
  push (self, ann);
  push (self, ann);
  leave (self, ann);
  push (self, ann);
  g_assert_cmpuint (self->counters.books[TIDE_CLASS_LOSSLESS].in_offline, ==, 3);
  come (self, "ann");
  assert_got (self, ann, "1 2 3");
  leave (self, ann);
  push (self, ann);
  tide_user_observer_forgotten (TIDE_USER_OBSERVER (self->broadcaster), ann);
  come (self, "ann");
  assert_got (self, ann, "1 2 3");
}

static void
test_slow (Fixture *self, gconstpointer data)
{
  TideUserRef ann = come (self, "ann");
  TideUserObserver *observer = TIDE_USER_OBSERVER (self->broadcaster);

  g_test_summary ("The replay stops while the user is slow, newer ones wait behind it");

  leave (self, ann);
  push (self, ann);
  fake_batch_sink_get_user (self->sink, ann.slot)->is_connected = TRUE;
  tide_user_observer_slow (observer, ann);
  tide_user_observer_came (observer, ann);
  push (self, ann);
  assert_got (self, ann, "");
  tide_user_observer_fast_again (observer, ann);
  assert_got (self, ann, "1 2");
}

#define ADD(name, func)                                                                  \
  g_test_add ("/delivery/broadcaster/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("at-once", test_at_once);
  ADD ("union", test_union);
  ADD ("away", test_away);
  ADD ("slow", test_slow);
  return g_test_run ();
}
