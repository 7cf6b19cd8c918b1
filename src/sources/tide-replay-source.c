/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-replay-source.h"

#include "tide-error.h"
#include "tide-json-scan.h"
#include "tide-line-reader.h"

#include <math.h>

/* Messages passed on before everything else gets its turn. */
#define MAX_BURST 256

/* A century: keeps times in microseconds far from overflow. */
#define MAX_T_MS 3.2e12

/* A file without any span of time would loop without a pause otherwise. */
#define MIN_PASS_US (100 * G_GINT64_CONSTANT (1000))

enum
{
  FIELD_T_MS,
  FIELD_CHANNEL,
  FIELD_PAYLOAD,
  N_FIELDS,
};

struct _TideReplaySource
{
  GObject parent_instance;

  TideSourceOutlet outlet;
  char *path;        /* (owned) */
  char *description; /* (owned) */
  double speed;
  gboolean should_loop;
  TideSourceState state;

  TideLineReader *reader; /* (owned) (nullable), while started */
  TideTimer timer;        /* until the next message is due */
  GSource *burst;         /* (owned) (nullable), while messages are due */
  gint64 pass_start_us;   /* when this pass through the file began */
  gint64 last_us;         /* time of the last message from then */
  gboolean has_message;   /* @channel and @payload wait to be due */
  gboolean has_found;     /* a message in this pass */
  gint64 due_us;
  GString *channel; /* (owned) */
  GString *payload; /* (owned) */
  guint64 n_bad_lines;
};

static void tide_replay_source_iface_init (TideSourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TideReplaySource,
                               tide_replay_source,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_SOURCE,
                                                      tide_replay_source_iface_init))

static gint64
now_us (TideReplaySource *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->outlet.wheel));
}

static void
set_state (TideReplaySource *self, TideSourceState state)
{
  if (self->state == state)
    return;
  self->state = state;
  tide_source_emit_state_changed (TIDE_SOURCE (self));
}

/* Sets @text to a string's text, or to the bytes of any other value. */
static void
take_value (GString *text, const TideJsonField *field)
{
  g_string_truncate (text, 0);
  if (field->kind == TIDE_JSON_STRING && field->has_escapes)
    {
      gsize length;
      g_autofree char *plain = tide_json_unescape (field->start, field->length, &length);

      g_string_append_len (text, plain, length);
    }
  else
    g_string_append_len (text, field->start, field->length);
}

/* Returns: the number in @field as microseconds, -1 when it is out of range. */
static gint64
parse_t_ms (const TideJsonField *field)
{
  char text[64];

  if (field->length >= sizeof text)
    return -1;
  memcpy (text, field->start, field->length);
  text[field->length] = '\0';

  double t_ms = g_ascii_strtod (text, NULL);

  return t_ms >= 0 && t_ms <= MAX_T_MS ? (gint64) (t_ms * 1000) : -1;
}

/* Returns: %TRUE when @line holds a message; it is the one that waits then. */
static gboolean
parse_line (TideReplaySource *self, const char *line, gsize length)
{
  TideJsonField fields[N_FIELDS] = {
    [FIELD_T_MS] = { .name = "t_ms", .parent = -1 },
    [FIELD_CHANNEL] = { .name = "channel", .parent = -1 },
    [FIELD_PAYLOAD] = { .name = "payload", .parent = -1 },
  };
  TideJsonKind kind;

  if (tide_json_scan (line, length, fields, N_FIELDS, &kind) != TIDE_JSON_OK ||
      kind != TIDE_JSON_OBJECT || fields[FIELD_T_MS].kind != TIDE_JSON_NUMBER ||
      fields[FIELD_CHANNEL].kind != TIDE_JSON_STRING ||
      fields[FIELD_PAYLOAD].kind == TIDE_JSON_NONE)
    return FALSE;

  gint64 t_us = parse_t_ms (&fields[FIELD_T_MS]);

  if (t_us < 0)
    return FALSE;
  take_value (self->channel, &fields[FIELD_CHANNEL]);
  take_value (self->payload, &fields[FIELD_PAYLOAD]);
  /* A line that goes back in time is due with the one before it. */
  if (self->speed > 0)
    self->last_us =
        MAX (self->last_us, (gint64) MIN (t_us / self->speed, MAX_T_MS * 1000));
  self->due_us = self->pass_start_us + self->last_us;
  self->has_message = TRUE;
  self->has_found = TRUE;
  return TRUE;
}

static void
count_bad_line (TideReplaySource *self, gboolean is_too_long)
{
  if (self->n_bad_lines++ == 0)
    g_warning ("%s, line %" G_GUINT64_FORMAT ": %s; passed over, and so are all further "
               "lines like it",
               self->path,
               tide_line_reader_get_number (self->reader),
               is_too_long ? "longer than 1 MiB"
                           : "not {\"t_ms\": NUMBER, \"channel\": TEXT, \"payload\": …}");
}

static gboolean
is_blank (const char *line, gsize length)
{
  return length == 0 || (length == 1 && line[0] == '\r');
}

/* What a look at the next line led to. */
typedef enum
{
  STEP_FOUND, /* a message; it waits */
  STEP_AGAIN, /* nothing, look again */
  STEP_END,
} Step;

static Step
begin_pass (TideReplaySource *self)
{
  if (!self->should_loop || !self->has_found)
    return STEP_END;
  if (self->speed > 0)
    self->pass_start_us += MAX (self->last_us, MIN_PASS_US);
  self->last_us = 0;
  self->has_found = FALSE;
  tide_line_reader_rewind (self->reader);
  return STEP_AGAIN;
}

static Step
read_line (TideReplaySource *self)
{
  const char *line;
  gsize length;

  switch (tide_line_reader_next (self->reader, &line, &length))
    {
    case TIDE_LINE_GOOD:
      if (is_blank (line, length))
        return STEP_AGAIN;
      if (parse_line (self, line, length))
        return STEP_FOUND;
      count_bad_line (self, FALSE);
      return STEP_AGAIN;
    case TIDE_LINE_TOO_LONG:
      count_bad_line (self, TRUE);
      return STEP_AGAIN;
    case TIDE_LINE_END:
      return begin_pass (self);
    }
  return STEP_END;
}

static void
finish (TideReplaySource *self)
{
  g_message ("%s: replayed to the end, %" G_GUINT64_FORMAT " bad lines",
             self->path,
             self->n_bad_lines);
  tide_source_stop (TIDE_SOURCE (self));
}

static void
pass_message (TideReplaySource *self)
{
  self->has_message = FALSE;
  self->outlet.func (self->channel->str,
                     self->channel->len,
                     self->payload->str,
                     self->payload->len,
                     self->outlet.user_data);
}

/* Passes on what is due, up to MAX_BURST messages.
 *
 * Returns: %TRUE when there may be more due now */
static gboolean
pass_due (TideReplaySource *self)
{
  for (guint i = 0; i < MAX_BURST && self->reader != NULL; i++)
    {
      if (!self->has_message)
        {
          Step step = read_line (self);

          if (step == STEP_AGAIN)
            continue;
          if (step == STEP_END)
            {
              finish (self);
              return FALSE;
            }
        }
      if (self->speed > 0 && self->due_us > now_us (self))
        {
          tide_timer_wheel_arm (self->outlet.wheel, &self->timer, self->due_us);
          return FALSE;
        }
      pass_message (self);
    }
  return self->reader != NULL;
}

static void
end_burst (TideReplaySource *self)
{
  if (self->burst != NULL)
    g_source_destroy (self->burst);
  g_clear_pointer (&self->burst, g_source_unref);
}

static gboolean on_burst (gpointer user_data);

/* A source of its own, not the timer, carries what is due now: it gets its turn in every
 * turn of the loop, the wheel only each 4 ms. */
static void
begin_burst (TideReplaySource *self)
{
  self->burst = g_idle_source_new ();
  g_source_set_priority (self->burst, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->burst, "tide-replay");
  g_source_set_callback (self->burst, on_burst, self, NULL);
  g_source_attach (self->burst, g_main_context_get_thread_default ());
}

/* As pass_due(), for the main loop: the owner may let go of us from within a message. */
static gboolean
pass_due_held (TideReplaySource *self)
{
  g_object_ref (self);

  gboolean is_more_due = pass_due (self);

  if (!is_more_due)
    end_burst (self);
  else if (self->burst == NULL)
    begin_burst (self);
  g_object_unref (self);
  return is_more_due;
}

static gboolean
on_burst (gpointer user_data)
{
  return pass_due_held (user_data) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
on_timer (TideTimer *timer, gint64 due_now_us)
{
  pass_due_held (timer->user_data);
}

static gboolean
tide_replay_source_start (TideSource *source, GError **error)
{
  TideReplaySource *self = TIDE_REPLAY_SOURCE (source);

  g_return_val_if_fail (self->reader == NULL, FALSE);

  self->reader = tide_line_reader_open (self->path, error);
  if (self->reader == NULL)
    {
      g_prefix_error (error, "replay: ");
      return FALSE;
    }
  self->pass_start_us = now_us (self);
  self->last_us = 0;
  self->has_message = FALSE;
  self->has_found = FALSE;
  begin_burst (self);
  set_state (self, TIDE_SOURCE_CONNECTED);
  return TRUE;
}

static void
tide_replay_source_stop (TideSource *source)
{
  TideReplaySource *self = TIDE_REPLAY_SOURCE (source);

  end_burst (self);
  tide_timer_wheel_disarm (self->outlet.wheel, &self->timer);
  g_clear_pointer (&self->reader, tide_line_reader_free);
  set_state (self, TIDE_SOURCE_IDLE);
}

static TideSourceState
tide_replay_source_get_state (TideSource *source)
{
  return TIDE_REPLAY_SOURCE (source)->state;
}

static const char *
tide_replay_source_get_description (TideSource *source)
{
  return TIDE_REPLAY_SOURCE (source)->description;
}

static void
tide_replay_source_iface_init (TideSourceInterface *iface)
{
  iface->start = tide_replay_source_start;
  iface->stop = tide_replay_source_stop;
  iface->get_state = tide_replay_source_get_state;
  iface->get_description = tide_replay_source_get_description;
}

static void
tide_replay_source_dispose (GObject *object)
{
  if (TIDE_REPLAY_SOURCE (object)->outlet.wheel != NULL)
    tide_replay_source_stop (TIDE_SOURCE (object));
  G_OBJECT_CLASS (tide_replay_source_parent_class)->dispose (object);
}

static void
tide_replay_source_finalize (GObject *object)
{
  TideReplaySource *self = TIDE_REPLAY_SOURCE (object);

  g_string_free (self->channel, TRUE);
  g_string_free (self->payload, TRUE);
  g_free (self->path);
  g_free (self->description);
  G_OBJECT_CLASS (tide_replay_source_parent_class)->finalize (object);
}

static void
tide_replay_source_class_init (TideReplaySourceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tide_replay_source_dispose;
  G_OBJECT_CLASS (klass)->finalize = tide_replay_source_finalize;
}

static void
tide_replay_source_init (TideReplaySource *self)
{
  self->channel = g_string_new (NULL);
  self->payload = g_string_new (NULL);
  self->timer.func = on_timer;
  self->timer.user_data = self;
}

/**
 * tide_replay_source_new:
 * @outlet: (transfer none): what to pass messages to; copied
 * @settings: (transfer none): what to replay; copied
 * @error: return location for an error
 *
 * Creates a source; the file is opened by tide_source_start(), which fails with
 * %TIDE_ERROR_BAD_CONFIG when it can't be read. At the end of the file the source stops
 * by itself, unless it is to loop.
 *
 * Fails with %TIDE_ERROR_BAD_CONFIG when no file is named, or the speed is not 0 or from
 * 0.001 to 1000.
 *
 * Returns: (transfer full): a source
 */
TideReplaySource *
tide_replay_source_new (const TideSourceOutlet *outlet,
                        const TideReplaySettings *settings,
                        GError **error)
{
  double speed = settings->speed;

  if (settings->path == NULL || *settings->path == '\0')
    {
      g_set_error_literal (error,
                           TIDE_ERROR,
                           TIDE_ERROR_BAD_CONFIG,
                           "no file to replay: name one by source.file");
      return NULL;
    }
  if (!(speed >= 0.001 && speed <= 1000) && fpclassify (speed) != FP_ZERO)
    {
      g_set_error_literal (
          error,
          TIDE_ERROR,
          TIDE_ERROR_BAD_CONFIG,
          "the speed of a replay is 0, for as fast as can be, or from 0.001 to 1000");
      return NULL;
    }

  TideReplaySource *self = g_object_new (TIDE_TYPE_REPLAY_SOURCE, NULL);

  self->outlet = *outlet;
  self->path = g_strdup (settings->path);
  self->speed = speed;
  self->should_loop = settings->should_loop;
  self->description = g_strdup_printf ("replay of %s", settings->path);
  return self;
}

/**
 * tide_replay_source_get_n_bad_lines:
 * @self: a replay source
 *
 * Returns: how many lines were passed over since @self was made
 */
guint64
tide_replay_source_get_n_bad_lines (TideReplaySource *self)
{
  return self->n_bad_lines;
}
