/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* By two methods of org.freedesktop.PolicyKit1.Authority, on the connection that the call
 * came by. The library of polkit would open one of its own, which ends the whole process
 * when the bus does. */

#include "tide-bus-polkit.h"

#include "tide-error.h"

#define POLKIT_NAME "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"
#define FLAG_ALLOW_INTERACTION 1u

/* polkit may have to be started, and its rules may run programs. */
#define LIMIT_MS 10000

/* Somebody has to find the dialog, and a password. */
#define INTERACTIVE_LIMIT_MS 120000

/* Each question keeps a call open here and in polkit, which strangers could pile up. */
#define MAX_QUESTIONS 64
#define MAX_QUESTIONS_PER_USER 4

struct _TideBusPolkit
{
  GObject parent_instance;

  GArray *asked; /* (owned) (element-type guint32), whose questions wait, one an entry */
  guint64 last_number; /* of a question */
  guint limit_ms;
  guint interactive_limit_ms;
};

G_DEFINE_FINAL_TYPE (TideBusPolkit, tide_bus_polkit, G_TYPE_OBJECT)

/* A question under way. */
typedef struct
{
  guint32 uid;
  char *id; /* (owned), to take it back by */
  gboolean is_interactive;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->id);
  g_free (question);
}

static guint
count (TideBusPolkit *self, guint32 uid)
{
  guint n = 0;

  for (guint i = 0; i < self->asked->len; i++)
    n += g_array_index (self->asked, guint32, i) == uid;
  return n;
}

static void
forget (TideBusPolkit *self, guint32 uid)
{
  for (guint i = 0; i < self->asked->len; i++)
    if (g_array_index (self->asked, guint32, i) == uid)
      {
        g_array_remove_index_fast (self->asked, i);
        return;
      }
}

/* So that no dialog stays behind that nobody waits for. */
static void
take_back (GDBusConnection *connection, const char *id)
{
  g_dbus_connection_call (connection,
                          POLKIT_NAME,
                          POLKIT_PATH,
                          POLKIT_INTERFACE,
                          "CancelCheckAuthorization",
                          g_variant_new ("(s)", id),
                          NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          -1,
                          NULL,
                          NULL,
                          NULL);
}

/* What went wrong with polkit itself, in words that help. */
static GError *
explain (GError *error)
{
  const char *why;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return error;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    why = "it did not answer in time";
  else
    {
      g_dbus_error_strip_remote_error (error);
      why = error->message;
    }

  GError *explained = g_error_new (
      G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "polkit could not be asked: %s", why);

  g_error_free (error);
  return explained;
}

static const char *
describe_no (const Question *question, gboolean is_challenge)
{
  if (!is_challenge)
    return "polkit says no";
  if (question->is_interactive)
    return "polkit has nobody to ask for a password: where you call from, no agent of it "
           "runs";
  return "polkit has to ask for a password first: call so that it may, with the flag for "
         "interactive authorization";
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Question *question = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  gboolean is_authorized;
  gboolean is_challenge;

  forget (g_task_get_source_object (task), question->uid);
  if (answer == NULL)
    {
      if (error->domain == G_IO_ERROR)
        take_back (G_DBUS_CONNECTION (source), question->id);
      g_task_return_error (task, explain (error));
      return;
    }
  g_variant_get (answer, "((bba{ss}))", &is_authorized, &is_challenge, NULL);
  if (is_authorized)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_new_error (task,
                             G_DBUS_ERROR,
                             G_DBUS_ERROR_ACCESS_DENIED,
                             "%s",
                             describe_no (question, is_challenge));
}

/* Returns: (transfer floating): what CheckAuthorization takes */
static GVariant *
make_arguments (const TideBusPolkitQuestion *question, const char *id, guint flags)
{
  const char *sender = g_dbus_method_invocation_get_sender (question->invocation);
  GVariantBuilder subject;

  g_variant_builder_init (&subject, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&subject, "{sv}", "name", g_variant_new_string (sender));
  return g_variant_new ("((sa{sv})sa{ss}us)",
                        "system-bus-name",
                        &subject,
                        question->action_id,
                        NULL,
                        flags,
                        id);
}

static gboolean
may_interact (GDBusMethodInvocation *invocation)
{
  GDBusMessage *message = g_dbus_method_invocation_get_message (invocation);

  return (g_dbus_message_get_flags (message) &
          G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0;
}

static void
tide_bus_polkit_finalize (GObject *object)
{
  g_array_unref (TIDE_BUS_POLKIT (object)->asked);

  G_OBJECT_CLASS (tide_bus_polkit_parent_class)->finalize (object);
}

static void
tide_bus_polkit_class_init (TideBusPolkitClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tide_bus_polkit_finalize;
}

static void
tide_bus_polkit_init (TideBusPolkit *self)
{
  self->asked = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->limit_ms = LIMIT_MS;
  self->interactive_limit_ms = INTERACTIVE_LIMIT_MS;
}

/**
 * tide_bus_polkit_new:
 *
 * Returns: (transfer full): somebody to ask polkit
 */
TideBusPolkit *
tide_bus_polkit_new (void)
{
  return g_object_new (TIDE_TYPE_BUS_POLKIT, NULL);
}

/**
 * tide_bus_polkit_set_limits:
 * @self: an asker
 * @limit_ms: how long polkit may take, in milliseconds
 * @interactive_limit_ms: the same when somebody may be asked for a password
 *
 * Sets when polkit counts as not answering. For tests; the defaults are 10 s and 120 s.
 */
void
tide_bus_polkit_set_limits (TideBusPolkit *self,
                            guint limit_ms,
                            guint interactive_limit_ms)
{
  self->limit_ms = limit_ms;
  self->interactive_limit_ms = interactive_limit_ms;
}

/**
 * tide_bus_polkit_ask_async:
 * @self: an asker
 * @question: who wants to do what; copied
 * @cancellable: (nullable): to give up, which takes the question back from polkit too
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Asks polkit. Somebody is asked for a password only when the call itself allows that.
 */
void
tide_bus_polkit_ask_async (TideBusPolkit *self,
                           const TideBusPolkitQuestion *question,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  gboolean is_interactive = may_interact (question->invocation);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Question *asked;

  g_task_set_source_tag (task, tide_bus_polkit_ask_async);
  if (self->asked->len >= MAX_QUESTIONS ||
      count (self, question->uid) >= MAX_QUESTIONS_PER_USER)
    {
      g_task_return_new_error (
          task,
          TIDE_ERROR,
          TIDE_ERROR_LIMIT_EXCEEDED,
          "too many calls wait for polkit: answer or end those, then "
          "call again");
      return;
    }
  g_array_append_val (self->asked, question->uid);
  asked = g_new0 (Question, 1);
  asked->uid = question->uid;
  asked->is_interactive = is_interactive;
  asked->id = g_strdup_printf ("tidewire-%" G_GUINT64_FORMAT, ++self->last_number);
  g_task_set_task_data (task, asked, question_free);
  g_dbus_connection_call (
      g_dbus_method_invocation_get_connection (question->invocation),
      POLKIT_NAME,
      POLKIT_PATH,
      POLKIT_INTERFACE,
      "CheckAuthorization",
      make_arguments (question, asked->id, is_interactive ? FLAG_ALLOW_INTERACTION : 0),
      G_VARIANT_TYPE ("((bba{ss}))"),
      G_DBUS_CALL_FLAGS_NONE,
      is_interactive ? self->interactive_limit_ms : self->limit_ms,
      cancellable,
      on_answered,
      g_steal_pointer (&task));
}

/**
 * tide_bus_polkit_ask_finish:
 * @self: an asker
 * @result: as given to the callback
 * @error: return location for an error
 *
 * Ends tide_bus_polkit_ask_async().
 *
 * Fails with %G_DBUS_ERROR_ACCESS_DENIED when polkit says no, can't be reached or does
 * not answer: the text says which. With [error@Error.LIMIT_EXCEEDED] when too many calls,
 * of this user or of all, wait for it; with %G_IO_ERROR_CANCELLED.
 *
 * Returns: %TRUE when the caller may
 */
gboolean
tide_bus_polkit_ask_finish (TideBusPolkit *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
