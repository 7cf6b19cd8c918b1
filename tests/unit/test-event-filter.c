/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-event-filter.h"

#include <string.h>

static gboolean
matches (const char *text)
{
  static const char *const texts[TIDE_N_EVENT_FILTER_FIELDS] = {
    [TIDE_EVENT_FILTER_CHANNEL] = "tickstock.all_ticks",
    [TIDE_EVENT_FILTER_CLASS] = "conflate",
    [TIDE_EVENT_FILTER_KEY] = "BRK B",
    [TIDE_EVENT_FILTER_PRIORITY] = "medium",
    [TIDE_EVENT_FILTER_TYPE] = "tick_data",
  };
  TideEventFilterText fields[TIDE_N_EVENT_FILTER_FIELDS];
  g_autoptr (GError) error = NULL;
  g_autoptr (TideEventFilter) filter = tide_event_filter_new (text, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < TIDE_N_EVENT_FILTER_FIELDS; i++)
    fields[i] =
        (TideEventFilterText){ texts[i], texts[i] != NULL ? strlen (texts[i]) : 0 };
  return tide_event_filter_matches (filter, fields);
}

static void
test_matches (void)
{
  g_test_summary ("All words have to match; what an event has not is matched by nothing");

  g_assert_true (matches (""));
  g_assert_true (matches ("   "));
  g_assert_true (matches ("type=tick_data"));
  g_assert_true (matches (" type=tick*  key=B?K?B class=conflate "));
  g_assert_true (matches ("channel=tickstock.* priority=[lm]*"));
  g_assert_false (matches ("type=tick"));
  g_assert_false (matches ("type=tick* key=AAPL"));
  g_assert_false (matches ("route=*"));
}

static void
test_nicks (void)
{
  g_test_summary ("What a field is called is what a filter takes");

  for (guint i = 0; i < TIDE_N_EVENT_FILTER_FIELDS; i++)
    {
      g_autofree char *text =
          g_strconcat (tide_event_filter_field_get_nick (i), "=*", NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (TideEventFilter) filter = tide_event_filter_new (text, &error);

      g_assert_no_error (error);
      g_assert_nonnull (filter);
    }
}

static void
test_users (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideEventFilter) filter =
      tide_event_filter_new ("user=ann type=x user=b*", &error);

  g_test_summary ("Words about users are kept for who knows them");

  g_assert_no_error (error);
  g_assert_cmpuint (tide_event_filter_get_n_users (filter), ==, 2);
  g_assert_cmpstr (tide_event_filter_get_user (filter, 0), ==, "ann");
  g_assert_cmpstr (tide_event_filter_get_user (filter, 1), ==, "b*");
}

static void
test_wrong (void)
{
  g_autofree char *long_one = g_strnfill (1100, 'x');
  g_autofree char *many = NULL;
  GString *words = g_string_new (NULL);

  g_test_summary ("What is wrong is refused, and the text says which word it is");

  for (guint i = 0; i < 17; i++)
    g_string_append (words, "key=a ");
  many = g_string_free (words, FALSE);

  const char *const wrong[][2] = {
    { "tick", "word 1 " },   { "type=a  tick", "word 2 " },
    { "=a", "word 1 " },     { "price=3", "names " },
    { "type=", "word 1 " },  { "Type=a", "names " },
    { "key=[a", "word 1 " }, { many, "16" },
    { long_one, "1024" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (tide_event_filter_new (wrong[i][0], &error));
      g_test_message ("%s", error->message);
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_FILTER);
      g_assert_nonnull (strstr (error->message, wrong[i][1]));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/event-filter/matches", test_matches);
  g_test_add_func ("/daemon/event-filter/nicks", test_nicks);
  g_test_add_func ("/daemon/event-filter/users", test_users);
  g_test_add_func ("/daemon/event-filter/wrong", test_wrong);
  return g_test_run ();
}
