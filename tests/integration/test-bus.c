/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gunixsocketaddress.h>

#include "bus-fixture.h"

static void
test_read (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Facts and counters are read as they are at the moment");

  start (self);

  g_autoptr (GDBusConnection) client = dbus_server_connect (self->server);
  g_autoptr (GVariant) version = get (client, MANAGER, "Version");
  g_autoptr (GVariant) state = get (client, MANAGER, "State");
  g_autoptr (GVariant) before = get (client, STATS, "EventsReceived");

  g_assert_cmpstr (g_variant_get_string (version, NULL), ==, "1.2.3");
  g_assert_cmpstr (g_variant_get_string (state, NULL), ==, "starting");
  g_assert_cmpuint (g_variant_get_uint64 (before), ==, 0);

  self->counters.events_received = 42;
  self->counters.source_reconnects = G_MAXUINT64;
  tide_status_set_state (self->status, TIDE_STATE_RUNNING);

  g_autoptr (GVariant) running = get (client, MANAGER, "State");
  g_autoptr (GVariant) after = get (client, STATS, "EventsReceived");
  g_autoptr (GVariant) last = get (client, STATS, "SourceReconnects");

  g_assert_cmpstr (g_variant_get_string (running, NULL), ==, "running");
  g_assert_cmpuint (g_variant_get_uint64 (after), ==, 42);
  g_assert_cmpuint (g_variant_get_uint64 (last), ==, G_MAXUINT64);

  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) all = dbus_call (client,
                                        TIDE_BUS_PATH,
                                        "org.freedesktop.DBus.Properties.GetAll",
                                        g_variant_new ("(s)", STATS),
                                        &error);

  g_assert_no_error (error);
  g_assert_cmpuint (g_variant_get_size (all), <, 8192);
}

static void
test_write (Fixture *self, gconstpointer unused)
{
  const char *const names[][2] = { { MANAGER, "State" }, { STATS, "EventsReceived" } };

  g_test_summary ("Nothing can be written");

  start (self);

  g_autoptr (GDBusConnection) client = dbus_server_connect (self->server);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) answer = dbus_call (
          client,
          TIDE_BUS_PATH,
          "org.freedesktop.DBus.Properties.Set",
          g_variant_new ("(ssv)", names[i][0], names[i][1], g_variant_new_uint64 (7)),
          &error);

      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
      g_assert_null (answer);
    }
}

static void
on_properties_changed (GDBusConnection *connection,
                       const char *sender,
                       const char *path,
                       const char *interface,
                       const char *signal,
                       GVariant *parameters,
                       gpointer user_data)
{
  g_ptr_array_add (user_data, g_variant_print (parameters, FALSE));
}

static void
test_changes (Fixture *self, gconstpointer unused)
{
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func (g_free);

  g_test_summary ("What changes rarely is signalled, with its value; a counter never is");

  start (self);

  g_autoptr (GDBusConnection) client = dbus_server_connect (self->server);
  guint id = g_dbus_connection_signal_subscribe (client,
                                                 TIDE_BUS_NAME,
                                                 "org.freedesktop.DBus.Properties",
                                                 "PropertiesChanged",
                                                 TIDE_BUS_PATH,
                                                 NULL,
                                                 G_DBUS_SIGNAL_FLAGS_NONE,
                                                 on_properties_changed,
                                                 changes,
                                                 NULL);
  /* The answer says that the bus knows of the subscription, too. */
  g_variant_unref (get (client, MANAGER, "State"));

  self->counters.events_received++;
  tide_status_set_state (self->status, TIDE_STATE_RUNNING);
  DBUS_WAIT (changes->len == 1);
  g_assert_cmpstr (
      g_ptr_array_index (changes, 0), ==, "('" MANAGER "', {'State': <'running'>}, [])");

  self->counters.events_received++;
  tide_status_set_source (self->status, "redis://h/0", "connected", TRUE, TRUE);
  DBUS_WAIT (changes->len == 2);
  g_assert_nonnull (strstr (g_ptr_array_index (changes, 1), "'RedisConnected': <true>"));
  g_assert_null (strstr (g_ptr_array_index (changes, 1), "'State'"));

  /* Changed and changed back before anybody could know: nothing to tell. */
  tide_status_set_state (self->status, TIDE_STATE_DEGRADED);
  tide_status_set_state (self->status, TIDE_STATE_RUNNING);
  self->counters.events_received++;

  /* The last word before the end still gets out. */
  tide_status_set_state (self->status, TIDE_STATE_DRAINING);
  tide_bus_service_stop (self->service);
  DBUS_WAIT (changes->len == 3);
  g_assert_nonnull (strstr (g_ptr_array_index (changes, 2), "'State': <'draining'>"));
  for (guint i = 0; i < changes->len; i++)
    g_assert_null (strstr (g_ptr_array_index (changes, i), "Stats"));
  g_dbus_connection_signal_unsubscribe (client, id);
}

static void
test_absent (Fixture *self, gconstpointer unused)
{
  g_test_summary ("A bus that is not there is told once, and taken when it comes");

  tide_bus_service_start (self->service, self->server->address);
  g_assert_cmpuint (lines->len, ==, 0);
  DBUS_WAIT (lines->len == 1);
  g_assert_true (log_catcher_has (lines, "can't connect to the bus at unix:path="));
  g_assert_true (log_catcher_has (lines, "--set=bus.bus=none does without"));

  /* Longer than the first pause of 1 to 2 seconds. */
  for (guint i = 0; i < 250; i++)
    dbus_turn ();
  g_assert_cmpuint (lines->len, ==, 1);

  dbus_server_start (self->server);
  DBUS_WAIT (tide_bus_service_has_name (self->service));
  g_assert_cmpuint (lines->len, ==, 2);
  g_assert_true (log_catcher_has (lines, "as org.tidewire.Tidewire1"));
}

static void
test_comes_back (Fixture *self, gconstpointer unused)
{
  g_test_summary ("A bus that dies is told once, and taken again when it is back");

  start (self);
  dbus_server_kill (self->server);
  DBUS_WAIT (log_catcher_has (lines, "lost the bus at"));
  g_assert_false (tide_bus_service_has_name (self->service));
  g_assert_cmpuint (lines->len, ==, 2);
  /* Longer than the first pause of 1 to 2 seconds. */
  for (guint i = 0; i < 250; i++)
    dbus_turn ();
  g_assert_cmpuint (lines->len, ==, 2);
  self->counters.deliveries = 17;
  tide_status_set_state (self->status, TIDE_STATE_DEGRADED);

  dbus_server_start (self->server);
  DBUS_WAIT (tide_bus_service_has_name (self->service));

  g_autoptr (GDBusConnection) client = dbus_server_connect (self->server);
  g_autoptr (GVariant) deliveries = get (client, STATS, "Deliveries");
  g_autoptr (GVariant) state = get (client, MANAGER, "State");

  g_assert_cmpuint (g_variant_get_uint64 (deliveries), ==, 17);
  g_assert_cmpstr (g_variant_get_string (state, NULL), ==, "degraded");
  g_assert_cmpuint (lines->len, ==, 3);
}

static void
test_name_taken (Fixture *self, gconstpointer unused)
{
  Fixture other = { .counters.users = 5 };
  g_autoptr (TideStatus) status = tide_status_new ("9", 1);
  g_autoptr (TideBusService) second = NULL;

  g_test_summary ("A second service says that it is one, and takes over from the first");

  other.status = status;
  second = make_service (&other);
  start (self);
  tide_bus_service_start (second, self->server->address);
  DBUS_WAIT (log_catcher_has (lines, "another program has the name"));
  g_assert_false (tide_bus_service_has_name (second));
  g_assert_true (tide_bus_service_has_name (self->service));

  tide_bus_service_stop (self->service);
  DBUS_WAIT (tide_bus_service_has_name (second));

  g_autoptr (GDBusConnection) client = dbus_server_connect (self->server);
  g_autoptr (GVariant) users = get (client, STATS, "Users");

  g_assert_cmpuint (g_variant_get_uint64 (users), ==, 5);
}

static void
test_silent (Fixture *self, gconstpointer unused)
{
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketAddress) address =
      g_unix_socket_address_new (self->server->socket_path);
  g_autoptr (GError) error = NULL;

  g_test_summary ("A bus that takes the connection and says nothing is given up");

  socket = g_socket_new (
      G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
  g_assert_no_error (error);
  g_socket_bind (socket, address, TRUE, &error);
  g_assert_no_error (error);
  g_socket_listen (socket, &error);
  g_assert_no_error (error);

  tide_bus_service_start (self->service, self->server->address);
  DBUS_WAIT (lines->len == 1);
  g_assert_true (log_catcher_has (lines, "no answer"));
}

static void
test_none (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Without a bus, nothing happens and nothing is said");

  tide_bus_service_start (self->service, "none");
  tide_bus_service_start (self->service, "none");
  g_assert_false (g_main_context_pending (NULL));
  tide_bus_service_stop (self->service);
  g_assert_cmpuint (lines->len, ==, 0);
}

static void
test_stop_at_any_time (Fixture *self, gconstpointer unused)
{
  g_test_summary ("It can be stopped, started again and let go of at any moment");

  dbus_server_start (self->server);
  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (TideBusService) service = make_service (self);
      const char *bus = i % 3 == 2 ? "unix:path=/nonexistent/bus" : self->server->address;

      tide_bus_service_start (service, bus);
      for (guint k = 0; k < i / 3; k++)
        if (i % 2 == 0 && k < 3)
          dbus_turn ();
        else
          g_main_context_iteration (NULL, FALSE);
      if (i % 2 == 0)
        {
          tide_bus_service_stop (service);
          tide_bus_service_start (service, bus);
          g_main_context_iteration (NULL, FALSE);
        }
    }

  tide_bus_service_start (self->service, self->server->address);
  DBUS_WAIT (tide_bus_service_has_name (self->service));
}

/* Returns: whether all parts are in one line of the text */
static gboolean
has_line (const char *text, const char *const *parts)
{
  g_auto (GStrv) all = g_strsplit (text, "\n", -1);

  for (guint i = 0; all[i] != NULL; i++)
    {
      guint n = 0;

      while (parts[n] != NULL && strstr (all[i], parts[n]) != NULL)
        n++;
      if (parts[n] == NULL)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_installed (const char *tool)
{
  g_autofree char *path = g_find_program_in_path (tool);

  return path != NULL;
}

static void
test_busctl (Fixture *self, gconstpointer unused)
{
  g_autofree char *address = g_strconcat ("--address=", self->server->address, NULL);
  const char *const introspect[] = { "busctl",     address,       "--no-pager",
                                     "introspect", TIDE_BUS_NAME, TIDE_BUS_PATH,
                                     NULL };
  const char *const tree[] = { "busctl", address,       "--no-pager", "--list",
                               "tree",   TIDE_BUS_NAME, NULL };
  int status;

  g_test_summary ("busctl shows a dashboard: values and flags");

  if (!is_installed ("busctl"))
    {
      g_test_skip ("busctl is not installed");
      return;
    }
  start (self);
  self->counters.events_received = 4711;

  g_autofree char *output = dbus_run_tool (introspect, DBUS_USER_MYSELF, &status);

  g_test_message ("%s", output);
  g_assert_cmpint (status, ==, 0);
  g_assert_true (has_line (
      output, (const char *[]){ ".EventsReceived", "property", " t ", "4711", NULL }));
  g_assert_true (has_line (
      output, (const char *[]){ ".State", "\"starting\"", "emits-change", NULL }));
  g_assert_true (
      has_line (output, (const char *[]){ ".Version", "\"1.2.3\"", "const", NULL }));
  g_assert_false (
      has_line (output, (const char *[]){ ".EventsReceived", "emits-change", NULL }));
  g_assert_false (has_line (output, (const char *[]){ "writable", NULL }));

  g_autofree char *paths = dbus_run_tool (tree, DBUS_USER_MYSELF, &status);

  g_assert_cmpint (status, ==, 0);
  g_assert_nonnull (strstr (paths, TIDE_BUS_PATH));
}

static void
test_gdbus (Fixture *self, gconstpointer unused)
{
  const char *const introspect[] = {
    "gdbus",  "introspect",  "--address",     self->server->address,
    "--dest", TIDE_BUS_NAME, "--object-path", TIDE_BUS_PATH,
    NULL,
  };
  int status;

  g_test_summary ("gdbus shows the interfaces");

  if (!is_installed ("gdbus"))
    {
      g_test_skip ("gdbus is not installed");
      return;
    }
  start (self);
  self->counters.events_received = 4711;

  g_autofree char *output = dbus_run_tool (introspect, DBUS_USER_MYSELF, &status);

  g_test_message ("%s", output);
  g_assert_cmpint (status, ==, 0);
  g_assert_nonnull (strstr (output, "interface " MANAGER " {"));
  g_assert_nonnull (strstr (output, "readonly s State = 'starting';"));
  g_assert_nonnull (strstr (output, "readonly t EventsReceived = 4711;"));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/integration/bus/read", test_read },
    { "/integration/bus/write", test_write },
    { "/integration/bus/changes", test_changes },
    { "/integration/bus/absent", test_absent },
    { "/integration/bus/comes-back", test_comes_back },
    { "/integration/bus/name-taken", test_name_taken },
    { "/integration/bus/silent", test_silent },
    { "/integration/bus/none", test_none },
    { "/integration/bus/stop-at-any-time", test_stop_at_any_time },
    { "/integration/bus/busctl", test_busctl },
    { "/integration/bus/gdbus", test_gdbus },
  };

  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  if (!dbus_server_is_installed ())
    {
      g_print ("1..0 # SKIP dbus-daemon is not installed\n");
      return 0;
    }
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
