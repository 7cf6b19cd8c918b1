/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-recording.h"
#include "tide-ctl.h"

#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>

#include <unistd.h>

/* Longer than anybody waits, and far from overflow. */
#define MAX_WAIT_US 1e18

/* Events go over the bus and not to Redis: so it takes no password, works with a service
 * of any source, obeys who may publish, and each event is told of as it is taken. */

typedef struct
{
  guint n_published;
  guint n_refused; /* by the service: no route, or no good payload */
  guint n_bad;     /* lines that are none of a recording */
  gint64 start_us;
  gint64 last_us; /* time of the last event from then */
} Progress;

static GInputStream *
open_file (const char *name, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (name);

  if (g_str_equal (name, "-"))
    return g_unix_input_stream_new (STDIN_FILENO, FALSE);
  return G_INPUT_STREAM (g_file_read (file, NULL, error));
}

/* A line that goes back in time is due with the one before it. */
static void
wait_until_due (const TideCtl *self, Progress *progress, gint64 time_us)
{
  double speed = self->options->speed;
  gint64 left_us;

  if (speed <= 0)
    return;
  progress->last_us =
      MAX (progress->last_us, (gint64) MIN (time_us / speed, MAX_WAIT_US));
  left_us = progress->start_us + progress->last_us - g_get_monotonic_time ();
  if (left_us > 0)
    g_usleep ((gulong) left_us);
}

/* Returns: whether to go on */
static gboolean
publish (TideCtl *self, const TideCtlRecord *record, Progress *progress, GError **error)
{
  g_autoptr (GError) call_error = NULL;
  g_autoptr (GVariant) answer =
      tide_ctl_bus_call (self->bus,
                         "Admin.PublishThroughRoute",
                         g_variant_new ("(ss)", record->channel, record->payload),
                         "(u)",
                         &call_error);

  if (answer != NULL)
    progress->n_published++;
  else if (g_error_matches (call_error, TIDE_CTL_ERROR, TIDE_CTL_EXIT_NOT_FOUND) ||
           g_error_matches (call_error, TIDE_CTL_ERROR, TIDE_CTL_EXIT_REFUSED))
    progress->n_refused++;
  else
    {
      g_propagate_error (error, g_steal_pointer (&call_error));
      return FALSE;
    }
  return TRUE;
}

static gboolean
replay (TideCtl *self, GDataInputStream *lines, Progress *progress, GError **error)
{
  GError *read_error = NULL;

  progress->start_us = g_get_monotonic_time ();
  while (TRUE)
    {
      g_auto (TideCtlRecord) record = { 0 };
      g_autofree char *line =
          g_data_input_stream_read_line (lines, NULL, NULL, &read_error);

      if (line == NULL)
        break;
      if (*line == '\0')
        continue;
      if (!tide_ctl_recording_parse (line, &record))
        {
          progress->n_bad++;
          continue;
        }
      wait_until_due (self, progress, record.time_us);
      if (!publish (self, &record, progress, error))
        return FALSE;
    }
  if (read_error != NULL)
    g_propagate_error (error, read_error);
  return read_error == NULL;
}

static void
report (TideCtl *self, const Progress *progress)
{
  JsonObject *object;
  JsonNode *node;

  if (!self->options->is_json)
    {
      g_string_append_printf (self->output->text,
                              _ ("Published: %u. Refused by the service: %u. Lines that "
                                 "are not of a recording: %u."),
                              progress->n_published,
                              progress->n_refused,
                              progress->n_bad);
      g_string_append_c (self->output->text, '\n');
      return;
    }
  object = json_object_new ();
  node = json_node_new (JSON_NODE_OBJECT);
  json_object_set_int_member (object, "published", progress->n_published);
  json_object_set_int_member (object, "refused", progress->n_refused);
  json_object_set_int_member (object, "bad_lines", progress->n_bad);
  json_node_take_object (node, object);
  tide_ctl_output_add_json (self->output, node, TRUE);
}

/**
 * tide_ctl_verb_replay:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Publishes the events of a recording, at the pace at which they came.
 *
 * Returns: whether each line could be published
 */
gboolean
tide_ctl_verb_replay (TideCtl *self, GError **error)
{
  g_autoptr (GInputStream) input = open_file (self->args[0], error);
  g_autoptr (GDataInputStream) lines = NULL;
  Progress progress = { 0 };
  gboolean is_done;

  if (input == NULL)
    return FALSE;
  lines = g_data_input_stream_new (input);
  is_done = replay (self, lines, &progress, error);
  report (self, &progress);
  if (is_done && progress.n_refused + progress.n_bad > 0)
    {
      g_set_error (error,
                   TIDE_CTL_ERROR,
                   TIDE_CTL_EXIT_REFUSED,
                   _ ("Not all lines could be published. “tidewirectl explain CHANNEL "
                      "PAYLOAD” says why for one of them."));
      return FALSE;
    }
  return is_done;
}
