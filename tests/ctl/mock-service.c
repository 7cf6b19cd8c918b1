/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stands in for tidewired on a bus of a test's own: answers each method of the interfaces
 * in data/dbus with something fixed, and writes down what it was asked.
 *
 * Usage: mock-service ADDRESS XML-FILE…
 *
 * MOCK_DENY=1 refuses Admin, MOCK_OLD=1 has no Admin and no LogControl1, MOCK_MANY=1 has
 * 1200 connections.
 */
#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "org.tidewire.Tidewire1"
#define PATH "/org/tidewire/Tidewire1"

static const char log_control_xml[] =
    "<node><interface name='org.freedesktop.LogControl1'>"
    "<property name='LogLevel' type='s' access='readwrite'/></interface></node>";

/* What a method answers, whatever it is asked. */
static const struct
{
  const char *method;
  const char *answer;
} answers[] = {
  { "GetDeliveryLimits", "(uint32 200, uint32 50, uint32 100, uint32 0)" },
  { "GetLatency", "([uint64 400, 4200, 12000],)" },
  { "ListUsers",
    "([(uint64 1, 'alice', 'connected', uint32 2, uint32 3, uint32 1, uint32 0),"
    " (2, '日本語ユーザー', 'connected', 1, 0, 0, 5),"
    " (3, 'evil\\u001b[31mred\\u009b2J\\u202e', 'away', 0, 0, 0, 7),"
    " (4, ':42', 'connected', 1, 0, 0, 0)],)" },
  { "ListRooms", "([('both', uint32 1), ('user_alice', 2), ('部屋', 2)],)" },
  { "ListSubscriptions",
    "([(uint64 1, 'alice', 'tickers', '{\"symbol\":[\"AAPL\"]}', true)],)" },
  { "ListLanes",
    "([(uint64 1, 'alice', uint32 12, uint32 3, uint64 2048, uint64 5000, true)],)" },
  { "ListBusiest",
    "([(uint64 1, 'alice', uint32 12, uint32 3, uint64 2048, uint64 5000, true)],)" },
  { "ExplainDelivery",
    "({'route': <'ticks'>, 'n-recipients': <uint32 1>, 'n-others': <uint32 1>},"
    " [('alice', 'tickers', 'sent at once')], [('bob', 'did not subscribe')])" },
  { "Publish", "(uint32 12,)" },
  { "PublishThroughRoute", "(uint32 3,)" },
  { "DisconnectUser", "(uint32 2,)" },
  { "LogOut", "(uint32 1,)" },
  { "GetConfiguration", "('# from the default\\n[server]\\nlisten=127.0.0.1:5000\\n',)" },
};

static const char events[] =
    "{\"time_usec\":1700000000123456,\"channel\":\"ticks\",\"route\":\"ticks\",\"type\":"
    "\"tick\",\"key\":\"AAPL\",\"priority\":\"high\",\"class\":\"latest\",\"n_users\":12,"
    "\"payload\":{\"symbol\":\"AAPL\",\"note\":\"\\u001b[31m\"}}\n"
    "{\"lost\":5}\n"
    "{\"time_usec\":1700000001123456,\"channel\":\"ticks\",\"route\":\"ticks\",\"type\":"
    "\"tick\",\"key\":\"MSFT\",\"priority\":\"low\",\"class\":\"latest\",\"n_users\":1,"
    "\"payload\":{\"price\":453.83}}\n";

static void
fail (GDBusMethodInvocation *invocation, const char *name, const char *text)
{
  g_dbus_method_invocation_return_dbus_error (invocation, name, text);
}

/* Returns: floating: the page behind @after */
static GVariant *
make_connections (guint64 after, guint limit)
{
  guint64 n = g_getenv ("MOCK_MANY") != NULL ? 1200 : 2;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(tssstt)"));
  for (guint64 id = after + 1; id <= n && id <= after + limit; id++)
    g_variant_builder_add (&builder,
                           "(tssstt)",
                           id,
                           id == 2 ? "日本語ユーザー" : "alice",
                           "websocket",
                           "192.0.2.1:5000",
                           G_GUINT64_CONSTANT (1700000000000000),
                           G_GUINT64_CONSTANT (1536));
  return g_variant_new ("(a(tssstt))", &builder);
}

/* Members, and other lists that end after a page. */
static gboolean
answer_list (const char *method, GVariant *parameters, GDBusMethodInvocation *invocation)
{
  guint64 after = 0;
  guint limit = 0;
  const char *text = "";

  if (g_str_equal (method, "ListConnections"))
    {
      g_variant_get (parameters, "(tu)", &after, &limit);
      g_dbus_method_invocation_return_value (invocation, make_connections (after, limit));
      return TRUE;
    }
  if (g_str_equal (method, "ListMembers"))
    {
      g_variant_get (parameters, "(&stu)", &text, &after, &limit);
      if (!g_str_equal (text, "both") && !g_str_equal (text, "部屋"))
        fail (invocation, NAME ".Error.NotFound", "There is no such room.");
      else
        g_dbus_method_invocation_return_value (
            invocation,
            g_variant_new_parsed (after > 0 ? "(@a(ts) [],)"
                                            : "([(uint64 1, 'alice')],)"));
      return TRUE;
    }
  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(tu)")))
    g_variant_get (parameters, "(tu)", &after, &limit);
  if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(su)")) &&
      g_str_equal (method, "ListRooms"))
    g_variant_get (parameters, "(&su)", &text, &limit);
  if (after == 0 && *text == '\0')
    return FALSE;
  g_dbus_method_invocation_return_value (
      invocation,
      g_str_equal (method, "ListUsers")   ? g_variant_new_parsed ("(@a(tssuuuu) [],)")
      : g_str_equal (method, "ListRooms") ? g_variant_new_parsed ("(@a(su) [],)")
      : g_str_equal (method, "ListSubscriptions")
          ? g_variant_new_parsed ("(@a(tsssb) [],)")
          : g_variant_new_parsed ("(@a(tsuuttb) [],)"));
  return TRUE;
}

static gboolean
answer_details (const char *method,
                GVariant *parameters,
                GDBusMethodInvocation *invocation)
{
  guint64 id = 0;
  const char *user = "";

  if (g_str_equal (method, "GetConnection"))
    g_variant_get (parameters, "(t)", &id);
  else if (g_str_equal (method, "GetUser") || g_str_equal (method, "DisconnectUser"))
    g_variant_get (parameters, "(&s)", &user);
  else
    return FALSE;
  if (id != 1 && !g_str_equal (user, "alice") && !g_str_equal (user, "both"))
    fail (invocation, NAME ".Error.NotFound", "There is none.");
  else if (g_str_equal (method, "DisconnectUser"))
    return FALSE;
  else
    g_dbus_method_invocation_return_value (
        invocation,
        g_variant_new_parsed ("({'user': <'alice'>, 'unread-bytes': <uint64 1536>, "
                              "'rooms': <['a', 'b\\u001b']>},)"));
  return TRUE;
}

/* Hands over the read end of a pipe that @text is in. */
static void
answer_with_fd (GDBusMethodInvocation *invocation, const char *text)
{
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  int fds[2];

  g_unix_open_pipe (fds, FD_CLOEXEC, NULL);
  if (write (fds[1], text, strlen (text)) < 0)
    abort ();
  close (fds[1]);
  g_unix_fd_list_append (list, fds[0], NULL);
  close (fds[0]);
  g_dbus_method_invocation_return_value_with_unix_fd_list (
      invocation, g_variant_new ("(h)", 0), list);
}

static gboolean
answer_stream (const char *method,
               GVariant *parameters,
               GDBusMethodInvocation *invocation)
{
  const char *filter;

  if (g_str_equal (method, "DumpByFileDescriptor"))
    {
      answer_with_fd (invocation, "{\"users\":[\"\xc2\x9b\"]}");
      return TRUE;
    }
  if (!g_str_equal (method, "OpenEventStream"))
    return FALSE;
  g_variant_get (parameters, "(&s)", &filter);
  if (strstr (filter, "bad") != NULL)
    fail (invocation, NAME ".Error.BadFilter", "“bad” is no filter.");
  else
    answer_with_fd (invocation, events);
  return TRUE;
}

typedef struct
{
  GDBusConnection *bus;
  char *receiver;
  guint64 n;
} Watcher;

static gboolean
on_tick (gpointer user_data)
{
  Watcher *watcher = user_data;
  GVariantBuilder builder;

  watcher->n += 100;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{st}"));
  g_variant_builder_add (&builder, "{st}", "EventsReceived", watcher->n);
  g_variant_builder_add (&builder, "{st}", "Connections", G_GUINT64_CONSTANT (77));
  g_dbus_connection_emit_signal (watcher->bus,
                                 watcher->receiver,
                                 PATH,
                                 NAME ".Stats",
                                 "Tick",
                                 g_variant_new ("(a{st})", &builder),
                                 NULL);
  return G_SOURCE_CONTINUE;
}

/* Lives as long as the program. */
static void
start_ticks (GDBusConnection *bus, const char *sender)
{
  static Watcher watchers[16];
  static guint n_watchers;
  Watcher *watcher = &watchers[n_watchers++ % G_N_ELEMENTS (watchers)];

  watcher->bus = bus;
  watcher->receiver = g_strdup (sender);
  g_timeout_add (50, on_tick, watcher);
}

static void
on_call (GDBusConnection *bus,
         const char *sender,
         const char *path,
         const char *interface,
         const char *method,
         GVariant *parameters,
         GDBusMethodInvocation *invocation,
         gpointer user_data)
{
  g_autofree char *text = g_variant_print (parameters, FALSE);

  printf ("%s %s\n", method, text);
  fflush (stdout);
  if (g_str_has_suffix (interface, ".Admin") && g_getenv ("MOCK_DENY") != NULL)
    {
      fail (invocation,
            "org.freedesktop.DBus.Error.AccessDenied",
            "Only root and the group tidewire may do that.");
      return;
    }
  if (strstr (text, "nobody") != NULL)
    {
      fail (invocation, NAME ".Error.NotFound", "There is no user “nobody”.");
      return;
    }
  if (g_str_equal (method, "Watch"))
    start_ticks (bus, sender);
  if (g_str_equal (method, "Reload"))
    {
      fail (invocation, NAME ".Error.BadConfig", "a.conf:1: bad\nb.conf:2: \033bad");
      return;
    }
  if (g_str_equal (method, "Drain") && strstr (text, "99") != NULL)
    {
      fail (invocation, NAME ".Error.Draining", "It is draining already.");
      return;
    }
  if (answer_list (method, parameters, invocation) ||
      answer_details (method, parameters, invocation) ||
      answer_stream (method, parameters, invocation))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    if (g_str_equal (answers[i].method, method))
      {
        g_dbus_method_invocation_return_value (
            invocation, g_variant_parse (NULL, answers[i].answer, NULL, NULL, NULL));
        return;
      }
  g_dbus_method_invocation_return_value (invocation, NULL);
}

static GVariant *
on_get (GDBusConnection *bus,
        const char *sender,
        const char *path,
        const char *interface,
        const char *name,
        GError **error,
        gpointer user_data)
{
  GDBusInterfaceInfo *info = user_data;
  GDBusPropertyInfo *property = g_dbus_interface_info_lookup_property (info, name);

  if (g_str_equal (name, "StartedUSec"))
    return g_variant_new_uint64 ((guint64) g_get_real_time () - 3 * G_TIME_SPAN_HOUR);
  if (g_str_equal (name, "State"))
    return g_variant_new_string ("running");
  if (g_str_equal (name, "Version"))
    return g_variant_new_string ("9.9.9");
  if (g_str_equal (name, "LogLevel"))
    return g_variant_new_string ("info");
  if (g_str_equal (property->signature, "t"))
    return g_variant_new_uint64 (strlen (name));
  if (g_str_equal (property->signature, "as"))
    return g_variant_new_parsed ("['http://127.0.0.1:5000/']");
  if (g_str_equal (property->signature, "b"))
    return g_variant_new_boolean (TRUE);
  return g_variant_new_string ("redis\033[2J");
}

static gboolean
on_set (GDBusConnection *bus,
        const char *sender,
        const char *path,
        const char *interface,
        const char *name,
        GVariant *value,
        GError **error,
        gpointer user_data)
{
  g_autofree char *text = g_variant_print (value, FALSE);

  printf ("%s = %s\n", name, text);
  fflush (stdout);
  return TRUE;
}

static void
add_objects (GDBusConnection *bus, const char *path, const char *xml)
{
  static const GDBusInterfaceVTable table = { on_call, on_get, on_set, { 0 } };
  g_autoptr (GError) error = NULL;
  GDBusNodeInfo *node = g_dbus_node_info_new_for_xml (xml, &error);

  g_assert_no_error (error);
  for (guint i = 0; node->interfaces[i] != NULL; i++)
    g_dbus_connection_register_object (
        bus, path, node->interfaces[i], &table, node->interfaces[i], NULL, &error);
  g_assert_no_error (error);
}

static void
on_name (GDBusConnection *bus, const char *name, gpointer unused)
{
  puts ("ready");
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  gboolean is_old = g_getenv ("MOCK_OLD") != NULL;
  GDBusConnection *bus = g_dbus_connection_new_for_address_sync (
      argv[1],
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      &error);

  g_assert_no_error (error);
  for (int i = 2; i < argc; i++)
    {
      g_autofree char *xml = NULL;

      if (is_old && strstr (argv[i], "Admin") != NULL)
        continue;
      g_file_get_contents (argv[i], &xml, NULL, &error);
      g_assert_no_error (error);
      add_objects (bus, PATH, xml);
    }
  if (!is_old)
    add_objects (bus, "/org/freedesktop/LogControl1", log_control_xml);
  g_bus_own_name_on_connection (
      bus, NAME, G_BUS_NAME_OWNER_FLAGS_NONE, on_name, NULL, NULL, NULL);
  g_main_loop_run (loop);
  return 0;
}
