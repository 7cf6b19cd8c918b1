/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-limits.h"
#include "tide-config-keys.h"

#include <string.h>

static void
test_table (void)
{
  guint n_keys;
  const TideConfigKey *keys = tide_config_keys_get_all (&n_keys);
  g_autoptr (GHashTable) groups = g_hash_table_new (g_str_hash, g_str_equal);

  g_test_summary ("Every key of the table is complete, and groups stand together");

  for (guint i = 0; i < n_keys; i++)
    {
      g_test_message ("[%s] %s", keys[i].group, keys[i].name);
      g_assert_true (tide_config_keys_find (keys[i].group, keys[i].name) == &keys[i]);
      g_assert_nonnull (keys[i].default_text);
      g_assert_true (g_str_has_suffix (keys[i].description, "."));
      g_assert_null (strpbrk (keys[i].description, "|\n"));
      g_assert_true (keys[i].type != TIDE_CONFIG_ENUM || keys[i].words != NULL);
      g_assert_true (keys[i].type != TIDE_CONFIG_INTEGER || keys[i].min < keys[i].max);
      g_assert_true (keys[i].type != TIDE_CONFIG_DOUBLE ||
                     keys[i].min_real < keys[i].max_real);
      if (keys[i].type == TIDE_CONFIG_STRING || keys[i].type == TIDE_CONFIG_LIST)
        {
          g_assert_nonnull (keys[i].check);
          g_assert_true (keys[i].form != NULL || keys[i].words != NULL);
        }

      g_autofree char *values = tide_config_key_describe_values (&keys[i]);

      g_assert_cmpuint (strlen (values), >, 0);
      if (i > 0 && !g_str_equal (keys[i].group, keys[i - 1].group))
        g_assert_false (g_hash_table_contains (groups, keys[i].group));
      g_hash_table_add (groups, (gpointer) keys[i].group);
    }
}

static void
test_units (void)
{
  guint n_keys;
  const TideConfigKey *keys = tide_config_keys_get_all (&n_keys);

  g_test_summary ("A number of bytes or a time says its unit in the key's name");

  for (guint i = 0; i < n_keys; i++)
    if (strstr (keys[i].name, "interval") || strstr (keys[i].name, "timeout"))
      g_assert_true (g_str_has_suffix (keys[i].name, "-ms") ||
                     g_str_has_suffix (keys[i].name, "-s"));
    else if (strstr (keys[i].name, "payload") || strstr (keys[i].name, "outbox"))
      g_assert_true (g_str_has_suffix (keys[i].name, "-bytes"));
}

static void
test_find (void)
{
  g_test_summary ("Keys and groups are found by their exact names");

  g_assert_nonnull (tide_config_keys_find ("server", "listen"));
  g_assert_null (tide_config_keys_find ("server", "Listen"));
  g_assert_null (tide_config_keys_find ("redis", "listen"));
  g_assert_null (tide_config_keys_find ("", ""));
  g_assert_true (tide_config_keys_has_group ("demo"));
  g_assert_false (tide_config_keys_has_group ("dem"));
  g_assert_false (tide_config_keys_has_group (""));
}

static void
test_explain_group (void)
{
  static const char all[] =
      "is not a known group; there are [server], [engineio], [source], [redis], "
      "[routing], [delivery], [sessions], [rooms], [history], [auth], [bus], [console], "
      "[demo], "
      "[route NAME]";
  static const struct
  {
    const char *name, *expected;
  } cases[] = {
    { "sever", "is not a known group; did you mean [server]?" },
    { "Server", "is not a known group; did you mean [server]?" },
    { "session", "is not a known group; did you mean [sessions]?" },
    { "bsu", all },
    { "bud", "is not a known group; did you mean [bus]?" },
    { "rout tick_data", all },
    { "", all },
  };
  g_autofree char *long_name = g_strnfill (100000, 'x');
  g_autofree char *explained = tide_config_keys_explain_group (long_name);

  g_test_summary ("An unknown group is answered with the nearest one, or with all");

  g_assert_cmpstr (explained, ==, all);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = tide_config_keys_explain_group (cases[i].name);

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

static void
test_explain_name (void)
{
  static const struct
  {
    const char *group, *name, *expected;
  } cases[] = {
    { "server", "listn", "is not a known key of [server]; did you mean listen?" },
    { "server",
      "max_connections",
      "is not a known key of [server]; did you mean max-connections?" },
    { "server",
      "max-conections-per-user",
      "is not a known key of [server]; did you mean max-connections-per-user?" },
    { "server", "type", "is not a known key of [server]; it belongs to [source]" },
    { "demo", "tempo", "is not a known key of [demo]; there are ticks-per-second, seed" },
    { "bus", "listen[de]", "is not a known key of [bus]; there are bus" },
  };

  g_test_summary ("An unknown key is answered with the nearest one, its group, or all");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text =
          tide_config_keys_explain_name (cases[i].group, cases[i].name);

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

static void
test_describe (void)
{
  static const struct
  {
    const char *group, *name, *expected;
  } cases[] = {
    { "server", "max-connections", "a whole number from 1 to 1000000" },
    { "source", "speed", "0 or a number from 0.001 to 1000" },
    { "source", "loop", "true or false" },
    { "source", "type", "one of redis, replay, demo, none" },
    { "source", "file", "a file's path or nothing" },
    { "engineio", "transports", "one of polling, websocket" },
    { "server", "listen", "HOST:PORT, [IPv6]:PORT, unix:/PATH or systemd" },
  };

  g_test_summary ("What a key takes is said in words");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = tide_config_key_describe_values (
          tide_config_keys_find (cases[i].group, cases[i].name));

      g_assert_cmpstr (text, ==, cases[i].expected);
    }
}

static void
test_delivery_ranges (void)
{
  static const char *const names[] = {
    "events-per-second", "urgent-events-per-second", "batch-window-ms", "batch-max-events"
  };

  g_test_summary ("The bus takes the same limits as the configuration, to the last one");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    for (guint over = 0; over < 2; over++)
      {
        const TideConfigKey *key = tide_config_keys_find ("delivery", names[i]);
        TideDeliveryLimits limits = { 0 };
        guint32 values[4] = { 0 };

        g_assert_nonnull (key);
        g_assert_cmpuint (key->min, ==, 0);
        values[i] = key->max + over;

        g_autoptr (GVariant) arguments = g_variant_ref_sink (
            g_variant_new ("(uuuu)", values[0], values[1], values[2], values[3]));

        g_assert_cmpint (tide_bus_limits_read (&limits, arguments, NULL), ==, !over);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/daemon/config-keys/table", test_table);
  g_test_add_func ("/daemon/config-keys/units", test_units);
  g_test_add_func ("/daemon/config-keys/find", test_find);
  g_test_add_func ("/daemon/config-keys/explain-group", test_explain_group);
  g_test_add_func ("/daemon/config-keys/explain-name", test_explain_name);
  g_test_add_func ("/daemon/config-keys/describe", test_describe);
  g_test_add_func ("/daemon/config-keys/delivery-ranges", test_delivery_ranges);
  return g_test_run ();
}
