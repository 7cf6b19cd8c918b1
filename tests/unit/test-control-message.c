/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-control-message.h"
#include "tide-error.h"

#include <string.h>

static void
test_log_out (void)
{
  static const char *const cases[][2] = {
    { "{\"action\":\"log_out\",\"user\":\"42\"}", "42" },
    { "{\"user\":42,\"more\":[],\"action\":\"log_out\"}", "42" },
    { "{\"action\":\"log_out\",\"user\":\"\\u00e4 b\"}", "\xc3\xa4 b" },
    { "{\"action\":\"log_out\",\"user\":\"\"}", NULL },
    { "{\"action\":\"log_out\",\"user\":\"a\\u0000\"}", NULL },
    { "{\"action\":\"log_out\",\"user\":null}", NULL },
    { "{\"action\":\"log_out\"}", NULL },
    { "{\"action\":\"shutdown\",\"user\":\"42\"}", NULL },
    { "{\"user\":\"42\"}", NULL },
    { "[\"log_out\",\"42\"]", NULL },
    { "{\"action\":\"log_out\",\"user\":\"42\"", NULL },
    { "", NULL },
  };

  g_test_summary ("An order names the user to log out; all else is refused");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *user =
          tide_control_message_parse_log_out (cases[i][0], strlen (cases[i][0]), &error);

      g_assert_cmpstr (user, ==, cases[i][1]);
      if (cases[i][1] == NULL)
        g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD);
      else
        g_assert_no_error (error);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/control-message/log-out", test_log_out);
  return g_test_run ();
}
