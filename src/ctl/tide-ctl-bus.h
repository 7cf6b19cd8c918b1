/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TIDE_CTL_BUS_NAME "org.tidewire.Tidewire1"
#define TIDE_CTL_BUS_PATH "/org/tidewire/Tidewire1"

GDBusConnection *tide_ctl_bus_connect (const char *bus, GError **error);
void tide_ctl_bus_set_quick (GDBusConnection *bus);
GVariant *tide_ctl_bus_call (GDBusConnection *bus,
                             const char *method,
                             GVariant *parameters,
                             const char *answer_type,
                             GError **error);
GVariant *
tide_ctl_bus_get_all (GDBusConnection *bus, const char *interface, GError **error);
int tide_ctl_bus_open (GDBusConnection *bus,
                       const char *method,
                       GVariant *parameters,
                       GError **error);
GVariant *
tide_ctl_bus_log_level (GDBusConnection *bus, const char *level, GError **error);

G_END_DECLS
