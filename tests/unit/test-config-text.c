/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-text.h"

#include <string.h>

/* A file of the source tree. When the test runs with TIDE_TEST_UPDATE set, files that are
 * made from the table of keys are written anew instead of compared. */
static char *
make_path (const char *folder, const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "..", "..", folder, name, NULL);
}

static char *
read_file (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static gboolean
update (const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;

  if (g_getenv ("TIDE_TEST_UPDATE") == NULL)
    return FALSE;
  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error);
  g_assert_no_error (error);
  return TRUE;
}

static TideConfig *
load (const char *text, const char *const *settings)
{
  g_autoptr (GError) error = NULL;
  TideConfig *config =
      tide_config_load_data ("/x/t.conf", text, strlen (text), settings, &error);

  g_assert_no_error (error);
  return config;
}

/* What is printed, without the comments that say where values came from. */
static char *
print_values (TideConfig *config)
{
  g_autofree char *text = tide_config_print (config);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) values = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    if (*lines[i] != '#')
      g_string_append_printf (values, "%s\n", lines[i]);
  return g_string_free (g_steal_pointer (&values), FALSE);
}

static void
test_print (void)
{
  const char *const settings[] = { "source.file=\\sä\\\\;b",
                                   "rooms.open=a\\;b;c\\;",
                                   NULL };
  g_autoptr (TideConfig) config = load (
      "[server]\nlisten=127.0.0.1:1; unix:/run/x;\n\n[source]\nspeed=2.50\n", settings);
  g_autofree char *text = tide_config_print (config);

  g_test_summary ("Every key is printed with the place that its value came from");

  g_assert_true (g_str_has_prefix (text,
                                   "[server]\n"
                                   "# /x/t.conf:2\n"
                                   "listen=127.0.0.1:1;unix:/run/x\n"
                                   "# default\n"
                                   "admin-listen=\n"
                                   "# default\n"
                                   "allowed-origins=\n"));
  g_assert_nonnull (
      strstr (text, "\n\n[source]\n# default\ntype=redis\n# --set\nfile=/"));
  g_assert_nonnull (strstr (text, "# /x/t.conf:5\nspeed=2.50\n"));
  g_assert_nonnull (strstr (text, "\n\n[rooms]\n# --set\nopen=a\\;b;c\\;\n"));

  guint n_keys;
  const TideConfigKey *keys = tide_config_keys_get_all (&n_keys);

  for (guint i = 0; i < n_keys; i++)
    {
      g_autofree char *line = g_strdup_printf ("\n%s=", keys[i].name);

      g_assert_nonnull (strstr (text, line));
    }
}

static void
test_print_again (void)
{
  const char *const settings[] = { "source.file=\\s\\s/ä\\\\;b",
                                   "rooms.open=a\\;b;c\\;;d\\\\",
                                   "source.loop=true",
                                   "server.allowed-origins=*",
                                   "demo.seed=0042",
                                   "source.speed=0.10",
                                   "redis.uri=redis://me@host/3",
                                   "bus.bus=unix:path=/a,guid=00;unix:path=/b",
                                   NULL };
  g_autoptr (TideConfig) config = load ("", settings);
  g_autofree char *text = tide_config_print (config);
  g_autofree char *values = print_values (config);
  g_autoptr (TideConfig) again = load (text, NULL);
  g_autofree char *values_again = print_values (again);

  g_test_summary ("What is printed can be loaded and gives the same values");

  g_assert_cmpstr (values, ==, values_again);
  g_assert_cmpstr (tide_config_get_string (again, "source", "file"), ==, "/ä\\;b");
  g_assert_cmpstr (tide_config_get_strv (again, "rooms", "open")[1], ==, "c;");
  g_assert_true (
      g_str_has_prefix (tide_config_get_origin (again, "demo", "seed"), "/x/t.conf:"));
}

static void
test_default_file (void)
{
  g_autofree char *path = make_path ("data/config", "tidewire.conf");
  g_autofree char *text = tide_config_make_default_file ();

  g_test_summary ("The shipped file is what the table of keys makes");

  if (update (path, text))
    return;

  g_autofree char *shipped = read_file (path);

  g_assert_cmpstr (shipped, ==, text);
}

static void
test_default_file_loads (void)
{
  g_autofree char *text = tide_config_make_default_file ();
  g_autoptr (GString) active = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (TideConfig) defaults = tide_config_new ();
  g_autofree char *expected = print_values (defaults);

  g_test_summary ("The shipped file gives the defaults, its keys commented out or not");

  for (guint i = 0; lines[i] != NULL; i++)
    {
      gboolean is_key = *lines[i] == '#' && g_ascii_isalpha (lines[i][1]);

      g_string_append_printf (active, "%s\n", lines[i] + is_key);
      g_assert_cmpint (g_utf8_strlen (lines[i], -1), <=, 80);
    }

  g_autoptr (TideConfig) as_shipped = load (text, NULL);
  g_autoptr (TideConfig) all_active = load (active->str, NULL);
  g_autofree char *as_shipped_values = tide_config_print (as_shipped);
  g_autofree char *all_active_values = print_values (all_active);
  g_autofree char *defaults_print = tide_config_print (defaults);

  g_assert_cmpstr (as_shipped_values, ==, defaults_print);
  g_assert_cmpstr (all_active_values, ==, expected);
  g_assert_cmpstr (tide_config_get_origin (all_active, "demo", "seed"), !=, "default");
}

static void
test_table (void)
{
  g_autofree char *path = make_path ("docs", "CONFIGURATION.md");
  g_autofree char *page = read_file (path);
  g_autofree char *table = tide_config_make_table ();
  char *begin = strstr (page, TIDE_CONFIG_TABLE_BEGIN);

  g_test_summary ("The table in the documentation is what the table of keys makes");

  g_assert_nonnull (begin);
  begin += strlen (TIDE_CONFIG_TABLE_BEGIN);

  char *end = strstr (begin, TIDE_CONFIG_TABLE_END);

  g_assert_nonnull (end);

  g_autofree char *head = g_strndup (page, begin - page);
  g_autofree char *documented = g_strndup (begin, end - begin);
  g_autofree char *whole = g_strconcat (head, table, end, NULL);

  if (!update (path, whole))
    g_assert_cmpstr (documented, ==, table);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/daemon/config-text/print", test_print);
  g_test_add_func ("/daemon/config-text/print-again", test_print_again);
  g_test_add_func ("/daemon/config-text/default-file", test_default_file);
  g_test_add_func ("/daemon/config-text/default-file-loads", test_default_file_loads);
  g_test_add_func ("/daemon/config-text/table", test_table);
  return g_test_run ();
}
