/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-process-figures.h"

#include <glib/gstdio.h>

#include <string.h>
#include <unistd.h>

static void
write_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

/* Returns: (transfer full): a folder as /proc/self is, of a process with an odd name */
static char *
make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("proc-XXXXXX", &error);
  g_autofree char *fds = g_build_filename (folder, "fd", NULL);

  g_assert_no_error (error);
  g_assert_cmpint (g_mkdir (fds, 0700), ==, 0);
  write_file (fds, "0", "");
  write_file (fds, "1", "");
  write_file (folder,
              "stat",
              "42 (a) b) S 1 1 1 0 -1 0 0 0 0 0 700 300 0 0 20 0 3 0 100 40960 5 "
              "18446744073709551615\n");
  write_file (folder,
              "limits",
              "Limit                     Soft Limit           Hard Limit\n"
              "Max open files            1024                 4096       files\n");
  return folder;
}

static void
remove_folder (const char *folder)
{
  static const char *const names[] = { "fd/0", "fd/1", "fd", "stat", "limits", "" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      g_remove (path);
    }
}

static void
test_all (void)
{
  g_autofree char *folder = make_folder ();
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *cpu =
      g_strdup_printf ("\nprocess_cpu_seconds_total %g\n", 1000. / sysconf (_SC_CLK_TCK));
  g_autofree char *memory = g_strdup_printf ("\nprocess_resident_memory_bytes %ld\n",
                                             5 * sysconf (_SC_PAGESIZE));

  g_test_summary ("Figures are those of the files, whatever the process is called");

  tide_process_figures_append (text, folder, 1500000);
  g_assert_nonnull (strstr (text->str, cpu));
  g_assert_nonnull (strstr (text->str, memory));
  g_assert_nonnull (strstr (text->str, "\nprocess_virtual_memory_bytes 40960\n"));
  g_assert_nonnull (strstr (text->str, "\nprocess_open_fds 2\n"));
  g_assert_nonnull (strstr (text->str, "\nprocess_max_fds 1024\n"));
  g_assert_nonnull (strstr (text->str, "\nprocess_start_time_seconds 1.5\n"));
  remove_folder (folder);
}

static void
test_numbers (void)
{
  g_autofree char *folder = make_folder ();
  TideProcessFigures figures;
  guint n_fds = 0;

  g_test_summary ("The same figures can be had as numbers");

  g_assert_true (tide_process_figures_read (&figures, folder));
  g_assert_cmpuint (
      figures.cpu_us, ==, 1000 * (guint64) G_USEC_PER_SEC / sysconf (_SC_CLK_TCK));
  g_assert_cmpuint (figures.virtual_bytes, ==, 40960);
  g_assert_cmpuint (figures.resident_bytes, ==, 5 * sysconf (_SC_PAGESIZE));
  g_assert_true (tide_process_figures_count_fds (folder, &n_fds));
  g_assert_cmpuint (n_fds, ==, 2);
  remove_folder (folder);
  g_assert_false (tide_process_figures_read (&figures, folder));
  g_assert_cmpuint (figures.resident_bytes, ==, 0);
  g_assert_false (tide_process_figures_count_fds (folder, &n_fds));
}

static void
test_none (void)
{
  g_autofree char *folder = make_folder ();
  g_autoptr (GString) text = g_string_new (NULL);

  g_test_summary ("What can't be read is left out");

  write_file (folder, "stat", "42 (x) S 1 2 3");
  write_file (folder, "limits", "");
  tide_process_figures_append (text, folder, 0);
  g_assert_null (strstr (text->str, "process_cpu_seconds_total"));
  g_assert_null (strstr (text->str, "process_max_fds"));
  remove_folder (folder);
  g_string_truncate (text, 0);
  tide_process_figures_append (text, folder, 0);
  g_assert_null (strstr (text->str, "process_open_fds"));
  g_assert_nonnull (strstr (text->str, "\nprocess_start_time_seconds 0\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/process-figures/all", test_all);
  g_test_add_func ("/server/process-figures/numbers", test_numbers);
  g_test_add_func ("/server/process-figures/none", test_none);
  return g_test_run ();
}
