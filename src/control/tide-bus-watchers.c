/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-watchers.h"

#include "tide-error.h"

#define MIN_INTERVAL_MS 250
#define MAX_INTERVAL_MS 60000

#define DBUS_NAME "org.freedesktop.DBus"
#define DBUS_PATH "/org/freedesktop/DBus"
#define OBJECT_PATH "/org/tidewire/Tidewire1"
#define STATS "org.tidewire.Tidewire1.Stats"

typedef struct
{
  TideBusWatchers *owner;      /* (unowned) */
  GDBusConnection *connection; /* (owned) */
  char *caller;                /* (owned), its unique name */
  GSource *timer;              /* (owned) */
  guint left_id;               /* subscription to its leaving */
} Watcher;

struct _TideBusWatchers
{
  TideBusTickFunc tick;
  gpointer user_data;   /* (unowned), for @tick */
  GHashTable *watchers; /* (owned), caller, owned by its watcher → (owned) Watcher */
};

static void
stop_timer (Watcher *watcher)
{
  if (watcher->timer != NULL)
    g_source_destroy (watcher->timer);
  g_clear_pointer (&watcher->timer, g_source_unref);
}

static void
watcher_free (gpointer data)
{
  Watcher *watcher = data;

  stop_timer (watcher);
  g_dbus_connection_signal_unsubscribe (watcher->connection, watcher->left_id);
  g_object_unref (watcher->connection);
  g_free (watcher->caller);
  g_free (watcher);
}

static gboolean
on_time (gpointer user_data)
{
  Watcher *watcher = user_data;
  TideBusWatchers *self = watcher->owner;

  g_dbus_connection_emit_signal (watcher->connection,
                                 watcher->caller,
                                 OBJECT_PATH,
                                 STATS,
                                 "Tick",
                                 self->tick (self->user_data),
                                 NULL);
  return G_SOURCE_CONTINUE;
}

/* Only the end of the name is told of: a unique name begins once. */
static void
on_left (GDBusConnection *connection,
         const char *sender,
         const char *path,
         const char *interface,
         const char *signal,
         GVariant *parameters,
         gpointer user_data)
{
  Watcher *watcher = user_data;

  /* Anybody could send such a signal. */
  if (g_strcmp0 (sender, DBUS_NAME) == 0)
    g_hash_table_remove (watcher->owner->watchers, watcher->caller);
}

static void
start_timer (Watcher *watcher, guint interval_ms)
{
  stop_timer (watcher);
  watcher->timer = g_timeout_source_new (interval_ms);
  g_source_set_static_name (watcher->timer, "tide-bus-watcher");
  g_source_set_callback (watcher->timer, on_time, watcher, NULL);
  g_source_attach (watcher->timer, g_main_context_get_thread_default ());
}

static Watcher *
add_watcher (TideBusWatchers *self, GDBusConnection *connection, const char *caller)
{
  Watcher *watcher = g_new0 (Watcher, 1);

  watcher->owner = self;
  watcher->connection = g_object_ref (connection);
  watcher->caller = g_strdup (caller);
  watcher->left_id = g_dbus_connection_signal_subscribe (connection,
                                                         NULL,
                                                         DBUS_NAME,
                                                         "NameOwnerChanged",
                                                         DBUS_PATH,
                                                         caller,
                                                         G_DBUS_SIGNAL_FLAGS_NONE,
                                                         on_left,
                                                         watcher,
                                                         NULL);
  g_hash_table_insert (self->watchers, watcher->caller, watcher);
  return watcher;
}

/**
 * tide_bus_watchers_new:
 * @tick: gives what is sent
 * @user_data: for @tick
 *
 * Returns: (transfer full): watchers, none so far
 */
TideBusWatchers *
tide_bus_watchers_new (TideBusTickFunc tick, gpointer user_data)
{
  TideBusWatchers *self = g_new0 (TideBusWatchers, 1);

  self->tick = tick;
  self->user_data = user_data;
  self->watchers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, watcher_free);
  return self;
}

/**
 * tide_bus_watchers_free:
 * @self: (transfer full): watchers
 *
 * Frees @self.
 */
void
tide_bus_watchers_free (TideBusWatchers *self)
{
  g_hash_table_unref (self->watchers);
  g_free (self);
}

/**
 * tide_bus_watchers_set:
 * @self: watchers
 * @connection: how the caller is reached
 * @caller: its unique name
 * @interval_ms: its pace, from 250 to 60000; 0: it watches no more
 * @error: return location for an error
 *
 * Sends the signal `Tick` to a caller alone, at a pace, until it leaves the bus.
 *
 * Fails with %G_DBUS_ERROR_INVALID_ARGS when the interval is out of range, and with
 * [error@Error.LIMIT_EXCEEDED] when %TIDE_BUS_WATCHERS_MAX others watch.
 *
 * Returns: %TRUE when it is so
 */
gboolean
tide_bus_watchers_set (TideBusWatchers *self,
                       GDBusConnection *connection,
                       const char *caller,
                       guint interval_ms,
                       GError **error)
{
  Watcher *watcher = g_hash_table_lookup (self->watchers, caller);

  if (interval_ms == 0)
    {
      g_hash_table_remove (self->watchers, caller);
      return TRUE;
    }
  if (interval_ms < MIN_INTERVAL_MS || interval_ms > MAX_INTERVAL_MS)
    {
      g_set_error (error,
                   G_DBUS_ERROR,
                   G_DBUS_ERROR_INVALID_ARGS,
                   "interval_msec=%u is out of range: it goes from %d to %d, and 0 stops",
                   interval_ms,
                   MIN_INTERVAL_MS,
                   MAX_INTERVAL_MS);
      return FALSE;
    }
  if (watcher == NULL && g_hash_table_size (self->watchers) >= TIDE_BUS_WATCHERS_MAX)
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_LIMIT_EXCEEDED,
                   "%d callers watch, and that is the most; end one first, or read the "
                   "properties",
                   TIDE_BUS_WATCHERS_MAX);
      return FALSE;
    }
  if (watcher == NULL)
    watcher = add_watcher (self, connection, caller);
  start_timer (watcher, interval_ms);
  return TRUE;
}

/**
 * tide_bus_watchers_clear:
 * @self: watchers
 *
 * Forgets all: the bus is gone.
 */
void
tide_bus_watchers_clear (TideBusWatchers *self)
{
  g_hash_table_remove_all (self->watchers);
}

/**
 * tide_bus_watchers_get_n:
 * @self: watchers
 *
 * Returns: how many watch
 */
guint
tide_bus_watchers_get_n (const TideBusWatchers *self)
{
  return g_hash_table_size (self->watchers);
}
