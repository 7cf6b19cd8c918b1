/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bus-funcs.h"
#include "tide-bus-log.h"
#include "tide-counters.h"
#include "tide-status.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define TIDE_BUS_NAME "org.tidewire.Tidewire1"
#define TIDE_BUS_PATH "/org/tidewire/Tidewire1"

/**
 * TideBusService:
 *
 * Tidewire on D-Bus: the interfaces `.Manager`, `.Stats` and `.Admin` of one object, and
 * `org.freedesktop.LogControl1` of another.
 *
 * The bus is a convenience for whoever looks after the service, never a condition: one
 * that is absent, refuses the name or goes away is told to the log once and tried again.
 * Nothing here waits.
 */
#define TIDE_TYPE_BUS_SERVICE (tide_bus_service_get_type ())
G_DECLARE_FINAL_TYPE (TideBusService, tide_bus_service, TIDE, BUS_SERVICE, GObject)

TideBusService *tide_bus_service_new (TideStatus *status,
                                      TideCounters *counters,
                                      const TideBusFuncs *funcs);
void tide_bus_service_set_group (TideBusService *self, const char *group);
void tide_bus_service_set_log (TideBusService *self, const TideBusLogFuncs *funcs);
void tide_bus_service_start (TideBusService *self, const char *bus);
void tide_bus_service_stop (TideBusService *self);
gboolean tide_bus_service_has_name (TideBusService *self);

G_END_DECLS
