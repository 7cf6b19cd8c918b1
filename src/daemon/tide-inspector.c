/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Connections and rooms. Users are in tide-inspector-users.c, what they asked for in
 * tide-inspector-subscriptions.c, what waits for them in tide-inspector-lanes.c, all of
 * it at once in tide-inspector-dump.c. */

#include "tide-inspector.h"

#include "tide-config-text.h"
#include "tide-session-list.h"
#include "tide-user-id.h"
#include "tide-visitors.h"

static gint64
get_now_us (const TideStages *stages)
{
  return tide_clock_now_us (stages->clock);
}

/**
 * tide_inspector_to_wall_us:
 * @self: an inspector
 * @monotonic_us: monotonic time in microseconds
 *
 * Works out a time by the clock on the wall, which is the same whenever it is asked for.
 * Only when that clock is set by a second or more another one is given.
 *
 * Returns: that time, in microseconds since 1970
 */
guint64
tide_inspector_to_wall_us (TideInspector *self, gint64 monotonic_us)
{
  gint64 offset_us = g_get_real_time () - get_now_us (self->stages);

  if (ABS (offset_us - self->wall_offset_us) >= G_USEC_PER_SEC)
    self->wall_offset_us = offset_us;
  return monotonic_us + self->wall_offset_us;
}

static void
write_connections (TideInspector *self, const TideBusPage *page, TideRows *rows)
{
  const TideStages *stages = self->stages;
  guint n_max = MIN (page->limit, stages->counters->connections);
  g_autofree TideConnectionFacts *facts = g_new (TideConnectionFacts, n_max);
  guint n =
      tide_session_list_connections (stages->sessions, page->after_id, facts, n_max);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *user = tide_user_id_describe (stages->users, facts[i].user);
      g_autofree char *address = tide_visitor_to_string (facts[i].visitor);

      tide_rows_add (rows,
                     facts[i].id,
                     user,
                     facts[i].transport,
                     address,
                     tide_inspector_to_wall_us (self, facts[i].opened_us),
                     (guint64) facts[i].n_unread_bytes);
    }
}

static const char *const connection_members[] = {
  "id", "user", "transport", "address", "connected_usec", "unread_bytes"
};

const TideInspectorList tide_inspector_connections = {
  { "connections", "(tssstt)", connection_members },
  write_connections,
};

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
  TideInspector *self = user_data;
  const TideStages *stages = self->stages;
  TideConnectionFacts facts;
  g_autofree char *user = NULL;
  g_autofree char *address = NULL;
  GVariantBuilder dict;

  if (!tide_session_get_connection_facts (stages->sessions, id, &facts))
    return NULL;
  user = tide_user_id_describe (stages->users, facts.user);
  address = tide_visitor_to_string (facts.visitor);
  g_variant_builder_init (&dict, G_VARIANT_TYPE_VARDICT);
#define ADD(key, type, value)                                                            \
  g_variant_builder_add (&dict, "{sv}", key, g_variant_new_##type (value))
  ADD ("id", uint64, facts.id);
  ADD ("user", string, user);
  ADD ("transport", string, facts.transport);
  ADD ("address", string, address);
  ADD ("connected-usec", uint64, tide_inspector_to_wall_us (self, facts.opened_us));
  ADD ("idle-usec", uint64, get_now_us (stages) - facts.last_heard_us);
  ADD ("unread-bytes", uint64, facts.n_unread_bytes);
  ADD ("unread-events", uint32, tide_session_count_unread_events (stages->sessions, id));
  ADD ("ready", boolean, facts.is_ready);
  ADD ("slow", boolean, facts.is_slow);
  ADD ("batches", boolean, facts.takes_batches);
  if (facts.login_end_us > 0)
    ADD ("login-expires-usec",
         uint64,
         tide_inspector_to_wall_us (self, facts.login_end_us));
#undef ADD
  add_lists (&dict, stages, id);
  return g_variant_builder_end (&dict);
}

static void
write_rooms (TideInspector *self, const TideBusPage *page, TideRows *rows)
{
  TideWebSocketManager *sessions = self->stages->sessions;
  g_autoptr (GArray) names = tide_session_list_rooms (sessions, page->after, page->limit);

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_array_index (names, const char *, i);

      tide_rows_add (rows, name, tide_session_count_members (sessions, name));
    }
}

static const char *const room_members[] = { "room", "members" };

const TideInspectorList tide_inspector_rooms = {
  { "rooms", "(su)", room_members },
  write_rooms,
};

/**
 * tide_inspector_make_list:
 * @list: what is listed
 * @page: which part is wanted
 * @user_data: the inspector
 *
 * Returns: (transfer floating): an array of rows
 */
GVariant *
tide_inspector_make_list (const TideInspectorList *list,
                          const TideBusPage *page,
                          gpointer user_data)
{
  TideRows *rows = tide_rows_new (&list->info, NULL);

  list->write (user_data, page, rows);
  return tide_rows_finish (rows);
}

static GVariant *
list_connections (const TideBusPage *page, gpointer user_data)
{
  return tide_inspector_make_list (&tide_inspector_connections, page, user_data);
}

static GVariant *
list_users (const TideBusPage *page, gpointer user_data)
{
  return tide_inspector_make_list (&tide_inspector_users, page, user_data);
}

static GVariant *
list_rooms (const TideBusPage *page, gpointer user_data)
{
  return tide_inspector_make_list (&tide_inspector_rooms, page, user_data);
}

static GVariant *
list_subscriptions (const TideBusPage *page, gpointer user_data)
{
  return tide_inspector_make_list (&tide_inspector_subscriptions, page, user_data);
}

static GVariant *
list_lanes (const TideBusPage *page, gpointer user_data)
{
  return tide_inspector_make_list (&tide_inspector_lanes, page, user_data);
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
  .list_connections = list_connections,
  .get_connection = tide_inspector_get_connection,
  .list_users = list_users,
  .get_user = tide_inspector_get_user,
  .list_rooms = list_rooms,
  .list_members = list_members,
  .list_subscriptions = list_subscriptions,
  .list_lanes = list_lanes,
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
