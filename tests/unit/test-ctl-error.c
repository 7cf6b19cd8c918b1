/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-error.h"

#include <string.h>

static void
test_codes (void)
{
  static const struct
  {
    const char *name;
    TideCtlExit code;
    const char *text; /* a part of what is said */
  } cases[] = {
    { "org.freedesktop.DBus.Error.ServiceUnknown", TIDE_CTL_EXIT_NOT_RUNNING, "start" },
    { "org.freedesktop.DBus.Error.NameHasNoOwner", TIDE_CTL_EXIT_NOT_RUNNING, "--bus" },
    { "org.freedesktop.DBus.Error.AccessDenied", TIDE_CTL_EXIT_NOT_ALLOWED, "words" },
    { "org.freedesktop.DBus.Error.InvalidArgs", TIDE_CTL_EXIT_REFUSED, "words" },
    { "org.freedesktop.DBus.Error.UnknownMethod", TIDE_CTL_EXIT_TOO_OLD, "know Drain" },
    { "org.freedesktop.DBus.Error.NoReply", TIDE_CTL_EXIT_FAILED, "in time" },
    { "org.tidewire.Tidewire1.Error.NotFound", TIDE_CTL_EXIT_NOT_FOUND, "words" },
    { "org.tidewire.Tidewire1.Error.BadFilter", TIDE_CTL_EXIT_REFUSED, "words" },
    { "org.tidewire.Tidewire1.Error.BadConfig", TIDE_CTL_EXIT_BAD_CONFIG, "words" },
    { "org.tidewire.Tidewire1.Error.Draining", TIDE_CTL_EXIT_BUSY, "words" },
    { "org.tidewire.Tidewire1.Error.LimitExceeded", TIDE_CTL_EXIT_BUSY, "words" },
    { "org.tidewire.Tidewire1.Error.Failed", TIDE_CTL_EXIT_FAILED, "words" },
    { "com.example.Other", TIDE_CTL_EXIT_FAILED, "words" },
  };

  g_test_summary ("Each error of a call has its exit code, and a text without its name.");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error =
          g_dbus_error_new_for_dbus_error (cases[i].name, "The service's words.");
      g_autoptr (GError) plain = tide_ctl_error_from_call (error, "Drain");

      g_assert_cmpint (tide_ctl_error_get_exit (plain), ==, cases[i].code);
      g_assert_nonnull (strstr (plain->message, cases[i].text));
      g_assert_null (strstr (plain->message, "GDBus"));
    }
}

static void
test_policy (void)
{
  g_autoptr (GError) error = g_dbus_error_new_for_dbus_error (
      "org.freedesktop.DBus.Error.AccessDenied",
      "Rejected send message, 1 matched rules; type=\"method_call\", sender=\":1.2\"");
  g_autoptr (GError) plain = tide_ctl_error_from_call (error, "Drain");

  g_test_summary ("What the bus says of its rules is put into words that help.");
  g_assert_null (strstr (plain->message, "rules"));
  g_assert_nonnull (strstr (plain->message, "group"));
}

static void
test_verbs (void)
{
  g_autoptr (GError) error = g_dbus_error_new_for_dbus_error (
      "org.tidewire.Tidewire1.Error.NotFound", "ListUsers says who, or ListRooms");
  g_autoptr (GError) plain = tide_ctl_error_from_call (error, "Disconnect");

  g_test_summary ("Methods to call next are verbs here.");
  g_assert_cmpstr (
      plain->message, ==, "“tidewirectl users” says who, or “tidewirectl rooms”");
}

static void
test_foreign (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "words");

  g_test_summary ("An error of another kind is a failure.");
  g_assert_cmpint (tide_ctl_error_get_exit (error), ==, TIDE_CTL_EXIT_FAILED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/error/codes", test_codes);
  g_test_add_func ("/ctl/error/policy", test_policy);
  g_test_add_func ("/ctl/error/verbs", test_verbs);
  g_test_add_func ("/ctl/error/foreign", test_foreign);
  return g_test_run ();
}
