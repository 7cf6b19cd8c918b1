/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-error.h"
#include "tide-error.h"

#include "fake-bus.h"

#define PREFIX "org.tidewire.Tidewire1.Error."

static const GError *next; /* what the next call fails with */

static void
on_call (GDBusConnection *connection,
         const char *sender,
         const char *path,
         const char *interface,
         const char *method,
         GVariant *parameters,
         GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  tide_bus_error_return (invocation, g_error_copy (next));
}

static void
test_names (void)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  static const char xml[] =
      "<node><interface name='a.b'><method name='Fail'/></interface></node>";
  const struct
  {
    GQuark domain;
    int code;
    const char *name;
  } cases[] = {
    { TIDE_ERROR, TIDE_ERROR_BAD_CONFIG, PREFIX "BadConfig" },
    { TIDE_ERROR, TIDE_ERROR_BAD_FILTER, PREFIX "BadFilter" },
    { TIDE_ERROR, TIDE_ERROR_DRAINING, PREFIX "Draining" },
    { TIDE_ERROR, TIDE_ERROR_FAILED, PREFIX "Failed" },
    { TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED, PREFIX "LimitExceeded" },
    { TIDE_ERROR, TIDE_ERROR_NOT_FOUND, PREFIX "NotFound" },
    { TIDE_ERROR, TIDE_ERROR_UNSUPPORTED, PREFIX "Unsupported" },
    { TIDE_ERROR, TIDE_ERROR_UNAVAILABLE, PREFIX "Unavailable" },
    { TIDE_ERROR, TIDE_ERROR_BAD_PACKET, PREFIX "Failed" },
    { TIDE_ERROR, 4711, PREFIX "Failed" },
    { G_IO_ERROR, G_IO_ERROR_NO_SPACE, PREFIX "Failed" },
    { G_DBUS_ERROR,
      G_DBUS_ERROR_ACCESS_DENIED,
      "org.freedesktop.DBus.Error.AccessDenied" },
    { G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS, "org.freedesktop.DBus.Error.InvalidArgs" },
  };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, NULL);
  FakeBus bus;

  g_test_summary ("Errors have the names that the documentation has, and their text");

  tide_bus_error_register ();
  tide_bus_error_register ();
  fake_bus_init (&bus);
  g_dbus_connection_register_object (bus.service,
                                     "/org/tidewire/Tidewire1",
                                     node->interfaces[0],
                                     &vtable,
                                     NULL,
                                     NULL,
                                     NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) sent =
          g_error_new_literal (cases[i].domain, cases[i].code, "try %s tomorrow");
      g_autoptr (GError) error = NULL;

      next = sent;
      g_assert_null (fake_bus_call (&bus, ":1.1", "a.b.Fail", NULL, &error));

      g_autofree char *name = g_dbus_error_get_remote_error (error);

      g_assert_cmpstr (name, ==, cases[i].name);
      g_dbus_error_strip_remote_error (error);
      g_assert_cmpstr (error->message, ==, "try %s tomorrow");
    }
  fake_bus_clear (&bus);
}

/* Returns: (transfer full): the text of docs/DBUS.md */
static char *
read_page (void)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "..", "..", "docs", "DBUS.md", NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
test_documented (void)
{
  g_autofree char *page = read_page ();

  g_test_summary ("Every name of an error is in the documentation");

  tide_bus_error_register ();
  for (int code = 0; code < 100; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (TIDE_ERROR, code, "");
      g_autofree char *name = g_dbus_error_encode_gerror (error);
      g_autofree char *quoted = g_strdup_printf ("`%s`", name);

      if (g_str_has_prefix (name, PREFIX))
        g_assert_nonnull (strstr (page, quoted));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/control/bus-error/names", test_names);
  g_test_add_func ("/control/bus-error/documented", test_documented);
  return g_test_run ();
}
