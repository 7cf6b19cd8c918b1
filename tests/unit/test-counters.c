/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-counters.h"

#include <string.h>

static void
test_infos (void)
{
  TideCounters counters = { 0 };
  gsize n_infos = 0;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);

  g_test_summary ("Every counter is named once, and read from its own place");

  g_assert_cmpuint (
      n_infos * sizeof (guint64), ==, G_STRUCT_OFFSET (TideCounters, latency));
  for (gsize i = 0; i < n_infos; i++)
    {
      g_assert_cmpuint (tide_counters_get (&counters, &infos[i]), ==, 0);
      G_STRUCT_MEMBER (guint64, &counters, infos[i].offset) = i + 1;
      g_assert_cmpuint (infos[i].meaning[0], !=, '\0');
      for (gsize j = 0; j < i; j++)
        {
          g_assert_cmpstr (infos[i].name, !=, infos[j].name);
          g_assert_cmpstr (infos[i].key, !=, infos[j].key);
        }
    }
  for (gsize i = 0; i < n_infos; i++)
    g_assert_cmpuint (tide_counters_get (&counters, &infos[i]), ==, i + 1);
}

static void
test_names (void)
{
  gsize n_infos = 0;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);

  g_test_summary ("The name on the bus is the key in camel case, units as systemd "
                  "writes them");

  for (gsize i = 0; i < n_infos; i++)
    {
      g_autoptr (GString) camel = g_string_new (NULL);

      for (const char *at = infos[i].key; *at != '\0'; at++)
        if (*at == '_')
          continue;
        else if (at == infos[i].key || at[-1] == '_')
          g_string_append_c (camel, g_ascii_toupper (*at));
        else
          g_string_append_c (camel, *at);
      g_string_replace (camel, "Usec", "USec", 1);
      g_string_replace (camel, "Nsec", "NSec", 1);
      g_assert_cmpstr (camel->str, ==, infos[i].name);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/counters/infos", test_infos);
  g_test_add_func ("/core/counters/names", test_names);
  return g_test_run ();
}
