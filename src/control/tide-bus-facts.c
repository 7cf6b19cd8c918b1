/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-facts.h"

#include "tide-bus-limits.h"
#include "tide-bus-manager.h"

/* Each word is explained in org.tidewire.Tidewire1.Manager.xml. */
static const char *const features[] = {
  "socketio-v5", "websocket",    "polling", "delivery-limits", "explain", "publish",
  "drain",       "event-stream", "watch",   "inspect",         NULL,
};

/* Sets all: the skeleton itself finds out which values are new, and signals those. */
static void
on_status_changed (TideStatus *status, TideBusManager *manager)
{
  tide_bus_manager_set_state (manager,
                              tide_state_get_nick (tide_status_get_state (status)));
  tide_bus_manager_set_redis_connected (manager, tide_status_is_redis_connected (status));
  tide_bus_manager_set_source (manager, tide_status_get_source_description (status));
  tide_bus_manager_set_source_state (manager, tide_status_get_source_state (status));
  tide_bus_manager_set_listeners (manager, tide_status_get_listeners (status));
}

static gboolean
on_get_delivery_limits (TideBusManager *manager,
                        GDBusMethodInvocation *invocation,
                        TideBusFuncs *funcs)
{
  TideDeliveryLimits limits = { 0 };

  funcs->get_delivery_limits (&limits, funcs->user_data);
  g_dbus_method_invocation_return_value (invocation,
                                         tide_bus_limits_to_variant (&limits));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
free_funcs (gpointer data, GClosure *closure)
{
  g_free (data);
}

/**
 * tide_bus_facts_new:
 * @status: what to show
 * @funcs: where what can be asked for comes from; copied
 *
 * Makes the interface `org.tidewire.Tidewire1.Manager`, which follows @status.
 *
 * Returns: (transfer full): the interface, ready to be exported
 */
GDBusInterfaceSkeleton *
tide_bus_facts_new (TideStatus *status, const TideBusFuncs *funcs)
{
  TideBusManager *manager = tide_bus_manager_skeleton_new ();

  tide_bus_manager_set_version (manager, tide_status_get_version (status));
  tide_bus_manager_set_started_usec (manager, tide_status_get_started_real_us (status));
  tide_bus_manager_set_features (manager, features);
  on_status_changed (status, manager);
  g_signal_connect_object (status, "changed", G_CALLBACK (on_status_changed), manager, 0);
  g_signal_connect_data (manager,
                         "handle-get-delivery-limits",
                         G_CALLBACK (on_get_delivery_limits),
                         g_memdup2 (funcs, sizeof *funcs),
                         free_funcs,
                         0);
  return G_DBUS_INTERFACE_SKELETON (manager);
}
