/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What users asked for. */

#include "tide-inspector.h"
#include "tide-session-list.h"
#include "tide-user-id.h"
#include "tide-value-list.h"

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/* Keeps one of each, of a sorted array. */
static void
remove_repeated (GPtrArray *texts)
{
  guint n = 0;

  for (guint i = 0; i < texts->len; i++)
    if (n == 0 || !g_str_equal (texts->pdata[n - 1], texts->pdata[i]))
      texts->pdata[n++] = texts->pdata[i];
  g_ptr_array_set_size (texts, n);
}

/**
 * tide_inspector_find_tickers:
 * @stages: the stages
 * @slot: a user
 *
 * Returns: (transfer container) (element-type utf8): the tickers of all its connections,
 *   sorted, each once, valid until one of them asks for others
 */
GPtrArray *
tide_inspector_find_tickers (const TideStages *stages, guint32 slot)
{
  g_autoptr (GArray) ids = tide_session_list_user_connections (stages->sessions, slot);
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; i < ids->len; i++)
    {
      const char *const *tickers = tide_subscription_manager_get_connection_tickers (
          stages->subscriptions, g_array_index (ids, guint64, i));

      for (; tickers != NULL && *tickers != NULL; tickers++)
        g_ptr_array_add (found, (gpointer) *tickers);
    }
  g_ptr_array_sort (found, compare_strings);
  remove_repeated (found);
  return found;
}

/**
 * tide_inspector_add_subscriptions:
 * @stages: the stages
 * @user: a user
 * @name: what it is called
 * @rows: where to write
 *
 * Writes what a user asked for and keeps; it stays when the user leaves, if that has a
 * name.
 *
 * Returns: how many rows that were
 */
guint
tide_inspector_add_subscriptions (const TideStages *stages,
                                  TideUserRef user,
                                  const char *name,
                                  TideRows *rows)
{
  guint n;
  const TideUserSubscription *const *subscriptions =
      tide_subscription_manager_get_user_subscriptions (stages->subscriptions, user, &n);
  gboolean stays = !tide_user_table_is_anonymous (stages->users, user.slot);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GString) filters = g_string_new (NULL);

      tide_subscription_filters_append_json (subscriptions[i]->filters, filters);
      tide_rows_add (rows,
                     tide_user_id_from_ref (user),
                     name,
                     subscriptions[i]->type,
                     filters->str,
                     stays);
    }
  return n;
}

/* The tickers of a user as one subscription; returns how many rows they are. */
static guint
add_tickers (const TideStages *stages, TideUserRef user, const char *name, TideRows *rows)
{
  g_autoptr (GPtrArray) tickers = tide_inspector_find_tickers (stages, user.slot);
  g_autoptr (GString) filters = NULL;

  if (tickers->len == 0)
    return 0;
  g_ptr_array_add (tickers, NULL);
  filters = g_string_new ("{\"tickers\":");
  tide_value_list_append_json ((const char *const *) tickers->pdata, filters);
  g_string_append_c (filters, '}');
  tide_rows_add (
      rows, tide_user_id_from_ref (user), name, "tickers", filters->str, FALSE);
  return 1;
}

/* Users without any are not in the list: a page of them would be empty, as the last is.
 */
static gboolean
has_subscriptions (const TideStages *stages, guint32 slot)
{
  guint n;

  if (!tide_inspector_is_known (stages, slot))
    return FALSE;
  tide_subscription_manager_get_user_subscriptions (
      stages->subscriptions, tide_user_table_get_ref (stages->users, slot), &n);
  return n > 0 ||
         tide_subscription_manager_count_tickers (stages->subscriptions, slot) > 0;
}

static void
write_subscriptions (TideInspector *self, const TideBusPage *page, TideRows *rows)
{
  const TideStages *stages = self->stages;
  g_autoptr (GArray) users = tide_inspector_find_users (stages, page, has_subscriptions);
  guint n = 0;

  for (guint i = 0; i < users->len && n < page->limit; i++)
    {
      TideUserRef user = g_array_index (users, TideUserRef, i);
      g_autofree char *name = tide_user_id_describe (stages->users, user);

      n += tide_inspector_add_subscriptions (stages, user, name, rows);
      n += add_tickers (stages, user, name, rows);
    }
}

static const char *const members[] = { "user_id", "user", "type", "filters", "stays" };

const TideInspectorList tide_inspector_subscriptions = {
  { "subscriptions", "(tsssb)", members },
  write_subscriptions,
};
