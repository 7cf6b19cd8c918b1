/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-bus-service.h"

#include "dbus-server.h"
#include "fake-polkit.h"
#include "log-catcher.h"
#include <unistd.h>

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define REACHED NULL

/* What the errors say, of the bus and of the service: they are different locks. */
#define BUS_DENIES "Rejected send message"
#define SERVICE_DENIES "only root"
#define UNKNOWN "UnknownMethod"

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

static guint
log_out (const char *user_name, gpointer unused)
{
  return 0;
}

static const TideBusFuncs funcs = { .get_delivery_limits = get_limits,
                                    .set_delivery_limits = set_limits,
                                    .log_out = log_out,
                                    .user_data = NULL };

static char *level; /* of the log */

static const char *
get_level (gpointer unused)
{
  return level;
}

static gboolean
set_level (const char *word, gpointer unused)
{
  g_free (level);
  level = g_strdup (word);
  return TRUE;
}

static const TideBusLogFuncs log_funcs = { get_level, set_level, get_level, set_level };

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

#define LOG_CONTROL "org.freedesktop.LogControl1"
#define INTROSPECT "org.freedesktop.DBus.Introspectable.Introspect"
#define PING "org.freedesktop.DBus.Peer.Ping"
#define ADMIN TIDE_BUS_NAME ".Admin"
#define SET ADMIN ".SetDeliveryLimits"
#define SET_LEVEL "'" LOG_CONTROL "' 'LogLevel' <'debug'>"

/* Who may call what. A word is part of the error that has to come. */
typedef struct
{
  const char *path;
  const char *method;
  const char *arguments;  /* (nullable), as GVariant's text, with blanks between */
  const char *nobody;     /* (nullable) */
  const char *member;     /* (nullable), of the group */
  const char *root;       /* (nullable) */
  gboolean is_for_polkit; /* with polkit, nobody gets as far as members do, if allowed */
} Call;

#define ALL(what) what, what, what
#define ROOT_ONLY(what) BUS_DENIES, BUS_DENIES, what

static const Call calls[] = {
  { TIDE_BUS_PATH, PROPERTIES ".GetAll", "'" TIDE_BUS_NAME ".Manager'", ALL (REACHED) },
  { TIDE_BUS_PATH, PROPERTIES ".GetAll", "'" TIDE_BUS_NAME ".Stats'", ALL (REACHED) },
  { TIDE_BUS_PATH, INTROSPECT, NULL, ALL (REACHED) },
  { TIDE_BUS_PATH, PING, NULL, ALL (REACHED) },
  { TIDE_BUS_PATH, TIDE_BUS_NAME ".Manager.GetDeliveryLimits", NULL, ALL (REACHED) },
  { TIDE_BUS_PATH,
    TIDE_BUS_NAME ".Stats.GetLatency",
    "'high' [50.0,99.0]",
    ALL (REACHED) },
  { TIDE_BUS_PATH, TIDE_BUS_NAME ".Manager.Nothing", NULL, ALL (UNKNOWN) },
  { TIDE_BUS_PATH, TIDE_BUS_NAME ".Stats.Nothing", NULL, ALL (UNKNOWN) },
  { TIDE_BUS_PATH, SET, "1 2 3 4", BUS_DENIES, REACHED, REACHED, TRUE },
  { TIDE_BUS_PATH, SET, "1 2 3 10001", BUS_DENIES, "InvalidArgs", "InvalidArgs", TRUE },
  { TIDE_BUS_PATH, ADMIN ".LogOut", "'anna'", BUS_DENIES, REACHED, REACHED, TRUE },
  { TIDE_BUS_PATH, ADMIN ".Nothing", NULL, BUS_DENIES, UNKNOWN, UNKNOWN },
  { TIDE_BUS_PATH, TIDE_BUS_NAME ".Nothing.Nothing", NULL, ROOT_ONLY (UNKNOWN) },
  { TIDE_BUS_PATH, "org.example.Nothing.Nothing", NULL, ROOT_ONLY (UNKNOWN) },
  { TIDE_BUS_LOG_PATH, PROPERTIES ".GetAll", "'" LOG_CONTROL "'", ROOT_ONLY (REACHED) },
  { TIDE_BUS_LOG_PATH, PROPERTIES ".Set", SET_LEVEL, ROOT_ONLY (REACHED) },
  { TIDE_BUS_LOG_PATH, LOG_CONTROL ".Nothing", NULL, ROOT_ONLY (UNKNOWN) },
  { TIDE_BUS_LOG_PATH, INTROSPECT, NULL, ROOT_ONLY (REACHED) },
  { TIDE_BUS_LOG_PATH, PING, NULL, ROOT_ONLY (REACHED) },
};

/* @error: (nullable): part of the error that has to come */
static void
call_with_gdbus (DbusServer *server, const Call *call, DbusUser user, const char *error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) arguments = NULL;
  g_auto (GStrv) argv = NULL;
  int status;

  g_strv_builder_add_many (builder,
                           "gdbus",
                           "call",
                           "--interactive",
                           "--address",
                           server->address,
                           "--dest",
                           TIDE_BUS_NAME,
                           "--object-path",
                           call->path,
                           "--method",
                           call->method,
                           NULL);
  if (call->arguments != NULL)
    {
      arguments = g_strsplit (call->arguments, " ", -1);
      g_strv_builder_addv (builder, (const char **) arguments);
    }
  argv = g_strv_builder_end (builder);

  g_autofree char *output = dbus_run_tool ((const char *const *) argv, user, &status);

  g_test_message ("%s as %d: %s", call->method, user, output);
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
  g_assert_nonnull (strstr (output, "AccessDenied"));
}

/* A call reaches what it is for when, and only when, no error has to come. */
static void
call_one (DbusServer *server, const Call *call, DbusUser user, const char *error)
{
  gboolean is_done = error == NULL;

  limits.events_per_second = 100;
  set_level ("notice", NULL);
  call_with_gdbus (server, call, user, error);
  g_assert_cmpuint (
      limits.events_per_second, ==, g_str_equal (call->method, SET) && is_done ? 1 : 100);
  g_assert_cmpstr (level,
                   ==,
                   g_strcmp0 (call->arguments, SET_LEVEL) == 0 && is_done ? "debug"
                                                                          : "notice");
}

static void
call_all (DbusServer *server)
{
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      call_one (server, &calls[i], DBUS_USER_NOBODY, calls[i].nobody);
      call_one (server, &calls[i], DBUS_USER_MEMBER, calls[i].member);
      call_one (server, &calls[i], DBUS_USER_MYSELF, calls[i].root);
    }
  own_as_nobody (server, DBUS_USER_NOBODY);
  own_as_nobody (server, DBUS_USER_MEMBER);
}

/* With polkit a call to Admin by anybody gets through to the service. */
static void
call_all_with_polkit (DbusServer *server, FakePolkit *polkit)
{
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      const Call *call = &calls[i];
      gboolean is_admin = g_str_has_prefix (call->method, ADMIN ".");

      if (!is_admin)
        {
          call_one (server, call, DBUS_USER_NOBODY, call->nobody);
          continue;
        }
      polkit->answer = FAKE_POLKIT_NO;
      call_one (server,
                call,
                DBUS_USER_NOBODY,
                call->is_for_polkit ? SERVICE_DENIES : call->member);
      call_one (server, call, DBUS_USER_MEMBER, call->member);
      call_one (server, call, DBUS_USER_MYSELF, call->root);
      polkit->answer = FAKE_POLKIT_YES;
      call_one (server, call, DBUS_USER_NOBODY, call->member);
      if (call->is_for_polkit)
        {
          /* gdbus was told to allow it. */
          g_assert_nonnull (strstr (polkit->asked, "{}, 1, "));
          g_assert_nonnull (strstr (polkit->asked, "'" TIDE_BUS_NAME ".manage-"));
        }
    }
  g_assert_cmpuint (polkit->n_asked, >, 0);
  own_as_nobody (server, DBUS_USER_NOBODY);
}

/* Returns: (transfer full): a service that has its name on what it takes for the system
 * bus */
static TideBusService *
start_service (DbusServer *server, TideStatus *status, TideCounters *counters)
{
  TideBusService *service = tide_bus_service_new (status, counters, &funcs);

  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", server->address, TRUE);
  dbus_server_start (server);
  tide_bus_service_set_group (service, DBUS_GROUP);
  tide_bus_service_set_log (service, &log_funcs);
  tide_bus_service_start (service, "system");
  DBUS_WAIT (tide_bus_service_has_name (service));
  return service;
}

static void
stop_service (TideBusService *service)
{
  tide_bus_service_stop (service);
  for (guint i = 0; i < 5; i++)
    dbus_turn ();
}

/* Anybody but root is nobody to the policy. */
static void
test_calls (void)
{
  g_autofree char *policy = read_policy (g_get_user_name (), "group");
  g_autoptr (DbusServer) server = dbus_server_new (policy);
  g_autoptr (TideStatus) status = tide_status_new ("1.2.3", 1);
  TideCounters counters = { 0 };
  g_autoptr (TideBusService) service = start_service (server, status, &counters);

  g_test_summary ("Everybody may read, the group and root may change, and no more");

  if (geteuid () == 0)
    call_all (server);
  else
    for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
      call_one (server, &calls[i], DBUS_USER_MYSELF, calls[i].nobody);
  stop_service (service);
}

/* What the fake polkit may do besides. */
#define POLKIT_RULES                                                                     \
  "<policy context=\"default\"><allow own=\"org.freedesktop.PolicyKit1\"/>"              \
  "<allow send_destination=\"org.freedesktop.PolicyKit1\"/></policy></busconfig>"

static void
test_polkit (void)
{
  static const Call admin_call = { TIDE_BUS_PATH, SET, "1 2 3 4" };
  g_autofree char *policy = read_policy (g_get_user_name (), "polkit");
  TideCounters counters = { 0 };
  FakePolkit polkit;

  g_test_summary ("With polkit, others may use Admin when it says so, and no more");

  if (geteuid () != 0)
    {
      g_test_skip ("only root can be another user");
      return;
    }
  replace_once (&policy, "</busconfig>", POLKIT_RULES);

  g_autoptr (DbusServer) server = dbus_server_new (policy);
  g_autoptr (TideStatus) status = tide_status_new ("1.2.3", 1);
  g_autoptr (TideBusService) service = start_service (server, status, &counters);
  g_autoptr (GDBusConnection) connection = dbus_server_connect (server);

  call_one (server, &admin_call, DBUS_USER_NOBODY, "polkit could not be asked");
  fake_polkit_init (&polkit, connection);
  fake_polkit_own_name (connection);
  polkit.answer = FAKE_POLKIT_CHALLENGE;
  call_one (server, &admin_call, DBUS_USER_NOBODY, "no agent of it runs");
  call_all_with_polkit (server, &polkit);
  fake_polkit_clear (&polkit, connection);
  stop_service (service);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  level = g_strdup ("notice");
  if (!dbus_server_is_installed ())
    {
      g_print ("1..0 # SKIP dbus-daemon is not installed\n");
      return 0;
    }
  g_test_add_func ("/integration/bus-policy/refused", test_refused);
  g_test_add_func ("/integration/bus-policy/calls", test_calls);
  if (TIDE_HAS_POLKIT)
    g_test_add_func ("/integration/bus-policy/polkit", test_polkit);
  return g_test_run ();
}
