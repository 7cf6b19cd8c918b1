/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What lanes cost before the sessions: nobody takes the batches but a counter. */

#include "tide-scalable-broadcaster.h"

#include <malloc.h>

#define N_USERS 10000
#define MOST_USEC 500.0 /* for handing one event to everybody */

#define NULL_TYPE_SINK (null_sink_get_type ())
G_DECLARE_FINAL_TYPE (NullSink, null_sink, NULL, SINK, GObject)

struct _NullSink
{
  GObject parent_instance;

  TideCounters *counters; /* (unowned) */
  guint64 n_events;
};

static guint
null_sink_deliver (TideBatchSink *sink, TideBatch *batch, guint32 slot)
{
  NullSink *self = NULL_SINK (sink);

  self->n_events += batch->n_events;
  return 1;
}

static void
null_sink_iface_init (TideBatchSinkInterface *iface)
{
  iface->deliver = null_sink_deliver;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (NullSink,
                               null_sink,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_BATCH_SINK,
                                                      null_sink_iface_init))

static void
null_sink_class_init (NullSinkClass *klass)
{
}

static void
null_sink_init (NullSink *self)
{
}

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideUserTable *users;
  TideCounters counters;
  NullSink *sink;
  TideScalableBroadcaster *broadcaster;
  TideRoute *route;
  TideUserRef *refs; /* (array length=N_USERS) */
} Bench;

static void
push_one (Bench *self, const TideAudience *audience)
{
  static guint64 last_id;
  char key = 'a' + last_id % 26;
  TideEventValue value = { &key, 1 };
  TideEventFacts facts = {
    .route = self->route,
    .payload = "{\"symbol\":\"AAPL\",\"price\":189.25}",
    .payload_length = 32,
    .values = &value,
    .priority = TIDE_PRIORITY_MEDIUM,
    .id = ++last_id,
  };
  g_autoptr (TideEvent) event = tide_event_new_full (&facts);

  tide_event_sink_push (TIDE_EVENT_SINK (self->broadcaster), event, audience);
}

static double
push_to_all (Bench *self, guint n_events)
{
  gint64 start_us = g_get_monotonic_time ();

  for (guint i = 0; i < n_events; i++)
    push_one (self, &(TideAudience){ .is_everyone = TRUE });
  return (double) (g_get_monotonic_time () - start_us) / n_events;
}

static double
push_to_each (Bench *self)
{
  gint64 start_us = g_get_monotonic_time ();

  for (guint i = 0; i < N_USERS; i++)
    push_one (self, &(TideAudience){ .slots = &self->refs[i].slot, .n_slots = 1 });
  return (g_get_monotonic_time () - start_us) * 1000.0 / N_USERS;
}

static double
flush (Bench *self)
{
  gint64 start_us;

  tide_clock_advance (self->clock, 2 * G_USEC_PER_SEC);
  start_us = g_get_monotonic_time ();
  tide_timer_wheel_run (self->wheel);
  return g_get_monotonic_time () - start_us;
}

static void
open_bench (Bench *self)
{
  static const char *const key[] = { "symbol", NULL };
  TideDeliverySettings settings = {
    .limits = { .batch_window_us = 100000,
                .batch_max_events = 50,
                .events_per_second = 100,
                .urgent_events_per_second = 50 },
    .batch_max_bytes = 65536,
    .lane_max_bytes = 1048576,
    .offline = { .max_events = 100,
                 .max_bytes = 1048576,
                 .total_bytes = 67108864,
                 .max_age_us = G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC },
  };

  self->clock = tide_clock_new_manual (1000 * G_USEC_PER_SEC);
  self->wheel = tide_timer_wheel_new (self->clock);
  self->users = tide_user_table_new ();
  self->sink = g_object_new (NULL_TYPE_SINK, NULL);
  self->route = tide_route_new ("ticks", "tick_data", key, 0);
  self->route->delivery_class = TIDE_CLASS_CONFLATE;
  self->refs = g_new (TideUserRef, N_USERS);
  self->broadcaster = tide_scalable_broadcaster_new (
      TIDE_BATCH_SINK (self->sink), self->users, self->wheel, &self->counters, &settings);
}

static void
close_bench (Bench *self)
{
  g_object_unref (self->broadcaster);
  g_object_unref (self->sink);
  g_free (self->refs);
  tide_route_unref (self->route);
  tide_user_table_free (self->users);
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
}

static void
come (Bench *self)
{
  struct mallinfo2 before, after;

  for (guint i = 0; i < N_USERS; i++)
    {
      g_autofree char *name = g_strdup_printf ("user-%u", i);

      self->refs[i] = tide_user_table_hold_name (self->users, name);
    }
  before = mallinfo2 ();
  for (guint i = 0; i < N_USERS; i++)
    tide_user_observer_came (TIDE_USER_OBSERVER (self->broadcaster), self->refs[i]);
  after = mallinfo2 ();
  g_print ("an idle lane: %.0f bytes\n",
           (double) (after.uordblks - before.uordblks) / N_USERS);
}

int
main (int argc, char *argv[])
{
  Bench bench = { 0 };
  double in_step_us, us;
  gboolean is_good;

  open_bench (&bench);
  come (&bench);

  in_step_us = push_to_all (&bench, 10);
  g_print ("an event for %u in step: %.2f us\n", N_USERS, in_step_us);
  us = flush (&bench);
  g_print ("flush of 10 events to %u: %.0f us, %.0f ns a lane, %.1f ns an event\n",
           N_USERS,
           us,
           us * 1000 / N_USERS,
           us * 100 / N_USERS);

  g_print ("an event of its own, in the room's step: %.0f ns\n", push_to_each (&bench));
  g_print ("a second one: %.0f ns\n", push_to_each (&bench));
  g_print ("an event for %u apart: %.0f us\n", N_USERS, push_to_all (&bench, 5));
  us = flush (&bench);
  g_print ("flush of 7 events to %u apart: %.0f us, %.0f ns an event\n",
           N_USERS,
           us,
           us * 1000 / N_USERS / 7);
  g_print ("events taken: %" G_GUINT64_FORMAT "\n", bench.sink->n_events);
  is_good = bench.sink->n_events == 17 * N_USERS && in_step_us <= MOST_USEC;
  if (!is_good)
    g_printerr ("That should be %u, and an event for all in step at most %.0f us.\n",
                17 * N_USERS,
                MOST_USEC);
  close_bench (&bench);
  return is_good ? 0 : 1;
}
