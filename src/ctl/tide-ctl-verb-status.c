/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-latency.h"
#include "tide-ctl-text.h"
#include "tide-ctl-value.h"
#include "tide-ctl.h"

#include <glib/gi18n.h>

#define N(name) tide_ctl_value_get_count (stats, name)

/* What is known of the service. */
typedef struct
{
  GVariant *manager; /* (owned) */
  GVariant *stats;   /* (owned) */
  TideCtlLatency latency;
} Facts;

static void
facts_clear (Facts *facts)
{
  g_clear_pointer (&facts->manager, g_variant_unref);
  g_clear_pointer (&facts->stats, g_variant_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Facts, facts_clear)

static const char *
get_state_style (const char *state)
{
  if (g_str_equal (state, "running"))
    return TIDE_CTL_GREEN;
  return g_str_equal (state, "draining") ? TIDE_CTL_YELLOW : TIDE_CTL_RED;
}

static void
add_line (TideCtlTable *table, const char *title, char *text)
{
  tide_ctl_table_add (table, 0, title);
  tide_ctl_table_take (table, 1, text);
}

static char *
join_listeners (GVariant *manager)
{
  g_autoptr (GVariant) value =
      g_variant_lookup_value (manager, "Listeners", G_VARIANT_TYPE_STRING_ARRAY);

  return value != NULL ? tide_ctl_value_to_text ("", value) : g_strdup ("");
}

static guint64
sum_dropped (GVariant *stats)
{
  GVariantIter iter;
  const char *key;
  GVariant *value;
  guint64 sum = 0;

  g_variant_iter_init (&iter, stats);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    if (g_str_has_prefix (key, "EventsDropped"))
      sum += tide_ctl_value_get_count (stats, key);
  return sum;
}

static char *
describe_start (GVariant *manager)
{
  guint64 started_us = tide_ctl_value_get_count (manager, "StartedUSec");
  guint64 now_us = (guint64) g_get_real_time ();
  g_autofree char *time = tide_ctl_text_from_time (started_us);
  g_autofree char *span = tide_ctl_text_from_duration (now_us - MIN (now_us, started_us));

  /* Translators: a date, and how long ago that is */
  return g_strdup_printf (_ ("%s, %s ago"), time, span);
}

/* Returns: (transfer full) */
static char *
count (GVariant *stats, const char *name)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT, N (name));
}

static void
add_figures (TideCtlTable *table, GVariant *stats)
{
  g_autofree char *connections = count (stats, "Connections");
  g_autofree char *users = count (stats, "Users");
  g_autofree char *slow = count (stats, "SlowUsers");
  g_autofree char *away = count (stats, "UsersAway");
  g_autofree char *received = count (stats, "EventsReceived");
  g_autofree char *routed = count (stats, "EventsRouted");
  g_autofree char *unwanted = count (stats, "EventsNoAudience");
  g_autofree char *dropped = g_strdup_printf ("%" G_GUINT64_FORMAT, sum_dropped (stats));

  add_line (table,
            _ ("Clients"),
            g_strdup_printf (_ ("connections %s, users %s, slow %s, away %s"),
                             connections,
                             users,
                             slow,
                             away));
  add_line (table,
            _ ("Events"),
            g_strdup_printf (_ ("received %s, routed %s, for nobody %s, dropped %s"),
                             received,
                             routed,
                             unwanted,
                             dropped));
  add_line (table, _ ("Unread"), tide_ctl_text_from_bytes (N ("OutboxBytes")));
  /* It is looked at where there is a limit for it. */
  if (N ("MemoryBytes") > 0)
    add_line (table, _ ("Memory"), tide_ctl_text_from_bytes (N ("MemoryBytes")));
}

static void
add_text (TideCtl *self, const Facts *facts)
{
  const char *state = tide_ctl_value_get_string (facts->manager, "State");
  const char *version = tide_ctl_value_get_string (facts->manager, "Version");
  g_autofree char *clean_state = tide_ctl_text_clean (state, -1);
  g_autofree char *clean_version = tide_ctl_text_clean (version, -1);
  g_autoptr (TideCtlTable) table = tide_ctl_table_new (2);

  tide_ctl_output_add (self->output, get_state_style (state), "●");
  g_string_append_printf (self->output->text, " tidewired %s: ", clean_version);
  tide_ctl_output_add (self->output, get_state_style (state), clean_state);
  g_string_append_c (self->output->text, '\n');
  tide_ctl_table_set_style (table, 0, TIDE_CTL_BOLD);
  tide_ctl_table_set_right (table, 0);
  add_line (table, _ ("Started"), describe_start (facts->manager));
  add_line (table, _ ("Addresses"), join_listeners (facts->manager));
  add_line (table,
            _ ("Source"),
            g_strdup_printf ("%s (%s)",
                             tide_ctl_value_get_string (facts->manager, "Source"),
                             tide_ctl_value_get_string (facts->manager, "SourceState")));
  add_figures (table, facts->stats);
  for (guint i = 0; i < TIDE_CTL_N_PRIORITIES; i++)
    if (facts->latency.is_known[i])
      add_line (table,
                i == 0 || !facts->latency.is_known[i - 1] ? _ ("Latency") : "",
                tide_ctl_latency_describe (&facts->latency, i));
  tide_ctl_output_add_table (self->output, table);
}

static void
add_json (TideCtl *self, const Facts *facts)
{
  JsonObject *object = json_object_new ();
  JsonObject *manager = json_object_new ();
  JsonObject *stats = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  tide_ctl_value_add_members (manager, facts->manager);
  tide_ctl_value_add_members (stats, facts->stats);
  json_object_set_object_member (object, "manager", manager);
  json_object_set_object_member (object, "stats", stats);
  json_object_set_member (
      object, "latency_usec", tide_ctl_latency_make_json (&facts->latency));
  json_node_take_object (node, object);
  tide_ctl_output_add_json (self->output, node, TRUE);
}

/**
 * tide_ctl_verb_status:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Says how the service is.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_status (TideCtl *self, GError **error)
{
  g_auto (Facts) facts = { 0 };

  facts.manager = tide_ctl_bus_get_all (self->bus, "Manager", error);
  if (facts.manager == NULL)
    return FALSE;
  facts.stats = tide_ctl_bus_get_all (self->bus, "Stats", error);
  if (facts.stats == NULL || !tide_ctl_latency_fetch (self->bus, &facts.latency, error))
    return FALSE;
  if (self->options->is_json)
    add_json (self, &facts);
  else
    add_text (self, &facts);
  return TRUE;
}

static void
add_counters (TideCtl *self, GVariant *stats)
{
  g_autoptr (TideCtlTable) table = tide_ctl_table_new (2);
  g_autoptr (GPtrArray) keys = tide_ctl_value_sort_keys (stats);

  tide_ctl_table_set_right (table, 1);
  for (guint i = 0; i < keys->len; i++)
    {
      tide_ctl_table_add (table, 0, keys->pdata[i]);
      tide_ctl_table_take (table, 1, count (stats, keys->pdata[i]));
    }
  tide_ctl_output_add_table (self->output, table);
}

/**
 * tide_ctl_verb_stats:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Shows all counters, or sets them back.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_stats (TideCtl *self, GError **error)
{
  g_autoptr (GVariant) answer = NULL;

  if (self->n_args > 0 && !g_str_equal (self->args[0], "reset"))
    {
      tide_ctl_set_usage_error (
          error, _ ("There is nothing to do with “%s”."), self->args[0]);
      return FALSE;
    }
  if (self->n_args > 0)
    {
      answer = tide_ctl_bus_call (self->bus, "Admin.ResetStatistics", NULL, "()", error);
      if (answer != NULL)
        tide_ctl_say (self, NULL, 0, g_strdup (_ ("The counters are back at 0.")));
      return answer != NULL;
    }
  answer = tide_ctl_bus_get_all (self->bus, "Stats", error);
  if (answer == NULL)
    return FALSE;
  if (self->options->is_json)
    tide_ctl_output_add_json (self->output, json_gvariant_serialize (answer), TRUE);
  else
    add_counters (self, answer);
  return TRUE;
}
