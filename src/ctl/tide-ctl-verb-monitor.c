/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-text.h"
#include "tide-ctl.h"
#include "tide-json-scan.h"

#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>

#include <string.h>

/* What the line of an event is made of. A member that is not there is left out. */
static const char *
get_text (JsonObject *event, const char *name)
{
  JsonNode *node = json_object_get_member (event, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
             ? json_node_get_string (node)
             : "";
}

static const char *
get_priority_style (const char *priority)
{
  if (g_str_equal (priority, "critical"))
    return TIDE_CTL_RED;
  return g_str_equal (priority, "high") ? TIDE_CTL_YELLOW : NULL;
}

static char *
get_clock_time (JsonObject *event)
{
  gint64 time_us = json_object_get_int_member_with_default (event, "time_usec", 0);
  g_autoptr (GDateTime) time =
      time_us > 0 ? g_date_time_new_from_unix_local (time_us / G_USEC_PER_SEC) : NULL;
  g_autofree char *text = time != NULL ? g_date_time_format (time, "%H:%M:%S") : NULL;

  return text != NULL ? g_strdup_printf ("%s.%03d", text, (int) (time_us / 1000 % 1000))
                      : g_strdup ("?");
}

/* Returns: (transfer full): the payload as it was published; parsed and written again,
 * numbers would look different */
static char *
get_payload (const char *line)
{
  TideJsonField field = { .name = "payload", .parent = -1 };
  TideJsonKind kind;

  if (tide_json_scan (line, strlen (line), &field, 1, &kind) != TIDE_JSON_OK ||
      field.kind == TIDE_JSON_NONE)
    return g_strdup ("");
  return g_strndup (field.start, field.length);
}

static void
add_event (TideCtl *self, JsonObject *event, const char *line)
{
  const char *priority = get_text (event, "priority");
  g_autofree char *json = get_payload (line);
  g_autofree char *time = get_clock_time (event);
  g_autofree char *head = g_strdup_printf (
      "%s  %s  %s", get_text (event, "type"), get_text (event, "key"), priority);
  g_autofree char *tail =
      g_strdup_printf ("  → %" G_GINT64_FORMAT "  %s",
                       json_object_get_int_member_with_default (event, "n_users", 0),
                       json);
  g_autofree char *clean_head = tide_ctl_text_clean (head, -1);
  g_autofree char *clean_tail = tide_ctl_text_clean (tail, -1);
  guint used = tide_ctl_text_get_width (time) + 2 + tide_ctl_text_get_width (clean_head);
  g_autofree char *cut = NULL;

  if (self->output->width > 0)
    cut = tide_ctl_text_fit (clean_tail,
                             self->output->width > used ? self->output->width - used : 1);
  tide_ctl_output_add (self->output, TIDE_CTL_FAINT, time);
  g_string_append (self->output->text, "  ");
  tide_ctl_output_add (self->output, get_priority_style (priority), clean_head);
  g_string_append_printf (self->output->text, "%s\n", cut != NULL ? cut : clean_tail);
}

static void
add_lost (TideCtl *self, gint64 n_lost)
{
  guint n = (guint) CLAMP (n_lost, 0, G_MAXUINT);
  g_autofree char *text = g_strdup_printf (
      ngettext ("(%u event was lost: they come faster than they are read)",
                "(%u events were lost: they come faster than they are read)",
                n),
      n);

  tide_ctl_output_add (self->output, TIDE_CTL_YELLOW, text);
  g_string_append_c (self->output->text, '\n');
}

/* Returns: whether the line was an event */
static gboolean
add_line (TideCtl *self, const char *line)
{
  g_autoptr (JsonNode) node = json_from_string (line, NULL);
  JsonObject *event =
      node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  gboolean is_lost = event != NULL && json_object_has_member (event, "lost");

  if (event == NULL)
    return FALSE;
  if (self->options->is_json)
    {
      g_autofree char *safe = tide_ctl_text_make_json_safe (line);

      g_string_append_printf (self->output->text, "%s\n", safe);
    }
  else if (is_lost)
    add_lost (self, json_object_get_int_member_with_default (event, "lost", 0));
  else
    add_event (self, event, line);
  return !is_lost;
}

/* Returns: %TRUE when as many as were asked for have come */
static gboolean
follow (TideCtl *self, GDataInputStream *lines, GError **error)
{
  int n_left = self->options->count;
  GError *read_error = NULL;

  while (n_left != 0)
    {
      g_autofree char *line =
          g_data_input_stream_read_line (lines, NULL, NULL, &read_error);

      if (line == NULL)
        break;
      if (add_line (self, line) && n_left > 0)
        n_left--;
      if (!tide_ctl_output_flush (self->output, &read_error))
        break;
    }
  if (read_error != NULL)
    g_propagate_error (error, read_error);
  else if (n_left != 0)
    g_set_error (error,
                 TIDE_CTL_ERROR,
                 TIDE_CTL_EXIT_NOT_RUNNING,
                 _ ("The stream has ended: the service was stopped, or restarted."));
  return n_left == 0;
}

/**
 * tide_ctl_verb_monitor:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Follows events until the stream ends, or as many have come as were asked for.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_monitor (TideCtl *self, GError **error)
{
  g_autofree char *filter = g_strjoinv (" ", self->args);
  g_autoptr (GInputStream) input = NULL;
  g_autoptr (GDataInputStream) lines = NULL;
  int fd = tide_ctl_bus_open (
      self->bus, "Admin.OpenEventStream", g_variant_new ("(s)", filter), error);

  if (fd < 0)
    return FALSE;
  input = g_unix_input_stream_new (fd, TRUE);
  lines = g_data_input_stream_new (input);
  return follow (self, lines, error);
}

/**
 * tide_ctl_verb_dump:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Prints all that the service knows, as it gave it.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_dump (TideCtl *self, GError **error)
{
  g_autoptr (GInputStream) input = NULL;
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autofree char *safe = NULL;
  int fd = tide_ctl_bus_open (self->bus, "Admin.DumpByFileDescriptor", NULL, error);

  if (fd < 0)
    return FALSE;
  input = g_unix_input_stream_new (fd, TRUE);
  if (g_output_stream_splice (memory, input, G_OUTPUT_STREAM_SPLICE_NONE, NULL, error) <
          0 ||
      !g_output_stream_write_all (memory, "", 1, NULL, NULL, error))
    return FALSE;
  safe = tide_ctl_text_make_json_safe (
      g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (memory)));
  g_string_append (self->output->text, safe);
  if (!g_str_has_suffix (safe, "\n"))
    g_string_append_c (self->output->text, '\n');
  return TRUE;
}
