/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-latency.h"

#include "tide-ctl-bus.h"
#include "tide-ctl-text.h"

static const char *const priorities[TIDE_CTL_N_PRIORITIES] = {
  "critical",
  "high",
  "medium",
  "low",
};

static const char *const names[TIDE_CTL_N_PERCENTILES] = { "p50", "p99", "p99.9" };

/**
 * tide_ctl_latency_fetch:
 * @bus: a bus
 * @latency: (out caller-allocates): what was found
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Asks for the latencies of each priority.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_latency_fetch (GDBusConnection *bus, TideCtlLatency *latency, GError **error)
{
  const double percentiles[TIDE_CTL_N_PERCENTILES] = { 50, 99, 99.9 };

  for (guint i = 0; i < TIDE_CTL_N_PRIORITIES; i++)
    {
      GVariant *list = g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE,
                                                  percentiles,
                                                  TIDE_CTL_N_PERCENTILES,
                                                  sizeof percentiles[0]);
      g_autoptr (GVariant) answer =
          tide_ctl_bus_call (bus,
                             "Stats.GetLatency",
                             g_variant_new ("(s@ad)", priorities[i], list),
                             "(at)",
                             error);
      g_autoptr (GVariantIter) iter = NULL;

      if (answer == NULL)
        return FALSE;
      g_variant_get (answer, "(at)", &iter);
      latency->is_known[i] = FALSE;
      for (guint j = 0; j < TIDE_CTL_N_PERCENTILES; j++)
        if (g_variant_iter_next (iter, "t", &latency->latency_us[i][j]) &&
            latency->latency_us[i][j] > 0)
          latency->is_known[i] = TRUE;
    }
  return TRUE;
}

/**
 * tide_ctl_latency_describe:
 * @latency: latencies
 * @priority: an index
 *
 * Returns: (transfer full): those of one priority, in one line
 */
char *
tide_ctl_latency_describe (const TideCtlLatency *latency, guint priority)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%-8s", priorities[priority]);
  for (guint i = 0; i < TIDE_CTL_N_PERCENTILES; i++)
    {
      g_autofree char *value =
          tide_ctl_text_from_latency (latency->latency_us[priority][i]);

      g_string_append_printf (text, "  %s %s", names[i], value);
    }
  return g_string_free (text, FALSE);
}

/**
 * tide_ctl_latency_make_json:
 * @latency: latencies
 *
 * Returns: (transfer full): an object of objects; priorities without events are left out
 */
JsonNode *
tide_ctl_latency_make_json (const TideCtlLatency *latency)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  for (guint i = 0; i < TIDE_CTL_N_PRIORITIES; i++)
    {
      JsonObject *values;

      if (!latency->is_known[i])
        continue;
      values = json_object_new ();
      for (guint j = 0; j < TIDE_CTL_N_PERCENTILES; j++)
        json_object_set_int_member (values, names[j], (gint64) latency->latency_us[i][j]);
      json_object_set_object_member (object, priorities[i], values);
    }
  json_node_take_object (node, object);
  return node;
}
