/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-options.h"

#include "tide-ctl-error.h"

#include <glib/gi18n.h>

#include <stddef.h>

/* For all verbs. */
#define COMMON 0

static const struct
{
  TideCtlOption option; /* COMMON for all verbs */
  gsize offset;         /* into TideCtlOptions */
  GOptionEntry entry;
} table[] = {
#define ENTRY(option, field, name, letter, type, text, argument)                         \
  {                                                                                      \
    option, offsetof (TideCtlOptions, field),                                            \
    {                                                                                    \
      name, letter, 0, G_OPTION_ARG_##type, NULL, text, argument                         \
    }                                                                                    \
  }
  ENTRY (COMMON, is_json, "json", 0, NONE, N_ ("Print JSON, for scripts"), NULL),
  ENTRY (COMMON,
         bus,
         "bus",
         0,
         STRING,
         N_ ("Where tidewired is: system, session, or the address of a bus"),
         N_ ("BUS")),
  ENTRY (COMMON,
         colour,
         "color",
         0,
         STRING,
         N_ ("Colours: auto, always or never"),
         N_ ("WHEN")),
  ENTRY (COMMON,
         has_no_pager,
         "no-pager",
         0,
         NONE,
         N_ ("Print long texts without a pager"),
         NULL),
  ENTRY (COMMON, show_help, "help", 'h', NONE, N_ ("Print this text and end"), NULL),
  ENTRY (
      COMMON, show_version, "version", 0, NONE, N_ ("Print the version and end"), NULL),
  ENTRY (TIDE_CTL_OPTION_LIMIT,
         limit,
         "limit",
         'n',
         INT,
         N_ ("Print this many at most"),
         N_ ("NUMBER")),
  ENTRY (TIDE_CTL_OPTION_ALL, is_all, "all", 'a', NONE, N_ ("Print all of them"), NULL),
  ENTRY (TIDE_CTL_OPTION_BY,
         by,
         "by",
         0,
         STRING,
         N_ ("Who is busiest: by rate, pending or unread"),
         N_ ("WHAT")),
  ENTRY (TIDE_CTL_OPTION_CHANNEL,
         channel,
         "channel",
         0,
         STRING,
         N_ ("Take the way of an event that Redis brings on this channel"),
         N_ ("CHANNEL")),
  ENTRY (TIDE_CTL_OPTION_COUNT,
         count,
         "count",
         'c',
         INT,
         N_ ("End after this many"),
         N_ ("NUMBER")),
  ENTRY (TIDE_CTL_OPTION_DEADLINE,
         deadline_s,
         "deadline",
         0,
         INT,
         N_ ("Close all connections after this time, from 1 to 3600"),
         N_ ("SECONDS")),
  ENTRY (TIDE_CTL_OPTION_INTERVAL,
         interval_s,
         "interval",
         'i',
         DOUBLE,
         N_ ("Look this often, from 0.25 to 60"),
         N_ ("SECONDS")),
  ENTRY (TIDE_CTL_OPTION_PRIORITY,
         priority,
         "priority",
         'p',
         STRING,
         N_ ("low, medium, high or critical; medium if not given"),
         N_ ("PRIORITY")),
  ENTRY (TIDE_CTL_OPTION_SPEED,
         speed,
         "speed",
         0,
         DOUBLE,
         N_ ("How many times faster than it was recorded; 0: as fast as can be"),
         N_ ("FACTOR")),
  ENTRY (TIDE_CTL_OPTION_UNDRAIN,
         is_undrain,
         "undrain",
         0,
         NONE,
         N_ ("Let clients in again"),
         NULL),
  ENTRY (TIDE_CTL_OPTION_USER,
         user,
         "user",
         'u',
         STRING,
         N_ ("For this user alone"),
         N_ ("NAME")),
  ENTRY (TIDE_CTL_OPTION_HISTORY,
         format,
         "format",
         'f',
         STRING,
         N_ ("csv or ndjson; of an import what the file looks like, else csv"),
         N_ ("FORMAT")),
  ENTRY (TIDE_CTL_OPTION_HISTORY,
         timeframe,
         "timeframe",
         't',
         STRING,
         N_ ("How long bars are: 1m, 5m, 15m, 1h or 1d; 1m if not given"),
         N_ ("TIMEFRAME")),
  ENTRY (TIDE_CTL_OPTION_HISTORY,
         symbols,
         "symbol",
         's',
         STRING_ARRAY,
         N_ ("Symbols like this, as often as you like; of an import the symbol of a file "
             "without such a column"),
         N_ ("PATTERN")),
  ENTRY (TIDE_CTL_OPTION_HISTORY,
         from,
         "from",
         0,
         STRING,
         N_ ("Export bars that begin then or later"),
         N_ ("TIME")),
  ENTRY (TIDE_CTL_OPTION_HISTORY,
         to,
         "to",
         0,
         STRING,
         N_ ("Export bars that begin before this"),
         N_ ("TIME")),
  ENTRY (TIDE_CTL_OPTION_HISTORY,
         output,
         "output",
         'o',
         FILENAME,
         N_ ("Export into this file; - for standard output"),
         N_ ("FILE")),
  ENTRY (TIDE_CTL_OPTION_HISTORY,
         is_skip_bad,
         "skip-bad",
         0,
         NONE,
         N_ ("Pass over lines that are no bars, and count them"),
         NULL),
};

/**
 * tide_ctl_options_new:
 *
 * Returns: (transfer full): options as they are when none is given
 */
TideCtlOptions *
tide_ctl_options_new (void)
{
  TideCtlOptions *self = g_new0 (TideCtlOptions, 1);

  self->limit = -1;
  self->count = -1;
  self->deadline_s = -1;
  self->interval_s = 1.0;
  self->speed = 1.0;
  return self;
}

/**
 * tide_ctl_options_free:
 * @self: (transfer full): options
 *
 * Frees @self.
 */
void
tide_ctl_options_free (TideCtlOptions *self)
{
  g_free (self->bus);
  g_free (self->colour);
  g_free (self->by);
  g_free (self->channel);
  g_free (self->priority);
  g_free (self->user);
  g_free (self->format);
  g_free (self->timeframe);
  g_free (self->from);
  g_free (self->to);
  g_free (self->output);
  g_strfreev (self->symbols);
  g_free (self);
}

/**
 * tide_ctl_options_make_context:
 * @self: where the values go; has to outlive the context
 * @usage: (nullable): what follows the program's name
 * @set: which options are taken besides those that all verbs take
 *
 * Returns: (transfer full): what takes a command line apart
 */
GOptionContext *
tide_ctl_options_make_context (TideCtlOptions *self,
                               const char *usage,
                               TideCtlOptionSet set)
{
  GOptionContext *context = g_option_context_new (usage);

  /* GOption's own --help ends the process, and knows nothing of verbs. */
  g_option_context_set_help_enabled (context, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      GOptionEntry entries[] = { table[i].entry, G_OPTION_ENTRY_NULL };

      if (table[i].option != COMMON && (table[i].option & set) == 0)
        continue;
      entries[0].arg_data = (char *) self + table[i].offset;
      g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
    }
  return context;
}

/* Returns: whether @word is one of @words, or not given */
static gboolean
check_word (const char *name, const char *word, const char *words, GError **error)
{
  g_auto (GStrv) known = g_strsplit (words, " ", -1);

  if (word == NULL || g_strv_contains ((const char *const *) known, word))
    return TRUE;
  g_set_error (error,
               TIDE_CTL_ERROR,
               TIDE_CTL_EXIT_USAGE,
               _ ("--%s takes one of these words: %s"),
               name,
               words);
  return FALSE;
}

/* Returns: whether @value is from @least to @most */
static gboolean
check_number (const char *name, double value, double least, double most, GError **error)
{
  if (value >= least && value <= most)
    return TRUE;
  g_set_error (error,
               TIDE_CTL_ERROR,
               TIDE_CTL_EXIT_USAGE,
               _ ("--%s takes a number from %g to %g"),
               name,
               least,
               most);
  return FALSE;
}

/**
 * tide_ctl_options_check:
 * @self: options
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Looks at the values that options were given.
 *
 * Returns: whether all of them can be
 */
gboolean
tide_ctl_options_check (TideCtlOptions *self, GError **error)
{
  if (self->bus == NULL)
    self->bus = g_strdup (g_getenv ("TIDEWIRE_BUS"));
  if (self->bus == NULL || *self->bus == '\0')
    {
      g_free (self->bus);
      self->bus = g_strdup ("system");
    }
  return check_word ("color", self->colour, "auto always never", error) &&
         check_word ("by", self->by, "rate pending unread", error) &&
         check_word ("format", self->format, "csv ndjson", error) &&
         check_word ("timeframe", self->timeframe, "1m 5m 15m 1h 1d", error) &&
         check_word ("priority", self->priority, "low medium high critical", error) &&
         (self->limit == -1 || check_number ("limit", self->limit, 1, 1e6, error)) &&
         (self->count == -1 || check_number ("count", self->count, 1, 1e9, error)) &&
         (self->deadline_s == -1 ||
          check_number ("deadline", self->deadline_s, 1, 3600, error)) &&
         check_number ("interval", self->interval_s, 0.25, 60, error) &&
         check_number ("speed", self->speed, 0, 1000, error);
}

/**
 * tide_ctl_options_get_colour:
 * @self: options that were checked
 *
 * Returns: when there are colours
 */
TideCtlColour
tide_ctl_options_get_colour (const TideCtlOptions *self)
{
  if (g_strcmp0 (self->colour, "always") == 0)
    return TIDE_CTL_COLOUR_ALWAYS;
  return g_strcmp0 (self->colour, "never") == 0 ? TIDE_CTL_COLOUR_NEVER
                                                : TIDE_CTL_COLOUR_AUTO;
}

/**
 * tide_ctl_options_list:
 * @set: which options a verb takes
 * @names: (element-type utf8): where they are added, such as `--limit=`; owned by it
 *
 * Lists the options of a verb, for completion.
 */
void
tide_ctl_options_list (TideCtlOptionSet set, GPtrArray *names)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].option == COMMON || (table[i].option & set) != 0)
      g_ptr_array_add (
          names,
          g_strdup_printf ("--%s%s",
                           table[i].entry.long_name,
                           table[i].entry.arg_description != NULL ? "=" : ""));
}
