/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

char *tide_bus_address_find (const char *bus, GError **error);
gboolean tide_bus_address_is_system (const char *bus, const char *address);
char *tide_bus_address_describe (const char *bus);
const char *tide_bus_address_get_remedy (const char *bus);

G_END_DECLS
