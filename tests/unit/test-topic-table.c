/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-topic-table.h"

static TideEvent *
make_event (const char *type, TideDeliveryClass delivery_class, const char *key, gsize n)
{
  static const char *const fields[] = { "key", NULL };
  g_autoptr (TideRoute) route = tide_route_new (type, type, fields, 0);

  route->delivery_class = delivery_class;
  return tide_event_new (route, "{}", 2, key, n, 0);
}

static void
test_same (void)
{
  g_autoptr (TideTopicTable) table = tide_topic_table_new ();
  g_autoptr (TideEvent) one = make_event ("tick", TIDE_CLASS_CONFLATE, "AAPL", 4);
  g_autoptr (TideEvent) again = make_event ("tick", TIDE_CLASS_CONFLATE, "AAPL", 4);
  g_autoptr (TideEvent) longer = make_event ("tick", TIDE_CLASS_CONFLATE, "AAPLX", 5);
  g_autoptr (TideEvent) other = make_event ("tickA", TIDE_CLASS_CONFLATE, "APL", 3);
  g_autoptr (TideEvent) without = make_event ("tick", TIDE_CLASS_CONFLATE, NULL, 0);
  TideTopic *topic;

  g_test_summary ("Events of one type and key have one topic, as long as it is held");

  topic = tide_topic_table_hold (table, one);
  g_clear_pointer (&one, tide_event_unref);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (TideTopic) same = tide_topic_table_hold (table, again);
      g_autoptr (TideTopic) second = tide_topic_table_hold (table, longer);
      g_autoptr (TideTopic) third = tide_topic_table_hold (table, other);
      g_autoptr (TideTopic) fourth = tide_topic_table_hold (table, without);
      g_autoptr (TideTopic) fifth = tide_topic_ref (fourth);

      g_assert_true (same == topic && fifth == fourth);
      g_assert_true (second != topic && third != topic && fourth != topic);
      g_assert_true (second != third && second != fourth && third != fourth);
      g_assert_cmpuint (tide_topic_table_get_n_topics (table), ==, 4);
    }
  g_assert_cmpuint (tide_topic_table_get_n_topics (table), ==, 1);
  tide_topic_unref (topic);
  g_assert_cmpuint (tide_topic_table_get_n_topics (table), ==, 0);
}

static void
test_mixed (void)
{
  g_autoptr (TideTopicTable) table = tide_topic_table_new ();
  g_autoptr (TideEvent) conflated = make_event ("a", TIDE_CLASS_CONFLATE, "k", 1);
  g_autoptr (TideEvent) latest = make_event ("a", TIDE_CLASS_LATEST, "k", 1);
  g_autoptr (TideEvent) lossless = make_event ("a", TIDE_CLASS_LOSSLESS, "k", 1);
  g_autoptr (TideTopic) topic = tide_topic_table_hold (table, conflated);

  g_test_summary ("A topic with events that may be replaced and others is mixed");

  tide_topic_unref (tide_topic_table_hold (table, latest));
  g_assert_false (tide_topic_is_mixed (topic));
  tide_topic_unref (tide_topic_table_hold (table, lossless));
  g_assert_true (tide_topic_is_mixed (topic));
  g_clear_pointer (&topic, tide_topic_unref);
  topic = tide_topic_table_hold (table, lossless);
  g_assert_false (tide_topic_is_mixed (topic));
}

static void
test_find (void)
{
  g_autoptr (TideTopicTable) table = tide_topic_table_new ();
  g_autoptr (TideEvent) conflated = make_event ("a", TIDE_CLASS_CONFLATE, "k", 1);
  g_autoptr (TideEvent) lossless = make_event ("a", TIDE_CLASS_LOSSLESS, "k", 1);
  g_autoptr (TideTopic) topic = NULL;

  g_test_summary ("Who only looks for a topic leaves everything as it is");

  g_assert_null (tide_topic_table_find (table, conflated));
  g_assert_cmpuint (tide_topic_table_get_n_topics (table), ==, 0);
  topic = tide_topic_table_hold (table, conflated);
  g_assert_true (tide_topic_table_find (table, lossless) == topic);
  g_assert_false (tide_topic_is_mixed (topic));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery/topic-table/same", test_same);
  g_test_add_func ("/delivery/topic-table/mixed", test_mixed);
  g_test_add_func ("/delivery/topic-table/find", test_find);
  return g_test_run ();
}
