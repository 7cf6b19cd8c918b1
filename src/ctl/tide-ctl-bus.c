/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-bus.h"

#include "tide-ctl-error.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>

#include <string.h>
#include <unistd.h>

/* Calls are made one after the other, and this program has nothing else to do meanwhile:
 * so they wait. A person may be asked for a password in that time. */
#define PATIENT_MS (120 * 1000)
#define QUICK_MS (5 * 1000)
#define QUICK_KEY "tide-ctl-quick"
#define PROPERTIES "org.freedesktop.DBus.Properties"
#define LOG_CONTROL "org.freedesktop.LogControl1"

/* A call, and where it goes. */
typedef struct
{
  const char *path;
  const char *interface;
  const char *method;
  GVariant *parameters;    /* floating (nullable) */
  const char *answer_type; /* (nullable) */
} Call;

static gboolean
is_quick (GDBusConnection *bus)
{
  return g_object_get_data (G_OBJECT (bus), QUICK_KEY) != NULL;
}

static int
get_timeout_ms (GDBusConnection *bus)
{
  if (is_quick (bus))
    return QUICK_MS;
  return isatty (STDIN_FILENO) ? PATIENT_MS : -1;
}

static GDBusCallFlags
get_flags (GDBusConnection *bus)
{
  return G_DBUS_CALL_FLAGS_NO_AUTO_START |
         (is_quick (bus) ? 0 : G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION);
}

static void
translate (GError *call_error, const char *what, GError **error)
{
  g_propagate_error (error, tide_ctl_error_from_call (call_error, what));
  g_error_free (call_error);
}

/* @interface_and_method: such as `Admin.Drain`
 *
 * Returns: the method */
static const char *
split (const char *interface_and_method, char **interface)
{
  const char *dot = strchr (interface_and_method, '.');

  *interface = g_strdup_printf (TIDE_CTL_BUS_NAME ".%.*s",
                                (int) (dot - interface_and_method),
                                interface_and_method);
  return dot + 1;
}

static GVariant *
call (GDBusConnection *bus, const Call *what, const char *name, GError **error)
{
  g_autofree const GVariantType *type =
      what->answer_type != NULL ? g_variant_type_new (what->answer_type) : NULL;
  GError *call_error = NULL;
  GVariant *answer = g_dbus_connection_call_sync (bus,
                                                  TIDE_CTL_BUS_NAME,
                                                  what->path,
                                                  what->interface,
                                                  what->method,
                                                  what->parameters,
                                                  type,
                                                  get_flags (bus),
                                                  get_timeout_ms (bus),
                                                  NULL,
                                                  &call_error);

  if (answer == NULL)
    translate (call_error, name, error);
  return answer;
}

/**
 * tide_ctl_bus_connect:
 * @bus: `system`, `session`, or a D-Bus address
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Connects to a bus.
 *
 * Returns: (transfer full): a connection
 */
GDBusConnection *
tide_ctl_bus_connect (const char *bus, GError **error)
{
  g_autoptr (GError) bus_error = NULL;
  GDBusConnection *connection = NULL;

  if (g_str_equal (bus, "system"))
    connection = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, &bus_error);
  else if (g_str_equal (bus, "session"))
    connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &bus_error);
  else
    connection = g_dbus_connection_new_for_address_sync (
        bus,
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
            G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
        NULL,
        NULL,
        &bus_error);
  if (connection == NULL)
    {
      g_set_error (
          error,
          TIDE_CTL_ERROR,
          TIDE_CTL_EXIT_NOT_RUNNING,
          _ ("The bus “%s” can't be reached: %s. Name the bus that tidewired is on "
             "with --bus=system, --bus=session or --bus=ADDRESS."),
          bus,
          bus_error->message);
      return NULL;
    }
  /* Else the end of the bus would end the process without a word. */
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  return connection;
}

/**
 * tide_ctl_bus_set_quick:
 * @bus: a bus
 *
 * Has calls end soon, and nobody asked for a password by them.
 */
void
tide_ctl_bus_set_quick (GDBusConnection *bus)
{
  g_object_set_data (G_OBJECT (bus), QUICK_KEY, bus);
}

/**
 * tide_ctl_bus_call:
 * @bus: a bus
 * @method: the interface's last word, and the method, such as `Admin.Drain`
 * @parameters: (nullable): a floating tuple
 * @answer_type: the type of the answer
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Calls a method of the service, which is never started by that, and waits for the
 * answer.
 *
 * Returns: (transfer full): the answer
 */
GVariant *
tide_ctl_bus_call (GDBusConnection *bus,
                   const char *method,
                   GVariant *parameters,
                   const char *answer_type,
                   GError **error)
{
  g_autofree char *interface = NULL;
  const char *name = split (method, &interface);
  const Call what = { TIDE_CTL_BUS_PATH, interface, name, parameters, answer_type };

  return call (bus, &what, name, error);
}

/**
 * tide_ctl_bus_get_all:
 * @bus: a bus
 * @interface: the interface's last word, such as `Stats`
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Returns: (transfer full): all properties, of type `a{sv}`
 */
GVariant *
tide_ctl_bus_get_all (GDBusConnection *bus, const char *interface, GError **error)
{
  g_autofree char *name = g_strconcat (TIDE_CTL_BUS_NAME ".", interface, NULL);
  const Call what = {
    TIDE_CTL_BUS_PATH, PROPERTIES, "GetAll", g_variant_new ("(s)", name), "(a{sv})",
  };
  g_autoptr (GVariant) answer = call (bus, &what, interface, error);

  return answer != NULL ? g_variant_get_child_value (answer, 0) : NULL;
}

/**
 * tide_ctl_bus_open:
 * @bus: a bus
 * @method: as for tide_ctl_bus_call(); it answers with one file descriptor
 * @parameters: (nullable): a floating tuple
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Calls a method that gives something to read from.
 *
 * Returns: a file descriptor, which is the caller's; -1 when it failed
 */
int
tide_ctl_bus_open (GDBusConnection *bus,
                   const char *method,
                   GVariant *parameters,
                   GError **error)
{
  g_autofree char *interface = NULL;
  const char *name = split (method, &interface);
  g_autoptr (GUnixFDList) list = NULL;
  GError *call_error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_with_unix_fd_list_sync (bus,
                                                     TIDE_CTL_BUS_NAME,
                                                     TIDE_CTL_BUS_PATH,
                                                     interface,
                                                     name,
                                                     parameters,
                                                     G_VARIANT_TYPE ("(h)"),
                                                     get_flags (bus),
                                                     get_timeout_ms (bus),
                                                     NULL,
                                                     &list,
                                                     NULL,
                                                     &call_error);
  gint32 index = 0;
  int fd = -1;

  if (answer != NULL)
    {
      g_variant_get (answer, "(h)", &index);
      if (list != NULL)
        fd = g_unix_fd_list_get (list, index, &call_error);
      else
        g_set_error (&call_error, G_IO_ERROR, G_IO_ERROR_FAILED, "no file descriptor");
    }
  if (fd < 0)
    translate (call_error, name, error);
  return fd;
}

/**
 * tide_ctl_bus_log_level:
 * @bus: a bus
 * @level: (nullable): what to set, %NULL to only ask
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Asks for the level of the log, or sets it, in the way that systemd has for all
 * services.
 *
 * Returns: (transfer full): the answer: `(v)`, or `()` when @level was set
 */
GVariant *
tide_ctl_bus_log_level (GDBusConnection *bus, const char *level, GError **error)
{
  const Call what = {
    "/org/freedesktop/LogControl1",
    PROPERTIES,
    level != NULL ? "Set" : "Get",
    level != NULL
        ? g_variant_new ("(ssv)", LOG_CONTROL, "LogLevel", g_variant_new_string (level))
        : g_variant_new ("(ss)", LOG_CONTROL, "LogLevel"),
    level != NULL ? "()" : "(v)",
  };

  return call (bus, &what, "LogControl1", error);
}
