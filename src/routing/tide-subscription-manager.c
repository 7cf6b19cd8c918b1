/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What browsers asked for. Tickers are declared by connection; a user's tickers are the
 * union over its connections, and end with them. */

#include "tide-subscription-manager.h"

#include "tide-error.h"
#include "tide-sink.h"
#include "tide-ticker-list.h"

struct _TideSubscriptionManager
{
  GObject parent_instance;

  TideUserTable *users; /* (unowned), outlives us */
  TideSubscriptionSettings settings;
  TideSubscriptionIndex *tickers; /* (owned), ticker → users */
  GHashTable *of_connection; /* (owned), connection id → (owned) char **, its tickers */
};

static void user_observer_init (TideUserObserverInterface *iface);
static void command_handler_init (TideCommandHandlerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TideSubscriptionManager,
                               tide_subscription_manager,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_USER_OBSERVER,
                                                      user_observer_init)
                                   G_IMPLEMENT_INTERFACE (TIDE_TYPE_COMMAND_HANDLER,
                                                          command_handler_init))

static char **
get_connection_tickers (TideSubscriptionManager *self, guint64 connection_id)
{
  return g_hash_table_lookup (self->of_connection, GSIZE_TO_POINTER (connection_id));
}

static void
hold_all (TideSubscriptionManager *self, guint32 user_slot, char **tickers)
{
  for (char **ticker = tickers; ticker != NULL && *ticker != NULL; ticker++)
    tide_subscription_index_hold (self->tickers, user_slot, *ticker, strlen (*ticker));
}

static void
release_all (TideSubscriptionManager *self, guint32 user_slot, char **tickers)
{
  for (char **ticker = tickers; ticker != NULL && *ticker != NULL; ticker++)
    tide_subscription_index_release (self->tickers, user_slot, *ticker, strlen (*ticker));
}

/* Puts a connection's new list in force. The user holds the new ones before the old ones
 * are let go of: a ticker that is in both is never out of the index. */
static void
replace_tickers (TideSubscriptionManager *self,
                 const TideCommand *command,
                 char **tickers)
{
  guint32 slot = command->user.slot;

  hold_all (self, slot, tickers);
  release_all (self, slot, get_connection_tickers (self, command->connection_id));
  if (*tickers == NULL)
    g_hash_table_remove (self->of_connection, GSIZE_TO_POINTER (command->connection_id));
  else
    g_hash_table_insert (self->of_connection,
                         GSIZE_TO_POINTER (command->connection_id),
                         g_strdupv (tickers));
}

/* Whether the user would have too many with this list in place of the connection's own.
 */
static gboolean
is_over_user_limit (TideSubscriptionManager *self,
                    const TideCommand *command,
                    char **tickers)
{
  guint32 slot = command->user.slot;
  char **old = get_connection_tickers (self, command->connection_id);
  guint n_of_user;

  hold_all (self, slot, tickers);
  release_all (self, slot, old);
  n_of_user = tide_subscription_index_count_values (self->tickers, slot);
  hold_all (self, slot, old);
  release_all (self, slot, tickers);
  return n_of_user > self->settings.max_tickers_per_user;
}

static gboolean
run_subscribe_tickers (TideSubscriptionManager *self,
                       const TideCommand *command,
                       TideReply *reply,
                       GError **error)
{
  g_auto (GStrv) tickers =
      tide_ticker_list_parse (command, self->settings.max_tickers, error);

  if (tickers == NULL)
    return FALSE;
  if (is_over_user_limit (self, command, tickers))
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_LIMIT_EXCEEDED,
                   "a user can have %u tickers over all tabs; nothing was changed",
                   self->settings.max_tickers_per_user);
      return FALSE;
    }
  replace_tickers (self, command, tickers);
  reply->event = "subscription_updated";
  tide_ticker_list_append_json (tickers, reply->payload);
  return TRUE;
}

/* Taking away is always possible, also when the limits were lowered meanwhile. */
static gboolean
run_unsubscribe_tickers (TideSubscriptionManager *self,
                         const TideCommand *command,
                         TideReply *reply,
                         GError **error)
{
  g_auto (GStrv) left = tide_ticker_list_subtract (
      get_connection_tickers (self, command->connection_id), command, error);

  if (left == NULL)
    return FALSE;
  replace_tickers (self, command, left);
  reply->event = "subscription_updated";
  tide_ticker_list_append_json (left, reply->payload);
  return TRUE;
}

static gboolean
tide_subscription_manager_handle (TideCommandHandler *handler,
                                  const TideCommand *command,
                                  TideReply *reply,
                                  GError **error)
{
  TideSubscriptionManager *self = TIDE_SUBSCRIPTION_MANAGER (handler);

  if (g_str_equal (command->name, "subscribe_tickers"))
    return run_subscribe_tickers (self, command, reply, error);
  if (g_str_equal (command->name, "unsubscribe_tickers"))
    return run_unsubscribe_tickers (self, command, reply, error);
  g_set_error_literal (error,
                       TIDE_ERROR,
                       TIDE_ERROR_UNKNOWN_COMMAND,
                       "no command has this name; try subscribe_tickers");
  return FALSE;
}

static void
command_handler_init (TideCommandHandlerInterface *iface)
{
  iface->handle = tide_subscription_manager_handle;
}

static void
tide_subscription_manager_connection_left (TideUserObserver *observer,
                                           TideUserRef user,
                                           guint64 connection_id)
{
  TideSubscriptionManager *self = TIDE_SUBSCRIPTION_MANAGER (observer);

  release_all (self, user.slot, get_connection_tickers (self, connection_id));
  g_hash_table_remove (self->of_connection, GSIZE_TO_POINTER (connection_id));
}

/* The index keeps users by slot, so a user that is known here holds its slot. */
static void
tide_subscription_manager_came (TideUserObserver *observer, TideUserRef user)
{
  tide_user_table_hold (TIDE_SUBSCRIPTION_MANAGER (observer)->users, user.slot);
}

static void
tide_subscription_manager_left (TideUserObserver *observer, TideUserRef user)
{
  tide_user_table_release (TIDE_SUBSCRIPTION_MANAGER (observer)->users, user.slot);
}

static void
user_observer_init (TideUserObserverInterface *iface)
{
  iface->came = tide_subscription_manager_came;
  iface->connection_left = tide_subscription_manager_connection_left;
  iface->left = tide_subscription_manager_left;
}

static void
tide_subscription_manager_finalize (GObject *object)
{
  TideSubscriptionManager *self = TIDE_SUBSCRIPTION_MANAGER (object);

  tide_subscription_index_free (self->tickers);
  g_hash_table_unref (self->of_connection);

  G_OBJECT_CLASS (tide_subscription_manager_parent_class)->finalize (object);
}

static void
tide_subscription_manager_class_init (TideSubscriptionManagerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tide_subscription_manager_finalize;
}

static void
tide_subscription_manager_init (TideSubscriptionManager *self)
{
  self->tickers = tide_subscription_index_new ();
  self->of_connection =
      g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_strfreev);
}

/**
 * tide_subscription_manager_new:
 * @users: the users' slots; must outlive the manager
 * @settings: limits, copied
 *
 * Returns: (transfer full): a manager without subscriptions
 */
TideSubscriptionManager *
tide_subscription_manager_new (TideUserTable *users,
                               const TideSubscriptionSettings *settings)
{
  TideSubscriptionManager *self = g_object_new (TIDE_TYPE_SUBSCRIPTION_MANAGER, NULL);

  self->users = users;
  self->settings = *settings;
  return self;
}

/**
 * tide_subscription_manager_reload:
 * @self: a manager
 * @settings: limits from now on
 *
 * Puts new limits in force; what is over them already stays.
 */
void
tide_subscription_manager_reload (TideSubscriptionManager *self,
                                  const TideSubscriptionSettings *settings)
{
  self->settings = *settings;
}

/**
 * tide_subscription_manager_get_tickers:
 * @self: a manager
 *
 * Returns: (transfer none): which users asked for which ticker
 */
TideSubscriptionIndex *
tide_subscription_manager_get_tickers (TideSubscriptionManager *self)
{
  return self->tickers;
}
