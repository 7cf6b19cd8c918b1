/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-text.h"
#include "tide-ctl.h"

#include <glib/gi18n.h>

/* tidewired's exit code for mistakes in the configuration. */
#define BAD_CONFIG 3

static void
add_check_json (TideCtl *self, gboolean is_good, const char *problems)
{
  JsonObject *object = json_object_new ();
  JsonArray *array = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *valid = g_utf8_make_valid (problems, -1);
  g_auto (GStrv) lines = g_strsplit (valid, "\n", -1);

  for (guint i = 0; !is_good && lines[i] != NULL; i++)
    if (*lines[i] != '\0')
      json_array_add_string_element (array, lines[i]);
  json_object_set_boolean_member (object, "is_good", is_good);
  json_object_set_array_member (object, "problems", array);
  json_node_take_object (node, object);
  tide_ctl_output_add_json (self->output, node, TRUE);
}

/* The service's own program checks, so that there is one truth about what is good. */
static GSubprocess *
spawn_check (const char *file, GError **error)
{
  const char *program = g_getenv ("TIDEWIRED");
  g_autofree char *option = file != NULL ? g_strconcat ("--config=", file, NULL) : NULL;
  const char *argv[] = {
    program != NULL ? program : TIDE_LIBEXECDIR "/tidewired",
    "--check-config",
    option,
    NULL,
  };
  GSubprocess *child = g_subprocess_newv (
      argv, G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_PIPE, error);

  if (child == NULL)
    g_prefix_error (error, _ ("%s can't be run, which checks the file: "), argv[0]);
  return child;
}

static gboolean
check (TideCtl *self, const char *file, GError **error)
{
  g_autoptr (GSubprocess) child = spawn_check (file, error);
  g_autoptr (GBytes) output = NULL;
  g_autofree char *problems = NULL;
  gboolean is_good;

  if (child == NULL ||
      !g_subprocess_communicate (child, NULL, NULL, NULL, &output, error))
    return FALSE;
  problems = g_strndup (g_bytes_get_data (output, NULL), g_bytes_get_size (output));
  is_good = g_subprocess_get_successful (child);
  if (self->options->is_json)
    add_check_json (self, is_good, problems);
  else if (is_good)
    g_string_append_printf (self->output->text, "%s\n", _ ("The configuration is good."));
  if (!is_good)
    g_set_error_literal (error,
                         TIDE_CTL_ERROR,
                         g_subprocess_get_if_exited (child) &&
                                 g_subprocess_get_exit_status (child) == BAD_CONFIG
                             ? TIDE_CTL_EXIT_BAD_CONFIG
                             : TIDE_CTL_EXIT_FAILED,
                         g_strchomp (problems));
  return is_good;
}

static gboolean
show (TideCtl *self, GDBusConnection *bus, GError **error)
{
  g_autoptr (GVariant) answer =
      tide_ctl_bus_call (bus, "Admin.GetConfiguration", NULL, "(s)", error);
  const char *text;

  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(&s)", &text);
  if (self->options->is_json)
    {
      JsonObject *object = json_object_new ();
      JsonNode *node = json_node_new (JSON_NODE_OBJECT);

      json_object_set_string_member (object, "configuration", text);
      json_node_take_object (node, object);
      tide_ctl_output_add_json (self->output, node, TRUE);
      return TRUE;
    }
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL && (*lines[i] != '\0' || lines[i + 1] != NULL); i++)
    {
      g_autofree char *clean = tide_ctl_text_clean (lines[i], -1);

      tide_ctl_output_add (self->output, *clean == '#' ? TIDE_CTL_FAINT : NULL, clean);
      g_string_append_c (self->output->text, '\n');
    }
  return TRUE;
}

/**
 * tide_ctl_verb_config:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Shows the configuration in force, or checks a file.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_config (TideCtl *self, GError **error)
{
  g_autoptr (GDBusConnection) bus = NULL;

  if (g_str_equal (self->args[0], "check"))
    return check (self, self->n_args > 1 ? self->args[1] : NULL, error);
  if (!g_str_equal (self->args[0], "show") || self->n_args > 1)
    {
      tide_ctl_set_usage_error (
          error, _ ("There is nothing to do with “%s”."), self->args[self->n_args - 1]);
      return FALSE;
    }
  bus = tide_ctl_bus_connect (self->options->bus, error);
  return bus != NULL && show (self, bus, error);
}
