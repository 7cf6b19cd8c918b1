/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-counters.h"

#include "tide-bus-alerts.h"
#include "tide-bus-error.h"
#include "tide-bus-stats.h"
#include "tide-bus-watchers.h"

/* Percentiles that one call may ask for. */
#define MAX_PERCENTILES 16

/* How often is looked for what is worth a signal, in seconds. */
#define LOOK_INTERVAL_S 1

/* The generated skeleton keeps a copy of each property, which somebody would have to keep
 * fresh. This one looks at the counter when it is asked for it. */
struct _TideBusCounters
{
  TideBusStatsSkeleton parent_instance;

  TideCounters *counters;    /* (unowned) */
  guint fresh_source_id;     /* the source that was running at the last refresh, or 0 */
  gint64 fresh_time_us;      /* the time of its turn */
  TideBusWatchers *watchers; /* (owned) */
  TideBusAlerts *alerts;     /* (owned) (nullable), while on a bus */
  GSource *look;             /* (owned) (nullable), for @alerts */
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
stop_looking (TideBusCounters *self)
{
  if (self->look != NULL)
    g_source_destroy (self->look);
  g_clear_pointer (&self->look, g_source_unref);
  g_clear_pointer (&self->alerts, tide_bus_alerts_free);
}

static void
tide_bus_counters_finalize (GObject *object)
{
  TideBusCounters *self = TIDE_BUS_COUNTERS (object);

  stop_looking (self);
  tide_bus_watchers_free (self->watchers);

  G_OBJECT_CLASS (tide_bus_counters_parent_class)->finalize (object);
}

static void
tide_bus_counters_class_init (TideBusCountersClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = tide_bus_counters_finalize;
  object_class->get_property = tide_bus_counters_get_property;
  object_class->set_property = tide_bus_counters_set_property;

  /* GObject asks the class that installed a property, so the parent's would be asked. */
  tide_bus_stats_override_properties (object_class, 1);
}

static GVariant *
make_tick (gpointer user_data)
{
  TideBusCounters *self = user_data;
  gsize n_infos;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);
  GVariantBuilder counters;

  tide_counters_refresh (self->counters);
  g_variant_builder_init (&counters, G_VARIANT_TYPE ("a{st}"));
  for (gsize i = 0; i < n_infos; i++)
    g_variant_builder_add (
        &counters, "{st}", infos[i].name, tide_counters_get (self->counters, &infos[i]));
  return g_variant_new ("(a{st})", &counters);
}

static void
tide_bus_counters_init (TideBusCounters *self)
{
  self->watchers = tide_bus_watchers_new (make_tick, self);
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

static gboolean
on_watch (TideBusStats *stats, GDBusMethodInvocation *invocation, guint interval_ms)
{
  TideBusCounters *self = TIDE_BUS_COUNTERS (stats);
  GError *error = NULL;

  if (tide_bus_watchers_set (self->watchers,
                             g_dbus_method_invocation_get_connection (invocation),
                             g_dbus_method_invocation_get_sender (invocation),
                             interval_ms,
                             &error))
    tide_bus_stats_complete_watch (stats, invocation);
  else
    tide_bus_error_return (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
init_interface (TideBusStatsIface *iface)
{
  iface->handle_watch = on_watch;
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

static void
on_slow_clients (guint n_users, gpointer user_data)
{
  tide_bus_stats_emit_slow_clients (user_data, n_users);
}

static void
on_limit_hit (const char *limit, guint64 n_times, gpointer user_data)
{
  tide_bus_stats_emit_limit_hit (user_data, limit, n_times);
}

static gboolean
on_look (gpointer user_data)
{
  TideBusCounters *self = user_data;

  tide_bus_alerts_look (self->alerts, g_get_monotonic_time ());
  return G_SOURCE_CONTINUE;
}

/**
 * tide_bus_counters_set_active:
 * @stats: what tide_bus_counters_new() has made
 * @is_active: whether it is on a bus
 *
 * Sends signals from now on, or no more. While it is not on a bus nobody watches, and
 * nothing is looked at.
 */
void
tide_bus_counters_set_active (GDBusInterfaceSkeleton *stats, gboolean is_active)
{
  TideBusCounters *self = TIDE_BUS_COUNTERS (stats);
  TideBusAlertFuncs funcs = { on_slow_clients, on_limit_hit, self };

  stop_looking (self);
  if (!is_active)
    {
      tide_bus_watchers_clear (self->watchers);
      return;
    }
  self->alerts = tide_bus_alerts_new (self->counters, &funcs);
  self->look = g_timeout_source_new_seconds (LOOK_INTERVAL_S);
  g_source_set_static_name (self->look, "tide-bus-alerts");
  g_source_set_callback (self->look, on_look, self, NULL);
  g_source_attach (self->look, g_main_context_get_thread_default ());
}
