/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-options.h"

#include <string.h>

#define N_ARGS 8

typedef struct
{
  const char *args[N_ARGS];
  const char *expected;
} Case;

static TideOptions *
parse (const char *const *args)
{
  g_autoptr (GError) error = NULL;
  TideOptions *options = tide_options_parse (args, &error);

  g_assert_no_error (error);
  return options;
}

static void
test_nothing (void)
{
  const char *const args[] = { "tidewired", NULL };
  g_autoptr (TideOptions) options = parse (args);
  const char *const no_args[] = { NULL };
  g_autoptr (TideOptions) nothing = parse (no_args);

  g_test_summary ("Without options nothing is set");

  g_assert_null (options->config_file);
  g_assert_nonnull (options->settings);
  g_assert_null (options->settings[0]);
  g_assert_false (options->check_config);
  g_assert_false (options->print_config);
  g_assert_false (options->show_version);
  g_assert_false (options->show_help);
  g_assert_null (nothing->settings[0]);
}

static void
test_everything (void)
{
  const char *const args[] = {
    "tidewired",
    "--config=/a b",
    "--set=x.y=1",
    "--check-config",
    "--set",
    "x.y=2",
    "--print-config",
    "-s",
    "\xff.z=3",
    "--version",
    "-h",
    "--",
    NULL,
  };
  g_autoptr (TideOptions) options = parse (args);

  g_test_summary ("Every option is taken, settings in their order and as they are");

  g_assert_cmpstr (options->config_file, ==, "/a b");
  g_assert_cmpuint (g_strv_length (options->settings), ==, 3);
  g_assert_cmpstr (options->settings[0], ==, "x.y=1");
  g_assert_cmpstr (options->settings[1], ==, "x.y=2");
  g_assert_cmpstr (options->settings[2], ==, "\xff.z=3");
  g_assert_true (options->check_config);
  g_assert_true (options->print_config);
  g_assert_true (options->show_version);
  g_assert_true (options->show_help);
}

static void
test_repeated_file (void)
{
  const char *const args[] = { "tidewired", "-c", "/a", "-c", "/b", NULL };
  g_autoptr (TideOptions) options = parse (args);

  g_test_summary ("Of several configuration files the last one counts");

  g_assert_cmpstr (options->config_file, ==, "/b");
}

static void
test_bad (void)
{
  static const Case cases[] = {
    { { "tidewired", "--frobnicate" },
      "Unknown option --frobnicate; try tidewired --help" },
    { { "tidewired", "-x" }, "Unknown option -x; try tidewired --help" },
    { { "tidewired", "--config" },
      "Missing argument for --config; try tidewired --help" },
    { { "tidewired", "--config=" },
      "--config needs the name of a file; try tidewired --help" },
    { { "tidewired", "--set" }, "Missing argument for --set; try tidewired --help" },
    { { "tidewired", "start" },
      "There is nothing to do with “start”; try tidewired --help" },
    { { "tidewired", "--", "--version" },
      "There is nothing to do with “--version”; try tidewired --help" },
    { { "tidewired", "--check-config", "/etc/x.conf" },
      "There is nothing to do with “/etc/x.conf”; try tidewired --help" },
    { { "tidewired", "\xff" },
      "There is nothing to do with “\xef\xbf\xbd”; try tidewired --help" },
  };

  g_test_summary ("A command line that can't be understood says so and where help is");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (tide_options_parse (cases[i].args, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_FAILED);
      g_assert_cmpstr (error->message, ==, cases[i].expected);
    }
}

static void
test_texts (void)
{
  static const char *const options[] = {
    "--config=FILE",  "--set=GROUP.KEY=VALUE",
    "--check-config", "--print-config",
    "--version",      "--help",
    "tidewire.conf",  "Exit codes",
  };
  g_autofree char *help = tide_options_make_help ();
  g_autofree char *version = tide_options_make_version ();

  g_test_summary ("Help names every option; the version is one line");

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    g_assert_nonnull (strstr (help, options[i]));
  g_assert_true (g_str_has_prefix (version, "tidewired "));
  g_assert_true (g_str_has_suffix (version, "\n"));
}

static void
test_exit_codes (void)
{
  g_test_summary ("The exit codes are the documented numbers");

  g_assert_cmpint (TIDE_EXIT_OK, ==, 0);
  g_assert_cmpint (TIDE_EXIT_FAILED, ==, 1);
  g_assert_cmpint (TIDE_EXIT_BAD_USAGE, ==, 2);
  g_assert_cmpint (TIDE_EXIT_BAD_CONFIG, ==, 3);
  g_assert_cmpint (TIDE_EXIT_ADDRESS, ==, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/daemon/options/nothing", test_nothing);
  g_test_add_func ("/daemon/options/everything", test_everything);
  g_test_add_func ("/daemon/options/repeated-file", test_repeated_file);
  g_test_add_func ("/daemon/options/bad", test_bad);
  g_test_add_func ("/daemon/options/texts", test_texts);
  g_test_add_func ("/daemon/options/exit-codes", test_exit_codes);
  return g_test_run ();
}
