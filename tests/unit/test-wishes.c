/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-wishes.h"

#include <string.h>

static void
assert_wishes (TideWishes wishes, gboolean is_batched, guint version, gboolean is_bad)
{
  g_assert_cmpint (wishes.is_batched, ==, is_batched);
  g_assert_cmpuint (wishes.version, ==, version);
  g_assert_cmpint (wishes.has_bad_version, ==, is_bad);
}

static void
test_query (void)
{
  static const struct
  {
    const char *batch;
    const char *version;
    gboolean is_batched;
    guint expected;
    gboolean is_bad;
  } cases[] = {
    { NULL, NULL, FALSE, 0, FALSE },      { "1", "1", TRUE, 1, FALSE },
    { "0", "1000", FALSE, 1000, FALSE },  { "true", "1001", FALSE, 0, TRUE },
    { "", "", FALSE, 0, TRUE },           { "11", "0", FALSE, 0, TRUE },
    { "1", "-1", TRUE, 0, TRUE },         { "1", "1.0", TRUE, 0, TRUE },
    { "1", "4294967297", TRUE, 0, TRUE }, { "1", "007", TRUE, 7, FALSE },
    { "1", " 1", TRUE, 0, TRUE },
  };

  g_test_summary ("The query says whether batches are wanted, and which version");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TideWishes wishes = { 0 };

      tide_wishes_take_query (&wishes, cases[i].batch, cases[i].version);
      assert_wishes (wishes, cases[i].is_batched, cases[i].expected, cases[i].is_bad);
    }
}

static void
test_payload (void)
{
  static const struct
  {
    const char *payload;
    gboolean is_batched;
    guint expected;
    gboolean is_bad;
  } cases[] = {
    { "{}", TRUE, 5, FALSE },
    { "{\"batch\":false}", FALSE, 5, FALSE },
    { "{\"batch\":true,\"v\":7}", TRUE, 7, FALSE },
    { "{\"batch\":\"true\",\"v\":\"7\"}", FALSE, 0, TRUE },
    { "{\"batch\":1,\"v\":1e1}", FALSE, 0, TRUE },
    { "{\"v\":null}", TRUE, 0, TRUE },
    { "{\"v\":1001}", TRUE, 0, TRUE },
    { "{\"auth\":{\"v\":9,\"batch\":false}}", TRUE, 5, FALSE },
  };

  g_test_summary ("The payload of CONNECT changes what it names, the rest stays");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TideWishes wishes = { 0 };

      tide_wishes_take_query (&wishes, "1", "5");
      tide_wishes_take_payload (&wishes, cases[i].payload, strlen (cases[i].payload));
      assert_wishes (wishes, cases[i].is_batched, cases[i].expected, cases[i].is_bad);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/wishes/query", test_query);
  g_test_add_func ("/protocol/wishes/payload", test_payload);
  return g_test_run ();
}
