/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"

static void
test_nicks (void)
{
  static const char *const nicks[] = {
    [TIDE_ERROR_FAILED] = "failed",
    [TIDE_ERROR_BAD_CONFIG] = "bad_config",
    [TIDE_ERROR_ADDRESS_IN_USE] = "address_in_use",
    [TIDE_ERROR_BAD_PACKET] = "bad_packet",
    [TIDE_ERROR_BAD_PAYLOAD] = "bad_payload",
    [TIDE_ERROR_UNKNOWN_COMMAND] = "unknown_command",
    [TIDE_ERROR_LIMIT_EXCEEDED] = "limit_exceeded",
    [TIDE_ERROR_RATE_LIMITED] = "rate_limited",
    [TIDE_ERROR_FORBIDDEN] = "forbidden",
    [TIDE_ERROR_UNSUPPORTED] = "unsupported",
    [TIDE_ERROR_UNAVAILABLE] = "unavailable",
    [TIDE_ERROR_CHART_UNAVAILABLE] = "chart_unavailable",
    [TIDE_ERROR_LOGIN_REQUIRED] = "login_required",
    [TIDE_ERROR_LOGIN_REFUSED] = "login_refused",
    [TIDE_ERROR_LOGIN_EXPIRED] = "login_expired",
    [TIDE_ERROR_NOT_FOUND] = "not_found",
    [TIDE_ERROR_DRAINING] = "draining",
    [TIDE_ERROR_BAD_FILTER] = "bad_filter",
    [TIDE_ERROR_UNKNOWN_SYMBOL] = "unknown_symbol",
  };

  g_test_summary ("The words for the codes are part of the protocol: they do not change");

  for (guint i = 0; i < G_N_ELEMENTS (nicks); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (TIDE_ERROR, i, "text");

      g_assert_cmpstr (tide_error_get_nick (error), ==, nicks[i]);
    }
}

static void
test_foreign (void)
{
  g_autoptr (GError) error =
      g_error_new_literal (G_FILE_ERROR, TIDE_ERROR_BAD_PAYLOAD, "text");

  g_test_summary ("An error of somebody else's is just a failure");

  g_assert_cmpstr (tide_error_get_nick (error), ==, "failed");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/error/nicks", test_nicks);
  g_test_add_func ("/core/error/foreign", test_foreign);
  return g_test_run ();
}
