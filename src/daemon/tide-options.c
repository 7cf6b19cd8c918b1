/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-options.h"

#include "tide-config.h"
#include "tide-error.h"

#include <glib/gi18n.h>

#define PROGRAM "tidewired"
#define TRY_HELP "; try " PROGRAM " --help"

/* GOption's own --help ends the process, which no test would survive, so it is ours. */
static GOptionContext *
make_context (TideOptions *options)
{
  const GOptionEntry entries[] = {
    { "config",
      'c',
      G_OPTION_FLAG_NONE,
      G_OPTION_ARG_FILENAME,
      &options->config_file,
      N_ ("Read FILE, and the drop-ins in FILE.d, instead of the default file"),
      N_ ("FILE") },
    { "set",
      's',
      G_OPTION_FLAG_NONE,
      G_OPTION_ARG_FILENAME_ARRAY,
      &options->settings,
      N_ ("Set one key, whatever the files say; may be repeated"),
      N_ ("GROUP.KEY=VALUE") },
    { "check-config",
      0,
      G_OPTION_FLAG_NONE,
      G_OPTION_ARG_NONE,
      &options->check_config,
      N_ ("Look for mistakes in the configuration and end"),
      NULL },
    { "print-config",
      0,
      G_OPTION_FLAG_NONE,
      G_OPTION_ARG_NONE,
      &options->print_config,
      N_ ("Print the configuration in force, where each value came from, and end"),
      NULL },
    { "version",
      0,
      G_OPTION_FLAG_NONE,
      G_OPTION_ARG_NONE,
      &options->show_version,
      N_ ("Print the version and end"),
      NULL },
    { "help",
      'h',
      G_OPTION_FLAG_NONE,
      G_OPTION_ARG_NONE,
      &options->show_help,
      N_ ("Print this text and end"),
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autofree char *description =
      g_strdup_printf (_ ("The default file is %s.\n\n"
                          "Exit codes: 0 done; 1 failed while running; 2 bad command "
                          "line; 3 bad configuration;\n4 an address can't be listened "
                          "on.\n"),
                       tide_config_get_default_file ());
  GOptionContext *context = g_option_context_new (NULL);

  g_option_context_set_summary (
      context, _ ("Takes events out of Redis and puts them in front of people."));
  g_option_context_set_description (context, description);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  return context;
}

static void
set_usage_error (GError **error, const char *problem)
{
  g_autofree char *valid = g_utf8_make_valid (problem, -1);

  g_set_error (error, TIDE_ERROR, TIDE_ERROR_FAILED, "%s" TRY_HELP, valid);
}

/**
 * tide_options_parse:
 * @args: (array zero-terminated=1): the command line, the program's name first
 * @error: return location for an error
 *
 * Takes a command line apart.
 *
 * Fails with [error@Error.FAILED]; the message ends with where to find help, and the
 * program should end with %TIDE_EXIT_BAD_USAGE.
 *
 * Returns: (transfer full): the options
 */
TideOptions *
tide_options_parse (const char *const *args, GError **error)
{
  g_autoptr (TideOptions) self = g_new0 (TideOptions, 1);
  g_autoptr (GOptionContext) context = make_context (self);
  g_auto (GStrv) rest = g_strdupv ((char **) args);
  g_autoptr (GError) option_error = NULL;

  if (!g_option_context_parse_strv (context, &rest, &option_error))
    {
      set_usage_error (error, option_error->message);
      return NULL;
    }
  /* GOption leaves a "--" that ends the options where it is. */
  guint first = rest[0] != NULL ? 1 : 0;

  if (rest[0] != NULL && g_strcmp0 (rest[1], "--") == 0)
    first++;
  if (rest[first] != NULL)
    {
      g_autofree char *problem =
          g_strdup_printf ("There is nothing to do with “%s”", rest[first]);

      set_usage_error (error, problem);
      return NULL;
    }
  if (self->config_file != NULL && *self->config_file == '\0')
    {
      set_usage_error (error, "--config needs the name of a file");
      return NULL;
    }
  if (self->settings == NULL)
    self->settings = g_new0 (char *, 1);
  return g_steal_pointer (&self);
}

/**
 * tide_options_free:
 * @self: (transfer full): options
 *
 * Frees @self.
 */
void
tide_options_free (TideOptions *self)
{
  g_free (self->config_file);
  g_strfreev (self->settings);
  g_free (self);
}

/**
 * tide_options_make_help:
 *
 * Returns: (transfer full): the text of `--help`
 */
char *
tide_options_make_help (void)
{
  g_autoptr (TideOptions) options = g_new0 (TideOptions, 1);
  g_autoptr (GOptionContext) context = make_context (options);

  return g_option_context_get_help (context, TRUE, NULL);
}

/**
 * tide_options_make_version:
 *
 * Returns: (transfer full): the text of `--version`
 */
char *
tide_options_make_version (void)
{
  return g_strdup (PROGRAM " " PACKAGE_VERSION "\n");
}
