/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-history.h"
#include "tide-ctl-text.h"
#include "tide-glob.h"

#include <glib/gi18n.h>

#include <string.h>

/* How long bars are that are spoken of. */
TideTimeframe
tide_ctl_history_get_timeframe (const TideCtlOptions *options)
{
  TideTimeframe timeframe = TIDE_TIMEFRAME_1M;

  if (options->timeframe != NULL)
    tide_timeframe_find (options->timeframe, &timeframe);
  return timeframe;
}

static gboolean
is_wanted (const TideCtlOptions *options, const char *symbol)
{
  if (options->symbols == NULL)
    return TRUE;
  for (guint i = 0; options->symbols[i] != NULL; i++)
    if (tide_glob_matches (options->symbols[i], symbol, strlen (symbol)))
      return TRUE;
  return FALSE;
}

static gboolean
check_patterns (const TideCtlOptions *options, GError **error)
{
  for (guint i = 0; options->symbols != NULL && options->symbols[i] != NULL; i++)
    {
      const char *problem = tide_glob_check (options->symbols[i]);

      if (problem == NULL)
        continue;
      tide_ctl_set_usage_error (error, "--symbol=%s: %s", options->symbols[i], problem);
      return FALSE;
    }
  return TRUE;
}

/* Adds a page of those that are wanted, and have bars.
 *
 * Returns: how many there were at all, -1 on an error; the last is @after then */
static int
add_page (TideCtl *self, char **after, GVariantBuilder *builder, GError **error)
{
  const char *nick =
      tide_timeframe_get_nick (tide_ctl_history_get_timeframe (self->options));
  g_autoptr (GVariant) answer =
      tide_ctl_bus_call (self->bus,
                         "Admin.ListBarSymbols",
                         g_variant_new ("(ssu)", *after, nick, TIDE_BARS_PER_CALL),
                         "(a(sxx))",
                         error);
  g_autoptr (GVariant) rows = NULL;
  gsize n_rows;

  if (answer == NULL)
    return -1;
  rows = g_variant_get_child_value (answer, 0);
  n_rows = g_variant_n_children (rows);
  for (gsize i = 0; i < n_rows; i++)
    {
      const char *symbol;
      gint64 first_s, last_s;

      g_variant_get_child (rows, i, "(&sxx)", &symbol, &first_s, &last_s);
      if (last_s > 0 && is_wanted (self->options, symbol))
        g_variant_builder_add (builder, "(sxx)", symbol, first_s, last_s);
      if (i + 1 < n_rows)
        continue;
      g_free (*after);
      *after = g_strdup (symbol);
    }
  return (int) n_rows;
}

/* Gives the symbols that are wanted and have bars of the timeframe, as `a(sxx)`: with
 * when the first bar begins, and when the last one does. */
GVariant *
tide_ctl_history_list (TideCtl *self, GError **error)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sxx)"));
  g_autofree char *after = g_strdup ("");
  int n_rows;

  if (!check_patterns (self->options, error))
    return NULL;
  do
    {
      n_rows = add_page (self, &after, &builder, error);
      if (n_rows < 0)
        return NULL;
    }
  while (n_rows >= TIDE_BARS_PER_CALL);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
add_json (TideCtl *self, GVariant *symbols)
{
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonArray *rows = json_array_new ();

  for (gsize i = 0; i < g_variant_n_children (symbols); i++)
    {
      JsonObject *row = json_object_new ();
      const char *symbol;
      gint64 first_s, last_s;

      g_variant_get_child (symbols, i, "(&sxx)", &symbol, &first_s, &last_s);
      json_object_set_string_member (row, "symbol", symbol);
      json_object_set_int_member (row, "first", first_s);
      json_object_set_int_member (row, "last", last_s);
      json_array_add_object_element (rows, row);
    }
  json_object_set_array_member (object, "symbols", rows);
  json_node_take_object (node, object);
  tide_ctl_output_add_json (self->output, node, TRUE);
}

static void
add_text (TideCtl *self, GVariant *symbols)
{
  g_autoptr (TideCtlTable) table = tide_ctl_table_new (3);

  tide_ctl_table_set_heading (table, TIDE_CTL_BOLD);
  tide_ctl_table_add (table, 0, _ ("Symbol"));
  tide_ctl_table_add (table, 1, _ ("First bar"));
  tide_ctl_table_add (table, 2, _ ("Last bar"));
  for (gsize i = 0; i < g_variant_n_children (symbols); i++)
    {
      const char *symbol;
      gint64 first_s, last_s;

      g_variant_get_child (symbols, i, "(&sxx)", &symbol, &first_s, &last_s);
      tide_ctl_table_add (table, 0, symbol);
      tide_ctl_table_take (
          table, 1, tide_ctl_text_from_time ((guint64) first_s * G_USEC_PER_SEC));
      tide_ctl_table_take (
          table, 2, tide_ctl_text_from_time ((guint64) last_s * G_USEC_PER_SEC));
    }
  tide_ctl_output_add_table (self->output, table);
}

static gboolean
list_symbols (TideCtl *self, GError **error)
{
  g_autoptr (GVariant) symbols = tide_ctl_history_list (self, error);

  if (symbols == NULL)
    return FALSE;
  if (self->options->is_json)
    add_json (self, symbols);
  else if (g_variant_n_children (symbols) > 0)
    add_text (self, symbols);
  else
    g_string_append_printf (
        self->output->text, "%s\n", _ ("There are no bars of this kind."));
  return TRUE;
}

/* Whether the options are those of @verb, one of the three. */
static gboolean
check_options (const TideCtl *self, const char *verb, GError **error)
{
  const TideCtlOptions *options = self->options;
  const struct
  {
    const char *name;
    gboolean is_given;
    const char *verbs;
  } table[] = {
    { "format", options->format != NULL, "import export" },
    { "from", options->from != NULL, "export" },
    { "to", options->to != NULL, "export" },
    { "output", options->output != NULL, "export" },
    { "skip-bad", options->is_skip_bad, "import" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_auto (GStrv) verbs = g_strsplit (table[i].verbs, " ", -1);

      if (!table[i].is_given || g_strv_contains ((const char *const *) verbs, verb))
        continue;
      tide_ctl_set_usage_error (
          error, _ ("“history %s” does not take --%s."), verb, table[i].name);
      return FALSE;
    }
  return TRUE;
}

/**
 * tide_ctl_verb_history:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Brings bars in, takes them along, or lists their symbols.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_history (TideCtl *self, GError **error)
{
  static const struct
  {
    const char *name;
    guint n_args;
    TideCtlVerbFunc run;
  } verbs[] = {
    { "import", 2, tide_ctl_history_import },
    { "export", 1, tide_ctl_history_export },
    { "symbols", 1, list_symbols },
  };

  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (self->args[0], verbs[i].name) && self->n_args == verbs[i].n_args)
      return check_options (self, verbs[i].name, error) && verbs[i].run (self, error);
  tide_ctl_set_usage_error (error,
                            _ ("“history” takes “import FILE”, “export” or “symbols”."));
  return FALSE;
}
