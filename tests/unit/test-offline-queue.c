/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-lane-facts.h"
#include "tide-offline-queue.h"

#include <string.h>

#define N_USERS 4

/* What a model of plain arrays says is kept. */
typedef struct
{
  guint64 id;
  guint user;
  gsize n_bytes;
  gint64 queued_us;
} Kept;

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideUserTable *users;
  TideCounters counters;
  TideOfflineSettings settings;
  TideOfflineQueue *queue;
  TideRoute *route;
  TideUserRef refs[N_USERS];
  GArray *model; /* (element-type Kept), oldest first */
  guint64 last_id;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->clock = tide_clock_new_manual (1000 * G_USEC_PER_SEC);
  self->wheel = tide_timer_wheel_new (self->clock);
  self->users = tide_user_table_new ();
  self->settings = (TideOfflineSettings){ .max_events = 5,
                                          .max_bytes = 100,
                                          .total_bytes = 250,
                                          .max_age_us = 60 * G_USEC_PER_SEC };
  self->queue =
      tide_offline_queue_new (self->users, self->wheel, &self->counters, &self->settings);
  self->route = tide_route_new ("a", "a", NULL, 0);
  self->route->delivery_class = TIDE_CLASS_LOSSLESS;
  self->route->is_kept = TRUE;
  self->model = g_array_new (FALSE, FALSE, sizeof (Kept));
  for (guint i = 0; i < N_USERS; i++)
    {
      g_autofree char *name = g_strdup_printf ("user-%u", i);

      self->refs[i] = tide_user_table_hold_name (self->users, name);
      tide_user_table_set_kept (self->users, self->refs[i].slot, TRUE);
    }
}

static void
check_books (Fixture *self)
{
  const TideBook *book = &self->counters.books[TIDE_CLASS_LOSSLESS];

  g_assert_cmpuint (self->counters.offline_queued,
                    ==,
                    self->counters.offline_delivered + book->expired +
                        book->dropped_full + book->dropped_left + book->in_offline);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  tide_offline_queue_free (self->queue);
  g_assert_cmpuint (self->counters.books[TIDE_CLASS_LOSSLESS].in_offline, ==, 0);
  for (guint i = 0; i < N_USERS; i++)
    tide_user_table_release (self->users, self->refs[i].slot);
  g_assert_cmpuint (tide_user_table_get_n_users (self->users), ==, 0);
  tide_user_table_free (self->users);
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
  tide_route_unref (self->route);
  g_array_unref (self->model);
}

static TideEvent *
make_event (Fixture *self, gsize n_bytes)
{
  g_autofree char *payload = g_strnfill (n_bytes, ' ');
  TideEventFacts facts = {
    .route = self->route,
    .payload = payload,
    .payload_length = n_bytes,
    .id = ++self->last_id,
  };

  return tide_event_new_full (&facts);
}

static void
push (Fixture *self, guint user, gsize n_bytes)
{
  g_autoptr (TideEvent) event = make_event (self, n_bytes);
  TideBatchItem item = { .event = event };

  tide_offline_queue_push (self->queue, self->refs[user].slot, &item);
}

static guint64
pop (Fixture *self, guint user)
{
  TideBatchItem item;
  guint64 id = 0;

  if (!tide_offline_queue_peek (self->queue, self->refs[user].slot, &item))
    return 0;
  id = item.event->id;
  g_assert_true (tide_offline_queue_pop (self->queue, self->refs[user].slot, &item));
  g_assert_cmpuint (item.event->id, ==, id);
  tide_event_unref (item.event);
  return id;
}

static guint
get_length (Fixture *self, guint user)
{
  return tide_offline_queue_get_length (self->queue, self->refs[user].slot);
}

/* Asserts that what is told of a user's events is what the model has. */
static void
check_facts (Fixture *self, guint user)
{
  TideOfflineFacts wanted = { 0 };
  TideOfflineFacts facts;

  for (guint i = 0; i < self->model->len; i++)
    {
      const Kept *kept = &g_array_index (self->model, Kept, i);

      if (kept->user != user)
        continue;
      if (wanted.n_events++ == 0)
        wanted.oldest_us = tide_clock_now_us (self->clock) - kept->queued_us;
      wanted.n_bytes += kept->n_bytes;
    }
  tide_lane_facts_get_offline (self->queue, self->refs[user].slot, &facts);
  g_assert_cmpuint (facts.n_events, ==, wanted.n_events);
  g_assert_cmpuint (facts.n_bytes, ==, wanted.n_bytes);
  g_assert_cmpint (facts.oldest_us, ==, wanted.oldest_us);
}

static void
test_count (Fixture *self, gconstpointer data)
{
  g_test_summary ("Over the number for one user its oldest gives way, nobody else's");

  push (self, 1, 1);
  for (guint i = 0; i < 7; i++)
    push (self, 0, 1);
  g_assert_cmpuint (get_length (self, 0), ==, 5);
  g_assert_cmpuint (get_length (self, 1), ==, 1);
  g_assert_cmpuint (self->counters.books[TIDE_CLASS_LOSSLESS].dropped_full, ==, 2);
  for (guint64 id = 4; id <= 8; id++)
    g_assert_cmpuint (pop (self, 0), ==, id);
  g_assert_cmpuint (pop (self, 0), ==, 0);
  check_books (self);
}

static void
test_bytes (Fixture *self, gconstpointer data)
{
  g_test_summary ("Over the bytes for one user its oldest gives way; too large ones go");

  push (self, 0, 60);
  push (self, 0, 40);
  g_assert_cmpuint (get_length (self, 0), ==, 2);
  push (self, 0, 1);
  g_assert_cmpuint (get_length (self, 0), ==, 2);
  push (self, 0, 101);
  g_assert_cmpuint (get_length (self, 0), ==, 0);
  check_books (self);
}

static void
test_total (Fixture *self, gconstpointer data)
{
  g_test_summary ("Over the bytes for all users the oldest of all gives way");

  push (self, 0, 90);
  push (self, 1, 90);
  push (self, 2, 70);
  g_assert_cmpuint (get_length (self, 0), ==, 1);
  push (self, 3, 1);
  g_assert_cmpuint (get_length (self, 0), ==, 0);
  g_assert_cmpuint (get_length (self, 1), ==, 1);
  check_books (self);
}

static void
test_shed (Fixture *self, gconstpointer data)
{
  g_test_summary ("When memory is short the oldest of all go, as much as is wanted");

  push (self, 0, 50);
  push (self, 1, 60);
  push (self, 0, 40);
  g_assert_cmpuint (tide_offline_queue_shed (self->queue, 0), ==, 0);
  g_assert_cmpuint (tide_offline_queue_shed (self->queue, 51), ==, 110);
  g_assert_cmpuint (get_length (self, 0), ==, 1);
  g_assert_cmpuint (get_length (self, 1), ==, 0);
  g_assert_cmpuint (self->counters.offline_shed, ==, 2);
  check_books (self);
  g_assert_cmpuint (tide_offline_queue_shed (self->queue, 1000), ==, 40);
  g_assert_cmpuint (tide_offline_queue_shed (self->queue, 1000), ==, 0);
  check_books (self);
}

static void
test_age (Fixture *self, gconstpointer data)
{
  g_test_summary ("What is too old goes by itself, and by a new age at once");

  push (self, 0, 1);
  tide_clock_advance (self->clock, 30 * G_USEC_PER_SEC);
  push (self, 1, 1);
  tide_clock_advance (self->clock, 30 * G_USEC_PER_SEC - 10000);
  tide_timer_wheel_run (self->wheel);
  g_assert_cmpuint (get_length (self, 0), ==, 1);
  tide_clock_advance (self->clock, 20000);
  tide_timer_wheel_run (self->wheel);
  g_assert_cmpuint (get_length (self, 0), ==, 0);
  g_assert_cmpuint (get_length (self, 1), ==, 1);
  self->settings.max_age_us = G_USEC_PER_SEC;
  tide_offline_queue_set_settings (self->queue, &self->settings);
  g_assert_cmpuint (get_length (self, 1), ==, 0);
  g_assert_cmpuint (self->counters.books[TIDE_CLASS_LOSSLESS].expired, ==, 2);
  check_books (self);
}

static void
test_age_without_timer (Fixture *self, gconstpointer data)
{
  TideBatchItem item;

  g_test_summary ("What is too old is not found before its timer goes off either");

  push (self, 0, 1);
  tide_clock_advance (self->clock, 60 * G_USEC_PER_SEC);
  g_assert_false (tide_offline_queue_peek (self->queue, self->refs[0].slot, &item));
  /* But what was looked at is what is taken. */
  push (self, 0, 1);
  g_assert_true (tide_offline_queue_peek (self->queue, self->refs[0].slot, &item));
  tide_clock_advance (self->clock, 61 * G_USEC_PER_SEC);
  g_assert_true (tide_offline_queue_pop (self->queue, self->refs[0].slot, &item));
  g_assert_cmpuint (item.event->id, ==, 2);
  tide_event_unref (item.event);
}

static void
test_holds_slot (Fixture *self, gconstpointer data)
{
  TideUserRef user = tide_user_table_hold_name (self->users, "zoe");
  g_autoptr (TideEvent) event = make_event (self, 1);
  TideBatchItem item = { .event = event };

  g_test_summary ("The slot is held as long as something is kept for its user");

  tide_offline_queue_push (self->queue, user.slot, &item);
  tide_offline_queue_push (self->queue, user.slot, &item);
  tide_user_table_release (self->users, user.slot);
  g_assert_true (tide_user_table_is_current (self->users, user));
  tide_offline_queue_forget (self->queue, user.slot);
  g_assert_false (tide_user_table_is_current (self->users, user));
  g_assert_cmpuint (self->counters.books[TIDE_CLASS_LOSSLESS].dropped_left, ==, 2);
}

static void
test_wants (Fixture *self, gconstpointer data)
{
  g_autoptr (TideEvent) event = make_event (self, 1);
  guint32 slot = self->refs[0].slot;

  g_test_summary ("Kept is what is lossless, of a kept route, for a kept user");

  g_assert_true (tide_offline_queue_wants (self->queue, event, slot));
  tide_user_table_set_kept (self->users, slot, FALSE);
  g_assert_false (tide_offline_queue_wants (self->queue, event, slot));
  tide_user_table_set_kept (self->users, slot, TRUE);
  self->route->is_kept = FALSE;
  g_assert_false (tide_offline_queue_wants (self->queue, event, slot));
  self->route->is_kept = TRUE;
  self->route->delivery_class = TIDE_CLASS_CONFLATE;
  g_assert_false (tide_offline_queue_wants (self->queue, event, slot));
  self->route->delivery_class = TIDE_CLASS_LOSSLESS;
  self->settings.max_events = 0;
  tide_offline_queue_set_settings (self->queue, &self->settings);
  g_assert_false (tide_offline_queue_wants (self->queue, event, slot));
}

static void
test_return (Fixture *self, gconstpointer data)
{
  g_autoptr (TideEvent) event = make_event (self, 1);
  TideBatchItem item = { .event = event, .n_attempts = 3, .is_by_room = TRUE };
  TideBatchItem found;

  g_test_summary ("What comes back keeps its attempts, goes first, and is for all tabs");

  push (self, 0, 1);
  tide_offline_queue_return_before (self->queue, self->refs[0].slot, &item, 1);
  g_assert_true (tide_offline_queue_peek (self->queue, self->refs[0].slot, &found));
  g_assert_cmpuint (found.event->id, ==, 1);
  g_assert_cmpuint (found.n_attempts, ==, 3);
  g_assert_false (found.is_by_room);
  g_assert_cmpuint (get_length (self, 0), ==, 2);
  tide_user_table_set_kept (self->users, self->refs[1].slot, FALSE);
  tide_offline_queue_return (self->queue, self->refs[1].slot, &item);
  g_assert_cmpuint (get_length (self, 1), ==, 0);
  g_assert_cmpuint (self->counters.books[TIDE_CLASS_LOSSLESS].dropped_left, ==, 1);
}

/* --- against the model --- */

static void
model_shed (Fixture *self, guint user)
{
  for (;;)
    {
      gsize n_bytes = 0;
      gsize total = 0;
      guint n = 0;
      gint first_of_user = -1;

      for (guint i = 0; i < self->model->len; i++)
        {
          Kept *kept = &g_array_index (self->model, Kept, i);

          total += kept->n_bytes;
          if (kept->user != user)
            continue;
          if (n++ == 0)
            first_of_user = i;
          n_bytes += kept->n_bytes;
        }
      if (n > self->settings.max_events || n_bytes > self->settings.max_bytes)
        g_array_remove_index (self->model, first_of_user);
      else if (total > self->settings.total_bytes)
        g_array_remove_index (self->model, 0);
      else
        return;
    }
}

static void
model_expire (Fixture *self)
{
  gint64 now_us = tide_clock_now_us (self->clock);

  while (self->model->len > 0 &&
         now_us - g_array_index (self->model, Kept, 0).queued_us >=
             self->settings.max_age_us)
    g_array_remove_index (self->model, 0);
}

static guint64
model_pop (Fixture *self, guint user)
{
  for (guint i = 0; i < self->model->len; i++)
    {
      Kept kept = g_array_index (self->model, Kept, i);

      if (kept.user != user)
        continue;
      g_array_remove_index (self->model, i);
      return kept.id;
    }
  return 0;
}

static void
test_random (Fixture *self, gconstpointer data)
{
  g_test_summary ("Whatever happens, what is kept is what plain arrays say");

  for (guint i = 0; i < 20000; i++)
    {
      guint user = g_test_rand_int_range (0, N_USERS);
      guint dice = g_test_rand_int_range (0, 20);
      guint n = 0;

      model_expire (self);
      if (dice < 12)
        {
          Kept kept = { .user = user,
                        .n_bytes = g_test_rand_int_range (1, 40),
                        .queued_us = tide_clock_now_us (self->clock) };

          push (self, user, kept.n_bytes);
          kept.id = self->last_id;
          g_array_append_val (self->model, kept);
          model_shed (self, user);
        }
      else if (dice < 17)
        g_assert_cmpuint (pop (self, user), ==, model_pop (self, user));
      else if (dice < 18)
        {
          tide_offline_queue_forget (self->queue, self->refs[user].slot);
          while (model_pop (self, user) > 0)
            ;
        }
      else
        tide_clock_advance (self->clock, g_test_rand_int_range (0, 15 * G_USEC_PER_SEC));
      for (guint j = 0; j < self->model->len; j++)
        n += g_array_index (self->model, Kept, j).user == user;
      if (dice < 18)
        {
          g_assert_cmpuint (get_length (self, user), ==, n);
          check_facts (self, user);
        }
      check_books (self);
    }
}

#define ADD(name, func)                                                                  \
  g_test_add ("/delivery/offline-queue/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("count", test_count);
  ADD ("bytes", test_bytes);
  ADD ("total", test_total);
  ADD ("shed", test_shed);
  ADD ("age", test_age);
  ADD ("age-without-timer", test_age_without_timer);
  ADD ("holds-slot", test_holds_slot);
  ADD ("wants", test_wants);
  ADD ("return", test_return);
  ADD ("random", test_random);
  return g_test_run ();
}
