/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-offline-queue.h"

#include "fake-offline-store.h"

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideUserTable *users;
  TideCounters counters;
  TideOfflineQueue *queue;
  FakeOfflineStore *store;
  TideRoute *route;
  TideUserRef anna;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  TideOfflineSettings settings = { .max_events = 3,
                                   .max_bytes = 1000,
                                   .total_bytes = 1000,
                                   .max_age_us = 60 * G_USEC_PER_SEC };

  self->clock = tide_clock_new_manual (1000 * G_USEC_PER_SEC);
  self->wheel = tide_timer_wheel_new (self->clock);
  self->users = tide_user_table_new ();
  self->queue =
      tide_offline_queue_new (self->users, self->wheel, &self->counters, &settings);
  self->store = g_object_new (FAKE_TYPE_OFFLINE_STORE, NULL);
  tide_offline_queue_set_store (self->queue, TIDE_OFFLINE_STORE (self->store), 10);
  self->route = tide_route_new ("a", "a", NULL, 0);
  self->route->delivery_class = TIDE_CLASS_LOSSLESS;
  self->route->is_kept = TRUE;
  self->anna = tide_user_table_hold_name (self->users, "anna");
  tide_user_table_set_kept (self->users, self->anna.slot, TRUE);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_string_truncate (self->store->log, 0);
  tide_offline_queue_set_store (self->queue, NULL, 0);
  tide_offline_queue_free (self->queue);
  /* The end of the process is none of the store's. */
  fake_offline_store_assert (self->store, "");
  g_assert_finalize_object (self->store);
  tide_user_table_release (self->users, self->anna.slot);
  tide_user_table_free (self->users);
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
  tide_route_unref (self->route);
}

static TideEvent *
make_event (Fixture *self, const char *payload)
{
  return tide_event_new (self->route, payload, strlen (payload), NULL, 0, 0);
}

static void
push (Fixture *self, const char *payload)
{
  g_autoptr (TideEvent) event = make_event (self, payload);
  TideBatchItem item = { .event = event };

  tide_offline_queue_push (self->queue, self->anna.slot, &item);
}

static TideEvent *
pop (Fixture *self)
{
  TideBatchItem item;

  g_assert_true (tide_offline_queue_pop (self->queue, self->anna.slot, &item));
  g_assert_true (item.is_replayed);
  return item.event;
}

static void
take (Fixture *self, TideEvent *event)
{
  TideBatchItem item = { .event = event, .is_replayed = TRUE };
  g_autoptr (TideBatch) batch = tide_batch_new_items (&item, 1);

  g_assert_true (batch->has_replayed);
  tide_offline_queue_taken (self->queue, self->anna.slot, batch);
}

static void
test_limits (Fixture *self, gconstpointer data)
{
  g_test_summary ("What waits is written, what gives way or is too old is taken away");

  push (self, "1");
  push (self, "2");
  push (self, "3");
  fake_offline_store_assert (self->store,
                             "append anna 11 1\nappend anna 12 2\nappend anna 13 3\n");
  push (self, "4");
  fake_offline_store_assert (self->store, "append anna 14 4\nremove anna 11\n");
  tide_clock_advance (self->clock, 61 * G_USEC_PER_SEC);
  tide_timer_wheel_run (self->wheel);
  fake_offline_store_assert (self->store,
                             "remove anna 12\nremove anna 13\nremove anna 14\n");
}

static void
test_handed_over (Fixture *self, gconstpointer data)
{
  g_autoptr (TideEvent) one = NULL;
  g_autoptr (TideEvent) two = NULL;
  g_autoptr (TideEvent) three = NULL;
  TideBatchItem item = { 0 };

  g_test_summary (
      "What is handed over stays until it is taken; what comes back is stored "
      "already; the rest goes when the user leaves");

  push (self, "1");
  push (self, "2");
  push (self, "3");
  g_string_truncate (self->store->log, 0);
  one = pop (self);
  two = pop (self);
  three = pop (self);
  fake_offline_store_assert (self->store, "");
  take (self, one);
  fake_offline_store_assert (self->store, "remove anna 11\n");
  take (self, one);
  fake_offline_store_assert (self->store, "");
  tide_offline_queue_write_user (self->queue, self->anna.slot);
  fake_offline_store_assert (self->store, "append anna 12 2\nappend anna 13 3\n");
  item.event = two;
  tide_offline_queue_return (self->queue, self->anna.slot, &item);
  fake_offline_store_assert (self->store, "");
  tide_offline_queue_left (self->queue, self->anna.slot);
  fake_offline_store_assert (self->store, "remove anna 13\n");
  push (self, "4");
  tide_offline_queue_write_user (self->queue, self->anna.slot);
  fake_offline_store_assert (self->store,
                             "append anna 14 4\nappend anna 12 2\nappend anna 14 4\n");
}

static void
test_disorder (Fixture *self, gconstpointer data)
{
  g_autoptr (TideEvent) older = make_event (self, "0");
  TideBatchItem item = { .event = older };

  g_test_summary ("What goes before others has them written anew, with ids that grow");

  push (self, "1");
  g_string_truncate (self->store->log, 0);
  tide_offline_queue_return_before (self->queue, self->anna.slot, &item, 1);
  fake_offline_store_assert (self->store, "append anna 12 0\nrewrite anna\n");
  tide_offline_queue_write_user (self->queue, self->anna.slot);
  fake_offline_store_assert (self->store, "append anna 12 0\nappend anna 13 1\n");
}

static void
test_restore (Fixture *self, gconstpointer data)
{
  gint64 now_us = g_get_real_time ();
  g_autoptr (TideEvent) old = make_event (self, "0");
  g_autoptr (TideEvent) first = make_event (self, "1");
  g_autoptr (TideEvent) second = make_event (self, "2");
  TideStoredEvent events[] = {
    { .id = 3, .event = old, .queued_real_us = now_us - 61 * G_USEC_PER_SEC },
    { .id = 4, .event = first, .queued_real_us = now_us - 30 * G_USEC_PER_SEC },
    { .id = 5, .event = second, .queued_real_us = now_us },
  };
  const TideBook *book = &self->counters.books[TIDE_CLASS_LOSSLESS];
  const char *const order[] = { "1", "2", "3" };

  g_test_summary (
      "What was kept goes before what waits, has its age, and is in the books");

  push (self, "3");
  g_string_truncate (self->store->log, 0);
  tide_offline_queue_restore (
      self->queue, self->anna.slot, events, G_N_ELEMENTS (events));
  fake_offline_store_assert (self->store, "");
  tide_offline_queue_settle (self->queue);
  fake_offline_store_assert (self->store, "remove anna 3\n");
  g_assert_cmpuint (self->counters.offline_restored, ==, 3);
  g_assert_cmpuint (book->offered, ==, 3);
  g_assert_cmpuint (book->expired + book->dropped_full, ==, 1);
  g_assert_cmpuint (book->in_offline, ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      g_autoptr (TideEvent) event = pop (self);

      g_assert_cmpstr (event->payload, ==, order[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                  \
  g_test_add ("/delivery/offline-journal/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("limits", test_limits);
  ADD ("handed-over", test_handed_over);
  ADD ("disorder", test_disorder);
  ADD ("restore", test_restore);
#undef ADD
  return g_test_run ();
}
