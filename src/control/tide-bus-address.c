/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-address.h"

/* GLib would start a session bus where there is none, and wait for it. */
static gboolean
is_session_bus_there (GError **error)
{
  g_autofree char *path = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);

  if (g_getenv ("DBUS_SESSION_BUS_ADDRESS") != NULL ||
      g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  g_set_error (error,
               G_IO_ERROR,
               G_IO_ERROR_NOT_FOUND,
               "DBUS_SESSION_BUS_ADDRESS is not set, and %s is not there",
               path);
  return FALSE;
}

/**
 * tide_bus_address_find:
 * @bus: `system`, `session`, or a D-Bus address
 * @error: return location for an error
 *
 * Finds out where a bus is, without connecting to it or starting it.
 *
 * Fails with #GIOErrorEnum when there is no session bus.
 *
 * Returns: (transfer full): a D-Bus address
 */
char *
tide_bus_address_find (const char *bus, GError **error)
{
  if (g_str_equal (bus, "system"))
    return g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, NULL, error);
  if (!g_str_equal (bus, "session"))
    return g_strdup (bus);
  if (!is_session_bus_there (error))
    return NULL;
  return g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, error);
}

/**
 * tide_bus_address_is_system:
 * @bus: `system`, `session`, or a D-Bus address
 * @address: what tide_bus_address_find() found for it
 *
 * Returns: whether that is the system bus, by whatever words
 */
gboolean
tide_bus_address_is_system (const char *bus, const char *address)
{
  g_autofree char *system =
      g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);

  return g_str_equal (bus, "system") || g_strcmp0 (address, system) == 0;
}

/**
 * tide_bus_address_describe:
 * @bus: `system`, `session`, or a D-Bus address
 *
 * Returns: (transfer full): the bus as a sentence names it
 */
char *
tide_bus_address_describe (const char *bus)
{
  if (g_str_equal (bus, "system") || g_str_equal (bus, "session"))
    return g_strdup_printf ("the %s bus", bus);
  return g_strdup_printf ("the bus at %s", bus);
}

/**
 * tide_bus_address_get_remedy:
 * @bus: `system`, `session`, or a D-Bus address
 *
 * Returns: what to do when this bus can't be had
 */
const char *
tide_bus_address_get_remedy (const char *bus)
{
  if (g_str_equal (bus, "system"))
    return "--set=bus.bus=session takes your own bus, --set=bus.bus=none does without";
  return "--set=bus.bus=none does without";
}
