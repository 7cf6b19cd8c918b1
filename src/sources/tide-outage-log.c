/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-outage-log.h"

#include "tide-message-ids.h"

#include <string.h>

/* Reasons an outage is told for; more means that the server's words differ each time. */
#define MAX_REASONS 8

/* A server that comes and goes every 50 ms must not fill the journal. */
#define MAX_LINES_PER_MINUTE 20
#define MINUTE_US (60 * G_GINT64_CONSTANT (1000000))

static gboolean
may_log (TideOutageLog *self, gint64 now_us)
{
  if (self->n_lines == 0 || now_us - self->minute_began_us >= MINUTE_US)
    {
      self->minute_began_us = now_us;
      self->n_lines = 0;
    }
  return self->n_lines++ < MAX_LINES_PER_MINUTE;
}

/**
 * tide_outage_log_failure:
 * @self: an outage log
 * @now_us: monotonic time in microseconds
 * @text: what is wrong, with the server's name
 * @hint: how to do without the server; added to the first line of an outage
 *
 * Logs @text, unless it was logged since the last success.
 */
void
tide_outage_log_failure (TideOutageLog *self,
                         gint64 now_us,
                         const char *text,
                         const char *hint)
{
  gboolean is_first = self->outage_since_us == 0;

  if (is_first)
    self->outage_since_us = now_us;
  if (self->told == NULL)
    self->told = g_ptr_array_new_with_free_func (g_free);
  if (self->told->len >= MAX_REASONS ||
      g_ptr_array_find_with_equal_func (self->told, text, g_str_equal, NULL))
    return;
  g_ptr_array_add (self->told, g_strdup (text));
  if (!may_log (self, now_us))
    return;
  if (is_first)
    tide_log_notable (G_LOG_LEVEL_WARNING,
                      TIDE_MESSAGE_SOURCE_LOST,
                      "%s. It is tried again and again; %s",
                      text,
                      hint);
  else
    tide_log_notable (G_LOG_LEVEL_WARNING, TIDE_MESSAGE_SOURCE_LOST, "%s", text);
}

/**
 * tide_outage_log_success:
 * @self: an outage log
 * @now_us: monotonic time in microseconds
 * @server: the server's name
 *
 * Logs that the server is there, and ends the outage.
 */
void
tide_outage_log_success (TideOutageLog *self, gint64 now_us, const char *server)
{
  if (may_log (self, now_us))
    {
      if (self->was_up)
        tide_log_notable (G_LOG_LEVEL_MESSAGE,
                          TIDE_MESSAGE_SOURCE_BACK,
                          "connected to %s again, after %.1f s",
                          server,
                          (now_us - self->outage_since_us) / 1e6);
      else
        tide_log_notable (
            G_LOG_LEVEL_MESSAGE, TIDE_MESSAGE_SOURCE_BACK, "connected to %s", server);
    }
  self->was_up = TRUE;
  self->outage_since_us = 0;
  g_clear_pointer (&self->told, g_ptr_array_unref);
}

/**
 * tide_outage_log_clear:
 * @self: an outage log
 *
 * Frees what @self holds; it is zeroed then.
 */
void
tide_outage_log_clear (TideOutageLog *self)
{
  g_clear_pointer (&self->told, g_ptr_array_unref);
  memset (self, 0, sizeof *self);
}
