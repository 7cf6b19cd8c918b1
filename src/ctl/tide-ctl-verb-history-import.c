/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-history.h"
#include "tide-ctl-lines.h"
#include "tide-ctl-progress.h"

#include <glib/gi18n.h>

/* The file is read here, so that it may be one that the service can't read, and each
 * mistake is told with its line. Bars go to the service in batches, each taken before the
 * next is sent: so no more than one waits, and what is in is known at any time. */

typedef struct
{
  TideCtl *ctl;
  TideCtlLines *lines; /* (owned) */
  TideCtlBarRules rules;
  GVariantBuilder batch;
  guint n_batch;
  TideCtlProgress progress;

  gulong n_taken;
  gulong n_old;
  gulong n_skipped; /* lines */
  char *first_bad;  /* (owned) (nullable), what is wrong with the first of these */
} Import;

static void
import_clear (Import *self)
{
  tide_ctl_progress_end (&self->progress);
  g_clear_pointer (&self->lines, tide_ctl_lines_free);
  g_variant_builder_clear (&self->batch);
  g_free (self->first_bad);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Import, import_clear)

static gboolean
send_batch (Import *self, GError **error)
{
  g_autoptr (GVariant) answer = NULL;
  GVariant *bars;
  guint n_taken, n_old;

  if (self->n_batch == 0)
    return TRUE;
  bars = g_variant_builder_end (&self->batch);
  g_variant_builder_init (&self->batch, G_VARIANT_TYPE ("a(sxddddd)"));
  self->n_batch = 0;
  answer = tide_ctl_bus_call (
      self->ctl->bus,
      "Admin.ImportBars",
      g_variant_new (
          "(s@a(sxddddd))", tide_timeframe_get_nick (self->rules.timeframe), bars),
      "(uu)",
      error);
  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(uu)", &n_taken, &n_old);
  self->n_taken += n_taken;
  self->n_old += n_old;
  tide_ctl_progress_update (&self->progress,
                            tide_ctl_lines_get_fraction (self->lines),
                            self->n_taken + self->n_old);
  return TRUE;
}

static gboolean
add_bar (Import *self, const TideCtlBar *bar, GError **error)
{
  const TideBarValues *values = &bar->values;

  g_variant_builder_add (&self->batch,
                         "(sxddddd)",
                         bar->symbol,
                         values->start_s,
                         values->open,
                         values->high,
                         values->low,
                         values->close,
                         values->volume);
  self->n_batch++;
  return self->n_batch < TIDE_BARS_PER_CALL || send_batch (self, error);
}

/* Says where a line is wrong, and in what.
 *
 * Returns: whether to go on */
static gboolean
take_bad (Import *self, GError *problem, GError **error)
{
  g_autofree char *text =
      g_strdup_printf (_ ("line %lu: %s"),
                       (gulong) tide_ctl_lines_get_number (self->lines),
                       problem->message);

  g_error_free (problem);
  if (self->ctl->options->is_skip_bad)
    {
      self->n_skipped += tide_ctl_lines_get_n_spanned (self->lines);
      if (self->first_bad == NULL)
        self->first_bad = g_steal_pointer (&text);
      return TRUE;
    }
  g_set_error (error,
               TIDE_CTL_ERROR,
               TIDE_CTL_EXIT_REFUSED,
               _ ("%s, %s. Mend it, or pass over such lines with --skip-bad."),
               self->ctl->args[1],
               text);
  return FALSE;
}

static gboolean
take_line (Import *self, const char *line, gsize length, GError **error)
{
  GError *problem = NULL;
  TideCtlBar bar;

  if (tide_ctl_bars_parse (&self->rules, line, length, &bar, &problem))
    return add_bar (self, &bar, error);
  return take_bad (self, problem, error);
}

/* Finds out how the file is written, and reads the names of the columns. */
static gboolean
begin (Import *self, GError **error)
{
  const char *named = self->ctl->options->format;
  int first = tide_ctl_lines_peek (self->lines, error);
  g_autoptr (GError) problem = NULL;
  const char *line;
  gsize length;

  if (first < 0)
    return FALSE;
  self->rules.format = first == '{' ? TIDE_CTL_BARS_NDJSON : TIDE_CTL_BARS_CSV;
  if (named != NULL)
    self->rules.format =
        g_str_equal (named, "ndjson") ? TIDE_CTL_BARS_NDJSON : TIDE_CTL_BARS_CSV;
  if (self->rules.format == TIDE_CTL_BARS_NDJSON)
    return TRUE;
  tide_ctl_lines_set_csv (self->lines, TRUE);
  line = tide_ctl_lines_next (self->lines, &length, &problem);
  if (line == NULL && problem == NULL)
    return TRUE;
  if (line != NULL && tide_ctl_bars_parse_header (&self->rules, line, length, &problem))
    return TRUE;
  g_set_error (error,
               TIDE_CTL_ERROR,
               TIDE_CTL_EXIT_REFUSED,
               "%s: %s",
               self->ctl->args[1],
               problem->message);
  return FALSE;
}

static gboolean
take_all (Import *self, GError **error)
{
  g_autoptr (GError) read_error = NULL;
  const char *line;
  gsize length;

  if (!begin (self, error))
    return FALSE;
  while ((line = tide_ctl_lines_next (self->lines, &length, &read_error)) != NULL)
    if (length > 0 && !take_line (self, line, length, error))
      return FALSE;
  if (read_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&read_error));
      return FALSE;
    }
  return send_batch (self, error);
}

static void
report_text (const Import *self)
{
  GString *out = self->ctl->output->text;

  g_string_append_printf (out,
                          ngettext ("%lu bar is in the history.",
                                    "%lu bars are in the history.",
                                    self->n_taken),
                          self->n_taken);
  g_string_append_c (out, '\n');
  if (self->n_old > 0)
    g_string_append_printf (out,
                            _ ("Older than bars are kept, and not taken: %lu. [history] "
                               "keep-1m-days and its like say how long that is.\n"),
                            self->n_old);
  if (self->n_skipped > 0)
    g_string_append_printf (
        out,
        _ ("Lines that were passed over: %lu, the first of them %s\n"),
        self->n_skipped,
        self->first_bad);
}

/* Says what is in, also of an import that failed. */
static void
report (const Import *self)
{
  JsonObject *object;
  JsonNode *node;

  if (!self->ctl->options->is_json)
    {
      report_text (self);
      return;
    }
  object = json_object_new ();
  node = json_node_new (JSON_NODE_OBJECT);
  json_object_set_int_member (object, "taken", (gint64) self->n_taken);
  json_object_set_int_member (object, "too_old", (gint64) self->n_old);
  json_object_set_int_member (object, "skipped_lines", (gint64) self->n_skipped);
  json_node_take_object (node, object);
  tide_ctl_output_add_json (self->ctl->output, node, FALSE);
}

/* Returns: (nullable): the symbol of a file that names none */
static gboolean
check_symbol (TideCtl *self, GError **error)
{
  const GStrv symbols = self->options->symbols;

  if (symbols == NULL || symbols[1] == NULL)
    return TRUE;
  tide_ctl_set_usage_error (error, _ ("A file without a symbol is of one --symbol."));
  return FALSE;
}

/* Brings the bars of a file. */
gboolean
tide_ctl_history_import (TideCtl *self, GError **error)
{
  g_auto (Import) import = { .ctl = self };
  gboolean is_done;

  g_variant_builder_init (&import.batch, G_VARIANT_TYPE ("a(sxddddd)"));
  if (!check_symbol (self, error))
    return FALSE;
  import.lines = tide_ctl_lines_open (self->args[1], error);
  if (import.lines == NULL)
    return FALSE;
  import.rules.timeframe = tide_ctl_history_get_timeframe (self->options);
  import.rules.symbol = self->options->symbols != NULL ? self->options->symbols[0] : NULL;
  import.rules.now_s = g_get_real_time () / G_USEC_PER_SEC;
  tide_ctl_progress_begin (&import.progress, TRUE);
  is_done = take_all (&import, error);
  tide_ctl_progress_end (&import.progress);
  report (&import);
  return is_done;
}
