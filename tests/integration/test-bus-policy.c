/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-service.h"

#include "dbus-server.h"
#include "log-catcher.h"
#include <unistd.h>

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define REACHED NULL
#define DENIED "AccessDenied"

static GPtrArray *lines; /* what was logged */

/* Returns: (transfer full): the shipped policy; with @user in the place of `tidewire` */
static char *
read_policy (const char *user)
{
  g_autofree char *path = g_test_build_filename (
      G_TEST_DIST, "..", "..", "data/dbus", TIDE_BUS_NAME ".conf", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);

  g_auto (GStrv) parts = g_strsplit (text, "user=\"tidewire\"", -1);
  g_autofree char *with_user = g_strdup_printf ("user=\"%s\"", user);

  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  return g_strjoinv (with_user, parts);
}

static void
test_refused (void)
{
  g_autofree char *policy = read_policy ("tidewire");
  g_autoptr (DbusServer) server = dbus_server_new (policy);
  g_autoptr (TideStatus) status = tide_status_new ("1.2.3", 1);
  TideCounters counters = { 0 };
  g_autoptr (TideBusService) service = tide_bus_service_new (status, &counters);

  g_test_summary ("Another user, root included, can't have the name, and is told once");

  if (g_str_equal (g_get_user_name (), "tidewire"))
    {
      g_test_skip ("this is the user who may have the name");
      return;
    }
  g_ptr_array_set_size (lines, 0);
  dbus_server_start (server);
  tide_bus_service_start (service, server->address);
  DBUS_WAIT (lines->len == 1);
  g_assert_true (log_catcher_has (lines, "only the user tidewire"));
  g_assert_true (log_catcher_has (lines, "--set=bus.bus=none"));

  /* Longer than the first pause, after which the bus refuses again. */
  for (guint i = 0; i < 250; i++)
    dbus_turn ();
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_false (tide_bus_service_has_name (service));
}

/* What everybody may call, and what nobody may. */
static const struct
{
  const char *method;
  const char *parameters; /* (nullable), for GVariant's parser and for `gdbus call` */
  const char *error;      /* (nullable): part of the error's name */
} calls[] = {
  { PROPERTIES ".GetAll", "'" TIDE_BUS_NAME ".Manager'", REACHED },
  { PROPERTIES ".GetAll", "'" TIDE_BUS_NAME ".Stats'", REACHED },
  { "org.freedesktop.DBus.Introspectable.Introspect", NULL, REACHED },
  { "org.freedesktop.DBus.Peer.Ping", NULL, REACHED },
  { TIDE_BUS_NAME ".Manager.Nothing", NULL, "UnknownMethod" },
  { TIDE_BUS_NAME ".Stats.Nothing", NULL, "UnknownMethod" },
  { TIDE_BUS_NAME ".Admin.Drain", NULL, DENIED },
  { TIDE_BUS_NAME ".Nothing.Nothing", NULL, DENIED },
  { "org.example.Nothing.Nothing", NULL, DENIED },
};

static void
call_as_myself (DbusServer *server)
{
  g_autoptr (GDBusConnection) client = dbus_server_connect (server);

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      g_autofree char *tuple = g_strdup_printf (
          calls[i].parameters != NULL ? "(%s,)" : "()", calls[i].parameters);
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) answer = dbus_call (
          client, TIDE_BUS_PATH, calls[i].method, g_variant_new_parsed (tuple), &error);

      g_test_message ("%s", calls[i].method);
      g_assert_cmpint (answer != NULL, ==, calls[i].error == NULL);
      if (calls[i].error == NULL)
        g_assert_no_error (error);
      else
        {
          g_autofree char *name = g_dbus_error_get_remote_error (error);

          g_assert_nonnull (strstr (name, calls[i].error));
        }
    }
}

static void
call_as_nobody (DbusServer *server)
{
  const char *const own[] = {
    "gdbus",
    "call",
    "--address",
    server->address,
    "--dest",
    "org.freedesktop.DBus",
    "--object-path",
    "/org/freedesktop/DBus",
    "--method",
    "org.freedesktop.DBus.RequestName",
    TIDE_BUS_NAME,
    "uint32 0",
    NULL,
  };
  int status;

  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      const char *const call[] = {
        "gdbus",    "call",          "--address",         server->address,
        "--dest",   TIDE_BUS_NAME,   "--object-path",     TIDE_BUS_PATH,
        "--method", calls[i].method, calls[i].parameters, NULL,
      };
      g_autofree char *output = dbus_run_tool (call, TRUE, &status);

      g_test_message ("%s: %s", calls[i].method, output);
      g_assert_cmpint (status == 0, ==, calls[i].error == NULL);
      if (calls[i].error != NULL)
        g_assert_nonnull (strstr (output, calls[i].error));
    }

  g_autofree char *output = dbus_run_tool (own, TRUE, &status);

  g_assert_cmpint (status, !=, 0);
  g_assert_nonnull (strstr (output, DENIED));
}

static void
test_calls (void)
{
  g_autofree char *policy = read_policy (g_get_user_name ());
  g_autoptr (DbusServer) server = dbus_server_new (policy);
  g_autoptr (TideStatus) status = tide_status_new ("1.2.3", 1);
  TideCounters counters = { 0 };
  g_autoptr (TideBusService) service = tide_bus_service_new (status, &counters);
  g_autofree char *gdbus = g_find_program_in_path ("gdbus");

  g_test_summary ("The user of the policy has the name; everybody may read, and no more");

  dbus_server_start (server);
  tide_bus_service_start (service, server->address);
  DBUS_WAIT (tide_bus_service_has_name (service));
  call_as_myself (server);
  if (geteuid () == 0 && gdbus != NULL)
    call_as_nobody (server);

  tide_bus_service_stop (service);
  for (guint i = 0; i < 5; i++)
    dbus_turn ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  if (!dbus_server_is_installed ())
    {
      g_print ("1..0 # SKIP dbus-daemon is not installed\n");
      return 0;
    }
  g_test_add_func ("/integration/bus-policy/refused", test_refused);
  g_test_add_func ("/integration/bus-policy/calls", test_calls);
  return g_test_run ();
}
