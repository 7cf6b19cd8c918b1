/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Users, and all that is known of one. */

#include "tide-inspector.h"
#include "tide-lane-facts.h"
#include "tide-least.h"
#include "tide-session-list.h"
#include "tide-user-id.h"

/**
 * tide_inspector_is_known:
 * @stages: the stages
 * @slot: a slot, used or not
 *
 * Returns: whether its user is here or waited for
 */
gboolean
tide_inspector_is_known (const TideStages *stages, guint32 slot)
{
  return tide_subscription_manager_is_connected (stages->subscriptions, slot) ||
         tide_subscription_manager_is_away (stages->subscriptions, slot);
}

static int
compare_refs (gconstpointer a, gconstpointer b)
{
  guint64 one = tide_user_id_from_ref (*(const TideUserRef *) a);
  guint64 other = tide_user_id_from_ref (*(const TideUserRef *) b);

  return tide_least_compare_ids (&one, &other);
}

/**
 * tide_inspector_find_users:
 * @stages: the stages
 * @page: which part is wanted
 * @is_wanted: whom the list has
 *
 * Returns: (transfer full) (element-type TideUserRef): as many users of the list as the
 *   page may have entries, by their ids
 */
GArray *
tide_inspector_find_users (const TideStages *stages,
                           const TideBusPage *page,
                           TideInspectorFilter is_wanted)
{
  TideLeast *users = tide_least_new (sizeof (TideUserRef), page->limit, compare_refs);
  guint32 n_slots = tide_user_table_get_n_slots (stages->users);

  for (guint32 slot = 0; slot < n_slots; slot++)
    {
      TideUserRef user = tide_user_table_get_ref (stages->users, slot);

      if (tide_user_id_from_ref (user) > page->after_id &&
          tide_least_wants (users, &user) && is_wanted (stages, slot))
        tide_least_offer (users, &user);
    }
  return tide_least_finish (users);
}

static const char *
get_state (const TideStages *stages, guint32 slot)
{
  return tide_subscription_manager_is_connected (stages->subscriptions, slot)
             ? "connected"
             : "away";
}

static TideOfflineQueue *
get_offline (const TideStages *stages)
{
  return stages->direct != NULL
             ? tide_broadcaster_get_offline (stages->direct)
             : tide_scalable_broadcaster_get_offline (stages->scalable);
}

static guint
count_waiting (const TideStages *stages, guint32 slot)
{
  TideLaneFacts lane;
  guint n = tide_offline_queue_get_length (get_offline (stages), slot);

  if (stages->scalable != NULL && tide_lane_facts_get (stages->scalable, slot, &lane))
    n += lane.n_pending;
  return n;
}

static void
write_users (TideInspector *self, const TideBusPage *page, TideRows *rows)
{
  const TideStages *stages = self->stages;
  g_autoptr (GArray) users =
      tide_inspector_find_users (stages, page, tide_inspector_is_known);

  for (guint i = 0; i < users->len; i++)
    {
      TideUserRef user = g_array_index (users, TideUserRef, i);
      g_autofree char *name = tide_user_id_describe (stages->users, user);
      guint n_subscriptions;

      tide_subscription_manager_get_user_subscriptions (
          stages->subscriptions, user, &n_subscriptions);
      tide_rows_add (
          rows,
          tide_user_id_from_ref (user),
          name,
          get_state (stages, user.slot),
          tide_session_count_connections (stages->sessions, user.slot),
          tide_subscription_manager_count_tickers (stages->subscriptions, user.slot),
          n_subscriptions,
          count_waiting (stages, user.slot));
    }
}

static const char *const members[] = { "id",          "user",    "state",
                                       "connections", "tickers", "subscriptions",
                                       "waiting" };

const TideInspectorList tide_inspector_users = {
  { "users", "(tssuuuu)", members },
  write_users,
};

/* Those of the user alone. */
static void
add_limits (GVariantBuilder *dict, const TideStages *stages, TideUserRef user)
{
  const TideUserLimits *limits =
      stages->scalable != NULL
          ? tide_scalable_broadcaster_get_user_limits (stages->scalable, user)
          : NULL;

  if (limits != NULL)
    g_variant_builder_add (dict,
                           "{sv}",
                           "limits",
                           g_variant_new ("(uu)",
                                          limits->events_per_second,
                                          limits->urgent_events_per_second));
}

static void
add_number (GVariantBuilder *dict, const char *prefix, const char *name, guint n)
{
  g_autofree char *key = g_strconcat (prefix, name, NULL);

  g_variant_builder_add (dict, "{sv}", key, g_variant_new_uint32 (n));
}

static void
add_kinds (GVariantBuilder *facts, const TideStages *stages, guint32 slot)
{
  TideLaneKinds kinds;

  tide_lane_facts_count_kinds (stages->scalable, slot, &kinds);
  for (guint i = 0; i < TIDE_N_PRIORITIES; i++)
    add_number (facts, "pending-", tide_priority_get_nick (i), kinds.n_of_priority[i]);
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    add_number (facts, "pending-", tide_delivery_class_get_nick (i), kinds.n_of_class[i]);
}

static void
add_offline (GVariantBuilder *dict, const TideStages *stages, guint32 slot)
{
  TideOfflineFacts offline;

  tide_lane_facts_get_offline (get_offline (stages), slot, &offline);
#define ADD(key, type, value)                                                            \
  g_variant_builder_add (dict, "{sv}", key, g_variant_new_##type (value))
  ADD ("offline", uint32, offline.n_events);
  ADD ("offline-bytes", uint64, offline.n_bytes);
  if (offline.n_events > 0)
    ADD ("offline-oldest-usec", uint64, offline.oldest_us);
#undef ADD
}

static void
add_lane (GVariantBuilder *dict, const TideStages *stages, guint32 slot)
{
  TideLaneFacts lane;
  GVariantBuilder facts;

  if (stages->scalable == NULL || !tide_lane_facts_get (stages->scalable, slot, &lane))
    return;
  g_variant_builder_init (&facts, G_VARIANT_TYPE_VARDICT);
#define ADD(key, type, value)                                                            \
  g_variant_builder_add (&facts, "{sv}", key, g_variant_new_##type (value))
  ADD ("events-last-second", uint32, lane.n_last_second);
  ADD ("urgent-events-last-second", uint32, lane.n_urgent_last_second);
  ADD ("pending", uint32, lane.n_pending);
  ADD ("pending-bytes", uint64, lane.n_pending_bytes);
  ADD ("unread-bytes", uint64, tide_session_get_unread_bytes (stages->sessions, slot));
  ADD ("slow", boolean, lane.is_slow);
  ADD ("at-rate", boolean, lane.is_at_rate);
#undef ADD
  add_kinds (&facts, stages, slot);
  g_variant_builder_add (dict, "{sv}", "lane", g_variant_builder_end (&facts));
}

/**
 * tide_inspector_get_user:
 * @name: a user, by name or as `:42`
 * @user_data: the inspector
 *
 * Tells all about one user.
 *
 * Returns: (transfer floating) (nullable): of the type `a{sv}`
 */
GVariant *
tide_inspector_get_user (const char *name, gpointer user_data)
{
  const TideStages *stages = ((TideInspector *) user_data)->stages;
  TideUserRef user;
  g_autofree char *text = NULL;
  g_autoptr (GArray) connections = NULL;
  g_autoptr (GPtrArray) tickers = NULL;
  TideRows *subscriptions;
  GVariantBuilder dict;

  if (!tide_user_id_find (stages->users, name, &user) ||
      !tide_inspector_is_known (stages, user.slot))
    return NULL;
  text = tide_user_id_describe (stages->users, user);
  connections = tide_session_list_user_connections (stages->sessions, user.slot);
  tickers = tide_inspector_find_tickers (stages, user.slot);
  subscriptions = tide_rows_new (&tide_inspector_subscriptions.info, NULL);
  tide_inspector_add_subscriptions (stages, user, text, subscriptions);
  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
#define ADD(key, value) g_variant_builder_add (&dict, "{sv}", key, value)
  ADD ("id", g_variant_new_uint64 (tide_user_id_from_ref (user)));
  ADD ("user", g_variant_new_string (text));
  ADD ("state", g_variant_new_string (get_state (stages, user.slot)));
  ADD ("guest",
       g_variant_new_boolean (tide_user_table_is_guest (stages->users, user.slot)));
  ADD ("connections",
       g_variant_new_fixed_array (
           G_VARIANT_TYPE_UINT64, connections->data, connections->len, sizeof (guint64)));
  ADD ("tickers",
       g_variant_new_strv ((const char *const *) tickers->pdata, tickers->len));
  ADD ("subscriptions", tide_rows_finish (subscriptions));
#undef ADD
  add_offline (&dict, stages, user.slot);
  add_limits (&dict, stages, user);
  add_lane (&dict, stages, user.slot);
  return g_variant_builder_end (&dict);
}
