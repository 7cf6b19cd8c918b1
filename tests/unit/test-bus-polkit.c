/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-polkit.h"
#include "tide-error.h"

#include "fake-bus.h"
#include "fake-polkit.h"

#define ACTION "org.tidewire.Tidewire1.inspect"
#define MANY_USERS 16
#define QUESTIONS_OF_ONE 4

typedef struct
{
  FakeBus bus;
  FakePolkit polkit;
  TideBusPolkit *asker;
  GCancellable *cancellable;
  GPtrArray *calls; /* (owned), whom the asker is to be asked about */
  guint n_ended;
  guint n_allowed;
  GError *error; /* (owned) (nullable), the last */
} Fixture;

static const char xml[] = "<node><interface name='org.example.Calls'>"
                          "<method name='Call'/></interface></node>";

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
  g_ptr_array_add (((Fixture *) user_data)->calls, invocation);
}

static void
set_up (Fixture *self, gconstpointer unused)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, NULL);

  fake_bus_init (&self->bus);
  fake_polkit_init (&self->polkit, self->bus.callers);
  self->asker = tide_bus_polkit_new ();
  self->cancellable = g_cancellable_new ();
  self->calls = g_ptr_array_new_with_free_func (g_object_unref);
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
  g_clear_pointer (&self->calls, g_ptr_array_unref);
  fake_polkit_clear (&self->polkit, self->bus.callers);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_error (&self->error);
  g_clear_object (&self->asker);
  g_clear_object (&self->cancellable);
  fake_bus_clear (&self->bus);
}

static void
turn_until_asked (Fixture *self, guint n)
{
  while (self->polkit.n_asked < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *self = user_data;

  g_clear_error (&self->error);
  if (tide_bus_polkit_ask_finish (TIDE_BUS_POLKIT (source), result, &self->error))
    self->n_allowed++;
  self->n_ended++;
}

/* Has polkit asked about a new call. */
static void
begin (Fixture *self, guint32 uid, GDBusMessageFlags flags)
{
  g_autoptr (GDBusMessage) message = g_dbus_message_new_method_call (
      NULL, "/org/tidewire/Tidewire1", "org.example.Calls", "Call");
  TideBusPolkitQuestion question = { NULL, ACTION, uid };
  guint n = self->calls->len;

  g_dbus_message_set_sender (message, ":1.7");
  g_dbus_message_set_flags (message, flags | G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
  g_dbus_connection_send_message (
      self->bus.callers, message, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
  while (self->calls->len == n)
    g_main_context_iteration (NULL, TRUE);
  question.invocation = g_ptr_array_index (self->calls, n);
  tide_bus_polkit_ask_async (
      self->asker, &question, self->cancellable, on_answered, self);
}

static void
turn_until_ended (Fixture *self, guint n)
{
  while (self->n_ended < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
ask (Fixture *self, const char *answer, GDBusMessageFlags flags)
{
  guint n = self->n_ended + 1;

  self->polkit.answer = answer;
  begin (self, 1000, flags);
  turn_until_ended (self, n);
}

static void
test_answers (Fixture *self, gconstpointer unused)
{
  g_test_summary (
      "A yes lets the caller in; a no, a challenge and an error say what they are");

  ask (self, FAKE_POLKIT_YES, G_DBUS_MESSAGE_FLAGS_NONE);
  g_assert_cmpuint (self->n_allowed, ==, 1);
  ask (self, FAKE_POLKIT_NO, G_DBUS_MESSAGE_FLAGS_NONE);
  g_assert_error (self->error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpstr (self->error->message, ==, "polkit says no");
  ask (self, FAKE_POLKIT_CHALLENGE, G_DBUS_MESSAGE_FLAGS_NONE);
  g_assert_error (self->error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_nonnull (strstr (self->error->message, "interactive authorization"));
  ask (self, FAKE_POLKIT_CHALLENGE, G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION);
  g_assert_error (self->error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_nonnull (strstr (self->error->message, "no agent of it runs"));
  ask (self, NULL, G_DBUS_MESSAGE_FLAGS_NONE);
  g_assert_error (self->error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_cmpstr (self->error->message, ==, "polkit could not be asked: no such action");
  g_assert_cmpuint (self->n_allowed, ==, 1);
  g_assert_cmpuint (self->polkit.taken_back->len, ==, 0);
}

static void
test_question (Fixture *self, gconstpointer unused)
{
  g_test_summary (
      "polkit is asked about the caller, and may ask for a password only when "
      "the call says so");

  ask (self, FAKE_POLKIT_YES, G_DBUS_MESSAGE_FLAGS_NONE);
  g_assert_cmpstr (self->polkit.asked,
                   ==,
                   "(('system-bus-name', {'name': <':1.7'>}), '" ACTION
                   "', {}, 0, 'tidewire-1')");
  ask (self, FAKE_POLKIT_YES, G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION);
  g_assert_cmpstr (self->polkit.asked,
                   ==,
                   "(('system-bus-name', {'name': <':1.7'>}), '" ACTION
                   "', {}, 1, 'tidewire-2')");
}

static void
test_absent (Fixture *self, gconstpointer unused)
{
  g_test_summary ("polkit that is not there lets nobody in");

  g_dbus_connection_unregister_object (self->bus.callers, self->polkit.id);
  self->polkit.id = 0;
  begin (self, 1000, G_DBUS_MESSAGE_FLAGS_NONE);
  turn_until_ended (self, 1);
  g_assert_cmpuint (self->n_allowed, ==, 0);
  g_assert_error (self->error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_true (g_str_has_prefix (self->error->message, "polkit could not be asked: "));
}

static void
turn_until_taken_back (Fixture *self, const char *id)
{
  while (self->polkit.taken_back->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (g_ptr_array_index (self->polkit.taken_back, 0), ==, id);
}

static void
test_silent (Fixture *self, gconstpointer unused)
{
  g_test_summary (
      "polkit that does not answer in time lets nobody in, and may forget it");

  tide_bus_polkit_set_limits (self->asker, 20, G_MAXINT);
  self->polkit.is_silent = TRUE;
  begin (self, 1000, G_DBUS_MESSAGE_FLAGS_NONE);
  turn_until_ended (self, 1);
  g_assert_cmpuint (self->n_allowed, ==, 0);
  g_assert_error (self->error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_nonnull (strstr (self->error->message, "did not answer in time"));
  turn_until_taken_back (self, "tidewire-1");
}

static void
test_patient (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Who may be asked for a password gets the time to find it");

  tide_bus_polkit_set_limits (self->asker, 1, G_MAXINT);
  self->polkit.is_silent = TRUE;
  self->polkit.answer = FAKE_POLKIT_YES;
  begin (self, 1000, G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION);
  turn_until_asked (self, 1);
  g_assert_cmpuint (self->n_ended, ==, 0);
  fake_polkit_speak (&self->polkit);
  turn_until_ended (self, 1);
  g_assert_cmpuint (self->n_allowed, ==, 1);
}

static void
test_cancelled (Fixture *self, gconstpointer unused)
{
  g_test_summary ("A question that nobody waits for any more is taken back");

  self->polkit.is_silent = TRUE;
  begin (self, 1000, G_DBUS_MESSAGE_FLAGS_NONE);
  turn_until_asked (self, 1);
  g_cancellable_cancel (self->cancellable);
  turn_until_ended (self, 1);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  turn_until_taken_back (self, "tidewire-1");
}

static void
test_many (Fixture *self, gconstpointer unused)
{
  const guint n = MANY_USERS * QUESTIONS_OF_ONE;

  g_test_summary ("Nobody piles up questions, neither one user nor all together");

  self->polkit.is_silent = TRUE;
  self->polkit.answer = FAKE_POLKIT_YES;
  for (guint i = 0; i < QUESTIONS_OF_ONE; i++)
    begin (self, 1000, G_DBUS_MESSAGE_FLAGS_NONE);
  begin (self, 1000, G_DBUS_MESSAGE_FLAGS_NONE);
  turn_until_ended (self, 1);
  g_assert_error (self->error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);

  for (guint i = QUESTIONS_OF_ONE; i < n; i++)
    begin (self, 1000 + i / QUESTIONS_OF_ONE, G_DBUS_MESSAGE_FLAGS_NONE);
  turn_until_asked (self, n);
  g_assert_cmpuint (self->n_ended, ==, 1);
  begin (self, 5000, G_DBUS_MESSAGE_FLAGS_NONE);
  turn_until_ended (self, 2);
  g_assert_error (self->error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);

  /* All is well again when they are answered. */
  fake_polkit_speak (&self->polkit);
  turn_until_ended (self, 2 + n);
  g_assert_cmpuint (self->n_allowed, ==, n);
  ask (self, FAKE_POLKIT_YES, G_DBUS_MESSAGE_FLAGS_NONE);
  g_assert_cmpuint (self->n_allowed, ==, n + 1);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "/control/bus-polkit/answers", test_answers },
    { "/control/bus-polkit/question", test_question },
    { "/control/bus-polkit/absent", test_absent },
    { "/control/bus-polkit/silent", test_silent },
    { "/control/bus-polkit/patient", test_patient },
    { "/control/bus-polkit/cancelled", test_cancelled },
    { "/control/bus-polkit/many", test_many },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);
  return g_test_run ();
}
