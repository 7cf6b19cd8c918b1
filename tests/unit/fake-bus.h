/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include <sys/socket.h>

/* Both ends of a D-Bus connection in one process, without a bus between: the test plays
 * the bus, and whoever calls. So a caller can be anybody. */
typedef struct
{
  GDBusConnection *service;    /* (owned), what is tested is exported here */
  GDBusConnection *callers;    /* (owned), the bus with its callers */
  GVariant *credentials;       /* (owned) (nullable), of every caller; NULL: unknown */
  gboolean is_silent;          /* the bus keeps the question */
  GDBusMethodInvocation *kept; /* (owned) (nullable) */
  char *asked_about;           /* (owned) (nullable), the last that was asked about */
  guint n_asked;
} FakeBus;

static const char fake_bus_xml[] = "<node><interface name='org.freedesktop.DBus'>"
                                   "<method name='GetConnectionCredentials'>"
                                   "<arg type='s' direction='in'/>"
                                   "<arg type='a{sv}' direction='out'/>"
                                   "</method></interface></node>";

static inline void
fake_bus_on_call (GDBusConnection *connection,
                  const char *sender,
                  const char *path,
                  const char *interface,
                  const char *method,
                  GVariant *parameters,
                  GDBusMethodInvocation *invocation,
                  gpointer user_data)
{
  FakeBus *self = user_data;

  g_clear_pointer (&self->asked_about, g_free);
  g_variant_get (parameters, "(s)", &self->asked_about);
  self->n_asked++;
  if (self->is_silent)
    self->kept = invocation;
  else if (self->credentials == NULL)
    g_dbus_method_invocation_return_error_literal (
        invocation, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER, "gone");
  else
    g_dbus_method_invocation_return_value (invocation,
                                           g_variant_new ("(@a{sv})", self->credentials));
}

static inline void
fake_bus_on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **where = user_data;

  *where = g_object_ref (result);
}

static inline void
fake_bus_connect (int fd,
                  const char *guid,
                  GDBusConnectionFlags flags,
                  GAsyncResult **where)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, &error);
  g_autoptr (GSocketConnection) stream = NULL;

  g_assert_no_error (error);
  stream = g_socket_connection_factory_create_connection (socket);
  g_dbus_connection_new (
      G_IO_STREAM (stream), guid, flags, NULL, NULL, fake_bus_on_result, where);
}

static inline void
fake_bus_init (FakeBus *self)
{
  static const GDBusInterfaceVTable vtable = { .method_call = fake_bus_on_call };
  g_autofree char *guid = g_dbus_generate_guid ();
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (fake_bus_xml, NULL);
  g_autoptr (GAsyncResult) service = NULL;
  g_autoptr (GAsyncResult) callers = NULL;
  g_autoptr (GError) error = NULL;
  int fds[2];

  memset (self, 0, sizeof *self);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
  fake_bus_connect (
      fds[0], NULL, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, &service);
  fake_bus_connect (
      fds[1], guid, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER, &callers);
  while (service == NULL || callers == NULL)
    g_main_context_iteration (NULL, TRUE);
  self->service = g_dbus_connection_new_finish (service, &error);
  g_assert_no_error (error);
  self->callers = g_dbus_connection_new_finish (callers, &error);
  g_assert_no_error (error);
  g_dbus_connection_register_object (self->callers,
                                     "/org/freedesktop/DBus",
                                     node->interfaces[0],
                                     &vtable,
                                     self,
                                     NULL,
                                     &error);
  g_assert_no_error (error);
}

static inline void
fake_bus_clear (FakeBus *self)
{
  g_clear_object (&self->kept);
  g_clear_object (&self->service);
  g_clear_object (&self->callers);
  g_clear_pointer (&self->credentials, g_variant_unref);
  g_clear_pointer (&self->asked_about, g_free);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* @text: (nullable): what the bus knows of its callers, as GVariant's text */
static inline void
fake_bus_set_credentials (FakeBus *self, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->credentials, g_variant_unref);
  if (text == NULL)
    return;
  self->credentials = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);
  g_assert_no_error (error);
}

/* Calls a method; the answer is there when @where is.
 *
 * @sender: (nullable): the caller's unique name
 * @method: INTERFACE.METHOD */
static inline void
fake_bus_begin_call (FakeBus *self,
                     const char *sender,
                     const char *method,
                     GVariant *arguments,
                     GAsyncResult **where)
{
  const char *dot = strrchr (method, '.');
  g_autofree char *interface = g_strndup (method, dot - method);
  g_autoptr (GDBusMessage) message = g_dbus_message_new_method_call (
      NULL, "/org/tidewire/Tidewire1", interface, dot + 1);

  if (sender != NULL)
    g_dbus_message_set_sender (message, sender);
  g_dbus_message_set_body (message, arguments);
  g_dbus_connection_send_message_with_reply (self->callers,
                                             message,
                                             G_DBUS_SEND_MESSAGE_FLAGS_NONE,
                                             -1,
                                             NULL,
                                             NULL,
                                             fake_bus_on_result,
                                             where);
}

/* Returns: (transfer full) (nullable): the answer's body; or @error is set */
static inline GVariant *
fake_bus_end_call (FakeBus *self, GAsyncResult **where, GError **error)
{
  g_autoptr (GDBusMessage) reply = NULL;
  GVariant *body;

  while (*where == NULL)
    g_main_context_iteration (NULL, TRUE);
  reply = g_dbus_connection_send_message_with_reply_finish (self->callers, *where, error);
  g_clear_object (where);
  if (reply == NULL || g_dbus_message_to_gerror (reply, error))
    return NULL;
  body = g_dbus_message_get_body (reply);
  return body != NULL ? g_variant_ref (body) : g_variant_ref_sink (g_variant_new ("()"));
}

static inline GVariant *
fake_bus_call (FakeBus *self,
               const char *sender,
               const char *method,
               GVariant *arguments,
               GError **error)
{
  GAsyncResult *result = NULL;

  fake_bus_begin_call (self, sender, method, arguments, &result);
  return fake_bus_end_call (self, &result, error);
}
