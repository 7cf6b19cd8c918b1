/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

/* The words of syslog, each at its number. */
static const char *const levels[] = {
  "emerg", "alert", "crit", "err", "warning", "notice", "info", "debug",
};

static const char *const targets[] = { "console", "journal" };

typedef enum
{
  LEVEL_ERR = 3,
  LEVEL_WARNING,
  LEVEL_NOTICE,
  LEVEL_INFO,
  LEVEL_DEBUG,
} Level;

/* Lines come from other threads, too: both are read and written as atomic. */
struct _TideLog
{
  int level;      /* in levels: the last that is logged */
  int is_journal; /* and in targets */
};

static Level
get_level (GLogLevelFlags level)
{
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return LEVEL_ERR;
  if (level & G_LOG_LEVEL_WARNING)
    return LEVEL_WARNING;
  if (level & G_LOG_LEVEL_MESSAGE)
    return LEVEL_NOTICE;
  if (level & G_LOG_LEVEL_INFO)
    return LEVEL_INFO;
  return LEVEL_DEBUG;
}

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

/* The journal gets all fields, and who we are. */
static gboolean
write_to_journal (GLogLevelFlags level, const GLogField *fields, gsize n_fields)
{
  g_autofree GLogField *all = g_new (GLogField, n_fields + 1);

  memcpy (all, fields, n_fields * sizeof *fields);
  all[n_fields] = (GLogField){ "SYSLOG_IDENTIFIER", "tidewired", -1 };
  return g_log_writer_journald (level, all, n_fields + 1, NULL) == G_LOG_WRITER_HANDLED;
}

/* The journal gets all fields; people at a terminal get the time and the text. */
static GLogWriterOutput
write_log (GLogLevelFlags level,
           const GLogField *fields,
           gsize n_fields,
           gpointer user_data)
{
  TideLog *self = user_data;
  g_autoptr (GDateTime) now = NULL;
  g_autofree char *time = NULL;
  gssize length;
  const char *text = get_text (fields, n_fields, &length);

  if ((int) get_level (level) > g_atomic_int_get (&self->level))
    return G_LOG_WRITER_HANDLED;
  if (g_atomic_int_get (&self->is_journal) && write_to_journal (level, fields, n_fields))
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
 * error. Lines down to *info* go to the journal, down to *message* elsewhere; those of
 * *debug* go with them when the environment variable `G_MESSAGES_DEBUG` is `all`.
 *
 * To be called once.
 *
 * Returns: (transfer none): the log, which lives as long as the process
 */
TideLog *
tide_log_install (void)
{
  TideLog *self = g_new0 (TideLog, 1);

  self->is_journal = g_log_writer_is_journald (STDERR_FILENO);
  if (!g_log_writer_default_would_drop (G_LOG_LEVEL_DEBUG, "tide"))
    self->level = LEVEL_DEBUG;
  else
    self->level = self->is_journal ? LEVEL_INFO : LEVEL_NOTICE;
  g_log_set_writer_func (write_log, self, g_free);
  return self;
}

/**
 * tide_log_get_level:
 * @self: a log
 *
 * Returns: what the least important lines are that are logged, by the word of syslog
 */
const char *
tide_log_get_level (TideLog *self)
{
  return levels[g_atomic_int_get (&self->level)];
}

/**
 * tide_log_set_level:
 * @self: a log
 * @level: a word of syslog, from `emerg` to `debug`
 *
 * Sets what the least important lines are that are logged, from now on.
 *
 * Returns: %FALSE when there is no such level, and nothing was changed
 */
gboolean
tide_log_set_level (TideLog *self, const char *level)
{
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    if (g_str_equal (levels[i], level))
      {
        g_atomic_int_set (&self->level, (int) i);
        return TRUE;
      }
  return FALSE;
}

/**
 * tide_log_get_target:
 * @self: a log
 *
 * Returns: where lines go: `journal` or `console`
 */
const char *
tide_log_get_target (TideLog *self)
{
  return targets[g_atomic_int_get (&self->is_journal)];
}

/**
 * tide_log_set_target:
 * @self: a log
 * @target: `journal`, or `console` for standard error
 *
 * Sets where lines go, from now on. What the journal does not take goes to standard
 * error.
 *
 * Returns: %FALSE when there is no such target, or no journal, and nothing was changed
 */
gboolean
tide_log_set_target (TideLog *self, const char *target)
{
  if (g_str_equal (target, "journal") && access (JOURNAL_SOCKET, W_OK) == 0)
    g_atomic_int_set (&self->is_journal, TRUE);
  else if (g_str_equal (target, "console"))
    g_atomic_int_set (&self->is_journal, FALSE);
  else
    return FALSE;
  return TRUE;
}
