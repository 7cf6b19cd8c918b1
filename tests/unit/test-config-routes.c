/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-text.h"
#include "tide-config.h"
#include "tide-error.h"
#include "tide-route-text.h"

#include <string.h>

static TideConfig *
load (const char *text, const char *const *settings)
{
  g_autoptr (GError) error = NULL;
  TideConfig *config =
      tide_config_load_data ("/x/t.conf", text, strlen (text), settings, &error);

  g_assert_no_error (error);
  return config;
}

static TideRoute *
find (TideConfig *config, const char *channel)
{
  return tide_route_table_find (
      tide_config_get_routes (config), channel, strlen (channel));
}

static guint
count (TideConfig *config)
{
  return tide_route_table_get_routes (tide_config_get_routes (config))->len;
}

static void
assert_fails (const char *text, const char *const *settings, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideConfig) config =
      tide_config_load_data ("/x/t.conf", text, strlen (text), settings, &error);

  g_assert_null (config);
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  g_assert_cmpstr (error->message, ==, expected);
}

static void
test_presets (void)
{
  const char *const none[] = { "routing.preset=none", NULL };
  g_autoptr (TideConfig) defaults = tide_config_new ();
  g_autoptr (TideConfig) tickstock = load ("", NULL);
  g_autoptr (TideConfig) empty = load ("", none);

  g_test_summary ("Without a word the routes are the application's, or none");

  g_assert_cmpuint (count (defaults), ==, 6);
  g_assert_cmpuint (count (tickstock), ==, 6);
  g_assert_cmpuint (count (empty), ==, 0);
}

static void
test_merge (void)
{
  g_autoptr (TideConfig) config = load ("[route system_health]\n"
                                        "audience=room:ops\n"
                                        "[route chat]\n"
                                        "pattern=chat.\\\\[*\n"
                                        "audience=everyone\n"
                                        "[route market_insight]\n"
                                        "enabled=false\n"
                                        "[route tick_data]\n"
                                        "channel=\n"
                                        "pattern=ticks.*\n",
                                        NULL);
  const TideRoute *health = find (config, "tickstock.events.health");

  g_test_summary ("Own groups change the keys they have, add routes, and take some away");

  g_assert_cmpuint (count (config), ==, 6);
  g_assert_cmpuint (health->audience, ==, 0);
  g_assert_cmpstr (health->rooms[0], ==, "ops");
  g_assert_cmpint (health->delivery_class, ==, TIDE_CLASS_CONFLATE);
  g_assert_cmpstr (find (config, "chat.[1")->event_type, ==, "chat");
  g_assert_null (find (config, "chat.1"));
  g_assert_null (find (config, "tickstock.events.market_insights"));
  g_assert_null (find (config, "tickstock.all_ticks"));
  g_assert_cmpstr (find (config, "ticks.x")->event_type, ==, "tick_data");
}

static void
test_settings (void)
{
  const char *const settings[] = { "route.chat.channel=lobby",
                                   "route.chat.audience=room:a=b",
                                   "route.tick_data.class=latest",
                                   NULL };
  g_autoptr (TideConfig) config = load ("[route tick_data]\nclass=lossless\n", settings);

  g_test_summary ("Settings of the command line make and change routes");

  g_assert_cmpstr (find (config, "lobby")->rooms[0], ==, "a=b");
  g_assert_cmpint (
      find (config, "tickstock.all_ticks")->delivery_class, ==, TIDE_CLASS_LATEST);
}

static void
test_print (void)
{
  const char *const settings[] = { "route.chat.event=message", NULL };
  g_autoptr (TideConfig) config =
      load ("[route chat]\npattern=c\\\\*\\s\\\\?\n"
            "audience=everyone\n[route tick_data]\nkey=\nhistory=\n"
            "[route market_insight]\nenabled=false\n",
            settings);
  g_autofree char *text = tide_config_print (config);
  g_autoptr (TideConfig) again = load (text, NULL);
  g_autofree char *text_again = tide_config_print (again);
  const TideRoute *chat = find (again, "c* ?");

  g_test_summary (
      "Routes are printed with the place of each key, fit to be loaded again");

  g_assert_nonnull (strstr (text,
                            "\n\n[route tick_data]\n# preset tickstock\n"
                            "channel=tickstock.all_ticks\n# /x/t.conf:5\nkey=\n"));
  g_assert_nonnull (
      strstr (text,
              "\n\n[route chat]\n# /x/t.conf:2\npattern=c\\\\* \\\\?\n"
              "# /x/t.conf:3\naudience=everyone\n# --set\nevent=message\n"));
  g_assert_nonnull (chat);
  g_assert_cmpstr (chat->event_type, ==, "message");
  g_assert_cmpuint (count (again), ==, count (config));
  for (char *at = text, *at_again = text_again; *at != '\0';)
    {
      gsize length = strcspn (at, "\n");

      g_assert_true (*at == '#' || strncmp (at, at_again, length + 1) == 0);
      at += length + 1;
      at_again += strcspn (at_again, "\n") + 1;
    }
}

static void
test_groups (void)
{
  const char *const settings[] = {
    "route=1", "route.x=1", "route.x y.class=lossless", "route.x.", NULL
  };

  g_test_summary ("A route's group and each setting of it need a good name");

  assert_fails ("[route]\nclass=fast\n[route a.b]\nclass=fast\n",
                NULL,
                "/x/t.conf:1: [route] has no name; write [route NAME]\n"
                "/x/t.conf:3: [route a.b] is not a route's name: 1 to 64 letters of "
                "ASCII, digits, _ and -");
  assert_fails ("",
                settings,
                "--set route=1: is not GROUP.KEY=VALUE\n"
                "--set route.x=1: is not route.NAME.KEY=VALUE\n"
                "--set route.x y.class=lossless: [route x y] is not a route's name: 1 to "
                "64 letters of ASCII, digits, _ and -\n"
                "--set route.x.: is not route.NAME.KEY=VALUE");
}

static void
test_bad_values (void)
{
  const char *const settings[] = { "route.a.class=x", NULL };

  g_test_summary ("A bad value is told with its line, once, and with what is allowed");

  assert_fails (
      "[route a]\nclas=lossless\n\nclass=fast\noffline=\\x\n",
      settings,
      "/x/t.conf:2: clas is not a known key of a route; did you mean class?\n"
      "/x/t.conf:4: [route a] class=fast is not one of lossless, conflate, "
      "latest, droppable\n"
      "/x/t.conf:5: [route a] offline=\\x has a \\ that begins no escape; write "
      "\\\\ where a \\ is meant\n"
      "--set route.a.class=x: [route a] class=x is not one of lossless, "
      "conflate, latest, droppable");
  assert_fails (
      "[route a]\nnothing=1\n",
      NULL,
      "/x/t.conf:2: nothing is not a known key of a route; there are enabled, "
      "channel, pattern, event, key, time, history, audience, match, "
      "without-subscription, class, offline, public, priority, lift, schema, schema-M");
}

static void
test_bad_routes (void)
{
  const char *const none[] = { "routing.preset=none", NULL };
  const char *const wrong[] = { "routing.preset=some", NULL };

  g_test_summary ("What does not hold between keys is told where it can be corrected");

  assert_fails ("[route tick_data]\nclass=latest\n",
                none,
                "/x/t.conf:1: [route tick_data] needs a channel or a pattern");
  assert_fails ("\n[route pattern_alert]\nclass=droppable\n",
                NULL,
                "/x/t.conf:2: [route pattern_alert] offline=true counts only with "
                "class=lossless");
  assert_fails ("[route a]\nchannel=c\naudience=everyone\n\nmatch=x\n",
                NULL,
                "/x/t.conf:5: [route a] match=x counts only with subscribers in "
                "audience=");
  assert_fails ("[route a]\nclass=latest\n",
                wrong,
                "--set routing.preset=some: [routing] preset=some is not one of "
                "tickstock, none");
}

static void
test_same_channel (void)
{
  g_test_summary ("Two routes of one channel, or one pattern, are refused");

  assert_fails ("[route a]\naudience=everyone\nchannel=tickstock.all_ticks\n",
                NULL,
                "/x/t.conf:3: [route a] channel=tickstock.all_ticks is that of [route "
                "tick_data] already");
  assert_fails ("[route a]\naudience=everyone\npattern=p*\n[route b]\n"
                "audience=everyone\npattern=p*\n",
                NULL,
                "/x/t.conf:6: [route b] pattern=p* is that of [route a] already");
  assert_fails ("[route tick_data]\nchannel=tickstock.events.health\n",
                NULL,
                "/x/t.conf:2: [route tick_data] channel=tickstock.events.health is that "
                "of [route system_health] already");

  g_autoptr (TideConfig) config =
      load ("[route a]\naudience=everyone\npattern=tickstock.all_ticks\n", NULL);

  g_assert_cmpuint (count (config), ==, 7);
}

/* Loads each block of a page between ```ini and ```; gives how many there are. */
static guint
load_blocks (const char *page)
{
  guint n_blocks = 0;

  for (const char *at = page; (at = strstr (at, "```ini\n")) != NULL; n_blocks++)
    {
      at += strlen ("```ini\n");

      g_autofree char *block = g_strndup (at, strstr (at, "```") - at);
      g_autoptr (TideConfig) config = load (block, NULL);

      g_assert_cmpuint (count (config), >, 0);
      at = strstr (at, "```") + 3;
    }
  return n_blocks;
}

static void
test_documentation (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "..", "..", "docs", "ROUTES.md", NULL);
  g_autofree char *page = NULL;
  g_autoptr (GError) error = NULL;
  guint n_keys;
  const TideRouteKey *keys = tide_route_text_get_keys (&n_keys);

  g_test_summary ("The examples in the documentation load, and every key is in it");

  g_file_get_contents (path, &page, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (load_blocks (page), >=, 5);
  for (guint i = 0; i < n_keys; i++)
    {
      g_autofree char *quoted = g_strdup_printf ("`%s`", keys[i].name);

      g_assert_nonnull (strstr (page, quoted));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/config-routes/presets", test_presets);
  g_test_add_func ("/daemon/config-routes/merge", test_merge);
  g_test_add_func ("/daemon/config-routes/settings", test_settings);
  g_test_add_func ("/daemon/config-routes/print", test_print);
  g_test_add_func ("/daemon/config-routes/groups", test_groups);
  g_test_add_func ("/daemon/config-routes/bad-values", test_bad_values);
  g_test_add_func ("/daemon/config-routes/bad-routes", test_bad_routes);
  g_test_add_func ("/daemon/config-routes/same-channel", test_same_channel);
  g_test_add_func ("/daemon/config-routes/documentation", test_documentation);
  return g_test_run ();
}
