/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-error.h"

#include <glib/gi18n.h>

#include <string.h>

G_DEFINE_QUARK (tide - ctl - error - quark, tide_ctl_error)

#define STANDARD "org.freedesktop.DBus.Error."
#define OURS "org.tidewire.Tidewire1.Error."

/* Every name of an error that a call can end with and that means more than "it failed".
 * docs/TIDEWIRECTL.md has the same table for people. */
static const struct
{
  const char *name;
  TideCtlExit code;
} names[] = {
  { STANDARD "ServiceUnknown", TIDE_CTL_EXIT_NOT_RUNNING },
  { STANDARD "NameHasNoOwner", TIDE_CTL_EXIT_NOT_RUNNING },
  { STANDARD "Disconnected", TIDE_CTL_EXIT_NOT_RUNNING },
  { STANDARD "NoServer", TIDE_CTL_EXIT_NOT_RUNNING },
  { STANDARD "AccessDenied", TIDE_CTL_EXIT_NOT_ALLOWED },
  { STANDARD "AuthFailed", TIDE_CTL_EXIT_NOT_ALLOWED },
  { STANDARD "InteractiveAuthorizationRequired", TIDE_CTL_EXIT_NOT_ALLOWED },
  { STANDARD "InvalidArgs", TIDE_CTL_EXIT_REFUSED },
  { STANDARD "UnknownMethod", TIDE_CTL_EXIT_TOO_OLD },
  { STANDARD "UnknownInterface", TIDE_CTL_EXIT_TOO_OLD },
  { STANDARD "UnknownObject", TIDE_CTL_EXIT_TOO_OLD },
  { STANDARD "UnknownProperty", TIDE_CTL_EXIT_TOO_OLD },
  { OURS "NotFound", TIDE_CTL_EXIT_NOT_FOUND },
  { OURS "BadFilter", TIDE_CTL_EXIT_REFUSED },
  { OURS "BadConfig", TIDE_CTL_EXIT_BAD_CONFIG },
  { OURS "Draining", TIDE_CTL_EXIT_BUSY },
  { OURS "LimitExceeded", TIDE_CTL_EXIT_BUSY },
  { OURS "Unavailable", TIDE_CTL_EXIT_BUSY },
  { OURS "Unsupported", TIDE_CTL_EXIT_TOO_OLD },
};

static TideCtlExit
find_code (const GError *error)
{
  g_autofree char *name = g_dbus_error_get_remote_error (error);

  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i].name))
      return names[i].code;
  /* What GLib finds itself when the bus goes away during a call. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    return TIDE_CTL_EXIT_NOT_RUNNING;
  return TIDE_CTL_EXIT_FAILED;
}

/* The service knows the method, and says why it can't do it. */
static gboolean
is_unsupported (const GError *error)
{
  g_autofree char *name = g_dbus_error_get_remote_error (error);

  return g_strcmp0 (name, OURS "Unsupported") == 0;
}

/* The bus itself refuses with words about rules that help nobody; the service names the
 * group. */
static gboolean
is_refused_by_bus (const GError *error)
{
  return strstr (error->message, "Rejected send message") != NULL;
}

/* The service says what to call next. Here that is a verb.
 *
 * Returns: (transfer full): @message with verbs */
static char *
name_verbs (const char *message)
{
  static const struct
  {
    const char *method;
    const char *verb;
  } verbs[] = {
    { "ListConnections", "“tidewirectl connections”" },
    { "ListRooms", "“tidewirectl rooms”" },
    { "ListUsers", "“tidewirectl users”" },
    { "Undrain", "“tidewirectl undrain”" },
  };
  GString *text = g_string_new (message);

  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_replace (text, verbs[i].method, verbs[i].verb, 0);
  return g_string_free (text, FALSE);
}

/**
 * tide_ctl_error_from_call:
 * @error: how a call over the bus ended
 * @what: what was called, such as `Drain`
 *
 * Makes of it what a person can read: without names of the bus, and with what to do.
 *
 * Returns: (transfer full): an error of %TIDE_CTL_ERROR
 */
GError *
tide_ctl_error_from_call (const GError *error, const char *what)
{
  TideCtlExit code = find_code (error);
  g_autoptr (GError) plain = g_error_copy (error);
  g_autofree char *message = NULL;

  g_dbus_error_strip_remote_error (plain);
  if (code == TIDE_CTL_EXIT_NOT_RUNNING)
    return g_error_new (TIDE_CTL_ERROR,
                        code,
                        _ ("tidewired does not run, or not on this bus. Start it with "
                           "“systemctl start tidewired”, or name its bus with --bus."));
  if (code == TIDE_CTL_EXIT_NOT_ALLOWED && is_refused_by_bus (error))
    return g_error_new (TIDE_CTL_ERROR,
                        code,
                        _ ("You may not do that. Try it as root, or have yourself added "
                           "to the group “tidewire”."));
  if (code == TIDE_CTL_EXIT_TOO_OLD && !is_unsupported (error))
    return g_error_new (TIDE_CTL_ERROR,
                        code,
                        _ ("The running service does not know %s: it is older than this "
                           "program, or built without it. Update and restart it."),
                        what);
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return g_error_new (TIDE_CTL_ERROR,
                        code,
                        _ ("The service did not answer in time. Its log may say why: "
                           "“journalctl -u tidewired”."));
  message = name_verbs (plain->message);
  return g_error_new_literal (TIDE_CTL_ERROR, code, message);
}

/**
 * tide_ctl_error_get_exit:
 * @error: how a verb ended
 *
 * Returns: the exit code for it
 */
TideCtlExit
tide_ctl_error_get_exit (const GError *error)
{
  return error->domain == TIDE_CTL_ERROR ? (TideCtlExit) error->code
                                         : TIDE_CTL_EXIT_FAILED;
}
