/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-verbs.h"
#include "tide-error.h"

#include "fake-bus.h"
#include "log-catcher.h"
#include <unistd.h>

#define ADMIN "org.tidewire.Tidewire1.Admin."
#define ROOT "{'UnixUserID': <uint32 0>, 'UnixGroupIDs': <[uint32 0]>}"
#define NOBODY "{'UnixUserID': <uint32 65534>, 'UnixGroupIDs': <[uint32 65534]>}"

/* Who does what is asked for writes it down, or fails when it is told to. */
static GString *done;
static gboolean is_failing;
static GPtrArray *lines; /* what was logged */

G_GNUC_PRINTF (2, 3)
static gboolean
note (GError **error, const char *format, ...)
{
  va_list arguments;

  if (is_failing)
    {
      g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_NOT_FOUND, "look elsewhere");
      return FALSE;
    }
  va_start (arguments, format);
  g_string_vprintf (done, format, arguments);
  va_end (arguments);
  return TRUE;
}

static gboolean
publish (const TideBusPublication *what,
         guint *n_users,
         gpointer user_data,
         GError **error)
{
  *n_users = 7;
  return note (error,
               "publish %s %s %s %s",
               what->audience,
               what->event_type,
               what->payload,
               tide_priority_get_nick (what->priority));
}

static gboolean
publish_through_route (const char *channel,
                       const char *payload,
                       guint *n_users,
                       gpointer user_data,
                       GError **error)
{
  *n_users = 8;
  return note (error, "route %s %s", channel, payload);
}

static GVariant *
explain (const char *channel, const char *payload, gpointer user_data, GError **error)
{
  if (!note (error, "explain %s %s", channel, payload))
    return NULL;
  return g_variant_new_parsed (
      "(@a{sv} {}, [('ann', 'everyone', 'sent at once')], @a(ss) [])");
}

static gboolean
disconnect (guint64 id, gpointer user_data, GError **error)
{
  return note (error, "disconnect %" G_GUINT64_FORMAT, id);
}

static gboolean
disconnect_user (const char *user,
                 guint *n_connections,
                 gpointer user_data,
                 GError **error)
{
  *n_connections = 2;
  return note (error, "disconnect %s", user);
}

static gboolean
limit_user (const char *user,
            const TideUserLimits *limits,
            gpointer user_data,
            GError **error)
{
  if (limits == NULL)
    return note (error, "unlimit %s", user);
  return note (error,
               "limit %s %u %u",
               user,
               limits->events_per_second,
               limits->urgent_events_per_second);
}

static gboolean
drain (gint64 timeout_us, gpointer user_data, GError **error)
{
  return note (error, "drain %" G_GINT64_FORMAT, timeout_us);
}

static gboolean
undrain (gpointer user_data, GError **error)
{
  return note (error, "undrain");
}

static gboolean
reload (gpointer user_data, GError **error)
{
  return note (error, "reload");
}

static void
reset_statistics (gpointer user_data)
{
  note (NULL, "reset");
}

static int
open_event_stream (const char *filter, gpointer user_data, GError **error)
{
  int fds[2];

  if (!note (error, "stream %s", filter))
    return -1;
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  close (fds[0]);
  return fds[1];
}

typedef struct
{
  FakeBus bus;
  TideBusAuthority *authority;
  GDBusInterfaceSkeleton *verbs;
} Fixture;

static void
set_up (Fixture *self, gconstpointer unused)
{
  static const TideBusActFuncs act = { publish,
                                       publish_through_route,
                                       explain,
                                       disconnect,
                                       disconnect_user,
                                       limit_user,
                                       drain,
                                       undrain,
                                       reload,
                                       reset_statistics,
                                       open_event_stream };
  const TideBusFuncs funcs = { .act = &act };
  g_autoptr (GError) error = NULL;

  is_failing = FALSE;
  g_ptr_array_set_size (lines, 0);
  fake_bus_init (&self->bus);
  self->authority = tide_bus_authority_new ();
  self->verbs = tide_bus_verbs_new (self->authority, &funcs);
  g_dbus_interface_skeleton_export (
      self->verbs, self->bus.service, "/org/tidewire/Tidewire1", &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  g_clear_object (&self->verbs);
  g_clear_object (&self->authority);
  fake_bus_clear (&self->bus);
}

static GVariant *
call (Fixture *self,
      const char *credentials,
      const char *method,
      const char *arguments,
      GError **error)
{
  g_autofree char *name = g_strconcat (ADMIN, method, NULL);

  g_string_truncate (done, 0);
  fake_bus_set_credentials (&self->bus, credentials);
  return fake_bus_call (
      &self->bus, ":1.7", name, g_variant_new_parsed (arguments), error);
}

/* What each verb does, answers, and leaves in the log. */
static const struct
{
  const char *method;
  const char *arguments;
  const char *done;
  const char *answer;
  const char *line; /* (nullable): none */
} cases[] = {
  { "Publish",
    "('user:ann', 'news', '{}', 'high')",
    "publish user:ann news {} high",
    "(7,)",
    "uid 0 published an event over the bus: it was for 7 users" },
  { "Publish",
    "('everyone', 'news', '{}', '')",
    "publish everyone news {} medium",
    "(7,)",
    "uid 0 published an event over the bus: it was for 7 users" },
  { "PublishThroughRoute",
    "('c', '{}')",
    "route c {}",
    "(8,)",
    "uid 0 published an event through a route over the bus: it was for 8 users" },
  { "ExplainDelivery",
    "('c', '{}')",
    "explain c {}",
    "({}, [('ann', 'everyone', 'sent at once')], [])",
    NULL },
  { "Disconnect",
    "(@t 12,)",
    "disconnect 12",
    "()",
    "uid 0 closed the connection 12 over the bus" },
  { "DisconnectUser",
    "('ann',)",
    "disconnect ann",
    "(2,)",
    "uid 0 closed the connections of a user over the bus: 2 closed" },
  { "SetUserDeliveryLimits",
    "('ann', @u 5, @u 1000000)",
    "limit ann 5 1000000",
    "()",
    "uid 0 set the delivery limits of a user over the bus: events-per-second=5, "
    "urgent-events-per-second=1000000" },
  { "ResetUserDeliveryLimits",
    "('ann',)",
    "unlimit ann",
    "()",
    "uid 0 took the delivery limits of a user back over the bus" },
  { "Drain",
    "(@u 30,)",
    "drain 30000000",
    "()",
    "uid 0 drains the service over the bus: it takes nobody until Undrain" },
  { "Undrain", "()", "undrain", "()", "uid 0 lets clients in over the bus" },
  { "Reload", "()", "reload", "()", "uid 0 reloads the configuration over the bus" },
  { "ResetStatistics", "()", "reset", "()", "uid 0 set the counters to 0 over the bus" },
  { "OpenEventStream",
    "('type=a',)",
    "stream type=a",
    "(0,)",
    "uid 0 reads events along over the bus" },
};

static void
test_done (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Each verb does what it is for; the log says who, and names no user");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) answer = NULL;
      g_autofree char *text = NULL;

      g_ptr_array_set_size (lines, 0);
      answer = call (self, ROOT, cases[i].method, cases[i].arguments, &error);
      g_assert_no_error (error);
      text = g_variant_print (answer, FALSE);
      g_assert_cmpstr (done->str, ==, cases[i].done);
      g_assert_cmpstr (text, ==, cases[i].answer);
      g_assert_cmpuint (lines->len, ==, cases[i].line != NULL);
      if (cases[i].line != NULL)
        g_assert_cmpstr (g_ptr_array_index (lines, 0), ==, cases[i].line);
    }
}

static void
test_denied (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Nobody else may: nothing is done");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (call (self, NOBODY, cases[i].method, cases[i].arguments, &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
      g_assert_cmpstr (done->str, ==, "");
    }
}

static void
test_fails (Fixture *self, gconstpointer unused)
{
  g_test_summary (
      "What can't be done is answered with its error, and not logged as done");

  is_failing = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *name = NULL;

      if (g_str_equal (cases[i].method, "ResetStatistics"))
        continue;
      g_ptr_array_set_size (lines, 0);
      g_assert_null (call (self, ROOT, cases[i].method, cases[i].arguments, &error));
      name = g_dbus_error_get_remote_error (error);
      g_assert_cmpstr (name, ==, "org.tidewire.Tidewire1.Error.NotFound");
      g_assert_cmpuint (lines->len, ==, g_str_equal (cases[i].method, "Reload"));
    }
}

static void
test_wrong (Fixture *self, gconstpointer unused)
{
  static const char *const wrong[][3] = {
    { "Publish", "('everyone', 'news', '{}', 'urgent')", "priority is none of" },
    { "SetUserDeliveryLimits", "('ann', @u 1000001, @u 0)", "events_per_second=1000001" },
    { "SetUserDeliveryLimits", "('ann', @u 0, @u 1000001)", "urgent_events_per_second=" },
    { "Drain", "(@u 3601,)", "deadline_sec=3601" },
  };

  g_test_summary ("What is out of range is refused, and the text says what may be");

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (call (self, ROOT, wrong[i][0], wrong[i][1], &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
      g_assert_nonnull (strstr (error->message, wrong[i][2]));
      g_assert_cmpstr (done->str, ==, "");
    }
}

#define ADD(name, func)                                                                  \
  g_test_add ("/control/bus-actions/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  int code;

  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  done = g_string_new (NULL);
  ADD ("done", test_done);
  ADD ("denied", test_denied);
  ADD ("fails", test_fails);
  ADD ("wrong", test_wrong);
  code = g_test_run ();
  g_string_free (done, TRUE);
  g_ptr_array_unref (lines);
  return code;
}
