/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bus-service.h"

#include "dbus-server.h"
#include "log-catcher.h"

/* A service and a bus of the test's own, where everybody may do everything. */

#define ADMIN "org.tidewire.Tidewire1.Admin"
#define MANAGER "org.tidewire.Tidewire1.Manager"
#define STATS "org.tidewire.Tidewire1.Stats"

static GPtrArray *lines; /* what was logged; set by main() */

typedef struct
{
  DbusServer *server;
  TideStatus *status;
  TideCounters counters;
  TideBusService *service;
  TideDeliveryLimits limits;
} Fixture;

static inline void
get_limits (TideDeliveryLimits *limits, gpointer user_data)
{
  *limits = ((Fixture *) user_data)->limits;
}

static inline gboolean
set_limits (const TideDeliveryLimits *limits, gpointer user_data, GError **error)
{
  ((Fixture *) user_data)->limits = *limits;
  return TRUE;
}

/* Returns: (transfer full): a service that is not started */
static inline TideBusService *
make_service (Fixture *self)
{
  const TideBusFuncs funcs = { .get_delivery_limits = get_limits,
                               .set_delivery_limits = set_limits,
                               .user_data = self };

  return tide_bus_service_new (self->status, &self->counters, &funcs);
}

static inline void
set_up (Fixture *self, gconstpointer unused)
{
  g_ptr_array_set_size (lines, 0);
  self->server = dbus_server_new (NULL);
  self->status = tide_status_new ("1.2.3", 1700000000000000);
  self->limits = (TideDeliveryLimits){ 100000, 50, TRUE, 100, 50 };
  self->service = make_service (self);
}

static inline void
tear_down (Fixture *self, gconstpointer unused)
{
  g_clear_object (&self->service);
  g_clear_object (&self->status);
  /* Lets go of what was still under way. */
  for (guint i = 0; i < 5; i++)
    dbus_turn ();
  dbus_server_free (self->server);
}

static inline void
start (Fixture *self)
{
  dbus_server_start (self->server);
  tide_bus_service_start (self->service, self->server->address);
  DBUS_WAIT (tide_bus_service_has_name (self->service));
}

/* Returns: (transfer full): a property */
static inline GVariant *
get (GDBusConnection *client, const char *interface, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = dbus_call (client,
                                           TIDE_BUS_PATH,
                                           "org.freedesktop.DBus.Properties.Get",
                                           g_variant_new ("(ss)", interface, name),
                                           &error);
  GVariant *value = NULL;

  g_assert_no_error (error);
  g_variant_get (answer, "(v)", &value);
  return value;
}
