/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-service.h"

#include "dbus-server.h"
#include "log-catcher.h"
#include <unistd.h>

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define REACHED NULL
#define DENIED "AccessDenied"

static GPtrArray *lines; /* what was logged */

static TideDeliveryLimits limits = { 100000, 50, TRUE, 100, 50 };

static void
get_limits (TideDeliveryLimits *out, gpointer unused)
{
  *out = limits;
}

static gboolean
set_limits (const TideDeliveryLimits *in, gpointer unused, GError **error)
{
  limits = *in;
  return TRUE;
}

static const TideBusFuncs funcs = { .get_delivery_limits = get_limits,
                                    .set_delivery_limits = set_limits,
                                    .user_data = NULL };

/* Replaces a part of a text that is there once. */
static void
replace_once (char **text, const char *old, const char *new)
{
  g_auto (GStrv) parts = g_strsplit (*text, old, -1);

  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  g_free (*text);
  *text = g_strjoinv (new, parts);
}

/* @form: "group" or "polkit", by what is built in
 *
 * Returns: (transfer full): the shipped policy, with a user and a group who are on this
 * machine in the place of those named `tidewire`, who need not be */
static char *
read_policy (const char *user, const char *form)
{
  g_autofree char *file = g_strdup_printf (TIDE_BUS_NAME "-%s.conf", form);
  g_autofree char *path =
      g_test_build_filename (G_TEST_BUILT, "..", "..", "data/dbus", file, NULL);
  g_autofree char *with_user = g_strdup_printf ("user=\"%s\"", user);
  char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  replace_once (&text, "user=\"tidewire\"", with_user);
  if (g_str_equal (form, "group"))
    replace_once (&text, "group=\"tidewire\"", "group=\"" DBUS_GROUP "\"");
  return text;
}

static void
test_refused (void)
{
  g_autofree char *policy = read_policy ("tidewire", "group");
  g_autoptr (DbusServer) server = dbus_server_new (policy);
  g_autoptr (TideStatus) status = tide_status_new ("1.2.3", 1);
  TideCounters counters = { 0 };
  g_autoptr (TideBusService) service = tide_bus_service_new (status, &counters, &funcs);

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

#define UNKNOWN "UnknownMethod"
#define LOG_CONTROL "org.freedesktop.LogControl1"
#define LOG_PATH "/org/freedesktop/LogControl1"
#define SET TIDE_BUS_NAME ".Admin.SetDeliveryLimits"

/* Who may call what. DENIED comes from the bus, and for the first lock that it is, from
 * the service never: what it does not know, it would call UNKNOWN. */
static const struct
{
  const char *path;
  const char *method;
  const char *arguments; /* (nullable), as GVariant's text, with blanks between */
  const char *nobody;    /* (nullable): part of the name of the error that comes */
  const char *member;    /* the same for a member of the group */
  const char *root;      /* the same for root */
} calls[] = {
  { TIDE_BUS_PATH,
    PROPERTIES ".GetAll",
    "'" TIDE_BUS_NAME ".Manager'",
    REACHED,
    REACHED,
    REACHED },
  { TIDE_BUS_PATH,
    PROPERTIES ".GetAll",
    "'" TIDE_BUS_NAME ".Stats'",
    REACHED,
    REACHED,
    REACHED },
  { TIDE_BUS_PATH,
    "org.freedesktop.DBus.Introspectable.Introspect",
    NULL,
    REACHED,
    REACHED,
    REACHED },
  { TIDE_BUS_PATH, "org.freedesktop.DBus.Peer.Ping", NULL, REACHED, REACHED, REACHED },
  { TIDE_BUS_PATH,
    TIDE_BUS_NAME ".Manager.GetDeliveryLimits",
    NULL,
    REACHED,
    REACHED,
    REACHED },
  { TIDE_BUS_PATH,
    TIDE_BUS_NAME ".Stats.GetLatency",
    "'high' [50.0,99.0]",
    REACHED,
    REACHED,
    REACHED },
  { TIDE_BUS_PATH, TIDE_BUS_NAME ".Manager.Nothing", NULL, UNKNOWN, UNKNOWN, UNKNOWN },
  { TIDE_BUS_PATH, TIDE_BUS_NAME ".Stats.Nothing", NULL, UNKNOWN, UNKNOWN, UNKNOWN },
  { TIDE_BUS_PATH, SET, "1 2 3 4", DENIED, REACHED, REACHED },
  { TIDE_BUS_PATH, SET, "1 2 3 10001", DENIED, "InvalidArgs", "InvalidArgs" },
  { TIDE_BUS_PATH, TIDE_BUS_NAME ".Admin.Nothing", NULL, DENIED, UNKNOWN, UNKNOWN },
  { TIDE_BUS_PATH, TIDE_BUS_NAME ".Nothing.Nothing", NULL, DENIED, DENIED, UNKNOWN },
  { TIDE_BUS_PATH, "org.example.Nothing.Nothing", NULL, DENIED, DENIED, UNKNOWN },
  /* Nothing is there yet, but nobody gets through to where it will be. */
  { LOG_PATH, PROPERTIES ".GetAll", "'" LOG_CONTROL "'", DENIED, DENIED, UNKNOWN },
  { LOG_PATH,
    PROPERTIES ".Set",
    "'" LOG_CONTROL "' 'LogLevel' <'debug'>",
    DENIED,
    DENIED,
    UNKNOWN },
  { LOG_PATH, LOG_CONTROL ".Nothing", NULL, DENIED, DENIED, UNKNOWN },
};

/* @error: (nullable): part of the name of the error that has to come */
static void
call_with_gdbus (DbusServer *server, guint which, DbusUser user, const char *error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) arguments = NULL;
  g_auto (GStrv) argv = NULL;
  int status;

  g_strv_builder_add_many (builder,
                           "gdbus",
                           "call",
                           "--address",
                           server->address,
                           "--dest",
                           TIDE_BUS_NAME,
                           "--object-path",
                           calls[which].path,
                           "--method",
                           calls[which].method,
                           NULL);
  if (calls[which].arguments != NULL)
    {
      arguments = g_strsplit (calls[which].arguments, " ", -1);
      g_strv_builder_addv (builder, (const char **) arguments);
    }
  argv = g_strv_builder_end (builder);

  g_autofree char *output = dbus_run_tool ((const char *const *) argv, user, &status);

  g_test_message ("%s as %d: %s", calls[which].method, user, output);
  g_assert_cmpint (status == 0, ==, error == NULL);
  if (error != NULL)
    g_assert_nonnull (strstr (output, error));
}

static void
own_as_nobody (DbusServer *server, DbusUser user)
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
  g_autofree char *output = dbus_run_tool (own, user, &status);

  g_assert_cmpint (status, !=, 0);
  g_assert_nonnull (strstr (output, DENIED));
}

static void
call_all (DbusServer *server, DbusUser user)
{
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      const char *error = user == DBUS_USER_NOBODY   ? calls[i].nobody
                          : user == DBUS_USER_MEMBER ? calls[i].member
                                                     : calls[i].root;

      limits.events_per_second = 100;
      call_with_gdbus (server, i, user, error);
      g_assert_cmpuint (limits.events_per_second,
                        ==,
                        g_str_equal (calls[i].method, SET) && error == NULL ? 1 : 100);
    }
}

/* Anybody but root is nobody to the policy. */
static void
test_calls (void)
{
  g_autofree char *policy = read_policy (g_get_user_name (), "group");
  g_autoptr (DbusServer) server = dbus_server_new (policy);
  g_autoptr (TideStatus) status = tide_status_new ("1.2.3", 1);
  TideCounters counters = { 0 };
  g_autoptr (TideBusService) service = tide_bus_service_new (status, &counters, &funcs);
  g_autofree char *gdbus = g_find_program_in_path ("gdbus");

  g_test_summary ("Everybody may read, the group and root may change, and no more");

  if (gdbus == NULL)
    {
      g_test_skip ("gdbus is not installed");
      return;
    }
  dbus_server_start (server);
  tide_bus_service_set_group (service, DBUS_GROUP);
  tide_bus_service_start (service, server->address);
  DBUS_WAIT (tide_bus_service_has_name (service));
  if (geteuid () == 0)
    {
      call_all (server, DBUS_USER_MYSELF);
      call_all (server, DBUS_USER_NOBODY);
      call_all (server, DBUS_USER_MEMBER);
      own_as_nobody (server, DBUS_USER_NOBODY);
      own_as_nobody (server, DBUS_USER_MEMBER);
    }
  else
    for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
      call_with_gdbus (server, i, DBUS_USER_MYSELF, calls[i].nobody);

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
