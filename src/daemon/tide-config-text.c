/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-text.h"

#include "tide-route-text.h"

#include <string.h>

#define COMMENT_WIDTH 78

static const char *const default_file_head =
    "# Configuration of tidewired.\n"
    "#\n"
    "# Every key is here with its default. To change one, take away the # before it,\n"
    "# or put the key under its [GROUP] into a file of your own, named *.conf, in\n"
    "# tidewire.conf.d beside this file. tidewired --check-config looks for mistakes\n"
    "# without starting; tidewired --print-config shows what is in force and why.\n";

static gboolean
is_first_of_group (const TideConfigKey *keys, guint i)
{
  return i == 0 || !g_str_equal (keys[i].group, keys[i - 1].group);
}

/**
 * tide_config_print:
 * @self: a configuration
 *
 * Writes out every key with its value, and in a comment above it where the value came
 * from; of routes the keys that are set. The text can be loaded again and gives the same
 * values.
 *
 * Returns: (transfer full): a configuration file
 */
char *
tide_config_print (TideConfig *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_keys;
  const TideConfigKey *keys = tide_config_keys_get_all (&n_keys);

  for (guint i = 0; i < n_keys; i++)
    {
      const TideConfigValue *value = tide_config_get_value (self, &keys[i]);

      if (is_first_of_group (keys, i))
        g_string_append_printf (text, "%s[%s]\n", i > 0 ? "\n" : "", keys[i].group);
      g_string_append_printf (text,
                              "# %s\n%s=%s\n",
                              value->origin != NULL ? value->origin : "default",
                              keys[i].name,
                              value->text);
    }

  g_autofree char *routes =
      tide_config_routes_print (tide_config_get_route_groups (self));

  g_string_append (text, routes);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Adds @sentences as a comment, broken between words. */
static void
append_comment (GString *text, const char *sentences)
{
  g_auto (GStrv) words = g_strsplit (sentences, " ", -1);
  gsize width = G_MAXSIZE;

  for (guint i = 0; words[i] != NULL; i++)
    {
      gsize word_width = g_utf8_strlen (words[i], -1) + 1;

      if (width > COMMENT_WIDTH - word_width)
        {
          g_string_append (text, i > 0 ? "\n#" : "#");
          width = 1;
        }
      g_string_append_printf (text, " %s", words[i]);
      width += word_width;
    }
  g_string_append_c (text, '\n');
}

/* What a key takes, in words. */
static char *
describe_values (const TideConfigKey *key)
{
  g_autofree char *values = tide_config_key_describe_values (key);

  if (key->type == TIDE_CONFIG_LIST)
    return g_strdup_printf ("a list with ; between: %s", values);
  return g_steal_pointer (&values);
}

static const char *const route_head =
    "A group [route NAME] says what becomes of the messages of a channel. One that is "
    "called like a route of the preset changes the keys that it has; another NAME is "
    "another route. docs/ROUTES.md has the preset's routes and examples. The keys:";

/* None of the lines looks like a key that only has to be uncommented: under another
 * group's heading it would be wrong. */
static void
append_route_keys (GString *text)
{
  guint n_keys;
  const TideRouteKey *keys = tide_route_text_get_keys (&n_keys);

  g_string_append_c (text, '\n');
  append_comment (text, route_head);
  for (guint i = 0; i < n_keys; i++)
    {
      g_autofree char *sentence = g_strdup_printf (
          "%s= %s Takes %s.", keys[i].name, keys[i].description, keys[i].takes);

      g_string_append (text, "#\n");
      append_comment (text, sentence);
    }
}

/**
 * tide_config_make_default_file:
 *
 * Makes the file that is installed: every key with its description and default, commented
 * out.
 *
 * Returns: (transfer full): a configuration file that changes nothing
 */
char *
tide_config_make_default_file (void)
{
  g_autoptr (GString) text = g_string_new (default_file_head);
  guint n_keys;
  const TideConfigKey *keys = tide_config_keys_get_all (&n_keys);

  for (guint i = 0; i < n_keys; i++)
    {
      g_autofree char *values = describe_values (&keys[i]);
      g_autofree char *sentence = g_strdup_printf ("Takes %s.", values);

      if (is_first_of_group (keys, i))
        g_string_append_printf (text, "\n[%s]\n", keys[i].group);
      g_string_append_c (text, '\n');
      append_comment (text, keys[i].description);
      append_comment (text, sentence);
      g_string_append_printf (text, "#%s=%s\n", keys[i].name, keys[i].default_text);
    }
  append_route_keys (text);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Appends the cell of a table, where | has a meaning of its own. */
static void
append_cell (GString *text, const char *cell)
{
  g_auto (GStrv) parts = g_strsplit (cell, "|", -1);
  g_autofree char *escaped = g_strjoinv ("\\|", parts);

  g_string_append_printf (text, " %s |", *escaped != '\0' ? escaped : "(empty)");
}

static void
append_route_table (GString *text)
{
  guint n_keys;
  const TideRouteKey *keys = tide_route_text_get_keys (&n_keys);

  g_string_append (text,
                   "\n### `[route NAME]`\n\n"
                   "| key | without it | takes | meaning |\n|---|---|---|---|\n");
  for (guint i = 0; i < n_keys; i++)
    {
      g_string_append_printf (text, "| `%s` |", keys[i].name);
      append_cell (text, keys[i].default_text);
      append_cell (text, keys[i].takes);
      append_cell (text, keys[i].description);
      g_string_append_c (text, '\n');
    }
}

/**
 * tide_config_make_table:
 *
 * Makes the table of all keys for docs/CONFIGURATION.md.
 *
 * Returns: (transfer full): Markdown
 */
char *
tide_config_make_table (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_keys;
  const TideConfigKey *keys = tide_config_keys_get_all (&n_keys);

  for (guint i = 0; i < n_keys; i++)
    {
      g_autofree char *values = describe_values (&keys[i]);
      gboolean has_default = *keys[i].default_text != '\0';

      if (is_first_of_group (keys, i))
        g_string_append_printf (
            text,
            "%s### `[%s]`\n\n"
            "| key | default | takes | meaning |\n|---|---|---|---|\n",
            i > 0 ? "\n" : "",
            keys[i].group);
      g_string_append_printf (text,
                              "| `%s` | %s%s%s | %s | %s |\n",
                              keys[i].name,
                              has_default ? "`" : "",
                              has_default ? keys[i].default_text : "(empty)",
                              has_default ? "`" : "",
                              values,
                              keys[i].description);
    }
  append_route_table (text);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
