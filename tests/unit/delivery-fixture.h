/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A scalable broadcaster in front of fake sessions, on a clock that the test turns. */

#include "tide-scalable-broadcaster.h"

#include "fake-batch-sink.h"
#include <string.h>

#define DELIVERY_START_US (1000 * G_USEC_PER_SEC)
#define DELIVERY_MS 1000 /* timers go off in steps of 4 ms */

typedef struct
{
  TideClock *clock;
  TideCounters counters;
  TideUserTable *users;
  TideTimerWheel *wheel;
  FakeBatchSink *sink;
  TideScalableBroadcaster *broadcaster;
  TideDeliverySettings settings;
  GPtrArray *routes; /* (owned) (element-type TideRoute) */
  guint64 last_id;
} Delivery;

static inline void
delivery_open (Delivery *self)
{
  memset (self, 0, sizeof *self);
  self->clock = tide_clock_new_manual (DELIVERY_START_US);
  self->users = tide_user_table_new ();
  self->wheel = tide_timer_wheel_new (self->clock);
  self->sink = fake_batch_sink_new (&self->counters);
  self->routes = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_route_unref);
  self->settings = (TideDeliverySettings){
    .limits = { .batch_window_us = 100 * DELIVERY_MS,
                .batch_max_events = 50,
                .is_leading = TRUE,
                .events_per_second = 100,
                .urgent_events_per_second = 50 },
    .batch_max_bytes = 64 * 1024,
    .lane_max_bytes = 1024 * 1024,
    .offline = { .max_events = 100,
                 .max_bytes = 1024 * 1024,
                 .total_bytes = 16 * 1024 * 1024,
                 .max_age_us = G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC },
  };
  self->broadcaster = tide_scalable_broadcaster_new (TIDE_BATCH_SINK (self->sink),
                                                     self->users,
                                                     self->wheel,
                                                     &self->counters,
                                                     &self->settings);
}

static inline void
delivery_reload (Delivery *self)
{
  tide_scalable_broadcaster_reload (self->broadcaster, &self->settings);
}

static inline void
delivery_check_books (Delivery *self)
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

static inline void
delivery_close (Delivery *self)
{
  delivery_check_books (self);
  g_object_unref (self->broadcaster);
  delivery_check_books (self);
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    {
      g_assert_cmpuint (self->counters.books[i].in_lanes, ==, 0);
      g_assert_cmpuint (self->counters.books[i].in_offline, ==, 0);
    }
  g_assert_cmpuint (self->counters.lanes, ==, 0);
  g_object_unref (self->sink);
  g_ptr_array_unref (self->routes);
  tide_timer_wheel_free (self->wheel);
  tide_user_table_free (self->users);
  tide_clock_unref (self->clock);
}

static inline TideUserObserver *
delivery_get_observer (Delivery *self)
{
  return TIDE_USER_OBSERVER (self->broadcaster);
}

static inline FakeUser *
delivery_get_user (Delivery *self, TideUserRef ref)
{
  return fake_batch_sink_get_user (self->sink, ref.slot);
}

/* A user comes; NULL for an anonymous one. */
static inline TideUserRef
delivery_come (Delivery *self, const char *name)
{
  TideUserRef ref = name != NULL ? tide_user_table_hold_name (self->users, name)
                                 : tide_user_table_hold_anonymous (self->users);

  delivery_get_user (self, ref)->is_connected = TRUE;
  tide_user_observer_came (delivery_get_observer (self), ref);
  return ref;
}

/* A user goes, and the sessions let go of its slot. */
static inline void
delivery_leave (Delivery *self, TideUserRef ref)
{
  fake_batch_sink_leave (self->sink, delivery_get_observer (self), ref);
  tide_user_table_release (self->users, ref.slot);
}

static inline void
delivery_enter (Delivery *self, TideUserRef ref, const char *room)
{
  tide_user_observer_entered_room (delivery_get_observer (self), ref, room);
}

static inline TideRoute *
delivery_make_route (Delivery *self,
                     const char *type,
                     TideDeliveryClass delivery_class,
                     TidePriority priority)
{
  static const char *const key[] = { "key", NULL };
  TideRoute *route = tide_route_new (type, type, key, 0);

  route->delivery_class = delivery_class;
  route->priority = priority;
  route->is_kept = delivery_class == TIDE_CLASS_LOSSLESS;
  g_ptr_array_add (self->routes, route);
  return route;
}

static inline TideRoute *
delivery_make_room_route (Delivery *self,
                          const char *type,
                          TideDeliveryClass delivery_class,
                          const char *one,
                          const char *other)
{
  TideRoute *route =
      delivery_make_route (self, type, delivery_class, TIDE_PRIORITY_MEDIUM);

  route->rooms = g_strdupv ((char *[]){ (char *) one, (char *) other, NULL });
  return route;
}

static inline TideEvent *
delivery_make_sized (Delivery *self, TideRoute *route, const char *key, gsize n_bytes)
{
  TideEventValue value = { key, strlen (key) };
  g_autofree char *payload = g_strnfill (n_bytes, ' ');
  TideEventFacts facts = {
    .route = route,
    .payload = payload,
    .payload_length = n_bytes,
    .values = &value,
    .priority = route->priority,
    .id = ++self->last_id,
  };

  return tide_event_new_full (&facts);
}

/* Pushes an event of a key to one user; gives its id. */
static inline guint64
delivery_push_sized (
    Delivery *self, TideRoute *route, const char *key, TideUserRef ref, gsize n_bytes)
{
  g_autoptr (TideEvent) event = delivery_make_sized (self, route, key, n_bytes);
  TideAudience audience = { .slots = &ref.slot, .n_slots = 1 };

  tide_event_sink_push (TIDE_EVENT_SINK (self->broadcaster), event, &audience);
  return event->id;
}

static inline guint64
delivery_push (Delivery *self, TideRoute *route, const char *key, TideUserRef ref)
{
  return delivery_push_sized (self, route, key, ref, 20);
}

static inline guint64
delivery_push_sized_all (Delivery *self, TideRoute *route, const char *key, gsize n_bytes)
{
  g_autoptr (TideEvent) event = delivery_make_sized (self, route, key, n_bytes);
  TideAudience audience = { .is_everyone = route->rooms == NULL,
                            .rooms = (const char *const *) route->rooms };

  tide_event_sink_push (TIDE_EVENT_SINK (self->broadcaster), event, &audience);
  return event->id;
}

/* Pushes to the route's rooms, to everyone when it has none. */
static inline guint64
delivery_push_all (Delivery *self, TideRoute *route, const char *key)
{
  return delivery_push_sized_all (self, route, key, 20);
}

static inline void
delivery_pass (Delivery *self, gint64 ms)
{
  for (gint64 i = 0; i < ms; i++)
    {
      tide_clock_advance (self->clock, DELIVERY_MS);
      tide_timer_wheel_run (self->wheel);
    }
}

static inline guint
delivery_count (Delivery *self, TideUserRef ref)
{
  return delivery_get_user (self, ref)->got->len;
}

/* Asserts which events a user has got, by their ids: "1 2 5". */
static inline void
delivery_assert_got (Delivery *self, TideUserRef ref, const char *expected)
{
  GPtrArray *got = delivery_get_user (self, ref)->got;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < got->len; i++)
    g_string_append_printf (text,
                            "%s%" G_GUINT64_FORMAT,
                            i > 0 ? " " : "",
                            ((TideEvent *) g_ptr_array_index (got, i))->id);
  g_assert_cmpstr (text->str, ==, expected);
}

/* Asserts how many events were in the batches a user has got: "1 50". */
static inline void
delivery_assert_batches (Delivery *self, TideUserRef ref, const char *expected)
{
  GArray *sizes = delivery_get_user (self, ref)->batch_sizes;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < sizes->len; i++)
    g_string_append_printf (
        text, "%s%u", i > 0 ? " " : "", g_array_index (sizes, guint, i));
  g_assert_cmpstr (text->str, ==, expected);
}
