/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-service.h"

#include "tide-bus-address.h"
#include "tide-bus-authority.h"
#include "tide-bus-counters.h"
#include "tide-bus-facts.h"
#include "tide-bus-verbs.h"
#include "tide-message-ids.h"

#define DBUS_NAME "org.freedesktop.DBus"
#define DBUS_PATH "/org/freedesktop/DBus"

/* Answers to RequestName, from the D-Bus specification. */
#define REPLY_PRIMARY_OWNER 1
#define REPLY_IN_QUEUE 2

/* A bus that is back finds us within a few seconds; asking costs next to nothing. */
#define FIRST_PAUSE_S 1
#define LAST_PAUSE_S 5

/* GDBus itself would wait for ever for a bus that takes the connection and says nothing.
 */
#define CONNECT_LIMIT_S 5

/* A bus that drops us sooner than this is not tried again at the first pause. */
#define SETTLED_S 30

/* `.Manager`, `.Stats`, `.Admin`, and that of the log when there is one */
#define N_INTERFACES 4
#define STATS 1

struct _TideBusService
{
  GObject parent_instance;

  GDBusInterfaceSkeleton *interfaces[N_INTERFACES]; /* (owned), the last (nullable) */
  TideBusAuthority *authority;                      /* (owned) */

  char *bus;                   /* (owned) (nullable), as configured; NULL when stopped */
  GCancellable *cancellable;   /* (owned) (nullable), of the calls under way */
  GDBusConnection *connection; /* (owned) (nullable) */
  guint acquired_id;           /* subscription to NameAcquired, or 0 */
  guint lost_id;               /* subscription to NameLost, or 0 */
  GSource *timer;              /* (owned) (nullable): limit, pause or settling */
  guint pause_s;               /* before the next attempt */
  gboolean has_name;

  GQuark told_domain; /* the error that the log knows of, or 0 */
  int told_code;
};

G_DEFINE_FINAL_TYPE (TideBusService, tide_bus_service, G_TYPE_OBJECT)

static void connect_to_bus (TideBusService *self);

static void
set_timer (TideBusService *self, guint seconds, GSourceFunc func)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
  if (func == NULL)
    return;
  self->timer = g_timeout_source_new_seconds (seconds);
  g_source_set_static_name (self->timer, "tide-bus-service");
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, g_main_context_get_thread_default ());
}

/* Lets go of the connection, what is being done on it, and the timer. */
static GDBusConnection *
steal_connection (TideBusService *self)
{
  GDBusConnection *connection = g_steal_pointer (&self->connection);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  set_timer (self, 0, NULL);
  self->has_name = FALSE;
  if (connection == NULL)
    return NULL;
  if (self->interfaces[STATS] != NULL)
    tide_bus_counters_set_active (self->interfaces[STATS], FALSE);

  g_signal_handlers_disconnect_by_data (connection, self);
  g_dbus_connection_signal_unsubscribe (connection, self->acquired_id);
  g_dbus_connection_signal_unsubscribe (connection, self->lost_id);
  for (guint i = 0; i < N_INTERFACES; i++)
    if (self->interfaces[i] != NULL &&
        g_dbus_interface_skeleton_has_connection (self->interfaces[i], connection))
      {
        g_dbus_interface_skeleton_flush (self->interfaces[i]);
        g_dbus_interface_skeleton_unexport (self->interfaces[i]);
      }
  return connection;
}

static gboolean
on_pause_over (gpointer user_data)
{
  connect_to_bus (user_data);
  return G_SOURCE_REMOVE;
}

/* Ends an attempt. The same trouble again is not news, nor is in which way a bus that is
 * gone can't be reached. */
static void
fail (TideBusService *self, const char *what, GError *error)
{
  gboolean is_absent = self->connection == NULL;
  g_autoptr (GDBusConnection) connection = steal_connection (self);
  g_autofree char *bus = tide_bus_address_describe (self->bus);

  if (connection != NULL)
    g_dbus_connection_close (connection, NULL, NULL, NULL);

  g_dbus_error_strip_remote_error (error);
  if (self->told_domain != 0 && (is_absent || (self->told_domain == error->domain &&
                                               self->told_code == error->code)))
    g_debug ("%s %s: %s", what, bus, error->message);
  else
    {
      tide_log_notable (G_LOG_LEVEL_WARNING,
                        TIDE_MESSAGE_BUS_LOST,
                        "%s %s: %s. It is tried again and again; %s",
                        what,
                        bus,
                        error->message,
                        tide_bus_address_get_remedy (self->bus));
      self->told_domain = error->domain;
      self->told_code = error->code;
    }

  set_timer (self, self->pause_s, on_pause_over);
  self->pause_s = MIN (self->pause_s * 2, LAST_PAUSE_S);
}

static gboolean
on_settled (gpointer user_data)
{
  TideBusService *self = user_data;

  self->pause_s = FIRST_PAUSE_S;
  set_timer (self, 0, NULL);
  return G_SOURCE_REMOVE;
}

static void
set_has_name (TideBusService *self)
{
  g_autofree char *bus = tide_bus_address_describe (self->bus);

  if (self->has_name)
    return;
  self->has_name = TRUE;
  self->told_domain = 0;
  set_timer (self, SETTLED_S, on_settled);
  g_message ("on %s as " TIDE_BUS_NAME, bus);
}

static void
tell_taken (TideBusService *self)
{
  g_autofree char *bus = tide_bus_address_describe (self->bus);

  g_warning ("another program has the name " TIDE_BUS_NAME " on %s, perhaps a second "
             "tidewired. This one is on the bus as %s, and takes the name when it is "
             "free; %s",
             bus,
             g_dbus_connection_get_unique_name (self->connection),
             tide_bus_address_get_remedy (self->bus));
}

static void
on_name_acquired (GDBusConnection *connection,
                  const char *sender,
                  const char *path,
                  const char *interface,
                  const char *signal,
                  GVariant *parameters,
                  gpointer user_data)
{
  set_has_name (user_data);
}

static void
on_name_lost (GDBusConnection *connection,
              const char *sender,
              const char *path,
              const char *interface,
              const char *signal,
              GVariant *parameters,
              gpointer user_data)
{
  TideBusService *self = user_data;

  if (!self->has_name)
    return;
  self->has_name = FALSE;
  tell_taken (self);
}

static void
on_name_requested (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TideBusService *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = NULL;
  guint32 code;

  answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* we may be gone */
  if (answer == NULL)
    {
      if (g_dbus_connection_is_closed (G_DBUS_CONNECTION (source)))
        return; /* on_closed() is on its way, and tells it once */
      if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
        fail (self,
              "only the user tidewire, through the policy " TIDE_BUS_NAME
              ".conf, may have the name " TIDE_BUS_NAME " on",
              error);
      else
        fail (self, "can't have the name " TIDE_BUS_NAME " on", error);
      return;
    }
  g_variant_get (answer, "(u)", &code);
  if (code == REPLY_IN_QUEUE)
    tell_taken (self);
  else if (code == REPLY_PRIMARY_OWNER)
    set_has_name (self);
}

static void
on_closed (GDBusConnection *connection,
           gboolean has_peer_vanished,
           GError *error,
           TideBusService *self)
{
  g_autoptr (GError) closed =
      error != NULL
          ? g_error_copy (error)
          : g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "connection closed");

  fail (self, "lost", closed);
}

static guint
subscribe (TideBusService *self, const char *signal, GDBusSignalCallback callback)
{
  return g_dbus_connection_signal_subscribe (self->connection,
                                             DBUS_NAME,
                                             DBUS_NAME,
                                             signal,
                                             DBUS_PATH,
                                             TIDE_BUS_NAME,
                                             G_DBUS_SIGNAL_FLAGS_NONE,
                                             callback,
                                             self,
                                             NULL);
}

/* The name comes last: who waits for it finds the object complete. */
static void
request_name (TideBusService *self)
{
  self->acquired_id = subscribe (self, "NameAcquired", on_name_acquired);
  self->lost_id = subscribe (self, "NameLost", on_name_lost);
  g_dbus_connection_call (self->connection,
                          DBUS_NAME,
                          DBUS_PATH,
                          DBUS_NAME,
                          "RequestName",
                          g_variant_new ("(su)", TIDE_BUS_NAME, 0),
                          G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NONE,
                          -1,
                          self->cancellable,
                          on_name_requested,
                          self);
}

static gboolean
export_interfaces (TideBusService *self, GError **error)
{
  static const char *const paths[N_INTERFACES] = {
    TIDE_BUS_PATH,
    TIDE_BUS_PATH,
    TIDE_BUS_PATH,
    TIDE_BUS_LOG_PATH,
  };

  for (guint i = 0; i < N_INTERFACES; i++)
    if (self->interfaces[i] != NULL &&
        !g_dbus_interface_skeleton_export (
            self->interfaces[i], self->connection, paths[i], error))
      return FALSE;
  return TRUE;
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TideBusService *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = NULL;

  connection = g_dbus_connection_new_for_address_finish (result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* we may be gone */
  set_timer (self, 0, NULL);
  if (connection == NULL)
    {
      fail (self, "can't connect to", error);
      return;
    }

  self->connection = g_steal_pointer (&connection);
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_signal_connect (self->connection, "closed", G_CALLBACK (on_closed), self);
  if (g_dbus_connection_is_closed (self->connection))
    on_closed (self->connection, TRUE, NULL, self);
  else if (!export_interfaces (self, &error))
    fail (self, "can't put an object on", error);
  else
    {
      tide_bus_counters_set_active (self->interfaces[STATS], TRUE);
      request_name (self);
    }
}

static gboolean
on_connect_limit (gpointer user_data)
{
  g_autoptr (GError) error =
      g_error_new_literal (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "no answer");

  fail (user_data, "can't connect to", error);
  return G_SOURCE_REMOVE;
}

/* A connection of our own: the one of g_bus_get() is shared, and can't be had anew while
 * somebody still holds a dead one. */
static void
connect_to_bus (TideBusService *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *address = tide_bus_address_find (self->bus, &error);

  if (address == NULL)
    {
      fail (self, "can't find", error);
      return;
    }
  self->cancellable = g_cancellable_new ();
  tide_bus_authority_set_system_bus (self->authority,
                                     tide_bus_address_is_system (self->bus, address));
  set_timer (self, CONNECT_LIMIT_S, on_connect_limit);
  g_dbus_connection_new_for_address (address,
                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                         G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                     NULL,
                                     self->cancellable,
                                     on_connected,
                                     self);
}

static void
tide_bus_service_dispose (GObject *object)
{
  TideBusService *self = TIDE_BUS_SERVICE (object);

  tide_bus_service_stop (self);
  for (guint i = 0; i < N_INTERFACES; i++)
    g_clear_object (&self->interfaces[i]);
  g_clear_object (&self->authority);

  G_OBJECT_CLASS (tide_bus_service_parent_class)->dispose (object);
}

static void
tide_bus_service_class_init (TideBusServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tide_bus_service_dispose;
}

static void
tide_bus_service_init (TideBusService *self)
{
}

/**
 * tide_bus_service_new:
 * @status: what `.Manager` shows
 * @counters: (transfer none): what `.Stats` shows; must outlive the service
 * @funcs: what `.Admin` does; copied, its data must outlive the service
 *
 * Returns: (transfer full): a service that is not on any bus yet
 */
TideBusService *
tide_bus_service_new (TideStatus *status,
                      TideCounters *counters,
                      const TideBusFuncs *funcs)
{
  TideBusService *self = g_object_new (TIDE_TYPE_BUS_SERVICE, NULL);

  self->authority = tide_bus_authority_new ();
  self->interfaces[0] = tide_bus_facts_new (status, funcs);
  self->interfaces[1] = tide_bus_counters_new (counters);
  self->interfaces[2] = tide_bus_verbs_new (self->authority, funcs);
  return self;
}

/**
 * tide_bus_service_set_group:
 * @self: a service
 * @group: a group's name; `tidewire` when this is never called
 *
 * Sets whose members may use `.Admin`. The shipped bus policy names the group too.
 */
void
tide_bus_service_set_group (TideBusService *self, const char *group)
{
  tide_bus_authority_set_group (self->authority, group);
}

/**
 * tide_bus_service_set_log:
 * @self: a service that is not started
 * @funcs: the log; copied, its data must outlive the service
 *
 * Adds the interface by which root says what is logged.
 */
void
tide_bus_service_set_log (TideBusService *self, const TideBusLogFuncs *funcs)
{
  g_return_if_fail (self->bus == NULL);

  g_clear_object (&self->interfaces[N_INTERFACES - 1]);
  self->interfaces[N_INTERFACES - 1] = tide_bus_log_new (self->authority, funcs);
}

/**
 * tide_bus_service_start:
 * @self: a service that is not started
 * @bus: `system`, `session`, `none`, or a D-Bus address
 *
 * Puts the service on a bus, now or as soon as the bus is there.
 *
 * Returns at once. A bus that fails is tried again after 1 second at first, after
 * 5 seconds at last, until tide_bus_service_stop(); the log has one line about it, with
 * what to do. While another program has the name, the service waits in the bus's queue.
 *
 * Everything happens in the thread-default main context of the caller.
 */
void
tide_bus_service_start (TideBusService *self, const char *bus)
{
  g_return_if_fail (self->bus == NULL);

  if (g_str_equal (bus, "none"))
    return;
  self->bus = g_strdup (bus);
  self->pause_s = FIRST_PAUSE_S;
  self->told_domain = 0;
  connect_to_bus (self);
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_dbus_connection_flush_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_dbus_connection_close (G_DBUS_CONNECTION (source), NULL, NULL, NULL);
}

/**
 * tide_bus_service_stop:
 * @self: a service
 *
 * Takes the service off its bus. What was changed before is still signalled, as long as
 * the main context runs. The service may be started again.
 */
void
tide_bus_service_stop (TideBusService *self)
{
  g_autoptr (GDBusConnection) connection = steal_connection (self);

  g_clear_pointer (&self->bus, g_free);
  if (connection != NULL)
    g_dbus_connection_flush (connection, NULL, on_flushed, NULL);
}

/**
 * tide_bus_service_has_name:
 * @self: a service
 *
 * Returns: whether the service has its name on the bus now
 */
gboolean
tide_bus_service_has_name (TideBusService *self)
{
  return self->has_name;
}
