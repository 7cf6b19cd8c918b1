/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Connections and rooms. Users are in tide-inspector-users.c, what waits for them in
 * tide-inspector-lanes.c, all of it at once in tide-inspector-dump.c. */

#include "tide-inspector.h"

#include "tide-config-text.h"
#include "tide-session-list.h"
#include "tide-user-id.h"
#include "tide-visitors.h"

#include <string.h>

static gint64
get_now_us (const TideStages *stages)
{
  return tide_clock_now_us (stages->clock);
}

static char *
get_address (const TideConnectionFacts *facts)
{
  return facts->visitor != NULL ? tide_visitor_to_string (facts->visitor) : g_strdup ("");
}

/* By the clock on the wall. */
static guint64
get_opened_real_us (const TideStages *stages, const TideConnectionFacts *facts)
{
  return g_get_real_time () - (get_now_us (stages) - facts->opened_us);
}

/**
 * tide_inspector_list_connections:
 * @page: which part is wanted
 * @user_data: the inspector
 *
 * Lists open connections.
 *
 * Returns: (transfer floating): of the type `a(tssstt)`
 */
GVariant *
tide_inspector_list_connections (const TideBusPage *page, gpointer user_data)
{
  const TideStages *stages = ((TideInspector *) user_data)->stages;
  g_autofree TideConnectionFacts *facts = g_new (TideConnectionFacts, page->limit);
  guint n = tide_session_list_connections (
      stages->sessions, page->after_id, facts, page->limit);
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(tssstt)"));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *user = tide_user_id_describe (stages->users, facts[i].user);
      g_autofree char *address = get_address (&facts[i]);

      g_variant_builder_add (&list,
                             "(tssstt)",
                             facts[i].id,
                             user,
                             facts[i].transport,
                             address,
                             get_opened_real_us (stages, &facts[i]),
                             (guint64) facts[i].n_unread_bytes);
    }
  return g_variant_builder_end (&list);
}

static void
add_lists (GVariantBuilder *dict, const TideStages *stages, guint64 id)
{
  const char *const *tickers =
      tide_subscription_manager_get_connection_tickers (stages->subscriptions, id);
  g_autoptr (GPtrArray) rooms = tide_session_list_rooms_of (stages->sessions, id);

  g_variant_builder_add (
      dict, "{sv}", "tickers", g_variant_new_strv (tickers, tickers != NULL ? -1 : 0));
  g_variant_builder_add (
      dict,
      "{sv}",
      "rooms",
      g_variant_new_strv ((const char *const *) rooms->pdata, rooms->len));
}

/**
 * tide_inspector_get_connection:
 * @id: a connection
 * @user_data: the inspector
 *
 * Tells all about one connection.
 *
 * Returns: (transfer floating) (nullable): of the type `a{sv}`
 */
GVariant *
tide_inspector_get_connection (guint64 id, gpointer user_data)
{
  const TideStages *stages = ((TideInspector *) user_data)->stages;
  TideConnectionFacts facts;
  g_autofree char *user = NULL;
  g_autofree char *address = NULL;
  GVariantBuilder dict;

  if (!tide_session_get_connection_facts (stages->sessions, id, &facts))
    return NULL;
  user = tide_user_id_describe (stages->users, facts.user);
  address = get_address (&facts);
  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
#define ADD(key, type, value)                                                            \
  g_variant_builder_add (&dict, "{sv}", key, g_variant_new_##type (value))
  ADD ("id", uint64, facts.id);
  ADD ("user", string, user);
  ADD ("transport", string, facts.transport);
  ADD ("address", string, address);
  ADD ("connected-usec", uint64, get_opened_real_us (stages, &facts));
  ADD ("idle-usec", uint64, get_now_us (stages) - facts.last_heard_us);
  ADD ("unread-bytes", uint64, facts.n_unread_bytes);
  ADD ("unread-events", uint32, tide_session_count_unread_events (stages->sessions, id));
  ADD ("ready", boolean, facts.is_ready);
  ADD ("slow", boolean, facts.is_slow);
  ADD ("batches", boolean, facts.takes_batches);
#undef ADD
  add_lists (&dict, stages, id);
  return g_variant_builder_end (&dict);
}

/**
 * tide_inspector_list_rooms:
 * @page: which part is wanted
 * @user_data: the inspector
 *
 * Lists rooms that were joined.
 *
 * Returns: (transfer floating): of the type `a(su)`
 */
GVariant *
tide_inspector_list_rooms (const TideBusPage *page, gpointer user_data)
{
  const TideStages *stages = ((TideInspector *) user_data)->stages;
  g_autoptr (GArray) names =
      tide_session_list_rooms (stages->sessions, page->after, page->limit);
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(su)"));
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_array_index (names, const char *, i);

      g_variant_builder_add (
          &list, "(su)", name, tide_session_count_members (stages->sessions, name));
    }
  return g_variant_builder_end (&list);
}

static GVariant *
list_members (const char *room, const TideBusPage *page, gpointer user_data)
{
  const TideStages *stages = ((TideInspector *) user_data)->stages;
  g_autoptr (GArray) ids = NULL;
  GVariantBuilder list;

  if (tide_session_count_members (stages->sessions, room) == 0)
    return NULL;
  ids = tide_session_list_members (stages->sessions, room, page->after_id, page->limit);
  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(ts)"));
  for (guint i = 0; i < ids->len; i++)
    {
      guint64 id = g_array_index (ids, guint64, i);
      TideConnectionFacts facts;
      g_autofree char *user = NULL;

      if (!tide_session_get_connection_facts (stages->sessions, id, &facts))
        continue;
      user = tide_user_id_describe (stages->users, facts.user);
      g_variant_builder_add (&list, "(ts)", id, user);
    }
  return g_variant_builder_end (&list);
}

static char *
print_configuration (gpointer user_data)
{
  return tide_config_print (((TideInspector *) user_data)->config);
}

static const TideBusInspectFuncs inspect_funcs = {
  .list_connections = tide_inspector_list_connections,
  .get_connection = tide_inspector_get_connection,
  .list_users = tide_inspector_list_users,
  .get_user = tide_inspector_get_user,
  .list_rooms = tide_inspector_list_rooms,
  .list_members = list_members,
  .list_subscriptions = tide_inspector_list_subscriptions,
  .list_lanes = tide_inspector_list_lanes,
  .list_busiest = tide_inspector_list_busiest,
  .print_configuration = print_configuration,
  .dump = tide_inspector_dump,
};

/**
 * tide_inspector_fill_funcs:
 * @self: an inspector, which has to outlive whoever calls
 * @funcs: (inout): of these, those that look
 *
 * Lets callers of the bus look through @self.
 */
void
tide_inspector_fill_funcs (TideInspector *self, TideBusFuncs *funcs)
{
  funcs->inspect = &inspect_funcs;
  funcs->inspect_data = self;
}
