/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-verbs.h"

#include "tide-bus-admin.h"
#include "tide-bus-error.h"
#include "tide-bus-verb.h"
#include "tide-error.h"

/* What there is, topic by topic. */
static const TideBusVerb *const topics[] = {
  tide_bus_event_verbs,   tide_bus_history_verbs, tide_bus_list_verbs,
  tide_bus_service_verbs, tide_bus_user_verbs,
};

struct _TideBusVerbs
{
  GDBusInterfaceSkeleton parent_instance;

  TideBusAuthority *authority; /* (owned) */
  TideBusFuncs funcs;
  GCancellable *cancellable; /* (owned), of what waits for the authority */
};

#define TIDE_TYPE_BUS_VERBS (tide_bus_verbs_get_type ())
G_DECLARE_FINAL_TYPE (
    TideBusVerbs, tide_bus_verbs, TIDE, BUS_VERBS, GDBusInterfaceSkeleton)
G_DEFINE_FINAL_TYPE (TideBusVerbs, tide_bus_verbs, G_TYPE_DBUS_INTERFACE_SKELETON)

/* A call that waits for the authority. */
typedef struct
{
  TideBusVerbs *verbs;               /* (unowned), gone when it is cancelled */
  GDBusMethodInvocation *invocation; /* (owned), to be answered once */
  const TideBusVerb *verb;
} Waiting;

static const TideBusVerb *
find_verb (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (topics); i++)
    for (const TideBusVerb *verb = topics[i]; verb->name != NULL; verb++)
      if (g_str_equal (verb->name, name))
        return verb;
  return NULL;
}

static void
on_later (GVariant *answer, const GError *error, gpointer user_data)
{
  GDBusMethodInvocation *invocation = user_data;

  if (error != NULL)
    tide_bus_error_return (invocation, g_error_copy (error));
  else
    g_dbus_method_invocation_return_value (invocation, answer);
}

static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Waiting *waiting = user_data;
  TideBusCall call = { 0 };
  g_autoptr (GUnixFDList) fds = NULL;
  GVariant *answer = NULL;
  GError *error = NULL;

  call.later = (TideBusLater){ on_later, waiting->invocation };
  call.arguments = g_dbus_method_invocation_get_parameters (waiting->invocation);
  if (tide_bus_authority_check_finish (
          TIDE_BUS_AUTHORITY (source), result, &call.uid, &error))
    answer = waiting->verb->func (&waiting->verbs->funcs, &call, &error);
  fds = call.fds;
  if (call.is_later)
    return;
  if (answer != NULL)
    {
      g_dbus_method_invocation_return_value_with_unix_fd_list (
          waiting->invocation, answer, fds);
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_error (&error);
      error = g_error_new (TIDE_ERROR, TIDE_ERROR_UNAVAILABLE, "the service is ending");
    }
  tide_bus_error_return (waiting->invocation, error);
}

/* GDBus has found that there is such a method, and that the arguments are of its types.
 */
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
  TideBusVerbs *self = user_data;
  const TideBusVerb *verb = find_verb (method);
  Waiting *waiting;

  if (verb == NULL)
    {
      g_dbus_method_invocation_return_error (invocation,
                                             G_DBUS_ERROR,
                                             G_DBUS_ERROR_UNKNOWN_METHOD,
                                             "%s is not there in this version",
                                             method);
      return;
    }
  waiting = g_new0 (Waiting, 1);
  waiting->verbs = self;
  waiting->invocation = invocation;
  waiting->verb = verb;
  tide_bus_authority_check_async (
      self->authority, invocation, verb->action, self->cancellable, on_checked, waiting);
}

static GDBusInterfaceInfo *
tide_bus_verbs_get_info (GDBusInterfaceSkeleton *interface)
{
  return tide_bus_admin_interface_info ();
}

static GDBusInterfaceVTable *
tide_bus_verbs_get_vtable (GDBusInterfaceSkeleton *interface)
{
  static GDBusInterfaceVTable vtable = { .method_call = on_method_call };

  return &vtable;
}

static GVariant *
tide_bus_verbs_get_properties (GDBusInterfaceSkeleton *interface)
{
  return g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
}

static void
tide_bus_verbs_flush (GDBusInterfaceSkeleton *interface)
{
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
  GDBusInterfaceSkeletonClass *interface_class = G_DBUS_INTERFACE_SKELETON_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tide_bus_verbs_dispose;
  interface_class->get_info = tide_bus_verbs_get_info;
  interface_class->get_vtable = tide_bus_verbs_get_vtable;
  interface_class->get_properties = tide_bus_verbs_get_properties;
  interface_class->flush = tide_bus_verbs_flush;
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
 * Makes the interface `org.tidewire.Tidewire1.Admin`: the verbs for those who look after
 * the service. @authority is asked before each.
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
