/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-list.h"
#include "tide-ctl-target.h"
#include "tide-ctl-text.h"
#include "tide-ctl-value.h"

#include <glib/gi18n.h>

/* What was found under a name. */
typedef struct
{
  const char *kind; /* in JSON */
  const char *name;
  GVariant *details; /* (owned) (nullable), of type a{sv} */
  GVariant *members; /* (owned) (nullable), of a room */
  gboolean has_more;
  gboolean is_room_too; /* a user whose name a room has as well */
} Found;

static void
found_clear (Found *found)
{
  g_clear_pointer (&found->details, g_variant_unref);
  g_clear_pointer (&found->members, g_variant_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Found, found_clear)

/* Returns: whether it is there; no error is set when it is just not found */
static gboolean
get_details (
    TideCtl *self, const char *method, GVariant *argument, Found *found, GError **error)
{
  g_autoptr (GError) call_error = NULL;
  g_autoptr (GVariant) answer = tide_ctl_bus_call (
      self->bus, method, g_variant_new_tuple (&argument, 1), "(a{sv})", &call_error);

  if (answer != NULL)
    found->details = g_variant_get_child_value (answer, 0);
  else if (!g_error_matches (call_error, TIDE_CTL_ERROR, TIDE_CTL_EXIT_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&call_error));
  return answer != NULL;
}

static gboolean
get_members (TideCtl *self, const char *room, guint limit, Found *found, GError **error)
{
  g_autoptr (GError) call_error = NULL;
  TideCtlList list = tide_ctl_list_members;

  list.scope = room;
  found->members =
      tide_ctl_list_fetch (self->bus, &list, limit, &found->has_more, &call_error);
  if (found->members == NULL &&
      !g_error_matches (call_error, TIDE_CTL_ERROR, TIDE_CTL_EXIT_NOT_FOUND))
    g_propagate_error (error, g_steal_pointer (&call_error));
  return found->members != NULL;
}

static gboolean
find_user (TideCtl *self, const TideCtlTarget *target, Found *found, GError **error)
{
  g_auto (Found) room = { 0 };

  if (!get_details (
          self, "Admin.GetUser", g_variant_new_string (target->name), found, error))
    return FALSE;
  found->kind = "user";
  /* If that can't be known, the user is shown all the same. */
  found->is_room_too =
      target->is_room && get_members (self, target->name, 1, &room, NULL);
  return TRUE;
}

static gboolean
find_room (TideCtl *self, const TideCtlTarget *target, Found *found, GError **error)
{
  found->kind = "room";
  return get_members (
      self, target->name, tide_ctl_list_get_limit (self->options), found, error);
}

/* Tries what the word may be, one after the other. */
static gboolean
find (TideCtl *self, const TideCtlTarget *target, Found *found, GError **error)
{
  g_autoptr (GError) problem = NULL;

  found->name = target->name;
  found->kind = "connection";
  if (target->is_connection && get_details (self,
                                            "Admin.GetConnection",
                                            g_variant_new_uint64 (target->id),
                                            found,
                                            &problem))
    return TRUE;
  if (problem == NULL && target->is_user && find_user (self, target, found, &problem))
    return TRUE;
  if (problem == NULL && target->is_room && find_room (self, target, found, &problem))
    return TRUE;
  if (problem == NULL)
    g_set_error (
        &problem,
        TIDE_CTL_ERROR,
        TIDE_CTL_EXIT_NOT_FOUND,
        _ ("There is nothing called “%s”. “tidewirectl connections”, “users” and "
           "“rooms” list what there is."),
        target->name);
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static void
add_heading (TideCtl *self, const Found *found)
{
  g_autofree char *name = tide_ctl_text_clean (found->name, -1);
  g_autofree char *heading = NULL;

  if (g_str_equal (found->kind, "connection"))
    heading = g_strdup_printf (_ ("Connection %s"), name);
  else if (g_str_equal (found->kind, "user"))
    heading = g_strdup_printf (_ ("User %s"), name);
  else
    heading = g_strdup_printf (_ ("Room %s"), name);
  tide_ctl_output_add (self->output, TIDE_CTL_BOLD, heading);
  g_string_append_c (self->output->text, '\n');
}

static void
add_details (TideCtl *self, GVariant *details)
{
  g_autoptr (TideCtlTable) table = tide_ctl_table_new (2);

  tide_ctl_value_add_rows (table, details);
  tide_ctl_output_add_table (self->output, table);
}

static void
add_json (TideCtl *self, const Found *found)
{
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_object_set_string_member (object, "kind", found->kind);
  json_object_set_string_member (object, "name", found->name);
  if (found->details != NULL)
    json_object_set_member (object, "details", json_gvariant_serialize (found->details));
  if (found->members != NULL)
    {
      json_object_set_member (
          object,
          "members",
          tide_ctl_list_make_json (&tide_ctl_list_members, found->members));
      json_object_set_boolean_member (object, "has_more", found->has_more);
    }
  json_node_take_object (node, object);
  tide_ctl_output_add_json (self->output, node, TRUE);
}

/**
 * tide_ctl_verb_show:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Shows all about a connection, a user or a room.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_show (TideCtl *self, GError **error)
{
  g_auto (Found) found = { 0 };
  TideCtlTarget target;

  if (!tide_ctl_target_parse (self->args[0], &target, error) ||
      !find (self, &target, &found, error))
    return FALSE;
  if (self->options->is_json)
    {
      add_json (self, &found);
      return TRUE;
    }
  add_heading (self, &found);
  if (found.details != NULL)
    add_details (self, found.details);
  if (found.members != NULL)
    {
      tide_ctl_list_add_text (self, &tide_ctl_list_members, found.members);
      tide_ctl_list_add_hint (self, found.has_more);
    }
  if (found.is_room_too)
    g_string_append_printf (self->output->text,
                            "%s\n",
                            _ ("There is a room of that name, too: ask for room:NAME."));
  return TRUE;
}
