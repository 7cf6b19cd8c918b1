/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-error.h"
#include "tide-ctl-options.h"

static gboolean
parse (TideCtlOptions *options, const char *text, TideCtlOptionSet set, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  g_autoptr (GOptionContext) context = tide_ctl_options_make_context (options, NULL, set);

  return g_option_context_parse_strv (context, &words, error) &&
         tide_ctl_options_check (options, error);
}

static void
test_defaults (void)
{
  g_autoptr (TideCtlOptions) options = tide_ctl_options_new ();
  g_autoptr (GError) error = NULL;

  g_test_summary ("Without options, the system bus is asked, and colours are up to it.");
  g_unsetenv ("TIDEWIRE_BUS");
  g_assert_true (parse (options, "tidewirectl", 0, &error));
  g_assert_cmpstr (options->bus, ==, "system");
  g_assert_cmpint (tide_ctl_options_get_colour (options), ==, TIDE_CTL_COLOUR_AUTO);
}

static void
test_environment (void)
{
  g_autoptr (TideCtlOptions) options = tide_ctl_options_new ();
  g_autoptr (TideCtlOptions) chosen = tide_ctl_options_new ();

  g_test_summary ("TIDEWIRE_BUS names the bus, unless --bus does.");
  g_setenv ("TIDEWIRE_BUS", "session", TRUE);
  g_assert_true (parse (options, "tidewirectl", 0, NULL));
  g_assert_cmpstr (options->bus, ==, "session");
  g_assert_true (parse (chosen, "tidewirectl --bus=system", 0, NULL));
  g_assert_cmpstr (chosen->bus, ==, "system");
  g_unsetenv ("TIDEWIRE_BUS");
}

static void
test_refused (void)
{
  const char *const bad[] = {
    "tidewirectl --color=pink", "tidewirectl --limit=0",    "tidewirectl --interval=0.2",
    "tidewirectl --count=0",    "tidewirectl --speed=1001", "tidewirectl --by=name",
    "tidewirectl --speed=nan",
  };

  g_test_summary ("Values that can't be are refused, and so are options of other verbs.");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (TideCtlOptions) options = tide_ctl_options_new ();
      g_autoptr (GError) error = NULL;

      g_assert_false (parse (options, bad[i], G_MAXUINT, &error));
      g_assert_error (error, TIDE_CTL_ERROR, TIDE_CTL_EXIT_USAGE);
    }

  g_autoptr (TideCtlOptions) options = tide_ctl_options_new ();

  g_assert_false (parse (options, "tidewirectl --limit=1", TIDE_CTL_OPTION_ALL, NULL));
}

static void
test_list (void)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  g_test_summary (
      "Completion is told the options of a verb, with = where a value follows.");
  tide_ctl_options_list (TIDE_CTL_OPTION_LIMIT, names);
  g_assert_true (g_ptr_array_find_with_equal_func (names, "--limit=", g_str_equal, NULL));
  g_assert_true (g_ptr_array_find_with_equal_func (names, "--json", g_str_equal, NULL));
  g_assert_false (
      g_ptr_array_find_with_equal_func (names, "--speed=", g_str_equal, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/options/defaults", test_defaults);
  g_test_add_func ("/ctl/options/environment", test_environment);
  g_test_add_func ("/ctl/options/refused", test_refused);
  g_test_add_func ("/ctl/options/list", test_list);
  return g_test_run ();
}
