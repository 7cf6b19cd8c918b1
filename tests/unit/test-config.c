/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-text.h"
#include "tide-config.h"
#include "tide-error.h"

#include <glib/gstdio.h>

#include <string.h>
#include <unistd.h>

/* A directory with a configuration file and its drop-ins. */
typedef struct
{
  char *dir;  /* (owned) */
  char *file; /* (owned) */
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->dir = g_dir_make_tmp ("tide-config-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->file = g_build_filename (fixture->dir, "t.conf", NULL);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_SYMLINK))
    dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inner = g_build_filename (path, name, NULL);

      remove_all (inner);
    }
  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  remove_all (fixture->dir);
  g_free (fixture->dir);
  g_free (fixture->file);
}

/* Writes a file below the fixture's directory. */
static void
write_file (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (fixture->dir, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static TideConfig *
load (Fixture *fixture, const char *const *settings)
{
  g_autoptr (GError) error = NULL;
  TideConfig *config = tide_config_load (fixture->file, settings, &error);

  g_assert_no_error (error);
  return config;
}

/* Expects a load to fail with @expected, where $F stands for the file's path. */
static void
check_fails (Fixture *fixture, const char *const *settings, const char *expected)
{
  g_auto (GStrv) parts = g_strsplit (expected, "$F", -1);
  g_autofree char *whole = g_strjoinv (fixture->file, parts);
  g_autoptr (GError) error = NULL;
  g_autoptr (TideConfig) config = tide_config_load (fixture->file, settings, &error);

  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  g_assert_null (config);
  g_assert_cmpstr (error->message, ==, whole);
}

static void
check_defaults (TideConfig *config)
{
  g_autoptr (TideConfig) defaults = tide_config_new ();
  g_autofree char *text = tide_config_print (config);
  g_autofree char *expected = tide_config_print (defaults);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_defaults (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideConfig) config =
      tide_config_load_with_default (fixture->file, NULL, NULL, &error);

  g_test_summary ("Without any file every key has its default");

  g_assert_no_error (error);
  check_defaults (config);
  g_assert_cmpstr (
      tide_config_get_strv (config, "server", "listen")[0], ==, "127.0.0.1:5000");
  g_assert_null (tide_config_get_strv (config, "server", "listen")[1]);
  g_assert_null (tide_config_get_strv (config, "server", "allowed-origins")[0]);
  g_assert_cmpint (
      tide_config_get_int (config, "engineio", "ping-interval-ms"), ==, 10000);
  g_assert_cmpuint (
      tide_config_get_uint64 (config, "source", "max-event-bytes"), ==, 262144);
  g_assert_cmpfloat_with_epsilon (
      tide_config_get_double (config, "source", "speed"), 1.0, 0.0001);
  g_assert_false (tide_config_get_boolean (config, "source", "loop"));
  g_assert_cmpstr (tide_config_get_string (config, "source", "type"), ==, "redis");
  g_assert_cmpstr (tide_config_get_string (config, "source", "file"), ==, "");
  g_assert_cmpstr (tide_config_get_origin (config, "source", "type"), ==, "default");
  g_assert_true (
      g_str_has_suffix (tide_config_get_default_file (), "/tidewire/tidewire.conf"));
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  const char *const settings[] = { "demo.seed=7", "demo.seed=8", NULL };

  g_test_summary ("Drop-ins win over the file in the order of names, --set over all");

  write_file (fixture,
              "t.conf",
              "[demo]\nseed=1\nticks-per-second=1\n[server]\nmax-connections=1\n"
              "[sessions]\nmax-tickers=1\n");
  write_file (fixture,
              "t.conf.d/10-a.conf",
              "[demo]\nseed=2\nticks-per-second=2\n\n[sessions]\nmax-tickers=2");
  write_file (fixture, "t.conf.d/9-b.conf", "[demo]\nseed=3\nticks-per-second=3\n");
  write_file (fixture, "t.conf.d/05-c.conf", "[sessions]\nmax-tickers=4\n");
  write_file (fixture, "t.conf.d/zz.conf~", "[demo]\nseed=9\n");
  write_file (fixture, "t.conf.d/.zz.conf", "[demo]\nseed=9\n");
  write_file (fixture, "t.conf.d/README", "not a configuration");

  g_autoptr (TideConfig) config = load (fixture, settings);
  g_autofree char *ticks_origin = g_strconcat (fixture->file, ".d/9-b.conf:3", NULL);
  g_autofree char *tickers_origin = g_strconcat (fixture->file, ".d/10-a.conf:6", NULL);
  g_autofree char *connections_origin = g_strconcat (fixture->file, ":5", NULL);

  g_assert_cmpint (tide_config_get_int (config, "server", "max-connections"), ==, 1);
  g_assert_cmpint (tide_config_get_int (config, "demo", "ticks-per-second"), ==, 3);
  g_assert_cmpint (tide_config_get_int (config, "sessions", "max-tickers"), ==, 2);
  g_assert_cmpuint (tide_config_get_uint64 (config, "demo", "seed"), ==, 8);
  g_assert_cmpstr (tide_config_get_origin (config, "demo", "seed"), ==, "--set");
  g_assert_cmpstr (
      tide_config_get_origin (config, "demo", "ticks-per-second"), ==, ticks_origin);
  g_assert_cmpstr (
      tide_config_get_origin (config, "sessions", "max-tickers"), ==, tickers_origin);
  g_assert_cmpstr (tide_config_get_origin (config, "server", "max-connections"),
                   ==,
                   connections_origin);
}

static void
test_default_file_drop_ins (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("Drop-ins of the default file count even when it is absent itself");

  write_file (fixture, "t.conf.d/a.conf", "[demo]\nseed=5\n");

  g_autoptr (TideConfig) config =
      tide_config_load_with_default (fixture->file, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (tide_config_get_uint64 (config, "demo", "seed"), ==, 5);
}

static void
test_all_problems (Fixture *fixture, gconstpointer data)
{
  const char *const settings[] = { "server.listen=5000", "nonsense",      "a.b=c",
                                   "demo.seeds=1",       "demo.seed=x=y", NULL };

  g_test_summary ("One load tells of all problems, each on a line with its place");

  write_file (fixture,
              "t.conf",
              "stray=1\n"
              "[server]\n"
              "max-connections=abc\n"
              "max-connections=5\n"
              "listn=127.0.0.1:1\n"
              "[severs]\n"
              "anything=goes\n"
              "[server]\n"
              "what is this\n"
              "[auth]\n"
              "mode=development\n"
              "[rout tick_data]\n"
              "channel=x\n");
  write_file (fixture, "t.conf.d/a.conf", "[source]\ntype=replay\nloop=maybe\n");
  check_fails (
      fixture,
      settings,
      "$F:1: stands before the first [GROUP]\n"
      "$F:3: [server] max-connections=abc is not a whole number from 1 to 1000000\n"
      "$F:4: [server] max-connections is here a second time; it is in line 3 already\n"
      "$F:5: listn is not a known key of [server]; did you mean listen?\n"
      "$F:6: [severs] is not a known group; did you mean [server]?\n"
      "$F:8: [server] is here a second time; it is in line 2 already\n"
      "$F:9: is neither [GROUP] nor KEY=VALUE nor a comment with #\n"
      "$F:12: [rout tick_data] is not a known group; there are [server], [engineio], "
      "[source], [redis], [routing], [delivery], [sessions], [rooms], [history], [auth], "
      "[bus], "
      "[console], [demo], [route NAME]\n"
      "$F.d/a.conf:3: [source] loop=maybe is not true or false\n"
      "--set server.listen=5000: [server] listen=5000 is not HOST:PORT, [IPv6]:PORT, "
      "unix:/PATH or systemd\n"
      "--set nonsense: is not GROUP.KEY=VALUE\n"
      "--set a.b=c: [a] is not a known group; there are [server], [engineio], [source], "
      "[redis], [routing], [delivery], [sessions], [rooms], [history], [auth], [bus], "
      "[console], [demo], "
      "[route NAME]\n"
      "--set demo.seeds=1: seeds is not a known key of [demo]; did you mean seed?\n"
      "--set demo.seed=x=y: [demo] seed=x=y is not a whole number from 0 to 4294967295\n"
      "$F.d/a.conf:2: [source] type=replay needs a recording; name it with [source] "
      "file=PATH");
}

static void
test_many_problems (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("[demo]\n");
  g_autoptr (GError) error = NULL;

  g_test_summary (
      "Of very many problems a hundred are told, and how many more there are");

  for (guint i = 0; i < 1234; i++)
    g_string_append (text, "nonsense\n");
  g_assert_null (tide_config_load_data ("x", text->str, text->len, NULL, &error));
  g_assert_true (g_str_has_suffix (error->message, "\nand 1134 more"));

  g_auto (GStrv) lines = g_strsplit (error->message, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 101);
}

static void
test_settings (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *setting, *expected;
  } cases[] = {
    { "", "--set : is not GROUP.KEY=VALUE" },
    { "=", "--set =: is not GROUP.KEY=VALUE" },
    { "demo", "--set demo: is not GROUP.KEY=VALUE" },
    { "demo.seed", "--set demo.seed: is not GROUP.KEY=VALUE" },
    { "seed=1.5", "--set seed=1.5: is not GROUP.KEY=VALUE" },
    { "demo.=1",
      "--set demo.=1:  is not a known key of [demo]; there are ticks-per-second, seed" },
    { "\xff=", "--set: is not valid UTF-8 text" },
    { "bus.bus=a\nb",
      "--set bus.bus=a?b: [bus] bus=a?b has a control character, which no key takes" },
  };
  const char *const good[] = { "server.listen= 127.0.0.1:1; [::1]:2 ", NULL };

  g_test_summary ("A setting is GROUP.KEY=VALUE and its value is as in a file");

  write_file (fixture, "t.conf", "");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const settings[] = { cases[i].setting, NULL };

      check_fails (fixture, settings, cases[i].expected);
    }

  g_autoptr (TideConfig) config = load (fixture, good);

  g_assert_cmpstr (tide_config_get_strv (config, "server", "listen")[1], ==, "[::1]:2");
}

static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  g_autofree char *drop_ins = g_strconcat (fixture->file, ".d", NULL);
  g_autofree char *dangling = g_build_filename (drop_ins, "a.conf", NULL);

  g_test_summary ("A named file that is missing, a directory or unreadable is an error");

  check_fails (fixture, NULL, "$F: can't be read: No such file or directory");

  g_assert_cmpint (g_mkdir (fixture->file, 0700), ==, 0);
  check_fails (fixture, NULL, "$F: can't be read: Is a directory");
  g_assert_cmpint (g_rmdir (fixture->file), ==, 0);

  g_assert_cmpint (symlink ("t.conf", fixture->file), ==, 0);
  check_fails (fixture, NULL, "$F: can't be read: Too many levels of symbolic links");
  g_assert_cmpint (g_unlink (fixture->file), ==, 0);

  write_file (fixture, "t.conf", "");
  /* For root every file is readable. */
  if (geteuid () != 0)
    {
      g_assert_cmpint (g_chmod (fixture->file, 0), ==, 0);
      check_fails (fixture, NULL, "$F: can't be read: Permission denied");
      g_assert_cmpint (g_chmod (fixture->file, 0600), ==, 0);
    }

  write_file (fixture, "t.conf.d", "no directory");
  check_fails (
      fixture, NULL, "$F.d: is not a directory that can be read; drop-ins belong there");
  g_assert_cmpint (g_unlink (drop_ins), ==, 0);

  g_assert_cmpint (g_mkdir (drop_ins, 0700), ==, 0);
  g_assert_cmpint (symlink ("nowhere", dangling), ==, 0);
  check_fails (fixture, NULL, "$F.d/a.conf: can't be read: No such file or directory");
}

static void
test_unreadable_default (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_test_summary ("A default file that is there but can't be read is an error");

  g_assert_cmpint (g_mkdir (fixture->file, 0700), ==, 0);
  g_assert_null (tide_config_load_with_default (fixture->file, NULL, NULL, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
}

static void
test_odd_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *filler = g_strnfill (1024 * 1024, 'x');
  g_autofree char *long_comment = g_strconcat ("#", filler, "\n[demo]\nseed=3", NULL);
  g_autofree char *long_value = g_strconcat ("[source]\ntype=", filler, "\n", NULL);
  g_autofree char *huge = g_strnfill (4 * 1024 * 1024 + 1, '\n');

  g_test_summary ("CRLF, BOM, long lines and no last newline load; garbage is refused");

  write_file (fixture, "t.conf", "\xef\xbb\xbf[demo]\r\n# c\r\nseed=3\r\n");

  g_autoptr (TideConfig) crlf = load (fixture, NULL);

  g_assert_cmpuint (tide_config_get_uint64 (crlf, "demo", "seed"), ==, 3);

  write_file (fixture, "t.conf", long_comment);

  g_autoptr (TideConfig) commented = load (fixture, NULL);

  g_assert_cmpuint (tide_config_get_uint64 (commented, "demo", "seed"), ==, 3);

  write_file (fixture, "t.conf", long_value);
  memset (filler + 81, '\0', 1);

  g_autofree char *expected = g_strdup_printf (
      "$F:2: [source] type=%s… is not one of redis, replay, demo, none", filler);

  check_fails (fixture, NULL, expected);
  write_file (fixture,
              "t.conf",
              "[demo]\n\x7f"
              "ELF\xfe\x01");
  check_fails (fixture, NULL, "$F:2: is not valid UTF-8 text");
  write_file (fixture, "t.conf", huge);
  check_fails (fixture, NULL, "$F: can't be read: File too large");
}

static void
test_relative_paths (Fixture *fixture, gconstpointer data)
{
  const char *const settings[] = { "redis.password-file=secret", NULL };
  g_autofree char *here = g_get_current_dir ();
  g_autofree char *secret = g_build_filename (here, "secret", NULL);
  g_autofree char *recording = g_build_filename (fixture->dir, "day.ndjson", NULL);

  g_test_summary ("A relative path counts from its file, in --set from where we are");

  write_file (fixture, "t.conf.d/a.conf", "[source]\nfile=../day.ndjson\n");
  write_file (fixture, "t.conf", "");

  g_autoptr (TideConfig) config = load (fixture, settings);

  g_assert_cmpstr (tide_config_get_string (config, "source", "file"), ==, recording);
  g_assert_cmpstr (tide_config_get_string (config, "redis", "password-file"), ==, secret);
}

static void
test_references (Fixture *fixture, gconstpointer data)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_autoptr (TideConfig) config = tide_config_new ();

  g_test_summary ("A configuration is a boxed value with a count of references");

  g_value_init (&value, TIDE_TYPE_CONFIG);
  g_value_set_boxed (&value, config);
  g_assert_true (g_value_get_boxed (&value) == config);
}

static void
test_wrong_key (Fixture *fixture, gconstpointer data)
{
  g_test_summary (
      "To ask for a key that is not in the table is the programmer's mistake");

  if (g_test_subprocess ())
    {
      g_autoptr (TideConfig) config = tide_config_new ();

      tide_config_get_boolean (config, "demo", "seed");
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*assertion failed*");
}

#define ADD(name, func)                                                                  \
  g_test_add (                                                                           \
      "/daemon/config/" name, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("defaults", test_defaults);
  ADD ("order", test_order);
  ADD ("default-file-drop-ins", test_default_file_drop_ins);
  ADD ("all-problems", test_all_problems);
  ADD ("many-problems", test_many_problems);
  ADD ("settings", test_settings);
  ADD ("unreadable", test_unreadable);
  ADD ("unreadable-default", test_unreadable_default);
  ADD ("odd-files", test_odd_files);
  ADD ("relative-paths", test_relative_paths);
  ADD ("references", test_references);
  ADD ("wrong-key", test_wrong_key);
  return g_test_run ();
}
