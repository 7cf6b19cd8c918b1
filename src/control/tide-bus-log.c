/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-log.h"

#include "tide-bus-error.h"
#include "tide-bus-log-control.h"
#include "tide-error.h"

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define SYSLOG_IDENTIFIER "tidewired"

struct _TideBusLog
{
  GDBusInterfaceSkeleton parent_instance;

  TideBusAuthority *authority; /* (owned) */
  TideBusLogFuncs funcs;
  GCancellable *cancellable; /* (owned), of what waits for the authority */
};

#define TIDE_TYPE_BUS_LOG (tide_bus_log_get_type ())
G_DECLARE_FINAL_TYPE (TideBusLog, tide_bus_log, TIDE, BUS_LOG, GDBusInterfaceSkeleton)
G_DEFINE_FINAL_TYPE (TideBusLog, tide_bus_log, G_TYPE_DBUS_INTERFACE_SKELETON)

/* A property that can be written. */
typedef struct
{
  const char *name;
  const char *words; /* what it may be, for those who wrote something else */
  const char *(*get) (const TideBusLogFuncs *funcs);
  gboolean (*set) (const TideBusLogFuncs *funcs, const char *value);
} Property;

static const char *
get_level (const TideBusLogFuncs *funcs)
{
  return funcs->get_level (funcs->user_data);
}

static gboolean
set_level (const TideBusLogFuncs *funcs, const char *value)
{
  return funcs->set_level (value, funcs->user_data);
}

static const char *
get_target (const TideBusLogFuncs *funcs)
{
  return funcs->get_target (funcs->user_data);
}

static gboolean
set_target (const TideBusLogFuncs *funcs, const char *value)
{
  return funcs->set_target (value, funcs->user_data);
}

static const Property properties[] = {
  { "LogLevel",
    "emerg, alert, crit, err, warning, notice, info or debug",
    get_level,
    set_level },
  { "LogTarget", "console, or journal where there is one", get_target, set_target },
};

/* Returns: (nullable): the property, unless it can't be written */
static const Property *
find_property (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    if (g_str_equal (properties[i].name, name))
      return &properties[i];
  return NULL;
}

/* Somebody who wants to write, and waits for the authority. */
typedef struct
{
  TideBusLog *log;                   /* (unowned), gone when it is cancelled */
  GDBusMethodInvocation *invocation; /* (owned), to be answered once */
  const Property *property;
} Waiting;

static void
tell_changed (TideBusLog *self, const Property *property)
{
  GDBusInterfaceSkeleton *interface = G_DBUS_INTERFACE_SKELETON (self);
  GList *connections = g_dbus_interface_skeleton_get_connections (interface);

  for (GList *link = connections; link != NULL; link = link->next)
    {
      GVariantBuilder changed;

      g_variant_builder_init (&changed, G_VARIANT_TYPE_VARDICT);
      g_variant_builder_add (&changed,
                             "{sv}",
                             property->name,
                             g_variant_new_string (property->get (&self->funcs)));
      g_dbus_connection_emit_signal (
          link->data,
          NULL,
          g_dbus_interface_skeleton_get_object_path (interface),
          PROPERTIES,
          "PropertiesChanged",
          g_variant_new ("(sa{sv}as)", "org.freedesktop.LogControl1", &changed, NULL),
          NULL);
    }
  g_list_free_full (connections, g_object_unref);
}

static gboolean
set (Waiting *waiting, guint32 uid, GError **error)
{
  TideBusLog *self = waiting->log;
  const Property *property = waiting->property;
  g_autofree char *before = g_strdup (property->get (&self->funcs));
  g_autoptr (GVariant) value = NULL;
  const char *word;

  g_variant_get (g_dbus_method_invocation_get_parameters (waiting->invocation),
                 "(&s&sv)",
                 NULL,
                 NULL,
                 &value);
  word = g_variant_get_string (value, NULL);
  if (!property->set (&self->funcs, word))
    {
      g_set_error (error,
                   G_DBUS_ERROR,
                   G_DBUS_ERROR_INVALID_ARGS,
                   "%s can't be \"%s\": take %s",
                   property->name,
                   word,
                   property->words);
      return FALSE;
    }
  if (g_str_equal (before, property->get (&self->funcs)))
    return TRUE;
  g_message ("uid %u set %s over the bus: %s instead of %s",
             uid,
             property->name,
             property->get (&self->funcs),
             before);
  tell_changed (self, property);
  return TRUE;
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Waiting *waiting = user_data;
  GError *error = NULL;
  guint32 uid;

  if (tide_bus_authority_check_finish (
          TIDE_BUS_AUTHORITY (source), result, &uid, &error) &&
      set (waiting, uid, &error))
    {
      g_dbus_method_invocation_return_value (waiting->invocation, NULL);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (&error);
      error = g_error_new (TIDE_ERROR, TIDE_ERROR_UNAVAILABLE, "the service is ending");
    }
  tide_bus_error_return (waiting->invocation, error);
}

/* Without a function to set properties GDBus hands Properties.Set over here, where it can
 * be answered later. It has found that the property is there, can be written, and that
 * the value is of its type. */
static void
on_method_call (GDBusConnection *connection,
                const char *sender,
                const char *path,
                const char *interface,
                const char *method,
                GVariant *arguments,
                GDBusMethodInvocation *invocation,
                gpointer user_data)
{
  TideBusLog *self = user_data;
  const char *name;
  Waiting *waiting = g_new0 (Waiting, 1);

  g_variant_get (arguments, "(&s&sv)", NULL, &name, NULL);
  waiting->log = self;
  waiting->invocation = invocation;
  waiting->property = find_property (name);
  tide_bus_authority_check_async (self->authority,
                                  invocation,
                                  TIDE_BUS_ACTION_CONTROL_LOG,
                                  self->cancellable,
                                  on_checked,
                                  waiting);
}

static GVariant *
on_get_property (GDBusConnection *connection,
                 const char *sender,
                 const char *path,
                 const char *interface,
                 const char *name,
                 GError **error,
                 gpointer user_data)
{
  TideBusLog *self = user_data;
  const Property *property = find_property (name);

  return g_variant_new_string (property != NULL ? property->get (&self->funcs)
                                                : SYSLOG_IDENTIFIER);
}

static GDBusInterfaceInfo *
tide_bus_log_get_info (GDBusInterfaceSkeleton *interface)
{
  return tide_bus_log_control1_interface_info ();
}

static GDBusInterfaceVTable *
tide_bus_log_get_vtable (GDBusInterfaceSkeleton *interface)
{
  static GDBusInterfaceVTable vtable = { .method_call = on_method_call,
                                         .get_property = on_get_property };

  return &vtable;
}

static GVariant *
tide_bus_log_get_properties (GDBusInterfaceSkeleton *interface)
{
  return g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
}

static void
tide_bus_log_flush (GDBusInterfaceSkeleton *interface)
{
}

static void
tide_bus_log_dispose (GObject *object)
{
  TideBusLog *self = TIDE_BUS_LOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->authority);

  G_OBJECT_CLASS (tide_bus_log_parent_class)->dispose (object);
}

static void
tide_bus_log_class_init (TideBusLogClass *klass)
{
  GDBusInterfaceSkeletonClass *interface_class = G_DBUS_INTERFACE_SKELETON_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tide_bus_log_dispose;
  interface_class->get_info = tide_bus_log_get_info;
  interface_class->get_vtable = tide_bus_log_get_vtable;
  interface_class->get_properties = tide_bus_log_get_properties;
  interface_class->flush = tide_bus_log_flush;
}

static void
tide_bus_log_init (TideBusLog *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * tide_bus_log_new:
 * @authority: who may
 * @funcs: the log; copied
 *
 * Makes the interface `org.freedesktop.LogControl1`, which all services with a log may
 * have: what is logged, and where to. @authority is asked before anything is written.
 *
 * When the interface is let go of while somebody waits for the authority, the call is
 * answered with [error@Error.UNAVAILABLE], and nothing is done.
 *
 * Returns: (transfer full): the interface, ready to be exported
 */
GDBusInterfaceSkeleton *
tide_bus_log_new (TideBusAuthority *authority, const TideBusLogFuncs *funcs)
{
  TideBusLog *self = g_object_new (TIDE_TYPE_BUS_LOG, NULL);

  tide_bus_error_register ();
  self->authority = g_object_ref (authority);
  self->funcs = *funcs;
  return G_DBUS_INTERFACE_SKELETON (self);
}
