/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-list.h"

#include <glib/gi18n.h>

/* The verbs that list something differ by a table alone, so they share a file. */

#define COLUMNS(columns) (columns), G_N_ELEMENTS (columns)

static const TideCtlColumn connection_columns[] = {
  { "id", N_ ("ID") },
  { "user", N_ ("User") },
  { "transport", N_ ("Transport") },
  { "address", N_ ("Address") },
  { "connected_usec", N_ ("Connected") },
  { "unread_bytes", N_ ("Unread") },
};

static const TideCtlColumn user_columns[] = {
  { "id", NULL },
  { "user", N_ ("User") },
  { "state", N_ ("State") },
  { "connections", N_ ("Connections") },
  { "tickers", N_ ("Tickers") },
  { "subscriptions", N_ ("Subscriptions") },
  { "pending_events", N_ ("Waiting") },
};

static const TideCtlColumn room_columns[] = {
  { "room", N_ ("Room") },
  { "members", N_ ("Members") },
};

static const TideCtlColumn member_columns[] = {
  { "connection", N_ ("Connection") },
  { "user", N_ ("User") },
};

static const TideCtlColumn subscription_columns[] = {
  { "user_id", NULL },       { "user", N_ ("User") },
  { "type", N_ ("Type") },   { "filters", N_ ("Filters"), .is_json = TRUE },
  { "stays", N_ ("Stays") },
};

static const TideCtlColumn lane_columns[] = {
  { "user_id", NULL },
  { "user", N_ ("User") },
  { "events_per_second", N_ ("Events/s") },
  { "pending_events", N_ ("Waiting") },
  { "pending_bytes", N_ ("Waiting bytes") },
  { "unread_bytes", N_ ("Unread") },
  { "is_slow", N_ ("Slow") },
};

const TideCtlList tide_ctl_list_connections = {
  "connections", "Admin.ListConnections",      "(a(tssstt))",
  NULL,          COLUMNS (connection_columns),
};

const TideCtlList tide_ctl_list_users = {
  "users", "Admin.ListUsers", "(a(tssuuuu))", NULL, COLUMNS (user_columns),
};

const TideCtlList tide_ctl_list_rooms = {
  "rooms", "Admin.ListRooms", "(a(su))", NULL, COLUMNS (room_columns),
};

/* Its scope is the room, which the caller sets. */
const TideCtlList tide_ctl_list_members = {
  "members", "Admin.ListMembers", "(a(ts))", NULL, COLUMNS (member_columns),
};

static const TideCtlList list_subscriptions = {
  "subscriptions",
  "Admin.ListSubscriptions",
  "(a(tsssb))",
  NULL,
  COLUMNS (subscription_columns),
};

const TideCtlList tide_ctl_list_lanes = {
  "lanes", "Admin.ListLanes", "(a(tsuuttb))", NULL, COLUMNS (lane_columns),
};

static gboolean
run (TideCtl *self, const TideCtlList *list, GError **error)
{
  gboolean has_more;
  g_autoptr (GVariant) rows = tide_ctl_list_fetch (
      self->bus, list, tide_ctl_list_get_limit (self->options), &has_more, error);

  if (rows == NULL)
    return FALSE;
  if (self->options->is_json)
    {
      JsonObject *object = json_object_new ();
      JsonNode *node = json_node_new (JSON_NODE_OBJECT);

      json_object_set_member (object, list->name, tide_ctl_list_make_json (list, rows));
      json_object_set_boolean_member (object, "has_more", has_more);
      json_node_take_object (node, object);
      tide_ctl_output_add_json (self->output, node, TRUE);
      return TRUE;
    }
  tide_ctl_list_add_text (self, list, rows);
  tide_ctl_list_add_hint (self, has_more);
  return TRUE;
}

/**
 * tide_ctl_verb_connections:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Lists connections.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_connections (TideCtl *self, GError **error)
{
  return run (self, &tide_ctl_list_connections, error);
}

/**
 * tide_ctl_verb_users:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Lists users.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_users (TideCtl *self, GError **error)
{
  return run (self, &tide_ctl_list_users, error);
}

/**
 * tide_ctl_verb_rooms:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Lists rooms.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_rooms (TideCtl *self, GError **error)
{
  return run (self, &tide_ctl_list_rooms, error);
}

/**
 * tide_ctl_verb_subscriptions:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Lists subscriptions.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_subscriptions (TideCtl *self, GError **error)
{
  return run (self, &list_subscriptions, error);
}

/**
 * tide_ctl_verb_lanes:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Lists lanes.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_lanes (TideCtl *self, GError **error)
{
  return run (self, &tide_ctl_list_lanes, error);
}
