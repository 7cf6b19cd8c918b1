/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl.h"

#include <glib/gi18n.h>

#include <string.h>

#define N_LIMITS 4
#define N_USER_LIMITS 2

static const char *const names[N_LIMITS] = {
  "events-per-second",
  "urgent-events-per-second",
  "batch-window-msec",
  "batch-max-events",
};

typedef struct
{
  guint values[N_LIMITS];
  gboolean is_set[N_LIMITS];
} Limits;

static gboolean
fetch (TideCtl *self, Limits *limits, GError **error)
{
  g_autoptr (GVariant) answer =
      tide_ctl_bus_call (self->bus, "Manager.GetDeliveryLimits", NULL, "(uuuu)", error);

  if (answer == NULL)
    return FALSE;
  for (guint i = 0; i < N_LIMITS; i++)
    g_variant_get_child (answer, i, "u", &limits->values[i]);
  return TRUE;
}

/* Those of the user alone or, when there are none, of all. */
static gboolean
fetch_of_user (TideCtl *self, Limits *limits, GError **error)
{
  g_autoptr (GVariant) details = NULL;
  g_autoptr (GVariant) answer =
      tide_ctl_bus_call (self->bus,
                         "Admin.GetUser",
                         g_variant_new ("(s)", self->options->user),
                         "(a{sv})",
                         error);

  if (answer == NULL || !fetch (self, limits, error))
    return FALSE;
  details = g_variant_get_child_value (answer, 0);
  g_variant_lookup (details, "limits", "(uu)", &limits->values[0], &limits->values[1]);
  return TRUE;
}

static void
show (TideCtl *self, const Limits *limits, guint n_limits)
{
  g_autoptr (TideCtlTable) table = tide_ctl_table_new (2);
  JsonObject *object;
  JsonNode *node;

  if (!self->options->is_json)
    {
      tide_ctl_table_set_right (table, 1);
      for (guint i = 0; i < n_limits; i++)
        {
          tide_ctl_table_add (table, 0, names[i]);
          tide_ctl_table_take (table, 1, g_strdup_printf ("%u", limits->values[i]));
        }
      tide_ctl_output_add_table (self->output, table);
      return;
    }
  object = json_object_new ();
  node = json_node_new (JSON_NODE_OBJECT);
  for (guint i = 0; i < n_limits; i++)
    json_object_set_int_member (object, names[i], limits->values[i]);
  json_node_take_object (node, object);
  tide_ctl_output_add_json (self->output, node, TRUE);
}

static gboolean
parse_one (const char *word, guint n_names, Limits *limits, GError **error)
{
  const char *equals = strchr (word, '=');
  guint64 number;

  for (guint i = 0; equals != NULL && i < n_names; i++)
    if (strlen (names[i]) == (gsize) (equals - word) &&
        strncmp (word, names[i], strlen (names[i])) == 0 &&
        g_ascii_string_to_unsigned (equals + 1, 10, 0, G_MAXUINT32, &number, NULL))
      {
        limits->values[i] = (guint) number;
        limits->is_set[i] = TRUE;
        return TRUE;
      }
  tide_ctl_set_usage_error (error,
                            _ ("“%s” can't be set. It is NAME=NUMBER, with a name of "
                               "those that “tidewirectl limits --help” lists."),
                            word);
  return FALSE;
}

static gboolean
parse (TideCtl *self, guint n_names, Limits *limits, GError **error)
{
  if (self->n_args < 2)
    {
      tide_ctl_set_usage_error (error, _ ("“limits set” needs NAME=NUMBER."));
      return FALSE;
    }
  for (guint i = 1; i < self->n_args; i++)
    if (!parse_one (self->args[i], n_names, limits, error))
      return FALSE;
  return TRUE;
}

static gboolean
set_for_user (TideCtl *self, GError **error)
{
  Limits limits = { 0 };
  g_autoptr (GVariant) answer = NULL;

  if (!parse (self, N_USER_LIMITS, &limits, error))
    return FALSE;
  if (!limits.is_set[0] || !limits.is_set[1])
    {
      tide_ctl_set_usage_error (error,
                                _ ("For one user, events-per-second and "
                                   "urgent-events-per-second are set together."));
      return FALSE;
    }
  answer = tide_ctl_bus_call (
      self->bus,
      "Admin.SetUserDeliveryLimits",
      g_variant_new ("(suu)", self->options->user, limits.values[0], limits.values[1]),
      "()",
      error);
  if (answer == NULL)
    return FALSE;
  tide_ctl_say (self, NULL, 0, g_strdup (_ ("The limits of this user are changed.")));
  return TRUE;
}

static gboolean
set_for_all (TideCtl *self, GError **error)
{
  Limits limits = { 0 };
  g_autoptr (GVariant) answer = NULL;

  /* The words first: nothing is asked of the service for a mistake. */
  if (!parse (self, N_LIMITS, &limits, error) || !fetch (self, &limits, error) ||
      !parse (self, N_LIMITS, &limits, error))
    return FALSE;
  answer = tide_ctl_bus_call (self->bus,
                              "Admin.SetDeliveryLimits",
                              g_variant_new ("(uuuu)",
                                             limits.values[0],
                                             limits.values[1],
                                             limits.values[2],
                                             limits.values[3]),
                              "()",
                              error);
  if (answer == NULL)
    return FALSE;
  show (self, &limits, N_LIMITS);
  return TRUE;
}

static gboolean
reset (TideCtl *self, GError **error)
{
  g_autoptr (GVariant) answer = NULL;

  if (self->options->user == NULL || self->n_args != 1)
    {
      tide_ctl_set_usage_error (error,
                                _ ("“limits reset” takes --user=NAME, and nothing else. "
                                   "For all users, “tidewirectl reload” puts what the "
                                   "configuration says in force again."));
      return FALSE;
    }
  answer = tide_ctl_bus_call (self->bus,
                              "Admin.ResetUserDeliveryLimits",
                              g_variant_new ("(s)", self->options->user),
                              "()",
                              error);
  if (answer == NULL)
    return FALSE;
  tide_ctl_say (self, NULL, 0, g_strdup (_ ("This user has the limits of all again.")));
  return TRUE;
}

/**
 * tide_ctl_verb_limits:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Shows how many events users get, or changes it.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_limits (TideCtl *self, GError **error)
{
  Limits limits = { 0 };

  if (self->n_args > 0 && g_str_equal (self->args[0], "set"))
    return self->options->user != NULL ? set_for_user (self, error)
                                       : set_for_all (self, error);
  if (self->n_args > 0 && g_str_equal (self->args[0], "reset"))
    return reset (self, error);
  if (self->n_args > 0)
    {
      tide_ctl_set_usage_error (
          error, _ ("There is nothing to do with “%s”."), self->args[0]);
      return FALSE;
    }
  if (!(self->options->user != NULL ? fetch_of_user : fetch) (self, &limits, error))
    return FALSE;
  show (self, &limits, self->options->user != NULL ? N_USER_LIMITS : N_LIMITS);
  return TRUE;
}
