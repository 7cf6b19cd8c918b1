/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-keys.h"

#include "tide-bus-limits.h"
#include "tide-proxies.h"

#include <string.h>

#define HOUR_MS (60 * 60 * 1000)

/* Keys of one group stand together; the order is the order of everything that is printed.
 */
static const TideConfigKey keys[] = {
/* clang-format off */
#include "tide-config-keys-server.inc"
#include "tide-config-keys-events.inc"
#include "tide-config-keys-history.inc"
#include "tide-config-keys-users.inc"
  /* clang-format on */
};

/**
 * tide_config_keys_get_all:
 * @n_keys: (out): the number of keys
 *
 * Gets the table of all keys.
 *
 * Returns: (transfer none) (array length=n_keys): the keys, group by group
 */
const TideConfigKey *
tide_config_keys_get_all (guint *n_keys)
{
  *n_keys = G_N_ELEMENTS (keys);
  return keys;
}

/**
 * tide_config_keys_find:
 * @group: a group's name
 * @name: a key's name
 *
 * Returns: (transfer none) (nullable): the key
 */
const TideConfigKey *
tide_config_keys_find (const char *group, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].group, group) && g_str_equal (keys[i].name, name))
      return &keys[i];
  return NULL;
}

/**
 * tide_config_keys_has_group:
 * @group: a group's name
 *
 * Returns: whether there is such a group
 */
gboolean
tide_config_keys_has_group (const char *group)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].group, group))
      return TRUE;
  return FALSE;
}

/* How many letters must be put in, taken out or changed to make one name of the other.
 * Names that are longer than any of ours are not worth the work. */
static guint
count_differences (const char *wanted, const char *name)
{
  guint row[64];
  gsize length = strlen (name);

  if (strlen (wanted) >= G_N_ELEMENTS (row) || length >= G_N_ELEMENTS (row))
    return G_MAXUINT;
  for (guint j = 0; j <= length; j++)
    row[j] = j;
  for (guint i = 0; wanted[i] != '\0'; i++)
    {
      char letter = wanted[i] == '_' ? '-' : g_ascii_tolower (wanted[i]);
      guint diagonal = row[0]++;

      for (guint j = 0; j < length; j++)
        {
          guint changed = diagonal + (letter == name[j] ? 0 : 1);

          diagonal = row[j + 1];
          row[j + 1] = MIN (changed, MIN (row[j], row[j + 1]) + 1);
        }
    }
  return row[length];
}

/* A third of the letters may be wrong, at least one: more is another word. */
static gboolean
is_near (guint n_differences, const char *name)
{
  return n_differences <= MAX (1, strlen (name) / 3);
}

/**
 * tide_config_keys_is_near:
 * @wanted: a name that there is not
 * @name: one that there is
 *
 * Returns: whether @name may have been meant
 */
gboolean
tide_config_keys_is_near (const char *wanted, const char *name)
{
  return is_near (count_differences (wanted, name), name);
}

/**
 * tide_config_keys_explain_group:
 * @group: a name that is no group's
 *
 * Says which group may have been meant, or which there are.
 *
 * Returns: (transfer full): a sentence for an error
 */
char *
tide_config_keys_explain_group (const char *group)
{
  const char *nearest = NULL;
  const char *last = "";
  guint nearest_differences = G_MAXUINT;
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (g_str_equal (keys[i].group, last))
        continue;
      last = keys[i].group;
      g_string_append_printf (all, "%s[%s]", all->len > 0 ? ", " : "", last);

      guint n_differences = count_differences (group, last);

      if (n_differences < nearest_differences)
        {
          nearest = last;
          nearest_differences = n_differences;
        }
    }
  if (nearest != NULL && is_near (nearest_differences, nearest))
    return g_strdup_printf ("is not a known group; did you mean [%s]?", nearest);
  return g_strdup_printf ("is not a known group; there are %s, [route NAME]", all->str);
}

/**
 * tide_config_keys_explain_name:
 * @group: a group that there is
 * @name: a name that is no key of @group
 *
 * Says which key may have been meant, or which there are.
 *
 * Returns: (transfer full): a sentence for an error
 */
char *
tide_config_keys_explain_name (const char *group, const char *name)
{
  const TideConfigKey *elsewhere = NULL;
  const char *nearest = NULL;
  guint nearest_differences = G_MAXUINT;
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (!g_str_equal (keys[i].group, group))
        {
          if (g_str_equal (keys[i].name, name))
            elsewhere = &keys[i];
          continue;
        }
      g_string_append_printf (all, "%s%s", all->len > 0 ? ", " : "", keys[i].name);

      guint n_differences = count_differences (name, keys[i].name);

      if (n_differences < nearest_differences)
        {
          nearest = keys[i].name;
          nearest_differences = n_differences;
        }
    }
  if (elsewhere != NULL)
    return g_strdup_printf (
        "is not a known key of [%s]; it belongs to [%s]", group, elsewhere->group);
  if (nearest != NULL && is_near (nearest_differences, nearest))
    return g_strdup_printf (
        "is not a known key of [%s]; did you mean %s?", group, nearest);
  return g_strdup_printf ("is not a known key of [%s]; there are %s", group, all->str);
}

/**
 * tide_config_key_describe_values:
 * @key: a key
 *
 * Says what @key takes, such as `a whole number from 1 to 10`.
 *
 * Returns: (transfer full): words that can follow "is not"
 */
char *
tide_config_key_describe_values (const TideConfigKey *key)
{
  g_auto (GStrv) words = g_strsplit (key->words != NULL ? key->words : "", ";", -1);
  g_autofree char *joined = g_strjoinv (", ", words);
  char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];

  switch (key->type)
    {
    case TIDE_CONFIG_STRING:
    case TIDE_CONFIG_LIST:
      if (key->words == NULL)
        return g_strdup (key->form);
      return g_strdup_printf ("one of %s", joined);
    case TIDE_CONFIG_ENUM:
      return g_strdup_printf ("one of %s", joined);
    case TIDE_CONFIG_INTEGER:
      return g_strdup_printf ("a whole number from %" G_GUINT64_FORMAT
                              " to %" G_GUINT64_FORMAT,
                              key->min,
                              key->max);
    case TIDE_CONFIG_DOUBLE:
      return g_strdup_printf ("%sa number from %s to %s",
                              key->can_be_zero ? "0 or " : "",
                              g_ascii_formatd (low, sizeof low, "%g", key->min_real),
                              g_ascii_formatd (high, sizeof high, "%g", key->max_real));
    case TIDE_CONFIG_BOOLEAN:
      return g_strdup ("true or false");
    case TIDE_CONFIG_PATH:
      return g_strdup ("a file's path or nothing");
    }
  return NULL;
}
