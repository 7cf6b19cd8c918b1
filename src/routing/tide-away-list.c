/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who is away and expected back, longest away first. A linked list through the known
 * users, so that coming back takes constant time, and one timer for all. */

#include "tide-subscription-manager-private.h"

/* Whether anybody is waited for at all. */
gboolean
tide_away_list_is_on (const TideSubscriptionManager *self)
{
  return self->settings.offline_max_users > 0 && self->settings.offline_max_age_us > 0;
}

static void
arm (TideSubscriptionManager *self)
{
  if (self->longest_away == TIDE_NO_SLOT)
    tide_timer_wheel_disarm (self->wheel, &self->away_timer);
  else
    tide_timer_wheel_arm (self->wheel,
                          &self->away_timer,
                          tide_known_user_get (self, self->longest_away)->away_since_us +
                              self->settings.offline_max_age_us);
}

static void
unlink_user (TideSubscriptionManager *self, guint32 slot)
{
  TideKnownUser *user = tide_known_user_get (self, slot);

  if (user->prev == TIDE_NO_SLOT)
    self->longest_away = user->next;
  else
    tide_known_user_get (self, user->prev)->next = user->next;
  if (user->next == TIDE_NO_SLOT)
    self->latest_away = user->prev;
  else
    tide_known_user_get (self, user->next)->prev = user->prev;
  user->is_away = FALSE;
  self->n_away--;
}

/* Gives up the one who is longest away: what waits for it goes first, then what it asked
 * for. */
static void
drop_longest (TideSubscriptionManager *self)
{
  guint32 slot = self->longest_away;

  unlink_user (self, slot);
  if (self->observer != NULL)
    tide_user_observer_forgotten (self->observer,
                                  tide_user_table_get_ref (self->users, slot));
  tide_known_user_forget (self, slot);
}

/* Gives up those who are away too long or are too many. */
void
tide_away_list_trim (TideSubscriptionManager *self)
{
  gint64 now_us = tide_subscription_manager_get_now_us (self);

  while (self->longest_away != TIDE_NO_SLOT &&
         (!tide_away_list_is_on (self) ||
          self->n_away > self->settings.offline_max_users ||
          tide_known_user_get (self, self->longest_away)->away_since_us +
                  self->settings.offline_max_age_us <=
              now_us))
    drop_longest (self);
  self->counters->users_away = self->n_away;
  arm (self);
}

/* Waits for a user, whose slot is held; somebody else may have to go for it. Nobody in
 * the list may be away less long; who is, is taken to be away as long. */
void
tide_away_list_add (TideSubscriptionManager *self, guint32 slot, gint64 since_us)
{
  TideKnownUser *user = tide_known_user_get (self, slot);

  user->is_away = TRUE;
  user->away_since_us =
      self->latest_away == TIDE_NO_SLOT
          ? since_us
          : MAX (since_us, tide_known_user_get (self, self->latest_away)->away_since_us);
  user->prev = self->latest_away;
  user->next = TIDE_NO_SLOT;
  if (self->latest_away == TIDE_NO_SLOT)
    self->longest_away = slot;
  else
    tide_known_user_get (self, self->latest_away)->next = slot;
  self->latest_away = slot;
  self->n_away++;
  tide_away_list_trim (self);
}

/* Does not wait for a user any more, since it is here. */
void
tide_away_list_remove (TideSubscriptionManager *self, guint32 slot)
{
  unlink_user (self, slot);
  self->counters->users_away = self->n_away;
  arm (self);
}

/**
 * tide_subscription_manager_is_away:
 * @self: a manager
 * @slot: a slot that somebody holds
 *
 * Returns: whether the user is away and expected back
 */
gboolean
tide_subscription_manager_is_away (TideSubscriptionManager *self, guint32 slot)
{
  return slot < self->known->len && tide_known_user_get (self, slot)->is_away;
}

/**
 * tide_subscription_manager_keep_named:
 * @self: a manager
 * @name: the name of a user, as the server would authenticate it
 * @user: (out): the user; untouched on failure
 *
 * Finds or makes the user that an event names that is kept for who is away. If it is not
 * connected it is waited for as if it had just left.
 *
 * Returns: %FALSE when the user is not connected and nobody is waited for
 */
gboolean
tide_subscription_manager_keep_named (TideSubscriptionManager *self,
                                      const char *name,
                                      TideUserRef *user)
{
  TideUserRef found = tide_user_table_hold_name (self->users, name);
  TideKnownUser *known = tide_known_user_get (self, found.slot);

  if (!known->is_connected && !tide_away_list_is_on (self))
    {
      tide_user_table_release (self->users, found.slot);
      return FALSE;
    }
  known->is_named = TRUE;
  if (known->is_connected || known->is_away)
    tide_user_table_release (self->users, found.slot);
  else
    tide_away_list_add (self, found.slot, tide_subscription_manager_get_now_us (self));
  tide_known_user_update_kept (self, found.slot);
  if (!known->is_stored)
    tide_known_user_save (self, found.slot);
  *user = found;
  return TRUE;
}

/**
 * tide_subscription_manager_waits:
 * @self: a manager
 *
 * Returns: whether users who are away are waited for
 */
gboolean
tide_subscription_manager_waits (TideSubscriptionManager *self)
{
  return tide_away_list_is_on (self);
}
