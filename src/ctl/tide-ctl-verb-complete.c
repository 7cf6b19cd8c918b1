/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-list.h"
#include "tide-ctl-text.h"

/* For the completion of shells: gets the words that were typed so far, the last of which
 * is not finished, and prints what it may become, one a line. Anything that goes wrong
 * means that nothing is offered. */

/* Nobody looks through more. */
#define MAX_LIVE 500

static const struct
{
  const char *verb;
  const char *words; /* for its first argument */
} fixed[] = {
  { "config", "check show" },
  { "history", "export import symbols" },
  { "limits", "reset set" },
  { "log-level", "emerg alert crit err warning notice info debug" },
  { "publish", "everyone" },
  { "stats", "reset" },
};

static void
add_words (GPtrArray *found, const char *words)
{
  g_auto (GStrv) all = g_strsplit (words, " ", -1);

  for (guint i = 0; all[i] != NULL; i++)
    g_ptr_array_add (found, g_strdup (all[i]));
}

/* @column: of the list
 *
 * Adds its values, but for those that would not survive a shell's lines. */
static void
add_live (TideCtl *self,
          GPtrArray *found,
          const TideCtlList *list,
          guint column,
          const char *prefix)
{
  gboolean has_more;
  g_autoptr (GDBusConnection) bus = tide_ctl_bus_connect (self->options->bus, NULL);
  g_autoptr (GVariant) rows = NULL;

  if (bus == NULL)
    return;
  tide_ctl_bus_set_quick (bus);
  rows = tide_ctl_list_fetch (bus, list, MAX_LIVE, &has_more, NULL);
  for (gsize i = 0; rows != NULL && i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
      g_autoptr (GVariant) value = g_variant_get_child_value (row, column);
      g_autofree char *text = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
                                  ? g_variant_dup_string (value, NULL)
                                  : g_variant_print (value, FALSE);
      g_autofree char *clean = tide_ctl_text_clean (text, -1);

      if (g_str_equal (text, clean))
        g_ptr_array_add (found, g_strconcat (prefix, text, NULL));
    }
}

static void
add_names (TideCtl *self, GPtrArray *found, const char *verb)
{
  gboolean is_show = g_str_equal (verb, "show");

  if (is_show || g_str_equal (verb, "disconnect"))
    add_live (self, found, &tide_ctl_list_connections, 0, "");
  if (is_show || g_str_equal (verb, "disconnect") || g_str_equal (verb, "logout"))
    add_live (self, found, &tide_ctl_list_users, 1, "");
  if (is_show || g_str_equal (verb, "publish"))
    add_live (self, found, &tide_ctl_list_rooms, 0, "room:");
  if (g_str_equal (verb, "publish"))
    add_live (self, found, &tide_ctl_list_users, 1, "user:");
}

/* What may follow the "=" of an option. */
static gboolean
add_values (TideCtl *self, GPtrArray *found, const char *word)
{
  if (g_str_has_prefix (word, "--color="))
    add_words (found, "--color=auto --color=always --color=never");
  else if (g_str_has_prefix (word, "--bus="))
    add_words (found, "--bus=system --bus=session");
  else if (g_str_has_prefix (word, "--by="))
    add_words (found, "--by=rate --by=pending --by=unread");
  else if (g_str_has_prefix (word, "--format="))
    add_words (found, "--format=csv --format=ndjson");
  else if (g_str_has_prefix (word, "--timeframe="))
    add_words (
        found,
        "--timeframe=1m --timeframe=5m --timeframe=15m --timeframe=1h --timeframe=1d");
  else if (g_str_has_prefix (word, "--priority="))
    add_words (found,
               "--priority=low --priority=medium --priority=high --priority=critical");
  else if (g_str_has_prefix (word, "--user="))
    add_live (self, found, &tide_ctl_list_users, 1, "--user=");
  else
    return FALSE;
  return TRUE;
}

static void
add_all (TideCtl *self, GPtrArray *found, const char *verb_name, guint n_args)
{
  const char *word = self->args[self->n_args - 1];
  const TideCtlVerb *verb = verb_name != NULL ? tide_ctl_verbs_find (verb_name) : NULL;
  guint n_verbs;
  const TideCtlVerb *verbs = tide_ctl_verbs_get_all (&n_verbs);

  if (add_values (self, found, word))
    return;
  if (*word == '-')
    {
      tide_ctl_options_list (verb != NULL ? verb->options : 0, found);
      return;
    }
  for (guint i = 0; verb_name == NULL && i < n_verbs; i++)
    if (!verbs[i].is_hidden)
      g_ptr_array_add (found, g_strdup (verbs[i].name));
  if (verb == NULL || n_args > 0)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    if (g_str_equal (fixed[i].verb, verb->name))
      add_words (found, fixed[i].words);
  add_names (self, found, verb->name);
}

/* @self: whose arguments are the words behind the program's name
 *
 * Returns: the verb among them; sets what else there is */
static const char *
find_verb (TideCtl *self, guint *n_args)
{
  const char *verb = NULL;

  *n_args = 0;
  for (guint i = 0; i + 1 < self->n_args; i++)
    {
      const char *word = self->args[i];

      if (g_str_has_prefix (word, "--bus=") && word[6] != '\0')
        {
          g_free (self->options->bus);
          self->options->bus = g_strdup (word + 6);
        }
      if (*word == '-')
        continue;
      if (verb == NULL)
        verb = word;
      else
        ++*n_args;
    }
  return verb;
}

/**
 * tide_ctl_verb_complete:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Prints what the last word may become.
 *
 * Returns: %TRUE
 */
gboolean
tide_ctl_verb_complete (TideCtl *self, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  const char *verb;
  guint n_args;

  if (self->n_args == 0)
    return TRUE;
  verb = find_verb (self, &n_args);
  add_all (self, found, verb, n_args);
  for (guint i = 0; i < found->len; i++)
    if (g_str_has_prefix (found->pdata[i], self->args[self->n_args - 1]))
      g_string_append_printf (self->output->text, "%s\n", (const char *) found->pdata[i]);
  self->output->has_pager = FALSE;
  return TRUE;
}
