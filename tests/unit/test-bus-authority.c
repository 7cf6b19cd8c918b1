/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-authority.h"
#include "tide-error.h"

#include "fake-bus.h"
#include "fake-polkit.h"
#include <grp.h>
#include <unistd.h>

#define N_ACTIONS (TIDE_BUS_ACTION_CONTROL_LOG + 1)
#define ROOT "{'UnixUserID': <uint32 0>, 'UnixGroupIDs': <[uint32 0]>}"
#define NOBODY "{'UnixUserID': <uint32 65534>, 'UnixGroupIDs': <[uint32 65534]>}"
#define MEMBER "{'UnixUserID': <uint32 65534>, 'UnixGroupIDs': <[uint32 65534, 0]>}"

typedef struct
{
  FakeBus bus;
  FakePolkit polkit;
  TideBusAuthority *authority;
  GCancellable *cancellable;
  TideBusAction action; /* what the next call takes */
  gboolean is_ended;
  guint n_ended;
  gboolean is_allowed;
  guint32 uid;
  GError *error; /* (owned) (nullable) */
} Fixture;

static const char xml[] = "<node><interface name='org.example.Calls'>"
                          "<method name='Call'/></interface></node>";

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *self = user_data;

  g_clear_error (&self->error);
  self->is_allowed = tide_bus_authority_check_finish (
      TIDE_BUS_AUTHORITY (source), result, &self->uid, &self->error);
  self->is_ended = TRUE;
  self->n_ended++;
}

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
  Fixture *self = user_data;

  tide_bus_authority_check_async (
      self->authority, invocation, self->action, self->cancellable, on_checked, self);
  g_dbus_method_invocation_return_value (invocation, NULL);
}

/* The group is that of the number 0, which every machine has. */
static void
set_up (Fixture *self, gconstpointer unused)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, NULL);

  fake_bus_init (&self->bus);
  fake_polkit_init (&self->polkit, self->bus.callers);
  self->authority = tide_bus_authority_new ();
  tide_bus_authority_set_group (self->authority, getgrgid (0)->gr_name);
  tide_bus_authority_set_polkit (self->authority, TRUE);
  self->cancellable = g_cancellable_new ();
  g_dbus_connection_register_object (self->bus.service,
                                     "/org/tidewire/Tidewire1",
                                     node->interfaces[0],
                                     &vtable,
                                     self,
                                     NULL,
                                     NULL);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  fake_polkit_clear (&self->polkit, self->bus.callers);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_error (&self->error);
  g_clear_object (&self->authority);
  g_clear_object (&self->cancellable);
  fake_bus_clear (&self->bus);
}

static void
begin (Fixture *self, TideBusAction action, const char *credentials)
{
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;

  g_clear_error (&self->error);
  self->is_ended = FALSE;
  self->action = action;
  fake_bus_set_credentials (&self->bus, credentials);
  answer = fake_bus_call (&self->bus, ":1.7", "org.example.Calls.Call", NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (answer);
}

/* Gives whether the caller may, and asserts how many times polkit was asked. */
static gboolean
check (Fixture *self, TideBusAction action, const char *credentials, guint n_asked)
{
  guint n_before = self->polkit.n_asked;

  begin (self, action, credentials);
  while (!self->is_ended)
    g_main_context_iteration (NULL, TRUE);
  g_test_message (
      "%d, %s: %s", action, credentials, self->is_allowed ? "yes" : self->error->message);
  g_assert_cmpuint (self->polkit.n_asked, ==, n_before + n_asked);
  return self->is_allowed;
}

static void
test_polkit (Fixture *self, gconstpointer unused)
{
  static const char *const ids[] = {
    "'org.tidewire.Tidewire1.inspect'",
    "'org.tidewire.Tidewire1.manage-connections'",
    "'org.tidewire.Tidewire1.manage-service'",
  };

  g_test_summary (
      "On the system bus polkit is asked about those who are neither root nor "
      "in the group, each time, by the action");

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      self->polkit.answer = FAKE_POLKIT_NO;
      g_assert_true (check (self, i, ROOT, 0));
      g_assert_true (check (self, i, MEMBER, 0));
      g_assert_false (check (self, i, NOBODY, 1));
      g_assert_error (self->error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
      g_assert_nonnull (strstr (self->polkit.asked, ids[i]));
      self->polkit.answer = FAKE_POLKIT_YES;
      g_assert_true (check (self, i, NOBODY, 1));
      g_assert_cmpuint (self->uid, ==, 65534);
      g_assert_false (check (self, i, NULL, 0));
      g_assert_false (check (self, i, "{}", 0));
    }
}

static void
test_log (Fixture *self, gconstpointer unused)
{
  g_autofree char *own =
      g_strdup_printf ("{'UnixUserID': <uint32 %u>}", (guint) geteuid ());

  g_test_summary ("The log is root's: neither the group nor polkit lets anybody at it");

  self->polkit.answer = FAKE_POLKIT_YES;
  g_assert_true (check (self, TIDE_BUS_ACTION_CONTROL_LOG, ROOT, 0));
  g_assert_false (check (self, TIDE_BUS_ACTION_CONTROL_LOG, MEMBER, 0));
  g_assert_cmpstr (self->error->message, ==, "only root may do this");
  g_assert_false (check (self, TIDE_BUS_ACTION_CONTROL_LOG, NOBODY, 0));

  tide_bus_authority_set_system_bus (self->authority, FALSE);
  g_assert_true (check (self, TIDE_BUS_ACTION_CONTROL_LOG, own, 0));
  g_assert_false (check (self, TIDE_BUS_ACTION_CONTROL_LOG, MEMBER, 0));
  g_assert_cmpstr (self->error->message,
                   ==,
                   "only root and the user whom the service runs as may do this");
}

static void
test_no_polkit (Fixture *self, gconstpointer unused)
{
  g_test_summary (
      "polkit is not asked elsewhere, nor when the service was built without");

  self->polkit.answer = FAKE_POLKIT_YES;
  for (guint i = 0; i < N_ACTIONS; i++)
    {
      tide_bus_authority_set_system_bus (self->authority, FALSE);
      g_assert_false (check (self, i, NOBODY, 0));
      tide_bus_authority_set_system_bus (self->authority, TRUE);
      tide_bus_authority_set_polkit (self->authority, FALSE);
      g_assert_false (check (self, i, NOBODY, 0));
      tide_bus_authority_set_polkit (self->authority, TRUE);
    }
}

static void
test_text (Fixture *self, gconstpointer unused)
{
  g_autofree char *with_polkit = NULL;
  g_autofree char *without = NULL;
  const char *group = getgrgid (0)->gr_name;

  g_test_summary ("Who is refused learns by what to get in, and what polkit said");

  with_polkit =
      g_strdup_printf ("only root, members of the group %s and those whom polkit "
                       "allows org.tidewire.Tidewire1.inspect may do this; "
                       "polkit says no",
                       group);
  without = g_strdup_printf ("only root and members of the group %s may do this", group);
  g_assert_false (check (self, TIDE_BUS_ACTION_INSPECT, NOBODY, 1));
  g_assert_cmpstr (self->error->message, ==, with_polkit);
  tide_bus_authority_set_polkit (self->authority, FALSE);
  g_assert_false (check (self, TIDE_BUS_ACTION_INSPECT, NOBODY, 0));
  g_assert_cmpstr (self->error->message, ==, without);
}

static void
test_cancelled (Fixture *self, gconstpointer unused)
{
  g_test_summary ("A check that waits for polkit can be given up");

  self->polkit.is_silent = TRUE;
  begin (self, TIDE_BUS_ACTION_INSPECT, NOBODY);
  while (self->polkit.n_asked == 0)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (self->cancellable);
  while (!self->is_ended)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_busy (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Who has too many calls waiting for polkit is told so");

  self->polkit.is_silent = TRUE;
  for (guint i = 0; i < 5; i++)
    begin (self, TIDE_BUS_ACTION_INSPECT, NOBODY);
  while (!self->is_ended)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (self->error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
  fake_polkit_speak (&self->polkit);
  while (self->n_ended < 5)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (self->error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
}

static void
test_trusts (void)
{
  static const struct
  {
    gboolean is_system_bus;
    guint32 uid;
    guint32 own_uid;
    gboolean is_trusted;
  } cases[] = {
    { TRUE, 0, 0, TRUE },       { TRUE, 0, 123, TRUE },
    { TRUE, 123, 123, FALSE },  { TRUE, 124, 123, FALSE },
    { FALSE, 0, 123, TRUE },    { FALSE, 123, 123, TRUE },
    { FALSE, 124, 123, FALSE }, { FALSE, G_MAXUINT32, 0, FALSE },
  };
  g_autoptr (TideBusAuthority) authority = tide_bus_authority_new ();

  g_test_summary (
      "Root is trusted everywhere, the service's own user off the system bus");

  /* Before anybody says so, it is the system bus: the strict one. */
  g_assert_false (tide_bus_authority_trusts (authority, 123, 123));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      tide_bus_authority_set_system_bus (authority, cases[i].is_system_bus);
      g_assert_cmpint (
          tide_bus_authority_trusts (authority, cases[i].uid, cases[i].own_uid),
          ==,
          cases[i].is_trusted);
    }
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/control/bus-authority/polkit", test_polkit },
    { "/control/bus-authority/log", test_log },
    { "/control/bus-authority/no-polkit", test_no_polkit },
    { "/control/bus-authority/text", test_text },
    { "/control/bus-authority/cancelled", test_cancelled },
    { "/control/bus-authority/busy", test_busy },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  g_test_add_func ("/control/bus-authority/trusts", test_trusts);
  return g_test_run ();
}
