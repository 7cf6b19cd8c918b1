/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-lane-queue.h"

#define N_KEYS 6

typedef struct
{
  TideTopicTable *topics;
  TideEvent *events[N_KEYS]; /* even ones may be replaced */
  TideLaneQueue queue;
  GArray *model; /* (element-type TideLaneEntry), live ones, unowned */
  guint64 last_sequence;
} Fixture;

static void
open_fixture (Fixture *self)
{
  static const char *const fields[] = { "key", NULL };

  *self = (Fixture){ .topics = tide_topic_table_new () };
  self->model = g_array_new (FALSE, FALSE, sizeof (TideLaneEntry));
  for (guint i = 0; i < N_KEYS; i++)
    {
      g_autoptr (TideRoute) route = tide_route_new ("a", "a", fields, 0);
      char key = 'a' + i;

      route->delivery_class = i % 2 == 0 ? TIDE_CLASS_CONFLATE : TIDE_CLASS_LOSSLESS;
      self->events[i] = tide_event_new (route, "{}", 2, &key, 1, 0);
    }
}

static void
close_fixture (Fixture *self)
{
  tide_lane_queue_clear (&self->queue);
  for (guint i = 0; i < N_KEYS; i++)
    tide_event_unref (self->events[i]);
  g_array_unref (self->model);
  g_assert_cmpuint (tide_topic_table_get_n_topics (self->topics), ==, 0);
  tide_topic_table_free (self->topics);
}

static void
add (Fixture *self, guint key, gboolean at_front)
{
  TideLaneEntry entry = {
    .event = tide_event_ref (self->events[key]),
    .topic = tide_topic_table_hold (self->topics, self->events[key]),
    .sequence = ++self->last_sequence,
  };

  if (at_front)
    {
      tide_lane_queue_prepend (&self->queue, &entry);
      g_array_prepend_val (self->model, entry);
    }
  else
    {
      tide_lane_queue_append (&self->queue, &entry);
      g_array_append_val (self->model, entry);
    }
}

static TideLaneEntry *
find_live (Fixture *self, guint index)
{
  for (guint i = 0; i < self->queue.length; i++)
    {
      TideLaneEntry *at = tide_lane_queue_peek (&self->queue, i);

      if (at->event != NULL && index-- == 0)
        return at;
    }
  g_assert_not_reached ();
}

static void
take (Fixture *self, guint index)
{
  TideLaneEntry entry;

  tide_lane_queue_steal (&self->queue, find_live (self, index), &entry);
  g_assert_cmpuint (
      entry.sequence, ==, g_array_index (self->model, TideLaneEntry, index).sequence);
  tide_lane_entry_clear (&entry);
  g_array_remove_index (self->model, index);
}

static void
check_find (Fixture *self, guint key)
{
  g_autoptr (TideTopic) topic = tide_topic_table_hold (self->topics, self->events[key]);
  TideLaneEntry *found = tide_lane_queue_find (&self->queue, topic);
  guint64 expected = 0;

  for (guint i = 0; key % 2 == 0 && i < self->model->len; i++)
    if (g_array_index (self->model, TideLaneEntry, i).topic == topic)
      expected = g_array_index (self->model, TideLaneEntry, i).sequence;
  g_assert_cmpuint (found != NULL ? found->sequence : 0, ==, expected);
}

static void
check (Fixture *self)
{
  guint n = 0;

  g_assert_cmpuint (self->queue.n_live, ==, self->model->len);
  for (guint i = 0; i < self->queue.length; i++)
    {
      TideLaneEntry *at = tide_lane_queue_peek (&self->queue, i);

      if (at->event != NULL)
        g_assert_cmpuint (
            at->sequence, ==, g_array_index (self->model, TideLaneEntry, n++).sequence);
    }
  g_assert_cmpuint (n, ==, self->model->len);
}

static void
run_random (guint seed, guint n_aimed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  Fixture self;

  open_fixture (&self);
  for (guint i = 0; i < 400; i++)
    {
      guint n = self.model->len;
      gboolean grows = (guint) g_rand_int_range (rand, 0, 2 * n_aimed) >= n;

      if (grows)
        add (&self,
             g_rand_int_range (rand, 0, N_KEYS),
             g_rand_int_range (rand, 0, 6) == 0);
      else if (n > 0)
        take (&self, g_rand_boolean (rand) ? 0 : g_rand_int_range (rand, 0, n));
      if (g_rand_boolean (rand))
        tide_lane_queue_tidy (&self.queue);
      check (&self);
      check_find (&self, g_rand_int_range (rand, 0, N_KEYS));
    }
  close_fixture (&self);
}

static void
test_short (void)
{
  g_test_summary ("A short queue is what a plain array says");

  for (guint seed = 0; seed < 100; seed++)
    run_random (seed, 6);
}

static void
test_long (void)
{
  g_test_summary ("A long queue, with a table, is what a plain array says");

  for (guint seed = 0; seed < 100; seed++)
    run_random (seed, 60);
}

static void
test_tidy (void)
{
  Fixture self;

  g_test_summary (
      "A queue that was emptied gives its memory back, and can be used again");

  open_fixture (&self);
  for (guint i = 0; i < 100; i++)
    add (&self, i % N_KEYS, FALSE);
  for (guint i = 0; i < 90; i++)
    take (&self, 1);
  tide_lane_queue_tidy (&self.queue);
  g_assert_cmpuint (self.queue.length, ==, 10);
  while (self.model->len > 0)
    take (&self, 0);
  tide_lane_queue_tidy (&self.queue);
  g_assert_null (self.queue.entries);
  g_assert_cmpuint (self.queue.n_allocated, ==, 0);
  add (&self, 0, TRUE);
  check (&self);
  close_fixture (&self);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery/lane-queue/short", test_short);
  g_test_add_func ("/delivery/lane-queue/long", test_long);
  g_test_add_func ("/delivery/lane-queue/tidy", test_tidy);
  return g_test_run ();
}
