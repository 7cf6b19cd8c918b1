/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-log.h"

#include <stdio.h>
#include <unistd.h>

static const char *
get_word (GLogLevelFlags level)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return "fault: ";
  if (level & G_LOG_LEVEL_WARNING)
    return "warning: ";
  if (level & G_LOG_LEVEL_DEBUG)
    return "debug: ";
  return "";
}

static const char *
get_text (const GLogField *fields, gsize n_fields, gssize *length)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE"))
      {
        *length = fields[i].length;
        return fields[i].value;
      }
  *length = 0;
  return "";
}

/* The journal gets all fields; people at a terminal get the time and the text. */
static GLogWriterOutput
write_log (GLogLevelFlags level,
           const GLogField *fields,
           gsize n_fields,
           gpointer user_data)
{
  g_autoptr (GDateTime) now = NULL;
  g_autofree char *time = NULL;
  gssize length;
  const char *text = get_text (fields, n_fields, &length);

  if (g_log_writer_is_journald (STDERR_FILENO))
    return g_log_writer_journald (level, fields, n_fields, user_data);
  if (g_log_writer_default_would_drop (level, "tide"))
    return G_LOG_WRITER_HANDLED;
  now = g_date_time_new_now_local ();
  time = g_date_time_format (now, "%H:%M:%S");
  fprintf (stderr,
           "%s tidewired: %s%.*s\n",
           time,
           get_word (level),
           length < 0 ? G_MAXINT : (int) length,
           text);
  fflush (stderr);
  return G_LOG_WRITER_HANDLED;
}

/**
 * tide_log_install:
 *
 * Sends all log lines to the journal when standard error is the journal, else to standard
 * error. Debug lines are shown when the environment variable `G_MESSAGES_DEBUG` is `all`.
 */
void
tide_log_install (void)
{
  g_log_set_writer_func (write_log, NULL, NULL);
}
