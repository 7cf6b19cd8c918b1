/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-publication.h"
#include "tide-user-id.h"

#include <gio/gio.h>

#include "pipeline-harness.h"

#define ROOMS "[rooms]\nopen=lobby\n[route lobby]\nchannel=lobby\naudience=room:lobby\n"

static guint
publish_to (const char *audience, const char *payload, GError **error)
{
  TideBusPublication what = { audience, "news", payload, TIDE_PRIORITY_HIGH };
  guint n_users = G_MAXUINT;

  if (!tide_publication_send (
          tide_pipeline_get_stages (fixture.pipeline), &what, &n_users, error))
    g_assert_cmpuint (n_users, ==, G_MAXUINT);
  return n_users;
}

static void
assert_reaches (const char *audience, const char *payload, guint n_users)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (publish_to (audience, payload, &error), ==, n_users);
  g_assert_no_error (error);
  assert_balanced ();
}

static void
test_audiences (void)
{
  RawWebSocket ann;
  RawWebSocket bob;
  RawWebSocket nobody;
  TideUserRef user = { 2, 1 };
  g_autofree char *name = NULL;

  g_test_summary (
      "Everyone, a room, a user, and one without a name get what is for them, "
      "as it was given");

  config_text = ROOMS;
  set_up (NULL, NULL);
  assert_reaches ("everyone", "{\"n\":0}", 0);
  come (&ann, "ann");
  come (&bob, "bob");
  come (&nobody, NULL);
  ask (&bob, "{\"type\":\"join_room\",\"room\":\"lobby\"}");
  assert_reaches ("everyone", "{ \"n\": 1.50 }", 3);
  wait_for_text (&ann, "{ \"n\": 1.50 }");
  wait_for_text (&bob, "{ \"n\": 1.50 }");
  wait_for_text (&nobody, "{ \"n\": 1.50 }");
  assert_reaches ("room:lobby", "{\"n\":2}", 1);
  wait_for_text (&bob, "{\"n\":2}");
  assert_reaches ("user:ann", "{\"n\":3}", 1);
  wait_for_text (&ann, "{\"n\":3}");
  assert_reaches ("room:user_ann", "{\"n\":4}", 1);
  wait_for_text (&ann, "{\"n\":4}");
  name = tide_user_id_describe (tide_pipeline_get_stages (fixture.pipeline)->users, user);
  g_assert_cmpstr (name, ==, ":3");
  assert_reaches ("user::3", "{\"n\":5}", 1);
  wait_for_text (&nobody, "\"type\":\"news\",\"data\":{\"n\":5}");
  g_assert_null (strstr (ann.log->str, "{\"n\":2}"));
  g_assert_null (strstr (ann.log->str, "{\"n\":5}"));
  g_assert_null (strstr (bob.log->str, "{\"n\":3}"));
  g_assert_cmpuint (fixture.counters->events_lossless, ==, 5);
  g_assert_cmpuint (fixture.counters->events_high, ==, 5);
  g_assert_cmpuint (fixture.counters->events_received, ==, 6);
  raw_websocket_clear (&ann);
  raw_websocket_clear (&bob);
  raw_websocket_clear (&nobody);
  tear_down ();
  config_text = "";
}

static void
test_away (void)
{
  RawWebSocket ann;

  g_test_summary ("For a single user who is away and waited for it waits");

  set_up (NULL, NULL);
  come (&ann, "ann");
  ask (&ann,
       "{\"type\":\"subscribe\",\"subscription_type\":\"tier_patterns\",\"filters\":{}}");
  leave (&ann);
  g_assert_cmpuint (fixture.counters->users_away, ==, 1);
  assert_reaches ("user:ann", "{\"n\":1}", 1);
  assert_reaches ("everyone", "{\"n\":2}", 0);
  g_assert_cmpuint (fixture.counters->books[TIDE_CLASS_LOSSLESS].in_offline, ==, 1);
  come (&ann, "ann");
  wait_for_text (&ann, "{\"n\":1}");
  g_assert_null (strstr (ann.log->str, "{\"n\":2}"));
  assert_balanced ();
  raw_websocket_clear (&ann);
  tear_down ();
}

static void
test_wrong (void)
{
  const char *const small[] = { "source.max-event-bytes=1024", NULL };
  g_autofree char *spaces = g_strnfill (1100, ' ');
  g_autofree char *large = g_strconcat ("{", spaces, "}", NULL);
  const struct
  {
    const char *audience;
    const char *payload;
    gboolean is_not_found;
  } wrong[] = {
    { "all", "{}", FALSE },        { "", "{}", FALSE },
    { "user:nobody", "{}", TRUE }, { "user:", "{}", TRUE },
    { "user::77", "{}", TRUE },    { "room:nowhere", "{}", TRUE },
    { "everyone", "[]", FALSE },   { "everyone", "{", FALSE },
    { "everyone", "", FALSE },     { "everyone", "{\"a\":01}", FALSE },
    { "everyone", large, FALSE },
  };

  g_test_summary ("What is wrong is refused with its reason, and nothing is counted");

  set_up (NULL, small);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      publish_to (wrong[i].audience, wrong[i].payload, &error);
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
      if (wrong[i].is_not_found)
        g_assert_error (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND);
      else
        g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
  g_assert_cmpuint (fixture.counters->events_received, ==, 0);
  g_assert_cmpuint (
      tide_user_table_get_n_users (tide_pipeline_get_stages (fixture.pipeline)->users),
      ==,
      0);
  tear_down ();
}

static void
test_types (void)
{
  static const char *const wrong[] = { "", "disconnect", "neues\303\266", "a\nb" };

  g_test_summary ("A type has to be one that a route could have");

  set_up (NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      TideBusPublication what = { "everyone", wrong[i], "{}", TIDE_PRIORITY_LOW };
      g_autoptr (GError) error = NULL;
      guint n_users;

      g_assert_false (tide_publication_send (
          tide_pipeline_get_stages (fixture.pipeline), &what, &n_users, &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
      g_assert_true (g_str_has_prefix (error->message, "event_type "));
    }
  tear_down ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/publication/audiences", test_audiences);
  g_test_add_func ("/daemon/publication/away", test_away);
  g_test_add_func ("/daemon/publication/wrong", test_wrong);
  g_test_add_func ("/daemon/publication/types", test_types);
  return g_test_run ();
}
