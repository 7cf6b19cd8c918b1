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

  g_test_summary ("Each property is the counter of its name, read when it is asked for");

  for (guint64 round = 1; round < 4; round++)
    {
      for (gsize i = 0; i < n_infos; i++)
        G_STRUCT_MEMBER (guint64, &counters, infos[i].offset) =
            G_MAXUINT64 - round * 1000 - i;

      g_autoptr (GVariant) all = g_dbus_interface_skeleton_get_properties (interface);

      g_assert_cmpuint (g_variant_n_children (all), ==, n_infos);
      for (gsize i = 0; i < n_infos; i++)
        {
          guint64 value = 0;

          g_assert_true (g_variant_lookup (all, infos[i].name, "t", &value));
          g_assert_cmpuint (value, ==, G_MAXUINT64 - round * 1000 - i);
        }
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
  g_test_add_func ("/control/bus-counters/table", test_table);
  return g_test_run ();
}
