/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-verb.h"
#include "tide-bus-verbs.h"
#include "tide-error.h"

#include "fake-bus.h"
#include "log-catcher.h"
#include <grp.h>
#include <unistd.h>

#define SET "org.tidewire.Tidewire1.Admin.SetDeliveryLimits"
#define LOG_OUT "org.tidewire.Tidewire1.Admin.LogOut"
#define ROOT "{'UnixUserID': <uint32 0>, 'UnixGroupIDs': <[uint32 0]>}"
#define NOBODY "{'UnixUserID': <uint32 65534>, 'UnixGroupIDs': <[uint32 65534]>}"

static GPtrArray *lines; /* what was logged */

typedef struct
{
  FakeBus bus;
  TideBusAuthority *authority;
  GDBusInterfaceSkeleton *verbs;
  TideDeliveryLimits limits;
  guint n_set;
  gboolean is_failing;
  char *logged_out; /* (owned) (nullable) */
} Fixture;

static void
get_limits (TideDeliveryLimits *limits, gpointer user_data)
{
  *limits = ((Fixture *) user_data)->limits;
}

static gboolean
set_limits (const TideDeliveryLimits *limits, gpointer user_data, GError **error)
{
  Fixture *self = user_data;

  if (self->is_failing)
    {
      g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE, "not now");
      return FALSE;
    }
  self->limits = *limits;
  self->n_set++;
  return TRUE;
}

static guint
log_out (const char *user_name, gpointer user_data)
{
  Fixture *self = user_data;

  g_free (self->logged_out);
  self->logged_out = g_strdup (user_name);
  return 3;
}

static void
set_up (Fixture *self, gconstpointer unused)
{
  const TideBusFuncs funcs = {
    .get_delivery_limits = get_limits,
    .set_delivery_limits = set_limits,
    .log_out = log_out,
    .user_data = self,
  };
  g_autoptr (GError) error = NULL;

  g_ptr_array_set_size (lines, 0);
  fake_bus_init (&self->bus);
  self->limits = (TideDeliveryLimits){ 100000, 50, TRUE, 100, 50 };
  self->authority = tide_bus_authority_new ();
  tide_bus_authority_set_polkit (self->authority, FALSE);
  self->verbs = tide_bus_verbs_new (self->authority, &funcs);
  g_dbus_interface_skeleton_export (
      self->verbs, self->bus.service, "/org/tidewire/Tidewire1", &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  g_clear_object (&self->verbs);
  g_free (self->logged_out);
  g_clear_object (&self->authority);
  fake_bus_clear (&self->bus);
}

static GVariant *
make_arguments (void)
{
  return g_variant_new ("(uuuu)", 10, 5, 250, 20);
}

/* @code: the code of a #GDBusError, or -1 when the call has to be done */
static void
call (Fixture *self, const char *credentials, const char *sender, int code)
{
  g_autoptr (GError) error = NULL;
  guint n_set = self->n_set;

  fake_bus_set_credentials (&self->bus, credentials);

  g_autoptr (GVariant) answer =
      fake_bus_call (&self->bus, sender, SET, make_arguments (), &error);

  g_test_message ("%s: %s", credentials, error != NULL ? error->message : "done");
  if (code < 0)
    {
      g_assert_no_error (error);
      g_assert_nonnull (answer);
      g_assert_cmpuint (self->n_set, ==, n_set + 1);
      return;
    }
  g_assert_error (error, G_DBUS_ERROR, code);
  g_assert_cmpuint (self->n_set, ==, n_set);
}

static void
test_done (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Root sets the limits: the log says who and what, the mode stays");

  call (self, ROOT, ":1.7", -1);
  g_assert_cmpstr (self->bus.asked_about, ==, ":1.7");
  g_assert_cmpint (self->limits.batch_window_us, ==, 250000);
  g_assert_cmpuint (self->limits.batch_max_events, ==, 20);
  g_assert_cmpuint (self->limits.events_per_second, ==, 10);
  g_assert_cmpuint (self->limits.urgent_events_per_second, ==, 5);
  g_assert_true (self->limits.is_leading);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (lines, 0),
                   ==,
                   "uid 0 set the delivery limits over the bus: batch-window-ms=250, "
                   "batch-max-events=20, batch-mode=leading, events-per-second=10, "
                   "urgent-events-per-second=5");
  self->limits.is_leading = FALSE;
  call (self, ROOT, ":1.7", -1);
  g_assert_false (self->limits.is_leading);
}

static GVariant *
call_log_out (Fixture *self, const char *credentials, const char *user, GError **error)
{
  fake_bus_set_credentials (&self->bus, credentials);
  return fake_bus_call (&self->bus, ":1.7", LOG_OUT, g_variant_new ("(s)", user), error);
}

static void
test_log_out (Fixture *self, gconstpointer unused)
{
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) denied = NULL;
  g_autoptr (GError) empty = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_test_summary ("Root logs a user out; the log does not name the user");

  g_assert_null (call_log_out (self, NOBODY, "anna", &denied));
  g_assert_error (denied, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_null (call_log_out (self, ROOT, "", &empty));
  g_assert_error (empty, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_null (self->logged_out);
  answer = call_log_out (self, ROOT, "anna", &error);
  g_assert_no_error (error);
  g_variant_get (answer, "(u)", &n);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpstr (self->logged_out, ==, "anna");
  g_assert_cmpstr (g_ptr_array_index (lines, lines->len - 1),
                   ==,
                   "uid 0 logged a user out over the bus: 3 connections closed");
}

static void
test_who (Fixture *self, gconstpointer unused)
{
  g_autofree char *own =
      g_strdup_printf ("{'UnixUserID': <uint32 %u>, 'UnixGroupIDs': <[uint32 65534]>}",
                       (guint) geteuid ());
  struct group *group = getgrgid (0);

  g_test_summary (
      "Root and members of the group may, and nobody whom the bus can't name");

  g_assert_nonnull (group);
  tide_bus_authority_set_group (self->authority, group->gr_name);
  call (self, NOBODY, ":1.7", G_DBUS_ERROR_ACCESS_DENIED);
  call (self, NULL, ":1.7", G_DBUS_ERROR_ACCESS_DENIED);
  call (self, "{}", ":1.7", G_DBUS_ERROR_ACCESS_DENIED);
  call (self, "{'UnixGroupIDs': <[uint32 0]>}", ":1.7", G_DBUS_ERROR_ACCESS_DENIED);
  call (self, ROOT, NULL, G_DBUS_ERROR_ACCESS_DENIED);
  call (self, ROOT, ":1.7", -1);
  call (self,
        "{'UnixUserID': <uint32 65534>, 'UnixGroupIDs': <[uint32 65534, 0]>}",
        ":1.7",
        -1);
  tide_bus_authority_set_group (self->authority, "no-such-group-anywhere");
  call (self,
        "{'UnixUserID': <uint32 65534>, 'UnixGroupIDs': <[uint32 65534, 0]>}",
        ":1.7",
        G_DBUS_ERROR_ACCESS_DENIED);
  tide_bus_authority_set_system_bus (self->authority, FALSE);
  call (self, own, ":1.7", -1);
  if (geteuid () != 0)
    {
      tide_bus_authority_set_system_bus (self->authority, TRUE);
      call (self, own, ":1.7", G_DBUS_ERROR_ACCESS_DENIED);
    }
}

static void
test_every_call (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Each call is looked at anew: what was allowed once is not for ever");

  call (self, ROOT, ":1.7", -1);
  call (self, NOBODY, ":1.7", G_DBUS_ERROR_ACCESS_DENIED);
  call (self, ROOT, ":1.7", -1);
  g_assert_cmpuint (self->bus.n_asked, ==, 3);
}

static void
test_denied_text (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Who may not is told which group may, and the log stays quiet");

  fake_bus_set_credentials (&self->bus, NOBODY);
  g_assert_null (fake_bus_call (&self->bus, ":1.7", SET, make_arguments (), &error));
  g_dbus_error_strip_remote_error (error);
  g_assert_cmpstr (
      error->message, ==, "only root and members of the group tidewire may do this");
  g_assert_cmpuint (lines->len, ==, 0);
}

static void
test_wrong (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) failed = NULL;
  g_autofree char *name = NULL;

  g_test_summary ("Wrong arguments change nothing, and a failure has its name");

  fake_bus_set_credentials (&self->bus, ROOT);
  g_assert_null (fake_bus_call (
      &self->bus, ":1.7", SET, g_variant_new ("(uuuu)", 1, 2, 3, 10001), &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_nonnull (strstr (error->message, "batch_max_events=10001"));
  g_assert_cmpuint (self->limits.events_per_second, ==, 100);
  g_assert_cmpuint (self->n_set, ==, 0);

  self->is_failing = TRUE;
  g_assert_null (fake_bus_call (&self->bus, ":1.7", SET, make_arguments (), &failed));
  name = g_dbus_error_get_remote_error (failed);
  g_assert_cmpstr (name, ==, "org.tidewire.Tidewire1.Error.Unavailable");
  g_assert_cmpuint (lines->len, ==, 0);
}

static void
test_goes_first (Fixture *self, gconstpointer unused)
{
  GAsyncResult *result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;

  g_test_summary ("A call that waits when the service ends is answered, and not done");

  self->bus.is_silent = TRUE;
  fake_bus_begin_call (&self->bus, ":1.7", SET, make_arguments (), &result);
  while (self->bus.kept == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_dbus_interface_skeleton_unexport (self->verbs);
  g_clear_object (&self->verbs);
  g_assert_null (fake_bus_end_call (&self->bus, &result, &error));
  name = g_dbus_error_get_remote_error (error);
  g_assert_cmpstr (name, ==, "org.tidewire.Tidewire1.Error.Unavailable");
  g_assert_cmpuint (self->n_set, ==, 0);
}

static void
test_xml (Fixture *self, gconstpointer unused)
{
  const TideBusVerb *const topics[] = { tide_bus_event_verbs,
                                        tide_bus_service_verbs,
                                        tide_bus_user_verbs };
  GDBusInterfaceInfo *info = g_dbus_interface_skeleton_get_info (self->verbs);

  g_test_summary (
      "Verbs are methods of the XML, and there are no properties: everybody could "
      "read them");

  g_assert_true (info->properties == NULL || info->properties[0] == NULL);
  for (guint i = 0; i < G_N_ELEMENTS (topics); i++)
    for (const TideBusVerb *verb = topics[i]; verb->name != NULL; verb++)
      g_assert_nonnull (g_dbus_interface_info_lookup_method (info, verb->name));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/control/bus-verbs/done", test_done },
    { "/control/bus-verbs/log-out", test_log_out },
    { "/control/bus-verbs/who", test_who },
    { "/control/bus-verbs/every-call", test_every_call },
    { "/control/bus-verbs/denied-text", test_denied_text },
    { "/control/bus-verbs/wrong", test_wrong },
    { "/control/bus-verbs/goes-first", test_goes_first },
    { "/control/bus-verbs/xml", test_xml },
  };

  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
