/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-counters.h"

#include "tide-bus-stats.h"

/* The generated skeleton keeps a copy of each property, which somebody would have to keep
 * fresh. This one looks at the counter when it is asked for it. */
struct _TideBusCounters
{
  TideBusStatsSkeleton parent_instance;

  const TideCounters *counters; /* (unowned) */
};

#define TIDE_TYPE_BUS_COUNTERS (tide_bus_counters_get_type ())
G_DECLARE_FINAL_TYPE (
    TideBusCounters, tide_bus_counters, TIDE, BUS_COUNTERS, TideBusStatsSkeleton)
G_DEFINE_FINAL_TYPE (TideBusCounters, tide_bus_counters, TIDE_BUS_TYPE_STATS_SKELETON)

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

/**
 * tide_bus_counters_new:
 * @counters: (transfer none): what to show; must outlive the result
 *
 * Makes the interface `org.tidewire.Tidewire1.Stats`, with one property a counter.
 *
 * A counter is read at the moment when it is asked for. Counting itself costs nothing
 * more for being shown.
 *
 * Returns: (transfer full): the interface, ready to be exported
 */
GDBusInterfaceSkeleton *
tide_bus_counters_new (const TideCounters *counters)
{
  TideBusCounters *self = g_object_new (TIDE_TYPE_BUS_COUNTERS, NULL);

  self->counters = counters;
  return G_DBUS_INTERFACE_SKELETON (self);
}
