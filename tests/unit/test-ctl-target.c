/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-error.h"
#include "tide-ctl-target.h"

static void
test_parse (void)
{
  static const struct
  {
    const char *word;
    const char *may_be; /* c, u, r; empty: refused */
    guint64 id;
    const char *name;
  } cases[] = {
    { "alice", "ur", 0, "alice" },
    { "17", "cur", 17, "17" },
    { "0", "ur", 0, "0" },
    { "-1", "ur", 0, "-1" },
    { ":42", "ur", 0, ":42" },
    { "99999999999999999999", "ur", 0, "99999999999999999999" },
    { "user:17", "u", 0, "17" },
    { "room:a:b", "r", 0, "a:b" },
    { "connection:17", "c", 17, "17" },
    { "connection:x", "", 0, NULL },
    { "user:", "", 0, NULL },
    { "", "", 0, NULL },
  };

  g_test_summary ("A prefix says what a word is; without, it may be several things.");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      TideCtlTarget target;
      g_autoptr (GString) may_be = g_string_new (NULL);

      if (!tide_ctl_target_parse (cases[i].word, &target, &error))
        {
          g_assert_error (error, TIDE_CTL_ERROR, TIDE_CTL_EXIT_USAGE);
          g_assert_cmpstr (cases[i].may_be, ==, "");
          continue;
        }
      g_string_append (may_be, target.is_connection ? "c" : "");
      g_string_append (may_be, target.is_user ? "u" : "");
      g_string_append (may_be, target.is_room ? "r" : "");
      g_assert_cmpstr (may_be->str, ==, cases[i].may_be);
      g_assert_cmpuint (target.id, ==, cases[i].id);
      g_assert_cmpstr (target.name, ==, cases[i].name);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/target/parse", test_parse);
  return g_test_run ();
}
