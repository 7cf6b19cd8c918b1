/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-verbs.h"

#include "tide-bus-admin.h"
#include "tide-bus-error.h"
#include "tide-bus-limits.h"
#include "tide-error.h"

struct _TideBusVerbs
{
  TideBusAdminSkeleton parent_instance;

  TideBusAuthority *authority; /* (owned) */
  TideBusFuncs funcs;
  GCancellable *cancellable; /* (owned), of what waits for the authority */
};

static void init_interface (TideBusAdminIface *iface);

#define TIDE_TYPE_BUS_VERBS (tide_bus_verbs_get_type ())
G_DECLARE_FINAL_TYPE (TideBusVerbs, tide_bus_verbs, TIDE, BUS_VERBS, TideBusAdminSkeleton)
G_DEFINE_FINAL_TYPE_WITH_CODE (TideBusVerbs,
                               tide_bus_verbs,
                               TIDE_BUS_TYPE_ADMIN_SKELETON,
                               G_IMPLEMENT_INTERFACE (TIDE_BUS_TYPE_ADMIN,
                                                      init_interface))

/**
 * VerbFunc:
 *
 * Does what is asked for; gives the answer (floating), or %NULL with an error.
 */
typedef GVariant *(*VerbFunc) (TideBusVerbs *self,
                               GVariant *arguments,
                               guint32 uid,
                               GError **error);

/* A call that waits for the authority. */
typedef struct
{
  TideBusVerbs *verbs;               /* (unowned), gone when it is cancelled */
  GDBusMethodInvocation *invocation; /* (owned), to be answered once */
  VerbFunc func;
} Call;

static GVariant *
set_delivery_limits (TideBusVerbs *self, GVariant *arguments, guint32 uid, GError **error)
{
  TideDeliveryLimits limits = { 0 };
  g_autofree char *text = NULL;

  self->funcs.get_delivery_limits (&limits, self->funcs.user_data);
  if (!tide_bus_limits_read (&limits, arguments, error) ||
      !self->funcs.set_delivery_limits (&limits, self->funcs.user_data, error))
    return NULL;
  text = tide_bus_limits_describe (&limits);
  g_message ("uid %u set the delivery limits over the bus: %s", uid, text);
  return g_variant_new ("()");
}

/* The log has no names of users. */
static GVariant *
log_out (TideBusVerbs *self, GVariant *arguments, guint32 uid, GError **error)
{
  const char *user;
  guint n_connections;

  g_variant_get (arguments, "(&s)", &user);
  if (*user == '\0')
    {
      g_set_error_literal (error,
                           G_DBUS_ERROR,
                           G_DBUS_ERROR_INVALID_ARGS,
                           "user is empty; anonymous users can't be logged out");
      return NULL;
    }
  n_connections = self->funcs.log_out (user, self->funcs.user_data);
  g_message (
      "uid %u logged a user out over the bus: %u connections closed", uid, n_connections);
  return g_variant_new ("(u)", n_connections);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Call *call = user_data;
  GVariant *arguments = g_dbus_method_invocation_get_parameters (call->invocation);
  GVariant *answer = NULL;
  GError *error = NULL;
  guint32 uid = 0;

  if (tide_bus_authority_check_finish (TIDE_BUS_AUTHORITY (source), result, &uid, &error))
    answer = call->func (call->verbs, arguments, uid, &error);
  if (answer != NULL)
    {
      g_dbus_method_invocation_return_value (call->invocation, answer);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (&error);
      error = g_error_new (TIDE_ERROR, TIDE_ERROR_UNAVAILABLE, "the service is ending");
    }
  tide_bus_error_return (call->invocation, error);
}

static gboolean
run (TideBusAdmin *admin, GDBusMethodInvocation *invocation, VerbFunc func)
{
  TideBusVerbs *self = TIDE_BUS_VERBS (admin);
  Call *call = g_new0 (Call, 1);

  call->verbs = self;
  call->invocation = invocation;
  call->func = func;
  tide_bus_authority_check_async (
      self->authority, invocation, self->cancellable, on_checked, call);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_set_delivery_limits (TideBusAdmin *admin,
                        GDBusMethodInvocation *invocation,
                        guint events_per_second,
                        guint urgent_events_per_second,
                        guint batch_window_msec,
                        guint batch_max_events)
{
  return run (admin, invocation, set_delivery_limits);
}

static gboolean
on_log_out (TideBusAdmin *admin, GDBusMethodInvocation *invocation, const char *user)
{
  return run (admin, invocation, log_out);
}

static void
init_interface (TideBusAdminIface *iface)
{
  iface->handle_set_delivery_limits = on_set_delivery_limits;
  iface->handle_log_out = on_log_out;
}

static void
tide_bus_verbs_dispose (GObject *object)
{
  TideBusVerbs *self = TIDE_BUS_VERBS (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->authority);

  G_OBJECT_CLASS (tide_bus_verbs_parent_class)->dispose (object);
}

static void
tide_bus_verbs_class_init (TideBusVerbsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tide_bus_verbs_dispose;
}

static void
tide_bus_verbs_init (TideBusVerbs *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * tide_bus_verbs_new:
 * @authority: who may
 * @funcs: what is done for those who may; copied
 *
 * Makes the interface `org.tidewire.Tidewire1.Admin`: the verbs that change something.
 * Each asks @authority first, and says in the log who did what.
 *
 * When the interface is let go of while a call waits for the authority, the call is
 * answered with [error@Error.UNAVAILABLE], and nothing is done.
 *
 * Returns: (transfer full): the interface, ready to be exported
 */
GDBusInterfaceSkeleton *
tide_bus_verbs_new (TideBusAuthority *authority, const TideBusFuncs *funcs)
{
  TideBusVerbs *self = g_object_new (TIDE_TYPE_BUS_VERBS, NULL);

  tide_bus_error_register ();
  self->authority = g_object_ref (authority);
  self->funcs = *funcs;
  return G_DBUS_INTERFACE_SKELETON (self);
}
