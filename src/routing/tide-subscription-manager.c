/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What users asked for, and who of them is here or away. */

#include "tide-array-fit.h"
#include "tide-error.h"
#include "tide-subscription-manager-private.h"

#include <time.h>

#define LOOKUPS_PER_SAMPLE 64 /* reading the clock costs as much as a look-up */

static void user_observer_init (TideUserObserverInterface *iface);
static void command_handler_init (TideCommandHandlerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TideSubscriptionManager,
                               tide_subscription_manager,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_USER_OBSERVER,
                                                      user_observer_init)
                                   G_IMPLEMENT_INTERFACE (TIDE_TYPE_COMMAND_HANDLER,
                                                          command_handler_init))

/* Gives what is known of a user; a pointer that holds until a user comes. */
TideKnownUser *
tide_known_user_get (TideSubscriptionManager *self, guint32 slot)
{
  if (slot >= self->known->len)
    g_array_set_size (self->known, slot + 1);
  return &g_array_index (self->known, TideKnownUser, slot);
}

/* Whether something can be asked for in the name of @user. */
gboolean
tide_known_user_check (TideSubscriptionManager *self, TideUserRef user, GError **error)
{
  if (tide_user_table_is_current (self->users, user) &&
      (tide_subscription_manager_is_connected (self, user.slot) ||
       tide_subscription_manager_is_away (self, user.slot)))
    return TRUE;
  g_set_error_literal (error,
                       TIDE_ERROR,
                       TIDE_ERROR_UNAVAILABLE,
                       "the connection is not open any more; connect again");
  return FALSE;
}

/* Tells delivery whether to keep lossless events for a user who is away. */
gboolean
tide_known_user_update_kept (TideSubscriptionManager *self, guint32 slot)
{
  const TideKnownUser *user = tide_known_user_get (self, slot);

  tide_user_table_set_kept (self->users,
                            slot,
                            tide_away_list_is_on (self) &&
                                (user->is_named || user->kept != NULL));
  return tide_user_table_is_kept (self->users, slot);
}

/* Lets go of a user who is neither connected nor waited for any more. */
void
tide_known_user_forget (TideSubscriptionManager *self, guint32 slot)
{
  TideKnownUser *user = tide_known_user_get (self, slot);

  if (user->is_stored && self->store != NULL)
    tide_offline_store_forget_user (self->store,
                                    tide_user_table_get_name (self->users, slot));
  tide_user_subscriptions_clear (self, slot);
  if (user->tickers != NULL)
    tide_subscription_index_remove (self->index, user->tickers);
  *user = (TideKnownUser){ .tickers = NULL };
  tide_user_table_set_kept (self->users, slot, FALSE);
  tide_user_table_release (self->users, slot);
  tide_subscription_manager_update_gauges (self);
}

void
tide_subscription_manager_update_gauges (TideSubscriptionManager *self)
{
  self->counters->subscriptions =
      tide_subscription_index_get_n_subscriptions (self->index);
  self->counters->index_entries = tide_subscription_index_get_n_entries (self->index);
}

static gboolean
tide_subscription_manager_handle (TideCommandHandler *handler,
                                  const TideCommand *command,
                                  TideReply *reply,
                                  GError **error)
{
  return tide_subscription_commands_run (
      TIDE_SUBSCRIPTION_MANAGER (handler), command, reply, error);
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

  if (tide_connection_tickers_get (self, connection_id) != NULL)
    tide_connection_tickers_set (self, user, connection_id, NULL);
}

/* The index keeps users by slot, so a user that is known here holds its slot. */
static void
tide_subscription_manager_came (TideUserObserver *observer, TideUserRef ref)
{
  TideSubscriptionManager *self = TIDE_SUBSCRIPTION_MANAGER (observer);
  TideKnownUser *user = tide_known_user_get (self, ref.slot);

  g_return_if_fail (!user->is_connected);

  if (user->is_away)
    tide_away_list_remove (self, ref.slot);
  else
    tide_user_table_hold (self->users, ref.slot);
  user->is_connected = TRUE;
  user->place = self->connected->len;
  g_array_append_val (self->connected, ref.slot);
  if (user->is_stored)
    tide_known_user_save (self, ref.slot);
}

static void
disconnect_user (TideSubscriptionManager *self, guint32 slot)
{
  TideKnownUser *user = tide_known_user_get (self, slot);
  guint32 place = user->place;

  user->is_connected = FALSE;
  g_array_remove_index_fast (self->connected, place);
  if (place < self->connected->len)
    tide_known_user_get (self, g_array_index (self->connected, guint32, place))->place =
        place;
}

static void
tide_subscription_manager_left (TideUserObserver *observer, TideUserRef ref)
{
  TideSubscriptionManager *self = TIDE_SUBSCRIPTION_MANAGER (observer);

  g_return_if_fail (tide_subscription_manager_is_connected (self, ref.slot));

  disconnect_user (self, ref.slot);
  if (!tide_known_user_update_kept (self, ref.slot))
    {
      tide_known_user_forget (self, ref.slot);
      return;
    }
  tide_away_list_add (self, ref.slot, tide_subscription_manager_get_now_us (self));
  if (tide_known_user_check (self, ref, NULL))
    tide_known_user_save (self, ref.slot);
}

static void
tide_subscription_manager_trim (TideUserObserver *observer)
{
  TideSubscriptionManager *self = TIDE_SUBSCRIPTION_MANAGER (observer);
  guint32 n_slots = tide_user_table_get_n_slots (self->users);

  tide_array_fit (self->known, n_slots);
  tide_array_fit (self->connected, G_MAXUINT);
  tide_subscription_index_trim (self->index, n_slots);
}

static void
user_observer_init (TideUserObserverInterface *iface)
{
  iface->came = tide_subscription_manager_came;
  iface->connection_left = tide_subscription_manager_connection_left;
  iface->left = tide_subscription_manager_left;
  iface->trim = tide_subscription_manager_trim;
}

static void
on_away_timer (TideTimer *timer, gint64 now_us)
{
  tide_away_list_trim (timer->user_data);
}

static void
tide_subscription_manager_dispose (GObject *object)
{
  TideSubscriptionManager *self = TIDE_SUBSCRIPTION_MANAGER (object);

  g_clear_weak_pointer (&self->observer);
  /* The users are forgotten here, not there. */
  g_clear_object (&self->store);
  g_clear_object (&self->charts);
  for (guint32 slot = 0; slot < self->known->len; slot++)
    {
      TideKnownUser *user = tide_known_user_get (self, slot);

      if (user->is_connected || user->is_away)
        tide_known_user_forget (self, slot);
    }
  if (self->wheel != NULL)
    tide_timer_wheel_disarm (self->wheel, &self->away_timer);

  G_OBJECT_CLASS (tide_subscription_manager_parent_class)->dispose (object);
}

static void
tide_subscription_manager_finalize (GObject *object)
{
  TideSubscriptionManager *self = TIDE_SUBSCRIPTION_MANAGER (object);

  g_clear_pointer (&self->index, tide_subscription_index_free);
  g_clear_pointer (&self->routes, tide_route_table_unref);
  g_array_unref (self->known);
  g_array_unref (self->connected);
  g_hash_table_unref (self->of_connection);

  G_OBJECT_CLASS (tide_subscription_manager_parent_class)->finalize (object);
}

static void
tide_subscription_manager_class_init (TideSubscriptionManagerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tide_subscription_manager_dispose;
  object_class->finalize = tide_subscription_manager_finalize;
}

static void
tide_subscription_manager_init (TideSubscriptionManager *self)
{
  self->known = g_array_new (FALSE, TRUE, sizeof (TideKnownUser));
  self->connected = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->of_connection = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->longest_away = TIDE_NO_SLOT;
  self->latest_away = TIDE_NO_SLOT;
  self->away_timer.func = on_away_timer;
  self->away_timer.user_data = self;
}

/**
 * tide_subscription_manager_new:
 * @users: the users' slots; must outlive the manager
 * @wheel: for who is away, and the time; must outlive the manager
 * @counters: where the gauges are; must outlive the manager
 * @routes: what can be subscribed to
 * @settings: limits, copied
 *
 * Returns: (transfer full): a manager without subscriptions
 */
TideSubscriptionManager *
tide_subscription_manager_new (TideUserTable *users,
                               TideTimerWheel *wheel,
                               TideCounters *counters,
                               TideRouteTable *routes,
                               const TideSubscriptionSettings *settings)
{
  TideSubscriptionManager *self = g_object_new (TIDE_TYPE_SUBSCRIPTION_MANAGER, NULL);

  self->users = users;
  self->wheel = wheel;
  self->counters = counters;
  self->routes = tide_route_table_ref (routes);
  self->settings = *settings;
  self->index = tide_subscription_index_new (routes);
  tide_subscription_index_register (self->index, TIDE_TICKERS, TIDE_TICKERS);
  return self;
}

/**
 * tide_subscription_manager_reload:
 * @self: a manager
 * @settings: limits from now on
 *
 * Puts new limits in force. Subscriptions over them stay; users who have been away for
 * too long by them, or are too many, are given up.
 */
void
tide_subscription_manager_reload (TideSubscriptionManager *self,
                                  const TideSubscriptionSettings *settings)
{
  self->settings = *settings;
  for (guint i = 0; i < self->connected->len; i++)
    tide_known_user_update_kept (self, g_array_index (self->connected, guint32, i));
  tide_away_list_trim (self);
}

/**
 * tide_subscription_manager_set_observer:
 * @self: a manager
 * @observer: (nullable): who is told of users that are not waited for any more
 *
 * Connects the stage that keeps events for users who are away. No reference is taken.
 */
void
tide_subscription_manager_set_observer (TideSubscriptionManager *self,
                                        TideUserObserver *observer)
{
  g_set_weak_pointer (&self->observer, observer);
}

static gint64
now_nsec (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

/**
 * tide_subscription_manager_find_subscribers:
 * @self: a manager
 * @event: an event
 * @found: where to add the users
 *
 * Finds the users who have asked for an event. One look-up of 64 is timed, for the gauge.
 */
void
tide_subscription_manager_find_subscribers (TideSubscriptionManager *self,
                                            const TideEvent *event,
                                            TideSlotSet *found)
{
  gint64 start;
  gint64 took;
  gint64 was;

  if (self->n_lookups++ % LOOKUPS_PER_SAMPLE != 0)
    {
      tide_subscription_index_lookup (self->index, event, found);
      return;
    }
  start = now_nsec ();
  tide_subscription_index_lookup (self->index, event, found);
  took = now_nsec () - start;
  was = self->counters->index_lookup_nsec;
  /* The newest sample counts an eighth. */
  self->counters->index_lookup_nsec = was == 0 ? took : was + (took - was) / 8;
}

/**
 * tide_subscription_manager_is_connected:
 * @self: a manager
 * @slot: a slot that somebody holds
 *
 * Returns: whether the user is connected
 */
gboolean
tide_subscription_manager_is_connected (TideSubscriptionManager *self, guint32 slot)
{
  return slot < self->known->len && tide_known_user_get (self, slot)->is_connected;
}

/**
 * tide_subscription_manager_get_connected:
 * @self: a manager
 * @n_users: (out): how many are connected
 *
 * Returns: (transfer none) (array length=n_users): their slots, until somebody comes or
 *   leaves
 */
const guint32 *
tide_subscription_manager_get_connected (TideSubscriptionManager *self, guint *n_users)
{
  *n_users = self->connected->len;
  return (const guint32 *) (gpointer) self->connected->data;
}

/**
 * tide_subscription_manager_get_now_us:
 * @self: a manager
 *
 * Returns: the monotonic time of its wheel, in microseconds
 */
gint64
tide_subscription_manager_get_now_us (TideSubscriptionManager *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
}

/**
 * tide_subscription_manager_get_users:
 * @self: a manager
 *
 * Returns: (transfer none): the users' slots
 */
TideUserTable *
tide_subscription_manager_get_users (TideSubscriptionManager *self)
{
  return self->users;
}

/**
 * tide_subscription_manager_get_routes:
 * @self: a manager
 *
 * Returns: (transfer none): the routes that it was made with
 */
TideRouteTable *
tide_subscription_manager_get_routes (TideSubscriptionManager *self)
{
  return self->routes;
}

/**
 * tide_subscription_manager_get_index:
 * @self: a manager
 *
 * Returns: (transfer none): all subscriptions, for questions
 */
TideSubscriptionIndex *
tide_subscription_manager_get_index (TideSubscriptionManager *self)
{
  return self->index;
}
