/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-target.h"
#include "tide-ctl-value.h"
#include "tide-ctl.h"

#include <glib/gi18n.h>

/* Verbs that are one call each. */

/* Returns: whether the call went well; it answers with one number */
static gboolean
call_for_number (TideCtl *self,
                 const char *method,
                 GVariant *parameters,
                 guint *number,
                 GError **error)
{
  g_autoptr (GVariant) answer =
      tide_ctl_bus_call (self->bus, method, parameters, "(u)", error);

  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(u)", number);
  return TRUE;
}

static gboolean
call_and_say (TideCtl *self,
              const char *method,
              GVariant *parameters,
              const char *text,
              GError **error)
{
  g_autoptr (GVariant) answer =
      tide_ctl_bus_call (self->bus, method, parameters, "()", error);

  if (answer == NULL)
    return FALSE;
  tide_ctl_say (self, NULL, 0, g_strdup (text));
  return TRUE;
}

static void
say_closed (TideCtl *self, guint n)
{
  tide_ctl_say (
      self,
      "closed",
      n,
      g_strdup_printf (
          ngettext ("%u connection was closed.", "%u connections were closed.", n), n));
}

/**
 * tide_ctl_verb_disconnect:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Closes a connection, or all of a user.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_disconnect (TideCtl *self, GError **error)
{
  TideCtlTarget target;
  guint n_closed = 1;

  if (!tide_ctl_target_parse (self->args[0], &target, error))
    return FALSE;
  if (!target.is_connection && !target.is_user)
    {
      tide_ctl_set_usage_error (
          error, _ ("A room can't be disconnected, only a connection or a user."));
      return FALSE;
    }
  if (target.is_connection)
    {
      g_autoptr (GVariant) answer = tide_ctl_bus_call (
          self->bus, "Admin.Disconnect", g_variant_new ("(t)", target.id), "()", error);

      if (answer == NULL)
        return FALSE;
    }
  else if (!call_for_number (self,
                             "Admin.DisconnectUser",
                             g_variant_new ("(s)", target.name),
                             &n_closed,
                             error))
    return FALSE;
  say_closed (self, n_closed);
  return TRUE;
}

/**
 * tide_ctl_verb_logout:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Logs a user out.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_logout (TideCtl *self, GError **error)
{
  guint n_closed;

  if (!call_for_number (
          self, "Admin.LogOut", g_variant_new ("(s)", self->args[0]), &n_closed, error))
    return FALSE;
  say_closed (self, n_closed);
  return TRUE;
}

static gboolean
check_publish_args (TideCtl *self, GError **error)
{
  guint n_wanted = self->options->channel != NULL ? 1 : 3;

  if (self->n_args != n_wanted)
    {
      tide_ctl_set_usage_error (
          error,
          _ ("“publish” takes AUDIENCE TYPE PAYLOAD, or with --channel=CHANNEL a PAYLOAD "
             "alone."));
      return FALSE;
    }
  if (self->options->channel != NULL && self->options->priority != NULL)
    {
      tide_ctl_set_usage_error (
          error, _ ("With --channel the route decides about the priority."));
      return FALSE;
    }
  return TRUE;
}

/**
 * tide_ctl_verb_publish:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Delivers an event.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_publish (TideCtl *self, GError **error)
{
  const TideCtlOptions *options = self->options;
  g_autofree char *payload = NULL;
  const char *method = "Admin.Publish";
  GVariant *parameters;
  guint n_users;

  if (!check_publish_args (self, error) ||
      !tide_ctl_read_payload (self->args[self->n_args - 1], &payload, error))
    return FALSE;
  if (options->channel != NULL)
    {
      method = "Admin.PublishThroughRoute";
      parameters = g_variant_new ("(ss)", options->channel, payload);
    }
  else
    parameters = g_variant_new ("(ssss)",
                                self->args[0],
                                self->args[1],
                                payload,
                                options->priority != NULL ? options->priority : "");
  if (!call_for_number (self, method, parameters, &n_users, error))
    return FALSE;
  tide_ctl_say (
      self,
      "n_users",
      n_users,
      g_strdup_printf (ngettext ("It is for %u user.", "It is for %u users.", n_users),
                       n_users));
  return TRUE;
}

/**
 * tide_ctl_verb_drain:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Sends all clients away.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_drain (TideCtl *self, GError **error)
{
  int deadline_s = self->options->deadline_s;

  if (self->options->is_undrain)
    return tide_ctl_verb_undrain (self, error);
  return call_and_say (
      self,
      "Admin.Drain",
      g_variant_new ("(u)", deadline_s > 0 ? (guint) deadline_s : 0),
      _ ("Clients are being sent away. “tidewirectl undrain” lets them in again."),
      error);
}

/**
 * tide_ctl_verb_undrain:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Lets clients in again.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_undrain (TideCtl *self, GError **error)
{
  return call_and_say (
      self, "Admin.Undrain", NULL, _ ("Clients are let in again."), error);
}

/**
 * tide_ctl_verb_reload:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Has the configuration read again.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_reload (TideCtl *self, GError **error)
{
  return call_and_say (
      self, "Admin.Reload", NULL, _ ("The configuration is in force."), error);
}

static gboolean
check_level (const char *level, GError **error)
{
  const char *const levels[] = {
    "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug", NULL,
  };

  if (g_strv_contains (levels, level))
    return TRUE;
  tide_ctl_set_usage_error (error,
                            _ ("“%s” is no level of a log. There are emerg, alert, crit, "
                               "err, warning, notice, info and debug."),
                            level);
  return FALSE;
}

/**
 * tide_ctl_verb_log_level:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Shows how much goes to the log, or changes it.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_log_level (TideCtl *self, GError **error)
{
  const char *level = self->n_args > 0 ? self->args[0] : NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) value = NULL;

  if (level != NULL && !check_level (level, error))
    return FALSE;
  answer = tide_ctl_bus_log_level (self->bus, level, error);
  if (answer == NULL)
    return FALSE;
  if (level != NULL)
    {
      tide_ctl_say (self, NULL, 0, g_strdup (_ ("The level of the log is changed.")));
      return TRUE;
    }
  g_variant_get (answer, "(v)", &value);
  if (self->options->is_json)
    {
      JsonObject *object = json_object_new ();
      JsonNode *node = json_node_new (JSON_NODE_OBJECT);

      json_object_set_member (object, "level", json_gvariant_serialize (value));
      json_node_take_object (node, object);
      tide_ctl_output_add_json (self->output, node, FALSE);
    }
  else
    tide_ctl_say (self, NULL, 0, tide_ctl_value_to_text ("level", value));
  return TRUE;
}
