/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl.h"

#include "tide-ctl-text.h"

#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>

#include <string.h>
#include <unistd.h>

/* Nothing that the service takes is longer. */
#define MAX_PAYLOAD_BYTES (1024 * 1024)

/**
 * tide_ctl_set_usage_error:
 * @error: return location for an error
 * @format: as for printf()
 * @...: its values
 *
 * Fails with %TIDE_CTL_EXIT_USAGE.
 */
void
tide_ctl_set_usage_error (GError **error, const char *format, ...)
{
  va_list values;

  va_start (values, format);
  g_propagate_error (
      error, g_error_new_valist (TIDE_CTL_ERROR, TIDE_CTL_EXIT_USAGE, format, values));
  va_end (values);
}

/**
 * tide_ctl_say:
 * @self: what a verb works with
 * @json_name: (nullable): the name of @number in JSON
 * @number: what came of it
 * @text: (transfer full): the same for a person, one sentence
 *
 * Says what a verb that changes something has done.
 */
void
tide_ctl_say (TideCtl *self, const char *json_name, guint64 number, char *text)
{
  if (self->options->is_json)
    {
      JsonObject *object = json_object_new ();
      JsonNode *node = json_node_new (JSON_NODE_OBJECT);

      if (json_name != NULL)
        json_object_set_int_member (object, json_name, (gint64) number);
      json_node_take_object (node, object);
      tide_ctl_output_add_json (self->output, node, FALSE);
    }
  else
    g_string_append_printf (self->output->text, "%s\n", text);
  g_free (text);
}

/**
 * tide_ctl_read_payload:
 * @arg: an argument; `-` stands for standard input
 * @payload: (out): the payload
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Gives a payload that can be sent over the bus.
 *
 * Returns: whether it could be read; what it says is the service's to judge
 */
gboolean
tide_ctl_read_payload (const char *arg, char **payload, GError **error)
{
  g_autofree char *text = g_strdup (arg);

  if (g_str_equal (arg, "-"))
    {
      g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
      gsize length = 0;

      g_free (text);
      text = g_malloc (MAX_PAYLOAD_BYTES + 2);
      if (!g_input_stream_read_all (
              input, text, MAX_PAYLOAD_BYTES + 1, &length, NULL, error))
        return FALSE;
      text[length] = '\0';
      if (length > MAX_PAYLOAD_BYTES)
        {
          tide_ctl_set_usage_error (error, _ ("The payload is longer than 1 MiB."));
          return FALSE;
        }
      if (!g_utf8_validate_len (text, length, NULL))
        {
          tide_ctl_set_usage_error (error, _ ("The payload is not UTF-8."));
          return FALSE;
        }
      g_strchomp (text);
    }
  *payload = g_steal_pointer (&text);
  return TRUE;
}

/* Takes the options apart that stand in front of the verb: only then it is known. */
static gboolean
parse_front (TideCtlOptions *options, GStrv *words, GError **error)
{
  g_autoptr (GOptionContext) context = tide_ctl_options_make_context (options, NULL, 0);

  g_option_context_set_strict_posix (context, TRUE);
  return g_option_context_parse_strv (context, words, error);
}

static gboolean
check_args (const TideCtl *self, const TideCtlVerb *verb, GError **error)
{
  if (self->n_args < verb->min_args)
    {
      tide_ctl_set_usage_error (error,
                                _ ("“%s” needs more: %s"),
                                verb->name,
                                verb->args != NULL ? _ (verb->args) : "");
      return FALSE;
    }
  for (guint i = 0; i < self->n_args; i++)
    if (!g_utf8_validate (self->args[i], -1, NULL))
      {
        tide_ctl_set_usage_error (error, _ ("Argument %u is not UTF-8."), i + 1);
        return FALSE;
      }
  if (self->n_args > verb->max_args)
    {
      tide_ctl_set_usage_error (
          error, _ ("There is nothing to do with “%s”."), self->args[verb->max_args]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
run_verb (TideCtlOptions *options, const TideCtlVerb *verb, GStrv args, GError **error)
{
  g_autoptr (TideCtlOutput) output = NULL;
  g_autoptr (GDBusConnection) bus = NULL;
  TideCtl self = { .options = options, .args = args, .n_args = g_strv_length (args) };

  if (!check_args (&self, verb, error) || !tide_ctl_options_check (options, error))
    return FALSE;
  if (!verb->has_no_bus)
    {
      bus = tide_ctl_bus_connect (options->bus, error);
      if (bus == NULL)
        return FALSE;
    }
  output = tide_ctl_output_new (tide_ctl_options_get_colour (options),
                                !options->has_no_pager && !options->is_json);
  output->is_utf8 = options->is_json;
  self.output = output;
  self.bus = bus;
  if (!verb->run (&self, error))
    {
      /* What is known is worth seeing even so. */
      tide_ctl_output_flush (output, NULL);
      return FALSE;
    }
  return tide_ctl_output_show (output, error);
}

static gboolean
print (const char *text, GError **error)
{
  g_autoptr (TideCtlOutput) output = tide_ctl_output_new (TIDE_CTL_COLOUR_NEVER, FALSE);

  g_string_append (output->text, text);
  return tide_ctl_output_flush (output, error);
}

/* @words: the command line, with the program's name */
static gboolean
run_words (TideCtlOptions *options, GStrv *words, GError **error)
{
  g_autoptr (GOptionContext) context = NULL;
  const TideCtlVerb *verb = NULL;

  if (!parse_front (options, words, error))
    return FALSE;
  if ((*words)[0] != NULL && (*words)[1] != NULL)
    {
      verb = tide_ctl_verbs_find ((*words)[1]);
      if (verb == NULL)
        {
          tide_ctl_set_usage_error (error, _ ("There is no verb “%s”."), (*words)[1]);
          return FALSE;
        }
    }
  /* The words of completion are somebody else's, options among them. */
  context =
      tide_ctl_options_make_context (options, NULL, verb != NULL ? verb->options : 0);
  if (verb != NULL && !verb->is_hidden &&
      !g_option_context_parse_strv (context, words, error))
    return FALSE;
  if (options->show_help)
    {
      g_autofree char *help =
          tide_ctl_help_make (options, verb != NULL && verb->is_hidden ? NULL : verb);

      return print (help, error);
    }
  if (options->show_version)
    return print ("tidewirectl " PACKAGE_VERSION "\n", error);
  if (verb == NULL)
    {
      tide_ctl_set_usage_error (error, _ ("What is to be done? Name a verb."));
      return FALSE;
    }

  GStrv args = *words + 2;

  if (*args != NULL && g_str_equal (*args, "--") && !verb->is_hidden)
    args++;
  return run_verb (options, verb, args, error);
}

/**
 * tide_ctl_run:
 * @argv: the command line, the program's name first
 *
 * Does what the command line says, and tells what goes wrong on standard error.
 *
 * Returns: the exit code
 */
int
tide_ctl_run (char **argv)
{
  g_autoptr (TideCtlOptions) options = tide_ctl_options_new ();
  g_auto (GStrv) words = g_strdupv (argv);
  g_autoptr (GError) error = NULL;
  TideCtlExit code;

  if (run_words (options, &words, &error))
    return TIDE_CTL_EXIT_OK;
  code = error->domain == G_OPTION_ERROR ? TIDE_CTL_EXIT_USAGE
                                         : tide_ctl_error_get_exit (error);
  /* Several lines are good: a configuration may have many mistakes. */
  for (char *line = error->message; line != NULL;)
    {
      char *next = strchr (line, '\n');
      g_autofree char *safe = tide_ctl_text_clean (line, next != NULL ? next - line : -1);

      g_printerr ("%s%s\n", line == error->message ? "tidewirectl: " : "", safe);
      line = next != NULL ? next + 1 : NULL;
    }
  if (code == TIDE_CTL_EXIT_USAGE)
    g_printerr ("%s\n", _ ("Try “tidewirectl --help”."));
  return code;
}
