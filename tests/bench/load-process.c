/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-process.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Returns: the time that all threads of a process have run, in the kernel too, those
 *   that have ended included; 0 when there is no such process. The same as the fields
 *   utime and stime of /proc/PID/stat, which count hundredths of a second only. */
double
load_process_get_cpu_seconds (int pid)
{
  clockid_t clock;
  struct timespec time;

  if (clock_getcpuclockid (pid, &clock) != 0 || clock_gettime (clock, &time) != 0)
    return 0;
  return (double) time.tv_sec + (double) time.tv_nsec * 1e-9;
}

static char *
read_file (int pid, const char *file)
{
  g_autofree char *name = g_strdup_printf ("/proc/%d/%s", pid, file);
  char *text = NULL;

  g_file_get_contents (name, &text, NULL, NULL);
  return text;
}

gint64
load_process_get_resident_kib (int pid)
{
  g_autofree char *text = read_file (pid, "statm");
  long n_pages;

  if (text == NULL || sscanf (text, "%*d %ld", &n_pages) != 1)
    return 0;
  return n_pages * (sysconf (_SC_PAGESIZE) / 1024);
}

/* Returns: resident memory, where what is shared by N processes counts 1/N */
gint64
load_process_get_pss_kib (int pid)
{
  static const char label[] = "\nPss:";
  g_autofree char *text = read_file (pid, "smaps_rollup");
  g_auto (GStrv) halves = g_strsplit (text != NULL ? text : "", label, 2);

  return g_strv_length (halves) == 2 ? g_ascii_strtoll (halves[1], NULL, 10) : 0;
}
