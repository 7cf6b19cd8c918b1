/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-text.h"
#include "tide-ctl.h"

#include <glib/gi18n.h>

#define HELP_WIDTH 80

/* Breaks a text at its spaces. */
static void
append_wrapped (GString *out, const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint used = 0;

  for (guint i = 0; words[i] != NULL; i++)
    {
      guint width = tide_ctl_text_get_width (words[i]);

      if (used > 0 && used + 1 + width > HELP_WIDTH)
        {
          g_string_append_c (out, '\n');
          used = 0;
        }
      if (used > 0)
        g_string_append_c (out, ' ');
      g_string_append (out, words[i]);
      used += width + (used > 0);
    }
  g_string_append_c (out, '\n');
}

static char *
make_verb_list (void)
{
  g_autoptr (GString) text = g_string_new (_ ("Looks after tidewired, over D-Bus."));
  guint n_verbs;
  const TideCtlVerb *verbs = tide_ctl_verbs_get_all (&n_verbs);

  g_string_append_printf (text, "\n\n%s\n", _ ("Verbs:"));
  for (guint i = 0; i < n_verbs; i++)
    if (!verbs[i].is_hidden)
      g_string_append_printf (text, "  %-14s %s\n", verbs[i].name, _ (verbs[i].summary));
  g_string_append_c (text, '\n');
  append_wrapped (text, _ ("“tidewirectl VERB --help” says more about one of them."));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
make_exit_codes (void)
{
  GString *text = g_string_new (NULL);

  append_wrapped (
      text,
      _ ("Exit codes: 0 done; 1 failed; 2 bad command line; 3 the service does not run; "
         "4 not found; 5 not allowed; 6 the service is too old; 7 the service refuses a "
         "value; 8 the configuration has mistakes; 9 not now, try again later."));
  g_string_append_c (text, '\n');
  append_wrapped (text,
                  _ ("Environment: TIDEWIRE_BUS is what --bus is if not given; NO_COLOR "
                     "takes colours away; PAGER shows long texts."));
  return g_string_free (text, FALSE);
}

/**
 * tide_ctl_help_make:
 * @options: options, of which nothing is changed
 * @verb: (nullable): a verb; %NULL for the whole
 *
 * Returns: (transfer full): the text of `--help`
 */
char *
tide_ctl_help_make (TideCtlOptions *options, const TideCtlVerb *verb)
{
  g_autofree char *usage = NULL;
  g_autofree char *summary = NULL;
  g_autofree char *exit_codes = make_exit_codes ();
  g_autoptr (GOptionContext) context = NULL;

  if (verb == NULL)
    {
      usage = g_strdup (_ ("VERB…"));
      summary = make_verb_list ();
    }
  else
    {
      g_autoptr (GString) text = g_string_new (NULL);

      usage =
          g_strjoin (" ", verb->name, verb->args != NULL ? _ (verb->args) : NULL, NULL);
      append_wrapped (text, _ (verb->summary));
      if (verb->details != NULL)
        {
          g_string_append_c (text, '\n');
          append_wrapped (text, _ (verb->details));
        }
      summary = g_string_free (g_steal_pointer (&text), FALSE);
    }
  context =
      tide_ctl_options_make_context (options, usage, verb != NULL ? verb->options : 0);
  g_option_context_set_summary (context, g_strchomp (summary));
  if (verb == NULL)
    g_option_context_set_description (context, exit_codes);
  return g_option_context_get_help (context, TRUE, NULL);
}
