/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ack-id.h"

#include <string.h>

static void
test_parse_id (void)
{
  static const char *const bad[] = { "",
                                     "-1",
                                     "+1",
                                     "1.0",
                                     "1e3",
                                     " 1",
                                     "1 ",
                                     "0x1",
                                     "a",
                                     "9007199254740992",
                                     "99999999999999999999",
                                     "00000000000000001" };
  guint64 id = 77;

  g_test_summary ("Ids are whole numbers below 2^53");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (tide_ack_id_parse (bad[i], strlen (bad[i]), &id));
  g_assert_cmpuint (id, ==, 77);

  g_assert_true (tide_ack_id_parse ("0", 1, &id));
  g_assert_cmpuint (id, ==, 0);
  g_assert_true (tide_ack_id_parse ("12[", 2, &id));
  g_assert_cmpuint (id, ==, 12);
  g_assert_true (tide_ack_id_parse ("9007199254740991", 16, &id));
  g_assert_cmpuint (id, ==, G_GUINT64_CONSTANT (9007199254740991));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/ack-id/parse", test_parse_id);
  return g_test_run ();
}
