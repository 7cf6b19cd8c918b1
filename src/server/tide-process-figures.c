/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What Prometheus wants to know of every process, by the names that its own libraries
 * have. https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics */

#include "tide-process-figures.h"

#include <string.h>
#include <unistd.h>

/* Fields of stat behind the command's name, counted from 0; see proc(5). */
enum
{
  STAT_UTIME = 11,
  STAT_STIME = 12,
  STAT_VSIZE = 20,
  STAT_RSS = 21,
  STAT_N_FIELDS
};

static gboolean
read_file (const char *folder, const char *name, char **text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_file_get_contents (path, text, NULL, NULL);
}

static void
append (GString *text, const char *name, const char *type, const char *help, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (text,
                          "# HELP process_%s %s.\n# TYPE process_%s %s\nprocess_%s %s\n",
                          name,
                          help,
                          name,
                          type,
                          name,
                          g_ascii_formatd (buffer, sizeof buffer, "%.15g", value));
}

/**
 * tide_process_figures_read:
 * @self: (out caller-allocates): what the process uses
 * @proc_folder: `/proc/self`
 *
 * Returns: whether that can be read
 */
gboolean
tide_process_figures_read (TideProcessFigures *self, const char *proc_folder)
{
  g_autofree char *stat = NULL;
  g_auto (GStrv) fields = NULL;
  const char *name_end;

  *self = (TideProcessFigures){ 0 };
  if (!read_file (proc_folder, "stat", &stat))
    return FALSE;
  /* A command's name may have spaces and parentheses in it. */
  name_end = strrchr (stat, ')');
  fields = g_strsplit (name_end != NULL ? name_end : "", " ", -1);
  if (g_strv_length (fields) <= STAT_N_FIELDS)
    return FALSE;
  self->cpu_us = (g_ascii_strtoull (fields[1 + STAT_UTIME], NULL, 10) +
                  g_ascii_strtoull (fields[1 + STAT_STIME], NULL, 10)) *
                 G_USEC_PER_SEC / sysconf (_SC_CLK_TCK);
  self->virtual_bytes = g_ascii_strtoull (fields[1 + STAT_VSIZE], NULL, 10);
  self->resident_bytes =
      g_ascii_strtoull (fields[1 + STAT_RSS], NULL, 10) * sysconf (_SC_PAGESIZE);
  return TRUE;
}

/**
 * tide_process_figures_count_fds:
 * @proc_folder: `/proc/self`
 * @n_fds: (out): how many descriptors are open; untouched on failure
 *
 * Returns: whether that can be read
 */
gboolean
tide_process_figures_count_fds (const char *proc_folder, guint *n_fds)
{
  g_autofree char *path = g_build_filename (proc_folder, "fd", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  if (dir == NULL)
    return FALSE;
  while (g_dir_read_name (dir) != NULL)
    n++;
  *n_fds = n;
  return TRUE;
}

static void
append_usage (GString *text, const char *folder)
{
  TideProcessFigures figures;

  if (!tide_process_figures_read (&figures, folder))
    return;
  append (text,
          "cpu_seconds_total",
          "counter",
          "User and system CPU time spent, in seconds",
          figures.cpu_us / (double) G_USEC_PER_SEC);
  append (text,
          "virtual_memory_bytes",
          "gauge",
          "Virtual memory, in bytes",
          figures.virtual_bytes);
  append (text,
          "resident_memory_bytes",
          "gauge",
          "Resident memory, in bytes",
          figures.resident_bytes);
}

static void
append_descriptors (GString *text, const char *folder)
{
  g_autofree char *limits = NULL;
  const char *limit = NULL;
  guint n_fds;

  if (tide_process_figures_count_fds (folder, &n_fds))
    append (text, "open_fds", "gauge", "Open file descriptors", n_fds);
  if (read_file (folder, "limits", &limits))
    limit = strstr (limits, "Max open files");
  if (limit != NULL)
    append (text,
            "max_fds",
            "gauge",
            "Most file descriptors that may be open",
            g_ascii_strtoull (limit + strlen ("Max open files"), NULL, 10));
}

/**
 * tide_process_figures_append:
 * @text: where to append
 * @proc_folder: `/proc/self`
 * @started_real_us: when the process was started, in microseconds since 1970
 *
 * Appends CPU time, memory, descriptors and the time of the start in the text format of
 * Prometheus. What can't be read is left out.
 */
void
tide_process_figures_append (GString *text,
                             const char *proc_folder,
                             gint64 started_real_us)
{
  append_usage (text, proc_folder);
  append_descriptors (text, proc_folder);
  append (text,
          "start_time_seconds",
          "gauge",
          "Start of the process, in seconds since 1970",
          started_real_us / (double) G_USEC_PER_SEC);
}
