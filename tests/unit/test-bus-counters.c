/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-counters.h"

#include <string.h>

#define EMITS_CHANGED "org.freedesktop.DBus.Property.EmitsChangedSignal"
#define TABLE_BEGIN "<!-- counters -->\n"
#define TABLE_END "<!-- end of counters -->\n"

/* Returns: (transfer full): the text of a file of the source tree */
static char *
read_file (const char *folder, const char *name)
{
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "..", "..", folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
test_xml (void)
{
  gsize n_infos;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);
  g_autofree char *xml = read_file ("data/dbus", "org.tidewire.Tidewire1.Stats.xml");
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, &error);

  g_test_summary ("The XML has the counters in their order, each one explained");

  g_assert_no_error (error);

  GDBusInterfaceInfo *interface =
      g_dbus_node_info_lookup_interface (node, "org.tidewire.Tidewire1.Stats");

  g_assert_nonnull (interface);
  for (gsize i = 0; i < n_infos; i++)
    {
      GDBusPropertyInfo *property = interface->properties[i];
      g_autofree char *heading =
          g_strdup_printf ("    <!--\n      %s:\n      @since: 1\n\n", infos[i].name);

      g_assert_nonnull (property);
      g_assert_cmpstr (property->name, ==, infos[i].name);
      g_assert_cmpstr (property->signature, ==, "t");
      g_assert_cmpint (property->flags, ==, G_DBUS_PROPERTY_INFO_FLAGS_READABLE);
      g_assert_cmpstr (
          g_dbus_annotation_info_lookup (property->annotations, EMITS_CHANGED),
          ==,
          "false");
      g_assert_nonnull (strstr (xml, heading));
    }
  g_assert_null (interface->properties[n_infos]);
}

static void
test_values (void)
{
  gsize n_infos;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);
  TideCounters counters = { 0 };
  g_autoptr (GDBusInterfaceSkeleton) interface = tide_bus_counters_new (&counters);

  g_test_summary ("Each property is the counter of its name, worked out when asked for");

  for (guint64 round = 1; round < 4; round++)
    {
      for (gsize i = 0; i < n_infos; i++)
        G_STRUCT_MEMBER (guint64, &counters, infos[i].offset) =
            G_MAXUINT64 - round * 1000 - i;

      TideCounters expected = counters;

      tide_counters_refresh (&expected);
      g_assert_cmpuint (expected.balance_error, !=, counters.balance_error);

      g_autoptr (GVariant) all = g_dbus_interface_skeleton_get_properties (interface);

      g_assert_cmpuint (g_variant_n_children (all), ==, n_infos);
      for (gsize i = 0; i < n_infos; i++)
        {
          guint64 value = 0;

          g_assert_true (g_variant_lookup (all, infos[i].name, "t", &value));
          g_assert_cmpuint (value, ==, tide_counters_get (&expected, &infos[i]));
        }
    }
}

typedef struct
{
  GDBusInterfaceSkeleton *interface;
  TideCounters *counters;
  guint64 means[2]; /* as the first and the second look in one source found it */
} Look;

/* What a GetAll does, with events coming in between, which can't be. */
static gboolean
look_twice (gpointer user_data)
{
  Look *look = user_data;

  for (guint i = 0; i < G_N_ELEMENTS (look->means); i++)
    {
      g_object_get (look->interface, "mean-batch-hundredths", &look->means[i], NULL);
      look->counters->batched_events += 3;
    }
  return G_SOURCE_REMOVE;
}

static void
test_refresh (void)
{
  TideCounters counters = { .batches = 2, .batched_events = 3 };
  g_autoptr (GDBusInterfaceSkeleton) interface = tide_bus_counters_new (&counters);
  Look look = { interface, &counters, { 0 } };

  g_test_summary ("What is worked out is so once an answer, and anew for the next");

  g_idle_add (look_twice, &look);
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (look.means[0], ==, 150);
  g_assert_cmpuint (look.means[1], ==, 150);

  /* Two calls in one turn are two answers. */
  g_idle_add (look_twice, &look);
  g_idle_add (look_twice, &look);
  g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (counters.batched_events, ==, 3 + 6 + 12);
  g_assert_cmpuint (look.means[0], ==, (3 + 6 + 6) * 50);
  g_assert_cmpuint (look.means[1], ==, (3 + 6 + 6) * 50);
}

/* @expected: (nullable): the latencies as GVariant's text, NULL when they are refused */
static void
assert_latency (const TideCounters *counters,
                const char *priority,
                const char *percentiles,
                const char *expected)
{
  g_autoptr (GVariant) wanted =
      g_variant_parse (G_VARIANT_TYPE ("ad"), percentiles, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) latencies = NULL;

  g_assert_nonnull (wanted);
  latencies = tide_bus_counters_get_latency (counters, priority, wanted, &error);
  if (expected == NULL)
    {
      g_assert_null (latencies);
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
      return;
    }
  g_assert_no_error (error);
  g_variant_ref_sink (latencies);

  g_autofree char *text = g_variant_print (latencies, FALSE);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_latency (void)
{
  g_autofree TideCounters *counters = g_new0 (TideCounters, 1);

  g_test_summary ("Latencies are those of the priority, at the percentiles asked for");

  tide_histogram_add (&counters->latency[TIDE_PRIORITY_HIGH], 3, 50);
  tide_histogram_add (&counters->latency[TIDE_PRIORITY_HIGH], 5, 49);
  tide_histogram_add (&counters->latency[TIDE_PRIORITY_HIGH], 7, 1);
  tide_histogram_add (&counters->latency[TIDE_PRIORITY_LOW], 11, 1);

  assert_latency (
      counters, "high", "[0, 50, 50, 50.5, 99, 99.9, 100]", "[3, 3, 3, 5, 5, 7, 7]");
  assert_latency (counters, "low", "[50.0]", "[11]");
  assert_latency (counters, "critical", "[50.0, 99]", "[0, 0]");
  assert_latency (counters, "medium", "[]", "[]");
  assert_latency (counters,
                  "high",
                  "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1.0]",
                  "[3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]");
}

static void
test_latency_refused (void)
{
  g_autofree TideCounters *counters = g_new0 (TideCounters, 1);
  const double odd[] = { G_MAXDOUBLE, -G_MAXDOUBLE, -0.001, 100.001, 0.0 / 0.0, 1 / 0.0 };

  g_test_summary ("A wrong priority and percentiles that are none are refused");

  assert_latency (counters, "", "[50.0]", NULL);
  assert_latency (counters, "High", "[50.0]", NULL);
  assert_latency (counters, "urgent", "[50.0]", NULL);
  assert_latency (counters, "high", "[99.0, 50.0]", NULL);
  assert_latency (counters, "high", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1.0]", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    {
      g_autoptr (GVariant) wanted = g_variant_ref_sink (
          g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, &odd[i], 1, sizeof odd[i]));
      g_autoptr (GError) error = NULL;

      g_assert_null (tide_bus_counters_get_latency (counters, "high", wanted, &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
}

static void
test_table (void)
{
  gsize n_infos;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);
  g_autofree char *page = read_file ("docs", "DBUS.md");
  g_autoptr (GString) table = g_string_new ("| property | what it counts |\n|---|---|\n");
  char *begin = strstr (page, TABLE_BEGIN);
  char *end = strstr (page, TABLE_END);

  g_test_summary ("The table in the documentation has the counters. With "
                  "TIDE_TEST_UPDATE set, it is written anew");

  for (gsize i = 0; i < n_infos; i++)
    g_string_append_printf (table, "| `%s` | %s |\n", infos[i].name, infos[i].meaning);
  g_assert_nonnull (begin);
  g_assert_nonnull (end);
  begin += strlen (TABLE_BEGIN);

  if (g_getenv ("TIDE_TEST_UPDATE") != NULL)
    {
      g_autofree char *path =
          g_test_build_filename (G_TEST_DIST, "..", "..", "docs", "DBUS.md", NULL);
      g_autofree char *head = g_strndup (page, begin - page);
      g_autofree char *whole = g_strconcat (head, table->str, end, NULL);
      g_autoptr (GError) error = NULL;

      g_file_set_contents_full (
          path, whole, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, &error);
      g_assert_no_error (error);
      return;
    }

  g_autofree char *documented = g_strndup (begin, end - begin);

  g_assert_cmpstr (documented, ==, table->str);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/control/bus-counters/xml", test_xml);
  g_test_add_func ("/control/bus-counters/values", test_values);
  g_test_add_func ("/control/bus-counters/refresh", test_refresh);
  g_test_add_func ("/control/bus-counters/latency", test_latency);
  g_test_add_func ("/control/bus-counters/latency-refused", test_latency_refused);
  g_test_add_func ("/control/bus-counters/table", test_table);
  return g_test_run ();
}
