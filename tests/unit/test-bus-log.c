/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-log.h"

#include "fake-bus.h"
#include "log-catcher.h"
#include <grp.h>
#include <unistd.h>

#define LOG "org.freedesktop.LogControl1"
#define GET "org.freedesktop.DBus.Properties.Get"
#define SET "org.freedesktop.DBus.Properties.Set"
#define ROOT "{'UnixUserID': <uint32 0>, 'UnixGroupIDs': <[uint32 0]>}"
#define MEMBER "{'UnixUserID': <uint32 65534>, 'UnixGroupIDs': <[uint32 65534, 0]>}"

static GPtrArray *lines; /* what was logged */

typedef struct
{
  FakeBus bus;
  TideBusAuthority *authority;
  GDBusInterfaceSkeleton *log;
  char *level;  /* (owned) */
  char *target; /* (owned) */
  guint n_set;
  GPtrArray *changes; /* (owned) */
} Fixture;

static const char *
get_level (gpointer user_data)
{
  return ((Fixture *) user_data)->level;
}

/* The same word as before may be another string. */
static gboolean
set_level (const char *level, gpointer user_data)
{
  Fixture *self = user_data;
  char *copy;

  if (g_str_equal (level, "loud"))
    return FALSE;
  self->n_set++;
  copy = g_strdup (level);
  g_free (self->level);
  self->level = copy;
  return TRUE;
}

static const char *
get_target (gpointer user_data)
{
  return ((Fixture *) user_data)->target;
}

static gboolean
set_target (const char *target, gpointer user_data)
{
  Fixture *self = user_data;

  if (!g_str_equal (target, "console"))
    return FALSE;
  self->n_set++;
  g_free (self->target);
  self->target = g_strdup ("console");
  return TRUE;
}

static void
on_changed (GDBusConnection *connection,
            const char *sender,
            const char *path,
            const char *interface,
            const char *signal,
            GVariant *parameters,
            gpointer user_data)
{
  g_ptr_array_add (((Fixture *) user_data)->changes, g_variant_print (parameters, FALSE));
}

/* The members of the group of the number 0 may all but this. */
static void
set_up (Fixture *self, gconstpointer unused)
{
  const TideBusLogFuncs funcs = { get_level, set_level, get_target, set_target, self };
  g_autoptr (GError) error = NULL;

  g_ptr_array_set_size (lines, 0);
  fake_bus_init (&self->bus);
  fake_bus_set_credentials (&self->bus, ROOT);
  self->level = g_strdup ("notice");
  self->target = g_strdup ("journal");
  self->changes = g_ptr_array_new_with_free_func (g_free);
  self->authority = tide_bus_authority_new ();
  tide_bus_authority_set_group (self->authority, getgrgid (0)->gr_name);
  self->log = tide_bus_log_new (self->authority, &funcs);
  g_dbus_interface_skeleton_export (
      self->log, self->bus.service, "/org/tidewire/Tidewire1", &error);
  g_assert_no_error (error);
  g_dbus_connection_signal_subscribe (self->bus.callers,
                                      NULL,
                                      "org.freedesktop.DBus.Properties",
                                      "PropertiesChanged",
                                      NULL,
                                      NULL,
                                      G_DBUS_SIGNAL_FLAGS_NONE,
                                      on_changed,
                                      self,
                                      NULL);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  g_clear_object (&self->log);
  g_clear_object (&self->authority);
  fake_bus_clear (&self->bus);
  g_free (self->level);
  g_free (self->target);
  g_ptr_array_unref (self->changes);
}

static char *
get (Fixture *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      fake_bus_call (&self->bus, ":1.7", GET, g_variant_new ("(ss)", LOG, name), &error);

  g_assert_no_error (error);
  return g_variant_print (answer, FALSE);
}

/* Gives whether it was set. */
static gboolean
set (Fixture *self, const char *name, const char *value, GError **error)
{
  g_autoptr (GVariant) answer =
      fake_bus_call (&self->bus,
                     ":1.7",
                     SET,
                     g_variant_new ("(ssv)", LOG, name, g_variant_new_string (value)),
                     error);

  return answer != NULL;
}

static void
assert_refused (Fixture *self, const char *name, const char *value, int code)
{
  g_autoptr (GError) error = NULL;
  guint n_set = self->n_set;

  g_assert_false (set (self, name, value, &error));
  g_test_message ("%s: %s", name, error->message);
  g_assert_error (error, G_DBUS_ERROR, code);
  g_assert_cmpuint (self->n_set, ==, n_set);
}

static void
test_set (Fixture *self, gconstpointer unused)
{
  g_autofree char *level = NULL;
  g_autofree char *target = NULL;
  g_autofree char *identifier = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Root sets the level and the target: it is logged and signalled");

  g_assert_true (set (self, "LogLevel", "debug", &error));
  g_assert_true (set (self, "LogTarget", "console", &error));
  level = get (self, "LogLevel");
  g_assert_cmpstr (level, ==, "(<'debug'>,)");
  target = get (self, "LogTarget");
  g_assert_cmpstr (target, ==, "(<'console'>,)");
  identifier = get (self, "SyslogIdentifier");
  g_assert_cmpstr (identifier, ==, "(<'tidewired'>,)");
  g_assert_cmpuint (self->changes->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (self->changes, 0),
                   ==,
                   "('" LOG "', {'LogLevel': <'debug'>}, [])");
  g_assert_cmpstr (g_ptr_array_index (self->changes, 1),
                   ==,
                   "('" LOG "', {'LogTarget': <'console'>}, [])");
  g_assert_cmpstr (g_ptr_array_index (lines, 0),
                   ==,
                   "uid 0 set LogLevel over the bus: debug instead of notice");

  /* What it is already is no change. */
  g_assert_true (set (self, "LogLevel", "debug", &error));
  g_free (get (self, "LogLevel"));
  g_assert_cmpuint (self->changes->len, ==, 2);
  g_assert_cmpuint (lines->len, ==, 2);
}

static void
test_refused (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  g_test_summary (
      "Words that are none, and properties that can't be written, change nothing");

  assert_refused (self, "LogLevel", "loud", G_DBUS_ERROR_INVALID_ARGS);
  assert_refused (self, "LogTarget", "kmsg", G_DBUS_ERROR_INVALID_ARGS);
  assert_refused (self, "SyslogIdentifier", "x", G_DBUS_ERROR_INVALID_ARGS);
  assert_refused (self, "Nothing", "x", G_DBUS_ERROR_INVALID_ARGS);
  g_assert_null (
      fake_bus_call (&self->bus,
                     ":1.7",
                     SET,
                     g_variant_new ("(ssv)", LOG, "LogLevel", g_variant_new_uint32 (7)),
                     &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_cmpstr (self->level, ==, "notice");
  g_assert_cmpuint (self->changes->len, ==, 0);
  g_assert_cmpuint (lines->len, ==, 0);
}

static void
test_who (Fixture *self, gconstpointer unused)
{
  g_autofree char *own =
      g_strdup_printf ("{'UnixUserID': <uint32 %u>}", (guint) geteuid ());
  g_autoptr (GError) error = NULL;

  g_test_summary ("Root alone may write; off the system bus, the service's own user too");

  fake_bus_set_credentials (&self->bus, MEMBER);
  assert_refused (self, "LogLevel", "debug", G_DBUS_ERROR_ACCESS_DENIED);
  assert_refused (self, "LogLevel", "loud", G_DBUS_ERROR_ACCESS_DENIED);
  assert_refused (self, "LogTarget", "console", G_DBUS_ERROR_ACCESS_DENIED);
  tide_bus_authority_set_system_bus (self->authority, FALSE);
  assert_refused (self, "LogLevel", "debug", G_DBUS_ERROR_ACCESS_DENIED);
  fake_bus_set_credentials (&self->bus, own);
  g_assert_true (set (self, "LogLevel", "debug", &error));
  g_assert_no_error (error);
}

static void
test_goes_first (Fixture *self, gconstpointer unused)
{
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;

  g_test_summary ("A call that waits when the service ends is answered, and not done");

  self->bus.is_silent = TRUE;
  fake_bus_begin_call (
      &self->bus,
      ":1.7",
      SET,
      g_variant_new ("(ssv)", LOG, "LogLevel", g_variant_new_string ("debug")),
      &result);
  while (self->bus.kept == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_dbus_interface_skeleton_unexport (self->log);
  g_clear_object (&self->log);
  g_assert_null (fake_bus_end_call (&self->bus, &result, &error));
  name = g_dbus_error_get_remote_error (error);
  g_assert_cmpstr (name, ==, "org.tidewire.Tidewire1.Error.Unavailable");
  g_assert_cmpuint (self->n_set, ==, 0);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/control/bus-log/set", test_set },
    { "/control/bus-log/refused", test_refused },
    { "/control/bus-log/who", test_who },
    { "/control/bus-log/goes-first", test_goes_first },
  };

  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
