/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is known of a user as a text, for a store that outlives the process. A line says
 * whether events have named the user, then comes a line for each subscription, such as
 *
 *   named
 *   subscription {"subscription_type":"tier_patterns","filters":{"symbols":["A"]}}
 *
 * in the form of the command that made it; `patterns` in place of `subscription` for what
 * `subscribe_patterns` made. */

#include "tide-json-scan.h"
#include "tide-subscription-manager-private.h"
#include "tide-subscription-payload.h"

#include <string.h>

#define NAMED "named"
#define SUBSCRIPTION "subscription "
#define PATTERNS "patterns "

static char *
make_record (const TideKnownUser *user)
{
  GString *text = g_string_new (user->is_named ? NAMED "\n" : NULL);

  for (guint i = 0; user->kept != NULL && i < user->kept->len; i++)
    {
      const TideUserSubscription *subscription = g_ptr_array_index (user->kept, i);

      g_string_append (text, subscription->is_pattern_list ? PATTERNS : SUBSCRIPTION);
      g_string_append (text, "{\"subscription_type\":");
      tide_json_append_string (text, subscription->type, -1);
      g_string_append (text, ",\"filters\":");
      tide_subscription_filters_append_json (subscription->filters, text);
      g_string_append (text, "}\n");
    }
  return g_string_free (text, FALSE);
}

static gint64
get_since_real_us (TideSubscriptionManager *self, const TideKnownUser *user)
{
  gint64 now_us = tide_subscription_manager_get_now_us (self);

  return user->is_away ? g_get_real_time () - (now_us - user->away_since_us) : 0;
}

/* Has the store write what is known of a user, or forget it when nothing is kept. */
void
tide_known_user_save (TideSubscriptionManager *self, guint32 slot)
{
  TideKnownUser *user = tide_known_user_get (self, slot);
  const char *name = tide_user_table_get_name (self->users, slot);
  g_autofree char *record = NULL;

  user->is_unsaved = FALSE;
  if (self->store == NULL || name == NULL)
    return;
  if (!tide_user_table_is_kept (self->users, slot))
    {
      if (user->is_stored)
        tide_offline_store_forget_user (self->store, name);
      user->is_stored = FALSE;
      return;
    }
  record = make_record (user);
  tide_offline_store_save_user (
      self->store, name, get_since_real_us (self, user), record);
  user->is_stored = TRUE;
}

/* What a text from outside says is looked at as closely as what a browser sends. */
static void
restore_subscription (TideSubscriptionManager *self,
                      TideUserRef user,
                      const char *json,
                      gboolean is_pattern_list)
{
  TideCommand command = { .user = user,
                          .payload = json,
                          .payload_length = strlen (json) };
  TideJsonKind kind = TIDE_JSON_NONE;
  g_autofree char *type = NULL;
  g_autoptr (TideSubscriptionFilters) filters = NULL;
  TideSubscriptionRequest request = { .user = user };

  if (tide_json_scan (json, command.payload_length, NULL, 0, &kind) != TIDE_JSON_OK ||
      kind != TIDE_JSON_OBJECT)
    return;
  type = tide_subscription_payload_get_type (&command, NULL);
  if (type == NULL ||
      !tide_subscription_payload_get_filters (&command, G_MAXUINT, &filters, NULL))
    return;
  if (filters == NULL)
    filters = tide_subscription_filters_new ();
  request.type = type;
  request.filters = filters;
  if (tide_user_subscriptions_check_names (self, &request, NULL) &&
      !tide_user_subscriptions_has (self, &request, is_pattern_list))
    tide_user_subscriptions_add (self, &request)->is_pattern_list = is_pattern_list;
}

static void
read_record (TideSubscriptionManager *self, TideUserRef user, const char *record)
{
  g_auto (GStrv) lines = g_strsplit (record, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    if (g_str_equal (*line, NAMED))
      tide_known_user_get (self, user.slot)->is_named = TRUE;
    else if (g_str_has_prefix (*line, SUBSCRIPTION))
      restore_subscription (self, user, *line + strlen (SUBSCRIPTION), FALSE);
    else if (g_str_has_prefix (*line, PATTERNS))
      restore_subscription (self, user, *line + strlen (PATTERNS), TRUE);
}

/**
 * tide_subscription_manager_set_store:
 * @self: a manager
 * @store: (nullable): what keeps a copy from now on; %NULL: nothing does any more
 *
 * Connects a store. What is known already is not written to it: it asks for that.
 */
void
tide_subscription_manager_set_store (TideSubscriptionManager *self,
                                     TideOfflineStore *store)
{
  g_set_object (&self->store, store);
}

/**
 * tide_subscription_manager_write_user:
 * @self: a manager with a store
 * @name: a user
 * @user: (out): the user; untouched on failure
 *
 * Has the store write what is known of a user.
 *
 * Returns: %FALSE when nothing is kept for the user
 */
gboolean
tide_subscription_manager_write_user (TideSubscriptionManager *self,
                                      const char *name,
                                      TideUserRef *user)
{
  TideUserRef found;

  if (!tide_user_table_lookup (self->users, name, &found) ||
      !tide_known_user_check (self, found, NULL) ||
      !tide_user_table_is_kept (self->users, found.slot))
    return FALSE;
  tide_known_user_save (self, found.slot);
  *user = found;
  return TRUE;
}

/**
 * tide_subscription_manager_list_kept:
 * @self: a manager
 * @names: (element-type utf8): where to add copies of the users' names
 *
 * Lists who is waited for, or would be.
 */
void
tide_subscription_manager_list_kept (TideSubscriptionManager *self, GPtrArray *names)
{
  for (guint32 slot = 0; slot < self->known->len; slot++)
    {
      const TideKnownUser *user = tide_known_user_get (self, slot);

      if ((user->is_connected || user->is_away) &&
          tide_user_table_is_kept (self->users, slot))
        g_ptr_array_add (names, g_strdup (tide_user_table_get_name (self->users, slot)));
    }
}

/**
 * tide_subscription_manager_restore_user:
 * @self: a manager
 * @name: a user
 * @since_real_us: wall-clock time since which it is away; 0 when it was here until now
 * @record: what a store has kept
 * @user: (out): the user; untouched on failure
 *
 * Waits for a user whom an earlier process has waited for, or had connected. Call it for
 * who is away longest first. What the record says that there is no more, such as types
 * that no route has now, is left out.
 *
 * Returns: %FALSE when the user is not waited for
 */
gboolean
tide_subscription_manager_restore_user (TideSubscriptionManager *self,
                                        const char *name,
                                        gint64 since_real_us,
                                        const char *record,
                                        TideUserRef *user)
{
  TideUserRef found = tide_user_table_hold_name (self->users, name);
  TideKnownUser *known = tide_known_user_get (self, found.slot);
  gboolean is_new = !known->is_connected && !known->is_away;
  gint64 age_us = since_real_us > 0 ? MAX (g_get_real_time () - since_real_us, 0) : 0;

  read_record (self, found, record);
  tide_known_user_get (self, found.slot)->is_stored = TRUE;
  if (!is_new)
    tide_user_table_release (self->users, found.slot);
  else if (!tide_known_user_update_kept (self, found.slot))
    {
      tide_known_user_forget (self, found.slot);
      return FALSE;
    }
  else
    tide_away_list_add (
        self, found.slot, tide_subscription_manager_get_now_us (self) - age_us);
  *user = found;
  return !is_new || (tide_user_table_is_current (self->users, found) &&
                     tide_subscription_manager_is_away (self, found.slot));
}
