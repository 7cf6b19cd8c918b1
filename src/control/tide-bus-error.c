/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-error.h"

#include "tide-error.h"

#define PREFIX "org.tidewire.Tidewire1.Error."

/* Every name that callers may meet, besides the standard ones of org.freedesktop.DBus.
 * They are part of the interface: docs/DBUS.md lists them, and none changes its meaning.
 * A code that is not here can't come out of a call; should it all the same, it is Failed.
 */
static const GDBusErrorEntry entries[] = {
  { TIDE_ERROR_BAD_CONFIG, PREFIX "BadConfig" },
  { TIDE_ERROR_BAD_FILTER, PREFIX "BadFilter" },
  { TIDE_ERROR_DRAINING, PREFIX "Draining" },
  { TIDE_ERROR_FAILED, PREFIX "Failed" },
  { TIDE_ERROR_LIMIT_EXCEEDED, PREFIX "LimitExceeded" },
  { TIDE_ERROR_NOT_FOUND, PREFIX "NotFound" },
  { TIDE_ERROR_UNSUPPORTED, PREFIX "Unsupported" },
  { TIDE_ERROR_UNAVAILABLE, PREFIX "Unavailable" },
};

/**
 * tide_bus_error_register:
 *
 * Makes GDBus know the names of our errors. To be called before the first call is taken;
 * a second time does nothing.
 */
void
tide_bus_error_register (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    g_dbus_error_register_error (
        TIDE_ERROR, entries[i].error_code, entries[i].dbus_error_name);
}

static gboolean
has_name (const GError *error)
{
  if (error->domain == G_DBUS_ERROR)
    return TRUE;
  if (error->domain != TIDE_ERROR)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    if (entries[i].error_code == error->code)
      return TRUE;
  return FALSE;
}

/**
 * tide_bus_error_return:
 * @invocation: (transfer full): a call that is not answered yet
 * @error: (transfer full): why it failed
 *
 * Answers a call with an error: those of #GDBusError by their standard names, our own as
 * `org.tidewire.Tidewire1.Error.…`, and every other as `Failed`, with its message. So no
 * name of GLib's own making reaches a caller.
 */
void
tide_bus_error_return (GDBusMethodInvocation *invocation, GError *error)
{
  if (has_name (error))
    g_dbus_method_invocation_return_gerror (invocation, error);
  else
    g_dbus_method_invocation_return_dbus_error (
        invocation, PREFIX "Failed", error->message);
  g_error_free (error);
}
