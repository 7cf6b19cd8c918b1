/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include <string.h>

/* Catches what the code under test logs, so that a test can look at it and a warning does
 * not end the test program. One a program: GLib takes a writer once. */

static inline GLogWriterOutput
log_catcher_write (GLogLevelFlags level,
                   const GLogField *fields,
                   gsize n_fields,
                   gpointer user_data)
{
  GPtrArray *lines = user_data;

  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) != 0)
    return g_log_writer_default (level, fields, n_fields, NULL);
  if ((level & (G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO)) != 0)
    return G_LOG_WRITER_HANDLED;
  for (gsize i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0)
      g_ptr_array_add (lines,
                       fields[i].length < 0
                           ? g_strdup (fields[i].value)
                           : g_strndup (fields[i].value, fields[i].length));
  return G_LOG_WRITER_HANDLED;
}

/* Returns: (transfer full): the lines from now on, at warning and message level. Must
 * live as long as something may be logged. */
static inline GPtrArray *
log_catcher_install (void)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);

  g_log_set_writer_func (log_catcher_write, lines, NULL);
  return lines;
}

static inline gboolean
log_catcher_has (GPtrArray *lines, const char *part)
{
  for (guint i = 0; i < lines->len; i++)
    if (strstr (g_ptr_array_index (lines, i), part) != NULL)
      return TRUE;
  return FALSE;
}
