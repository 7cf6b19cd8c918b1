/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-bus-authority.h"

#include "tide-bus-caller.h"
#include "tide-bus-polkit.h"

#include <unistd.h>

#define DBUS_NAME "org.freedesktop.DBus"
#define DBUS_PATH "/org/freedesktop/DBus"

/* A bus that does not know its own connections in this time is not going to. */
#define CREDENTIALS_LIMIT_MS 5000

struct _TideBusAuthority
{
  GObject parent_instance;

  char *group; /* (owned) */
  gboolean is_system_bus;
  TideBusPolkit *polkit; /* (owned) (nullable), NULL: it is not asked */
};

/* One question, on its way from the bus to a thread and back. */
typedef struct
{
  GDBusMethodInvocation *invocation; /* (owned) */
  TideBusAction action;
  TideBusCaller *caller; /* (owned) (nullable), until the bus has answered */
  char *group;           /* (owned), as it was when it was asked */
} Check;

G_DEFINE_FINAL_TYPE (TideBusAuthority, tide_bus_authority, G_TYPE_OBJECT)

static void
check_free (gpointer data)
{
  Check *check = data;

  g_object_unref (check->invocation);
  g_clear_pointer (&check->caller, tide_bus_caller_free);
  g_free (check->group);
  g_free (check);
}

/* Returns: (nullable): what polkit calls it; NULL: it is for root, and nobody else's */
static const char *
get_action_id (TideBusAction action)
{
  switch (action)
    {
    case TIDE_BUS_ACTION_INSPECT:
      return "org.tidewire.Tidewire1.inspect";
    case TIDE_BUS_ACTION_MANAGE_CONNECTIONS:
      return "org.tidewire.Tidewire1.manage-connections";
    case TIDE_BUS_ACTION_MANAGE_SERVICE:
      return "org.tidewire.Tidewire1.manage-service";
    case TIDE_BUS_ACTION_CONTROL_LOG:
      return NULL;
    }
  return NULL;
}

/* Returns: (transfer full): who may, as a sentence begins */
static char *
describe_who_may (TideBusAuthority *self, TideBusAction action)
{
  const char *action_id = get_action_id (action);

  if (action_id == NULL)
    return g_strdup (self->is_system_bus
                         ? "only root"
                         : "only root and the user whom the service runs as");
  if (!self->is_system_bus)
    return g_strdup_printf (
        "only root, members of the group %s and the user whom the service runs as",
        self->group);
  if (self->polkit == NULL)
    return g_strdup_printf ("only root and members of the group %s", self->group);
  return g_strdup_printf (
      "only root, members of the group %s and those whom polkit allows %s",
      self->group,
      action_id);
}

/* @why: (nullable): what else there is to say */
static void
return_denied (GTask *task, const char *why)
{
  TideBusAuthority *self = g_task_get_source_object (task);
  Check *check = g_task_get_task_data (task);
  g_autofree char *who = describe_who_may (self, check->action);

  g_task_return_new_error (task,
                           G_DBUS_ERROR,
                           G_DBUS_ERROR_ACCESS_DENIED,
                           "%s may do this%s%s",
                           who,
                           why != NULL ? "; " : "",
                           why != NULL ? why : "");
}

static void
on_polkit_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (tide_bus_polkit_ask_finish (TIDE_BUS_POLKIT (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else if (!g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    return_denied (task, error->message);
  g_clear_error (&error);
}

/* The last that may let somebody in. Other buses have no polkit, or none that knows them.
 */
static void
ask_polkit (GTask *task)
{
  TideBusAuthority *self = g_task_get_source_object (task);
  Check *check = g_task_get_task_data (task);
  TideBusPolkitQuestion question = {
    check->invocation,
    get_action_id (check->action),
    check->caller->uid,
  };

  if (self->polkit == NULL || !self->is_system_bus)
    return_denied (task, NULL);
  else
    tide_bus_polkit_ask_async (self->polkit,
                               &question,
                               g_task_get_cancellable (task),
                               on_polkit_answered,
                               g_object_ref (task));
}

static void
look_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Check *check = data;

  g_task_return_boolean (task, tide_bus_caller_is_in_group (check->caller, check->group));
}

/* Back in the main loop. */
static void
on_looked_up (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_boolean (task, TRUE);
  else if (error != NULL)
    g_task_return_error (task, error);
  else
    ask_polkit (task);
}

/* To find a group may take asking a server of names: the loop does not wait for that. */
static void
look_up_group (GTask *task)
{
  /* It has no source object: the last reference to one might end in the thread. */
  g_autoptr (GTask) look =
      g_task_new (NULL, g_task_get_cancellable (task), on_looked_up, g_object_ref (task));

  g_task_set_source_tag (look, look_up_group);
  g_task_set_task_data (look, g_task_get_task_data (task), NULL); /* @task outlives it */
  g_task_run_in_thread (look, look_in_thread);
}

static void
on_credentials (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TideBusAuthority *self = g_task_get_source_object (task);
  Check *check = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) credentials = NULL;

  if (answer == NULL)
    {
      /* It may have gone already; or the bus is in trouble. Neither lets anybody in. */
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_task_return_error (task, g_steal_pointer (&error));
      else
        return_denied (task, NULL);
      g_clear_error (&error);
      return;
    }
  credentials = g_variant_get_child_value (answer, 0);
  check->caller = tide_bus_caller_new (credentials);
  if (check->caller == NULL)
    return_denied (task, NULL);
  else if (tide_bus_authority_trusts (self, check->caller->uid, geteuid ()))
    g_task_return_boolean (task, TRUE);
  else if (get_action_id (check->action) == NULL)
    return_denied (task, NULL);
  else
    look_up_group (task);
}

static void
tide_bus_authority_finalize (GObject *object)
{
  TideBusAuthority *self = TIDE_BUS_AUTHORITY (object);

  g_free (self->group);
  g_clear_object (&self->polkit);

  G_OBJECT_CLASS (tide_bus_authority_parent_class)->finalize (object);
}

static void
tide_bus_authority_class_init (TideBusAuthorityClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tide_bus_authority_finalize;
}

static void
tide_bus_authority_init (TideBusAuthority *self)
{
  self->group = g_strdup (TIDE_BUS_AUTHORITY_GROUP);
  self->is_system_bus = TRUE;
  tide_bus_authority_set_polkit (self, TIDE_HAS_POLKIT);
}

/**
 * tide_bus_authority_new:
 *
 * Returns: (transfer full): an authority for the system bus and the group `tidewire`,
 * that asks polkit when it was built to
 */
TideBusAuthority *
tide_bus_authority_new (void)
{
  return g_object_new (TIDE_TYPE_BUS_AUTHORITY, NULL);
}

/**
 * tide_bus_authority_set_group:
 * @self: an authority
 * @group: the name of the group whose members may; it need not exist
 *
 * Sets another group than `tidewire`.
 */
void
tide_bus_authority_set_group (TideBusAuthority *self, const char *group)
{
  char *copy = g_strdup (group);

  g_free (self->group);
  self->group = copy;
}

/**
 * tide_bus_authority_set_system_bus:
 * @self: an authority
 * @is_system_bus: whether calls come from the system bus
 *
 * On every other bus the user whom the service runs as may do everything: it is his
 * session, or a bus that he started. On the system bus that user is `tidewire`, and a
 * browser that got the better of the service must not gain from it.
 */
void
tide_bus_authority_set_system_bus (TideBusAuthority *self, gboolean is_system_bus)
{
  self->is_system_bus = is_system_bus;
}

/**
 * tide_bus_authority_set_polkit:
 * @self: an authority
 * @is_asked: whether polkit is asked about those who are neither root nor in the group
 *
 * Has polkit asked, on the system bus, or not.
 */
void
tide_bus_authority_set_polkit (TideBusAuthority *self, gboolean is_asked)
{
  g_clear_object (&self->polkit);
  if (is_asked)
    self->polkit = tide_bus_polkit_new ();
}

/**
 * tide_bus_authority_trusts:
 * @self: an authority
 * @uid: of a caller
 * @own_uid: of the service
 *
 * Returns: whether that user may, whatever the groups
 */
gboolean
tide_bus_authority_trusts (TideBusAuthority *self, guint32 uid, guint32 own_uid)
{
  return uid == 0 || (!self->is_system_bus && uid == own_uid);
}

/**
 * tide_bus_authority_check_async:
 * @self: an authority
 * @invocation: (transfer none): the call
 * @action: what the caller has to be allowed to
 * @cancellable: (nullable): to give up
 * @callback: called when it is decided
 * @user_data: for @callback
 *
 * Finds out whether a caller may do what it asks for. Every call is looked at anew:
 * nothing that was found for one is believed for the next.
 *
 * The caller is whom the bus says it is, by GetConnectionCredentials, which the kernel
 * vouches for. Without polkit this is the second lock: on the system bus, the shipped
 * policy lets nobody else's calls through in the first place. With polkit it is the only
 * one: polkit that is absent or does not answer lets nobody in.
 */
void
tide_bus_authority_check_async (TideBusAuthority *self,
                                GDBusMethodInvocation *invocation,
                                TideBusAction action,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  const char *sender = g_dbus_method_invocation_get_sender (invocation);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Check *check = g_new0 (Check, 1);

  g_task_set_source_tag (task, tide_bus_authority_check_async);
  check->invocation = g_object_ref (invocation);
  check->action = action;
  check->group = g_strdup (self->group);
  g_task_set_task_data (task, check, check_free);
  if (sender == NULL)
    {
      return_denied (task, NULL);
      return;
    }
  g_dbus_connection_call (g_dbus_method_invocation_get_connection (invocation),
                          DBUS_NAME,
                          DBUS_PATH,
                          DBUS_NAME,
                          "GetConnectionCredentials",
                          g_variant_new ("(s)", sender),
                          G_VARIANT_TYPE ("(a{sv})"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          CREDENTIALS_LIMIT_MS,
                          cancellable,
                          on_credentials,
                          g_steal_pointer (&task));
}

/**
 * tide_bus_authority_check_finish:
 * @self: an authority
 * @result: as given to the callback
 * @uid: (out) (optional): the number of the user who may, for the log
 * @error: return location for an error
 *
 * Ends tide_bus_authority_check_async().
 *
 * Fails with %G_DBUS_ERROR_ACCESS_DENIED, whose message names who may, with
 * [error@Error.LIMIT_EXCEEDED] when too many calls wait for polkit, or with
 * %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE when the caller may
 */
gboolean
tide_bus_authority_check_finish (TideBusAuthority *self,
                                 GAsyncResult *result,
                                 guint32 *uid,
                                 GError **error)
{
  Check *check = g_task_get_task_data (G_TASK (result));

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (uid != NULL)
    *uid = check->caller->uid;
  return TRUE;
}
