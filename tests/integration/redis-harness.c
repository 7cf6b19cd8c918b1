/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "redis-harness.h"

#include <string.h>

#define WAIT_MS 10000

static void
on_message (const char *channel,
            gsize channel_length,
            const char *payload,
            gsize payload_length,
            gpointer user_data)
{
  Harness *self = user_data;

  g_ptr_array_add (self->channels, g_strndup (channel, channel_length));
  g_ptr_array_add (self->payloads, g_bytes_new (payload, payload_length));
}

static gboolean
on_reading_done (gpointer user_data)
{
  return ((Harness *) user_data)->is_patient;
}

/* @lines: where log_catcher_install() puts what is logged */
void
harness_init (Harness *self, GPtrArray *lines)
{
  memset (self, 0, sizeof *self);
  self->clock = tide_clock_new_monotonic ();
  self->wheel = tide_timer_wheel_new (self->clock);
  tide_timer_wheel_attach (self->wheel, NULL);
  self->channels = g_ptr_array_new_with_free_func (g_free);
  self->payloads = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->lines = lines;
  g_ptr_array_set_size (lines, 0);
}

/* Before anything is started: from here on time stands still for the wheel, unless the
 * test advances the clock, and the wheel is the test's to run. */
void
harness_stop_clock (Harness *self)
{
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
  self->clock = tide_clock_new_manual (g_get_monotonic_time ());
  self->wheel = tide_timer_wheel_new (self->clock);
}

void
harness_clear (Harness *self)
{
  g_clear_object (&self->source);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), ==, -1);
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
  g_ptr_array_unref (self->channels);
  g_ptr_array_unref (self->payloads);
}

void
harness_start (Harness *self, const TideRedisSettings *settings)
{
  const TideSourceOutlet outlet = {
    .wheel = self->wheel,
    .counters = &self->counters,
    .func = on_message,
    .user_data = self,
    .done = on_reading_done,
  };
  g_autoptr (GError) error = NULL;

  g_clear_object (&self->source);
  self->source = TIDE_SOURCE (tide_redis_source_new (&outlet, settings, &error));
  g_assert_no_error (error);
  g_assert_true (tide_source_start (self->source, &error));
  g_assert_no_error (error);
}

static gboolean
wake_up (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Runs the loop until @check says so; fails after @timeout_ms. */
void
harness_wait (Harness *self, HarnessCheck check, guint timeout_ms)
{
  gint64 give_up_us = g_get_monotonic_time () + timeout_ms * G_GINT64_CONSTANT (1000);
  guint ticker = g_timeout_add (20, wake_up, NULL);

  while (!check (self))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, give_up_us);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (ticker);
}

void
harness_run (Harness *self, guint n_ms)
{
  gint64 end_us = g_get_monotonic_time () + n_ms * G_GINT64_CONSTANT (1000);
  guint ticker = g_timeout_add (5, wake_up, NULL);

  while (g_get_monotonic_time () < end_us)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (ticker);
}

static gboolean
is_connected (Harness *self)
{
  return tide_source_get_state (self->source) == TIDE_SOURCE_CONNECTED;
}

static gboolean
is_disconnected (Harness *self)
{
  return tide_source_get_state (self->source) == TIDE_SOURCE_DISCONNECTED;
}

/* @state: connected or disconnected */
void
harness_wait_state (Harness *self, TideSourceState state)
{
  harness_wait (
      self, state == TIDE_SOURCE_CONNECTED ? is_connected : is_disconnected, WAIT_MS);
}

void
harness_wait_messages (Harness *self, guint n_messages)
{
  gint64 give_up_us = g_get_monotonic_time () + WAIT_MS * G_GINT64_CONSTANT (1000);
  guint ticker = g_timeout_add (20, wake_up, NULL);

  while (self->payloads->len < n_messages)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, give_up_us);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (ticker);
}

/* Waits until something with @part in it was logged. */
void
harness_wait_line (Harness *self, const char *part)
{
  gint64 give_up_us = g_get_monotonic_time () + WAIT_MS * G_GINT64_CONSTANT (1000);
  guint ticker = g_timeout_add (20, wake_up, NULL);

  while (harness_count_lines (self, part) == 0)
    {
      if (g_get_monotonic_time () > give_up_us)
        g_error ("nothing was logged with: %s", part);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (ticker);
}

const char *
harness_get_channel (Harness *self, guint index)
{
  g_assert_cmpuint (index, <, self->channels->len);
  return g_ptr_array_index (self->channels, index);
}

const char *
harness_get_payload (Harness *self, guint index, gsize *length)
{
  g_assert_cmpuint (index, <, self->payloads->len);
  return g_bytes_get_data (g_ptr_array_index (self->payloads, index), length);
}

guint
harness_count_lines (Harness *self, const char *part)
{
  guint n_lines = 0;

  for (guint i = 0; i < self->lines->len; i++)
    n_lines += strstr (g_ptr_array_index (self->lines, i), part) != NULL;
  return n_lines;
}
