/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl.h"

#include <string.h>

static void
test_table (void)
{
  guint n_verbs;
  const TideCtlVerb *verbs = tide_ctl_verbs_get_all (&n_verbs);

  g_test_summary ("Each verb is found by its name, and its numbers of arguments can be.");
  for (guint i = 0; i < n_verbs; i++)
    {
      g_assert_true (tide_ctl_verbs_find (verbs[i].name) == &verbs[i]);
      g_assert_cmpuint (verbs[i].min_args, <=, verbs[i].max_args);
      g_assert_nonnull (verbs[i].run);
    }
  g_assert_null (tide_ctl_verbs_find (""));
  g_assert_null (tide_ctl_verbs_find ("statu"));
}

static void
test_help (void)
{
  g_autoptr (TideCtlOptions) options = tide_ctl_options_new ();
  g_autofree char *all = tide_ctl_help_make (options, NULL);
  guint n_verbs;
  const TideCtlVerb *verbs = tide_ctl_verbs_get_all (&n_verbs);

  g_test_summary (
      "The help has every verb but hidden ones, and each has one of its own.");
  for (guint i = 0; i < n_verbs; i++)
    {
      g_autofree char *line = g_strdup_printf ("\n  %s ", verbs[i].name);
      g_autofree char *own = tide_ctl_help_make (options, &verbs[i]);

      if (verbs[i].is_hidden)
        {
          g_assert_null (strstr (all, line));
          continue;
        }
      g_assert_nonnull (strstr (all, line));
      g_assert_nonnull (strstr (own, verbs[i].name));
      g_assert_nonnull (strstr (own, verbs[i].summary));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/verbs/table", test_table);
  g_test_add_func ("/ctl/verbs/help", test_help);
  return g_test_run ();
}
