/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Users, and what they asked for. */

#include "tide-inspector.h"
#include "tide-lane-facts.h"
#include "tide-least.h"
#include "tide-session-list.h"
#include "tide-user-id.h"

static gboolean
is_known (const TideStages *stages, guint32 slot)
{
  return tide_subscription_manager_is_connected (stages->subscriptions, slot) ||
         tide_subscription_manager_is_away (stages->subscriptions, slot);
}

/* Returns: (transfer full) (element-type guint64): the ids of the first users after one,
 * sorted */
static GArray *
list_after (const TideStages *stages, const TideBusPage *page)
{
  TideLeast *ids = tide_least_new (sizeof (guint64), page->limit, tide_least_compare_ids);
  guint32 n_slots = tide_user_table_get_n_slots (stages->users);

  for (guint32 slot = 0; slot < n_slots; slot++)
    {
      guint64 id;

      if (!is_known (stages, slot))
        continue;
      id = tide_user_id_from_ref (tide_user_table_get_ref (stages->users, slot));
      if (id > page->after_id)
        tide_least_offer (ids, &id);
    }
  return tide_least_finish (ids);
}

static TideUserRef
get_ref (const TideStages *stages, const GArray *ids, guint i)
{
  guint64 id = g_array_index (ids, guint64, i);

  return tide_user_table_get_ref (stages->users, tide_user_id_get_slot (id));
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
count_offline (const TideStages *stages, guint32 slot)
{
  return tide_offline_queue_get_length (get_offline (stages), slot);
}

static guint
count_waiting (const TideStages *stages, guint32 slot)
{
  TideLaneFacts lane;
  guint n = count_offline (stages, slot);

  if (stages->scalable != NULL && tide_lane_facts_get (stages->scalable, slot, &lane))
    n += lane.n_pending;
  return n;
}

/**
 * tide_inspector_list_users:
 * @page: which part is wanted
 * @user_data: the inspector
 *
 * Lists users who are here or waited for.
 *
 * Returns: (transfer floating): of the type `a(tssuuuu)`
 */
GVariant *
tide_inspector_list_users (const TideBusPage *page, gpointer user_data)
{
  const TideStages *stages = ((TideInspector *) user_data)->stages;
  g_autoptr (GArray) ids = list_after (stages, page);
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(tssuuuu)"));
  for (guint i = 0; i < ids->len; i++)
    {
      TideUserRef user = get_ref (stages, ids, i);
      g_autofree char *name = tide_user_id_describe (stages->users, user);
      guint n_subscriptions;

      tide_subscription_manager_get_user_subscriptions (
          stages->subscriptions, user, &n_subscriptions);
      g_variant_builder_add (
          &list,
          "(tssuuuu)",
          tide_user_id_from_ref (user),
          name,
          get_state (stages, user.slot),
          tide_session_count_connections (stages->sessions, user.slot),
          tide_subscription_manager_count_tickers (stages->subscriptions, user.slot),
          n_subscriptions,
          count_waiting (stages, user.slot));
    }
  return g_variant_builder_end (&list);
}

/* Returns: (transfer full) (element-type utf8): the tickers of all its connections, each
 * once */
static GHashTable *
find_tickers (const TideStages *stages, const GArray *connections)
{
  GHashTable *found = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < connections->len; i++)
    {
      const char *const *tickers = tide_subscription_manager_get_connection_tickers (
          stages->subscriptions, g_array_index (connections, guint64, i));

      for (guint k = 0; tickers != NULL && tickers[k] != NULL; k++)
        g_hash_table_add (found, (gpointer) tickers[k]);
    }
  return found;
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/* Returns: (transfer floating) (nullable): of the type `as`, sorted; %NULL for none */
static GVariant *
get_tickers (const TideStages *stages, const GArray *connections)
{
  g_autoptr (GHashTable) found = find_tickers (stages, connections);
  guint n;
  g_autofree gpointer *tickers = g_hash_table_get_keys_as_array (found, &n);

  qsort (tickers, n, sizeof *tickers, compare_strings);
  return g_variant_new_strv ((const char *const *) tickers, n);
}

static char *
describe_filters (const TideSubscriptionFilters *filters)
{
  GString *text = g_string_new (NULL);

  tide_subscription_filters_append_json (filters, text);
  return g_string_free (text, FALSE);
}

/* Those of a user that it asked for itself; they stay when it leaves, if it has a name.
 */
static void
add_subscriptions (GVariantBuilder *list,
                   const TideStages *stages,
                   TideUserRef user,
                   const char *name)
{
  guint n;
  const TideUserSubscription *const *subscriptions =
      tide_subscription_manager_get_user_subscriptions (stages->subscriptions, user, &n);
  gboolean stays = !tide_user_table_is_anonymous (stages->users, user.slot);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *filters = describe_filters (subscriptions[i]->filters);

      g_variant_builder_add (list,
                             "(tsssb)",
                             tide_user_id_from_ref (user),
                             name,
                             subscriptions[i]->type,
                             filters,
                             stays);
    }
}

/* The tickers of a user as one subscription; returns how many they are. */
static guint
add_tickers (GVariantBuilder *list,
             const TideStages *stages,
             TideUserRef user,
             const char *name)
{
  g_autoptr (GArray) connections =
      tide_session_list_user_connections (stages->sessions, user.slot);
  g_autoptr (GVariant) tickers = g_variant_ref_sink (get_tickers (stages, connections));
  g_autofree const char **values = g_variant_get_strv (tickers, NULL);
  g_autoptr (TideSubscriptionFilters) filters = tide_subscription_filters_new ();
  g_autofree char *text = NULL;

  if (values[0] == NULL)
    return 0;
  tide_subscription_filters_set (filters, "tickers", values);
  text = describe_filters (filters);
  g_variant_builder_add (
      list, "(tsssb)", tide_user_id_from_ref (user), name, "tickers", text, FALSE);
  return 1;
}

/**
 * tide_inspector_list_subscriptions:
 * @page: which part is wanted
 * @user_data: the inspector
 *
 * Lists what users asked for.
 *
 * Returns: (transfer floating): of the type `a(tsssb)`
 */
GVariant *
tide_inspector_list_subscriptions (const TideBusPage *page, gpointer user_data)
{
  const TideStages *stages = ((TideInspector *) user_data)->stages;
  g_autoptr (GArray) ids = list_after (stages, page);
  GVariantBuilder list;
  guint n = 0;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(tsssb)"));
  for (guint i = 0; i < ids->len && n < page->limit; i++)
    {
      TideUserRef user = get_ref (stages, ids, i);
      g_autofree char *name = tide_user_id_describe (stages->users, user);
      guint n_subscriptions;

      tide_subscription_manager_get_user_subscriptions (
          stages->subscriptions, user, &n_subscriptions);
      add_subscriptions (&list, stages, user, name);
      n += n_subscriptions + add_tickers (&list, stages, user, name);
    }
  return g_variant_builder_end (&list);
}

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
  GVariantBuilder dict, subscriptions;

  if (!tide_user_id_find (stages->users, name, &user) || !is_known (stages, user.slot))
    return NULL;
  text = tide_user_id_describe (stages->users, user);
  connections = tide_session_list_user_connections (stages->sessions, user.slot);
  g_variant_builder_init (&subscriptions, G_VARIANT_TYPE ("a(tsssb)"));
  add_subscriptions (&subscriptions, stages, user, text);
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
  ADD ("tickers", get_tickers (stages, connections));
  ADD ("subscriptions", g_variant_builder_end (&subscriptions));
  ADD ("offline", g_variant_new_uint32 (count_offline (stages, user.slot)));
#undef ADD
  add_limits (&dict, stages, user);
  add_lane (&dict, stages, user.slot);
  return g_variant_builder_end (&dict);
}
