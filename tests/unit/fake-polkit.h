/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include <string.h>

/* polkit, on any connection. It answers as it is told to, and keeps what it was
 * asked. */
typedef struct
{
  guint id;              /* of the object, or 0 */
  const char *answer;    /* (nullable), the body as GVariant's text; NULL: an error */
  gboolean is_silent;    /* it keeps the questions */
  GPtrArray *kept;       /* (owned), the calls of these */
  char *asked;           /* (owned) (nullable), the last question */
  guint n_asked;         /* questions */
  GPtrArray *taken_back; /* (owned), ids of questions */
} FakePolkit;

#define FAKE_POLKIT_YES "((true, false, @a{ss} {}),)"
#define FAKE_POLKIT_NO "((false, false, @a{ss} {}),)"
#define FAKE_POLKIT_CHALLENGE "((false, true, {'polkit.retains': '1'}),)"

static const char fake_polkit_xml[] =
    "<node><interface name='org.freedesktop.PolicyKit1.Authority'>"
    "<method name='CheckAuthorization'>"
    "<arg type='(sa{sv})' direction='in'/><arg type='s' direction='in'/>"
    "<arg type='a{ss}' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='s' direction='in'/><arg type='(bba{ss})' direction='out'/>"
    "</method>"
    "<method name='CancelCheckAuthorization'><arg type='s' direction='in'/></method>"
    "</interface></node>";

static inline void
fake_polkit_answer (FakePolkit *self, GDBusMethodInvocation *invocation)
{
  if (self->answer == NULL)
    g_dbus_method_invocation_return_dbus_error (
        invocation, "org.freedesktop.PolicyKit1.Error.Failed", "no such action");
  else
    g_dbus_method_invocation_return_value (invocation,
                                           g_variant_new_parsed (self->answer));
}

static inline void
fake_polkit_on_call (GDBusConnection *connection,
                     const char *sender,
                     const char *path,
                     const char *interface,
                     const char *method,
                     GVariant *parameters,
                     GDBusMethodInvocation *invocation,
                     gpointer user_data)
{
  FakePolkit *self = user_data;

  if (g_str_equal (method, "CancelCheckAuthorization"))
    {
      char *id;

      g_variant_get (parameters, "(s)", &id);
      g_ptr_array_add (self->taken_back, id);
      g_dbus_method_invocation_return_value (invocation, NULL);
      return;
    }
  g_free (self->asked);
  self->asked = g_variant_print (parameters, FALSE);
  self->n_asked++;
  if (self->is_silent)
    g_ptr_array_add (self->kept, invocation);
  else
    fake_polkit_answer (self, invocation);
}

static inline void
fake_polkit_init (FakePolkit *self, GDBusConnection *connection)
{
  static const GDBusInterfaceVTable vtable = { .method_call = fake_polkit_on_call };
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (fake_polkit_xml, NULL);
  g_autoptr (GError) error = NULL;

  memset (self, 0, sizeof *self);
  self->answer = FAKE_POLKIT_NO;
  self->kept = g_ptr_array_new ();
  self->taken_back = g_ptr_array_new_with_free_func (g_free);
  self->id = g_dbus_connection_register_object (connection,
                                                "/org/freedesktop/PolicyKit1/Authority",
                                                node->interfaces[0],
                                                &vtable,
                                                self,
                                                NULL,
                                                &error);
  g_assert_no_error (error);
}

/* On a bus that is one, with nobody to turn a loop meanwhile. */
static inline void
fake_polkit_own_name (GDBusConnection *connection)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
      connection,
      "org.freedesktop.DBus",
      "/org/freedesktop/DBus",
      "org.freedesktop.DBus",
      "RequestName",
      g_variant_new ("(su)", "org.freedesktop.PolicyKit1", 0),
      NULL,
      G_DBUS_CALL_FLAGS_NONE,
      -1,
      NULL,
      &error);

  g_assert_no_error (error);
  g_assert_nonnull (answer);
}

/* Answers all that it has kept. */
static inline void
fake_polkit_speak (FakePolkit *self)
{
  self->is_silent = FALSE;
  for (guint i = 0; i < self->kept->len; i++)
    fake_polkit_answer (self, g_ptr_array_index (self->kept, i));
  g_ptr_array_set_size (self->kept, 0);
}

/* Takes polkit off the bus. */
static inline void
fake_polkit_clear (FakePolkit *self, GDBusConnection *connection)
{
  fake_polkit_speak (self);
  if (self->id != 0)
    g_dbus_connection_unregister_object (connection, self->id);
  self->id = 0;
  g_clear_pointer (&self->kept, g_ptr_array_unref);
  g_clear_pointer (&self->taken_back, g_ptr_array_unref);
  g_clear_pointer (&self->asked, g_free);
}
