/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-lane.h"

typedef struct
{
  TideTopicTable *topics;
  TideRoute *routes[TIDE_N_CLASSES];
  TideLane lane;
  TideLaneTally tally;
  guint64 last_sequence;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  static const char *const key[] = { "key", NULL };

  self->topics = tide_topic_table_new ();
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    {
      const char *name = tide_delivery_class_get_nick (i);

      self->routes[i] = tide_route_new (name, name, key, 0);
      self->routes[i]->delivery_class = i;
    }
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  tide_lane_clear (&self->lane);
  g_assert_cmpuint (tide_topic_table_get_n_topics (self->topics), ==, 0);
  tide_topic_table_free (self->topics);
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    tide_route_unref (self->routes[i]);
}

/* An event of 10 bytes; its sequence is its name. */
static TideLaneEntry
make (Fixture *self, TideDeliveryClass delivery_class, TidePriority priority, char key)
{
  TideEventValue value = { &key, 1 };
  TideEventFacts facts = {
    .route = self->routes[delivery_class],
    .payload = "\"12345678\"",
    .payload_length = 10,
    .values = &value,
    .priority = priority,
  };
  TideEvent *event = tide_event_new_full (&facts);

  return (TideLaneEntry){ .event = event,
                          .topic = tide_topic_table_hold (self->topics, event),
                          .sequence = ++self->last_sequence };
}

static void
add (Fixture *self, TideDeliveryClass delivery_class, TidePriority priority, char key)
{
  TideLaneEntry entry = make (self, delivery_class, priority, key);

  tide_lane_append (&self->lane, &entry, priority);
}

#define ADD(class, priority, key)                                                        \
  add (self, TIDE_CLASS_##class, TIDE_PRIORITY_##priority, key)

static void
assert_entries (GArray *entries, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < entries->len; i++)
    {
      TideLaneEntry *entry = &g_array_index (entries, TideLaneEntry, i);

      g_string_append_printf (
          text, "%s%" G_GUINT64_FORMAT, i > 0 ? " " : "", entry->sequence);
      tide_lane_entry_clear (entry);
    }
  g_assert_cmpstr (text->str, ==, expected);
  g_array_set_size (entries, 0);
}

static void
assert_take (Fixture *self, guint n_events, gsize n_bytes, const char *expected)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (TideLaneEntry));

  tide_lane_take (&self->lane, n_events, n_bytes, entries);
  assert_entries (entries, expected);
}

static void
assert_rest (Fixture *self, const char *expected)
{
  assert_take (self, G_MAXUINT, G_MAXSIZE, expected);
  g_assert_cmpuint (self->lane.n_pending, ==, 0);
  g_assert_cmpuint (self->lane.n_bytes, ==, 0);
}

static void
test_take (Fixture *self, gconstpointer data)
{
  g_test_summary ("The highest leave first, as many and as large as may");

  ADD (LOSSLESS, LOW, 'a');
  ADD (LOSSLESS, HIGH, 'b');
  ADD (CONFLATE, MEDIUM, 'c');
  ADD (LOSSLESS, HIGH, 'd');
  g_assert_cmpuint (self->lane.n_bytes, ==, 40);
  assert_take (self, 1, 1000, "2");
  assert_take (self, 10, 29, "4 3");
  assert_take (self, 10, 5, "1");
  assert_rest (self, "");
}

static void
test_take_lossless (Fixture *self, gconstpointer data)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (TideLaneEntry));

  g_test_summary ("What is lossless can leave while the rest stays");

  ADD (CONFLATE, HIGH, 'a');
  ADD (LOSSLESS, LOW, 'b');
  ADD (DROPPABLE, MEDIUM, 'c');
  ADD (LOSSLESS, MEDIUM, 'd');
  tide_lane_take_lossless (&self->lane, 10, 1000, entries);
  assert_entries (entries, "4 2");
  assert_rest (self, "1 3");
}

static void
test_take_all (Fixture *self, gconstpointer data)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (TideLaneEntry));

  g_test_summary ("All are taken oldest first, what was put back too");

  ADD (LOSSLESS, LOW, 'a');
  ADD (LOSSLESS, HIGH, 'b');
  tide_lane_take (&self->lane, 1, 1000, entries);
  ADD (LOSSLESS, CRITICAL, 'c');
  tide_lane_put_back (&self->lane, (TideLaneEntry *) (gpointer) entries->data, 1);
  g_array_set_size (entries, 0);
  assert_take (self, 1, 1000, "2");
  ADD (LOSSLESS, MEDIUM, 'd');
  tide_lane_take_all (&self->lane, entries);
  assert_entries (entries, "1 3 4");
}

static gboolean
replace (Fixture *self, TideDeliveryClass delivery_class, TidePriority priority, char key)
{
  TideLaneEntry entry = make (self, delivery_class, priority, key);

  if (tide_lane_replace (&self->lane, &entry, &self->tally))
    return TRUE;
  tide_lane_entry_clear (&entry);
  return FALSE;
}

static void
test_replace (Fixture *self, gconstpointer data)
{
  g_test_summary ("A newer one takes the place of the waiting one of its topic");

  ADD (CONFLATE, MEDIUM, 'a');
  ADD (CONFLATE, MEDIUM, 'b');
  g_assert_true (replace (self, TIDE_CLASS_CONFLATE, TIDE_PRIORITY_MEDIUM, 'a'));
  g_assert_true (replace (self, TIDE_CLASS_CONFLATE, TIDE_PRIORITY_LOW, 'b'));
  g_assert_false (replace (self, TIDE_CLASS_CONFLATE, TIDE_PRIORITY_HIGH, 'b'));
  g_assert_false (replace (self, TIDE_CLASS_CONFLATE, TIDE_PRIORITY_LOW, 'c'));
  g_assert_cmpuint (self->tally.n_conflated[TIDE_CLASS_CONFLATE], ==, 2);
  g_assert_cmpuint (self->lane.n_pending, ==, 2);
  assert_rest (self, "3 4");
}

static void
test_raise (Fixture *self, gconstpointer data)
{
  TideLaneEntry urgent;

  g_test_summary ("Older ones of a topic rise with a newer one, or are replaced by it");

  ADD (LOSSLESS, LOW, 'a');
  ADD (LOSSLESS, LOW, 'b');
  ADD (LOSSLESS, MEDIUM, 'a');
  urgent = make (self, TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_HIGH, 'a');
  tide_lane_raise (&self->lane, urgent.topic, TIDE_PRIORITY_HIGH, TRUE, &self->tally);
  tide_lane_append (&self->lane, &urgent, TIDE_PRIORITY_HIGH);
  assert_rest (self, "3 1 4 2");

  ADD (CONFLATE, LOW, 'a');
  ADD (CONFLATE, MEDIUM, 'a');
  urgent = make (self, TIDE_CLASS_CONFLATE, TIDE_PRIORITY_HIGH, 'a');
  tide_lane_raise (&self->lane, urgent.topic, TIDE_PRIORITY_HIGH, TRUE, &self->tally);
  tide_lane_append (&self->lane, &urgent, TIDE_PRIORITY_HIGH);
  g_assert_cmpuint (self->tally.n_conflated[TIDE_CLASS_CONFLATE], ==, 2);
  assert_rest (self, "7");
}

static void
test_take_topic (Fixture *self, gconstpointer data)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (TideLaneEntry));
  TideLaneEntry urgent = make (self, TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_HIGH, 'a');
  gsize n_bytes = 0;

  g_test_summary ("The events of a topic are counted and taken, the others stay");

  ADD (LOSSLESS, LOW, 'b');
  ADD (LOSSLESS, LOW, 'a');
  ADD (LOSSLESS, LOW, 'a');
  g_assert_cmpuint (tide_lane_count_topic (&self->lane, urgent.topic, &n_bytes), ==, 2);
  g_assert_cmpuint (n_bytes, ==, 20);
  tide_lane_take_topic (&self->lane, urgent.topic, entries, &self->tally);
  assert_entries (entries, "3 4");
  tide_lane_entry_clear (&urgent);
  assert_rest (self, "2");
}

static void
test_conflate (Fixture *self, gconstpointer data)
{
  g_test_summary ("Under pressure the newest of each stream stays, where its oldest was");

  for (guint i = 0; i < 40; i++)
    ADD (CONFLATE, MEDIUM, 'a' + i % 2);
  ADD (LOSSLESS, MEDIUM, 'a');
  ADD (LOSSLESS, MEDIUM, 'a');
  ADD (CONFLATE, LOW, 'a');
  tide_lane_conflate (&self->lane, &self->tally);
  g_assert_cmpuint (self->tally.n_conflated[TIDE_CLASS_CONFLATE], ==, 38);
  assert_rest (self, "39 40 41 42 43");
}

static void
test_shed (Fixture *self, gconstpointer data)
{
  g_test_summary ("What is droppable goes when it has to, then the oldest and lowest");

  ADD (DROPPABLE, HIGH, 'a');
  ADD (LOSSLESS, MEDIUM, 'b');
  ADD (DROPPABLE, LOW, 'c');
  ADD (LOSSLESS, LOW, 'd');
  ADD (LOSSLESS, LOW, 'e');
  tide_lane_shed (&self->lane, &self->tally);
  g_assert_cmpuint (self->tally.n_dropped[TIDE_CLASS_DROPPABLE], ==, 2);
  tide_lane_drop_oldest (&self->lane, &self->tally);
  g_assert_cmpuint (self->tally.n_dropped[TIDE_CLASS_LOSSLESS], ==, 1);
  assert_rest (self, "2 5");
}

#define ADD_TEST(name, func)                                                             \
  g_test_add ("/delivery/lane/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD_TEST ("take", test_take);
  ADD_TEST ("take-lossless", test_take_lossless);
  ADD_TEST ("take-all", test_take_all);
  ADD_TEST ("replace", test_replace);
  ADD_TEST ("raise", test_raise);
  ADD_TEST ("take-topic", test_take_topic);
  ADD_TEST ("conflate", test_conflate);
  ADD_TEST ("shed", test_shed);
  return g_test_run ();
}
