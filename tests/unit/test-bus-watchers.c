/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-watchers.h"
#include "tide-error.h"

#include "fake-bus.h"

#define STATS "org.tidewire.Tidewire1.Stats"

typedef struct
{
  FakeBus bus;
  TideBusWatchers *watchers;
  guint n_ticks;
  char *last_to; /* (owned) (nullable), whom the last one was sent to */
} Fixture;

static GVariant *
make_tick (gpointer user_data)
{
  return g_variant_new_parsed ("({'Connections': @t 7},)");
}

static GDBusMessage *
note_tick (GDBusConnection *connection,
           GDBusMessage *message,
           gboolean is_incoming,
           gpointer user_data)
{
  Fixture *self = user_data;

  if (is_incoming && g_strcmp0 (g_dbus_message_get_member (message), "Tick") == 0)
    {
      g_assert_cmpstr (g_dbus_message_get_interface (message), ==, STATS);
      g_free (self->last_to);
      self->last_to = g_strdup (g_dbus_message_get_destination (message));
      g_atomic_int_inc (&self->n_ticks);
      g_main_context_wakeup (NULL);
    }
  return message;
}

static void
set_up (Fixture *self, gconstpointer unused)
{
  fake_bus_init (&self->bus);
  g_dbus_connection_add_filter (self->bus.callers, note_tick, self, NULL);
  self->watchers = tide_bus_watchers_new (make_tick, self);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  tide_bus_watchers_free (self->watchers);
  fake_bus_clear (&self->bus);
  g_free (self->last_to);
}

static gboolean
set (Fixture *self, const char *caller, guint interval_ms, GError **error)
{
  return tide_bus_watchers_set (
      self->watchers, self->bus.service, caller, interval_ms, error);
}

static void
wait_for_ticks (Fixture *self, guint n)
{
  while (g_atomic_int_get (&self->n_ticks) < (int) n)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_ticks (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Who watches gets ticks, alone, until it asks for no more");

  g_assert_true (set (self, ":1.5", 60000, NULL));
  g_assert_true (set (self, ":1.7", 60000, NULL));
  g_assert_true (set (self, ":1.7", 250, NULL));
  g_assert_cmpuint (tide_bus_watchers_get_n (self->watchers), ==, 2);
  wait_for_ticks (self, 2);
  g_assert_cmpstr (self->last_to, ==, ":1.7");
  g_assert_true (set (self, ":1.7", 0, NULL));
  g_assert_true (set (self, ":1.9", 0, NULL));
  g_assert_cmpuint (tide_bus_watchers_get_n (self->watchers), ==, 1);
}

static void
test_leaves (Fixture *self, gconstpointer unused)
{
  g_autoptr (GDBusMessage) left = g_dbus_message_new_signal (
      "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged");

  g_test_summary ("Who leaves the bus watches no more; the others do");

  g_assert_true (set (self, ":1.5", 60000, NULL));
  g_assert_true (set (self, ":1.7", 60000, NULL));
  g_dbus_message_set_sender (left, "org.freedesktop.DBus");
  g_dbus_message_set_body (left, g_variant_new ("(sss)", ":1.7", ":1.7", ""));
  g_dbus_connection_send_message (
      self->bus.callers, left, G_DBUS_SEND_MESSAGE_FLAGS_NONE, NULL, NULL);
  while (tide_bus_watchers_get_n (self->watchers) == 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (tide_bus_watchers_get_n (self->watchers), ==, 1);
  tide_bus_watchers_clear (self->watchers);
  g_assert_cmpuint (tide_bus_watchers_get_n (self->watchers), ==, 0);
}

static void
test_limits (Fixture *self, gconstpointer unused)
{
  static const guint wrong[] = { 1, 249, 60001, G_MAXUINT };
  g_autoptr (GError) full = NULL;

  g_test_summary ("The pace has a range, and not everybody can watch");

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (set (self, ":1.1", wrong[i], &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
  for (guint i = 0; i < TIDE_BUS_WATCHERS_MAX; i++)
    {
      g_autofree char *caller = g_strdup_printf (":1.%u", i);

      g_assert_true (set (self, caller, 60000, NULL));
    }
  g_assert_false (set (self, ":1.99", 60000, &full));
  g_assert_error (full, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
  g_assert_true (set (self, ":1.0", 250, NULL));
  g_assert_true (set (self, ":1.0", 0, NULL));
  g_assert_true (set (self, ":1.99", 60000, NULL));
}

#define ADD(name, func)                                                                  \
  g_test_add ("/control/bus-watchers/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("ticks", test_ticks);
  ADD ("leaves", test_leaves);
  ADD ("limits", test_limits);
  return g_test_run ();
}
