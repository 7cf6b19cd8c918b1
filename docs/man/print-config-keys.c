/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes the keys of the configuration as reStructuredText, for tidewire.conf(5): from
 * the tables that the service reads by. Run by the build. */

#include "config.h"

#include "tide-config-keys.h"
#include "tide-route-text.h"

#include <string.h>

/* Adds words in which nothing is markup. */
static void
append_words (GString *text, const char *words)
{
  for (const char *p = words; *p != '\0'; p++)
    {
      if (strchr ("\\*`|_:", *p) != NULL)
        g_string_append_c (text, '\\');
      g_string_append_c (text, *p);
    }
}

static void
append_title (GString *text, const char *group)
{
  g_autofree char *title = g_strdup_printf ("[%s]", group);
  g_autofree char *line = g_strnfill (strlen (title), '-');

  g_string_append_printf (text, "%s\n%s\n\n", title, line);
}

static void
append_key (GString *text, const char *name, const char *description, const char *takes)
{
  g_string_append_printf (text, "``%s=``\n  ", name);
  append_words (text, description);
  g_string_append (text, "\n\n  Takes ");
  append_words (text, takes);
  g_string_append (text, ". ");
}

static void
append_config_keys (GString *text)
{
  guint n_keys;
  const TideConfigKey *keys = tide_config_keys_get_all (&n_keys);

  for (guint i = 0; i < n_keys; i++)
    {
      const TideConfigKey *key = &keys[i];
      g_autofree char *values = tide_config_key_describe_values (key);
      g_autofree char *list = g_strdup_printf ("a list with ; between: %s", values);

      if (i == 0 || !g_str_equal (key->group, keys[i - 1].group))
        append_title (text, key->group);
      append_key (text,
                  key->name,
                  key->description,
                  key->type == TIDE_CONFIG_LIST ? list : values);
      if (*key->default_text == '\0')
        g_string_append (text, "By default empty.\n\n");
      else
        g_string_append_printf (text, "Default: ``%s``.\n\n", key->default_text);
    }
}

static void
append_route_keys (GString *text)
{
  guint n_keys;
  const TideRouteKey *keys = tide_route_text_get_keys (&n_keys);

  append_title (text, TIDE_ROUTE_GROUP_PREFIX "NAME");
  g_string_append (
      text,
      "Says what becomes of the messages of a channel. A group that is called "
      "like a route of the preset changes the keys that it has; another NAME "
      "is another route.\n\n");
  for (guint i = 0; i < n_keys; i++)
    {
      append_key (text, keys[i].name, keys[i].description, keys[i].takes);
      g_string_append (text, "Without it: ");
      append_words (text, *keys[i].default_text != '\0' ? keys[i].default_text : "empty");
      g_string_append (text, ".\n\n");
    }
}

int
main (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  append_config_keys (text);
  append_route_keys (text);
  g_print ("%s", text->str);
  return 0;
}
