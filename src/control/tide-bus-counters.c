/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-counters.h"

#include "tide-bus-error.h"
#include "tide-bus-stats.h"

/* Percentiles that one call may ask for. */
#define MAX_PERCENTILES 16

/* The generated skeleton keeps a copy of each property, which somebody would have to keep
 * fresh. This one looks at the counter when it is asked for it. */
struct _TideBusCounters
{
  TideBusStatsSkeleton parent_instance;

  TideCounters *counters; /* (unowned) */
  guint fresh_source_id;  /* the source that was running at the last refresh, or 0 */
  gint64 fresh_time_us;   /* the time of its turn */
};

static void init_interface (TideBusStatsIface *iface);

#define TIDE_TYPE_BUS_COUNTERS (tide_bus_counters_get_type ())
G_DECLARE_FINAL_TYPE (
    TideBusCounters, tide_bus_counters, TIDE, BUS_COUNTERS, TideBusStatsSkeleton)
G_DEFINE_FINAL_TYPE_WITH_CODE (TideBusCounters,
                               tide_bus_counters,
                               TIDE_BUS_TYPE_STATS_SKELETON,
                               G_IMPLEMENT_INTERFACE (TIDE_BUS_TYPE_STATS,
                                                      init_interface))

/* GDBus makes a source for each call, be it Get or GetAll, and asks for each property of
 * the answer from there. So all that one answer holds is worked out once, and what is in
 * it fits together. Outside of a source there is no telling, and it is worked out anew.
 */
static void
refresh_once (TideBusCounters *self)
{
  GSource *source = g_main_current_source ();
  guint id = source != NULL ? g_source_get_id (source) : 0;
  gint64 time_us = source != NULL ? g_source_get_time (source) : 0;

  if (id != 0 && id == self->fresh_source_id && time_us == self->fresh_time_us)
    return;
  tide_counters_refresh (self->counters);
  self->fresh_source_id = id;
  self->fresh_time_us = time_us;
}

/* Properties are numbered from 1 in the order of the XML, which is the order of the
 * counters: test-bus-counters compares the two. */
static void
tide_bus_counters_get_property (GObject *object,
                                guint property_id,
                                GValue *value,
                                GParamSpec *pspec)
{
  TideBusCounters *self = TIDE_BUS_COUNTERS (object);
  gsize n_infos;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);

  if (property_id == 0 || property_id > n_infos)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      return;
    }
  refresh_once (self);
  g_value_set_uint64 (value, tide_counters_get (self->counters, &infos[property_id - 1]));
}

static void
tide_bus_counters_set_property (GObject *object,
                                guint property_id,
                                const GValue *value,
                                GParamSpec *pspec)
{
  G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
tide_bus_counters_class_init (TideBusCountersClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = tide_bus_counters_get_property;
  object_class->set_property = tide_bus_counters_set_property;

  /* GObject asks the class that installed a property, so the parent's would be asked. */
  tide_bus_stats_override_properties (object_class, 1);
}

static void
tide_bus_counters_init (TideBusCounters *self)
{
}

static gboolean
find_priority (const char *nick, TidePriority *priority)
{
  for (guint i = 0; i < TIDE_N_PRIORITIES; i++)
    if (g_str_equal (nick, tide_priority_get_nick (i)))
      {
        *priority = i;
        return TRUE;
      }
  return FALSE;
}

/* Written so that no number at all, NaN, is refused too. */
static gboolean
are_percentiles (const double *values, gsize n_values)
{
  double least = 0;

  for (gsize i = 0; i < n_values; i++)
    {
      if (!(values[i] >= least && values[i] <= 100))
        return FALSE;
      least = values[i];
    }
  return n_values <= MAX_PERCENTILES;
}

/**
 * tide_bus_counters_get_latency:
 * @counters: counters
 * @priority: the nick of a priority
 * @percentiles: of the type `ad`
 * @error: return location for an error
 *
 * Looks latencies up, as the method `GetLatency` answers.
 *
 * Fails with %G_DBUS_ERROR_INVALID_ARGS.
 *
 * Returns: (transfer floating): of the type `at`: microseconds, one for each percentile
 */
GVariant *
tide_bus_counters_get_latency (const TideCounters *counters,
                               const char *priority,
                               GVariant *percentiles,
                               GError **error)
{
  TidePriority which;
  gsize n;
  const double *values = g_variant_get_fixed_array (percentiles, &n, sizeof (double));
  guint64 latencies[MAX_PERCENTILES];

  if (!find_priority (priority, &which))
    {
      g_set_error_literal (error,
                           G_DBUS_ERROR,
                           G_DBUS_ERROR_INVALID_ARGS,
                           "priority is none of low, medium, high and critical");
      return NULL;
    }
  if (!are_percentiles (values, n))
    {
      g_set_error (error,
                   G_DBUS_ERROR,
                   G_DBUS_ERROR_INVALID_ARGS,
                   "percentiles are not at most %d numbers from 0 to 100, ascending",
                   MAX_PERCENTILES);
      return NULL;
    }
  for (gsize i = 0; i < n; i++)
    latencies[i] = tide_histogram_get_percentile (&counters->latency[which], values[i]);
  return g_variant_new_fixed_array (
      G_VARIANT_TYPE_UINT64, latencies, n, sizeof (guint64));
}

static gboolean
on_get_latency (TideBusStats *stats,
                GDBusMethodInvocation *invocation,
                const char *priority,
                GVariant *percentiles)
{
  TideBusCounters *self = TIDE_BUS_COUNTERS (stats);
  GError *error = NULL;
  GVariant *latencies =
      tide_bus_counters_get_latency (self->counters, priority, percentiles, &error);

  if (latencies == NULL)
    tide_bus_error_return (invocation, error);
  else
    tide_bus_stats_complete_get_latency (stats, invocation, latencies);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
init_interface (TideBusStatsIface *iface)
{
  iface->handle_get_latency = on_get_latency;
}

/**
 * tide_bus_counters_new:
 * @counters: (transfer none): what to show; must outlive the result
 *
 * Makes the interface `org.tidewire.Tidewire1.Stats`, with one property a counter.
 *
 * A counter is read at the moment when it is asked for; what is worked out of others is
 * worked out then, once for each answer. Counting itself costs nothing more for being
 * shown.
 *
 * Returns: (transfer full): the interface, ready to be exported
 */
GDBusInterfaceSkeleton *
tide_bus_counters_new (TideCounters *counters)
{
  TideBusCounters *self = g_object_new (TIDE_TYPE_BUS_COUNTERS, NULL);

  self->counters = counters;
  return G_DBUS_INTERFACE_SKELETON (self);
}
