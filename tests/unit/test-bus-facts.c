/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-facts.h"

#include "fake-bus.h"
#include <string.h>

#define STARTED_US G_GINT64_CONSTANT (1700000000000000)

static void
get_limits (TideDeliveryLimits *limits, gpointer user_data)
{
  *limits = *(TideDeliveryLimits *) user_data;
}

static TideDeliveryLimits limits = { 250000, 20, FALSE, 10, 5 };
static const TideBusFuncs funcs = { .get_delivery_limits = get_limits,
                                    .user_data = &limits };

/* Returns: (transfer full): a property as GVariant's text */
static char *
get (GDBusInterfaceSkeleton *interface, const char *name)
{
  g_autoptr (GVariant) all = g_dbus_interface_skeleton_get_properties (interface);
  g_autoptr (GVariant) value = g_variant_lookup_value (all, name, NULL);

  g_assert_nonnull (value);
  return g_variant_print (value, TRUE);
}

static void
assert_facts (GDBusInterfaceSkeleton *interface, const char *const *facts)
{
  for (guint i = 0; facts[i] != NULL; i += 2)
    {
      g_autofree char *value = get (interface, facts[i]);

      g_assert_cmpstr (value, ==, facts[i + 1]);
    }
}

static void
test_follow (void)
{
  g_autoptr (TideStatus) status = tide_status_new ("1.2.3", STARTED_US);
  g_autoptr (GDBusInterfaceSkeleton) interface = tide_bus_facts_new (status, &funcs);
  const char *const listeners[] = { "http://127.0.0.1:5000/", "unix:/x", NULL };
  const char *const at_first[] = {
    "Version",
    "'1.2.3'",
    "State",
    "'starting'",
    "RedisConnected",
    "false",
    "Source",
    "''",
    "SourceState",
    "'idle'",
    "Listeners",
    "@as []",
    "StartedUSec",
    "uint64 1700000000000000",
    "Features",
    "['socketio-v5', 'websocket', 'polling', 'delivery-limits', 'explain', 'publish', "
    "'drain', 'event-stream', 'watch', 'inspect']",
    NULL,
  };
  const char *const later[] = {
    "Version",     "'1.2.3'",         "State",
    "'running'",   "RedisConnected",  "true",
    "Source",      "'redis://h:1/0'", "SourceState",
    "'connected'", "Listeners",       "['http://127.0.0.1:5000/', 'unix:/x']",
    NULL,
  };

  g_test_summary ("The interface shows the status as it is now");

  assert_facts (interface, at_first);
  tide_status_set_state (status, TIDE_STATE_RUNNING);
  tide_status_set_source (status, "redis://h:1/0", "connected", TRUE, TRUE);
  tide_status_set_listeners (status, listeners);
  assert_facts (interface, later);
}

static void
test_limits (void)
{
  g_autoptr (TideStatus) status = tide_status_new ("1.2.3", STARTED_US);
  g_autoptr (GDBusInterfaceSkeleton) interface = tide_bus_facts_new (status, &funcs);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autofree char *text = NULL;
  FakeBus bus;

  g_test_summary ("Everybody may ask for the delivery limits in force");

  fake_bus_init (&bus);
  g_dbus_interface_skeleton_export (
      interface, bus.service, "/org/tidewire/Tidewire1", &error);
  g_assert_no_error (error);
  answer = fake_bus_call (
      &bus, ":1.7", "org.tidewire.Tidewire1.Manager.GetDeliveryLimits", NULL, &error);
  g_assert_no_error (error);
  text = g_variant_print (answer, FALSE);
  g_assert_cmpstr (text, ==, "(10, 5, 250, 20)");
  g_assert_cmpuint (bus.n_asked, ==, 0);
  fake_bus_clear (&bus);
}

static void
test_interface_goes_first (void)
{
  g_autoptr (TideStatus) status = tide_status_new ("1.2.3", STARTED_US);
  GDBusInterfaceSkeleton *interface = tide_bus_facts_new (status, &funcs);

  g_test_summary ("A status outlives the interface that shows it");

  g_object_unref (interface);
  tide_status_set_state (status, TIDE_STATE_DRAINING);
}

/* A property that is said to be constant must be no other than those that are. */
static void
test_annotations (void)
{
  const char *const constant[] = { "Version", "StartedUSec", "Features", NULL };
  g_autofree char *path = g_test_build_filename (
      G_TEST_DIST, "..", "..", "data/dbus", "org.tidewire.Tidewire1.Manager.xml", NULL);
  g_autofree char *xml = NULL;
  g_autoptr (GError) error = NULL;

  g_test_summary ("Every property is explained, and says whether it signals changes");

  g_file_get_contents (path, &xml, NULL, &error);
  g_assert_no_error (error);

  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, &error);

  g_assert_no_error (error);
  for (GDBusPropertyInfo **p = node->interfaces[0]->properties; *p != NULL; p++)
    {
      const char *emits = g_dbus_annotation_info_lookup (
          (*p)->annotations, "org.freedesktop.DBus.Property.EmitsChangedSignal");
      g_autofree char *heading =
          g_strdup_printf ("    <!--\n      %s:\n      @since: 1\n\n", (*p)->name);

      g_assert_cmpstr (
          emits, ==, g_strv_contains (constant, (*p)->name) ? "const" : "true");
      g_assert_cmpint ((*p)->flags, ==, G_DBUS_PROPERTY_INFO_FLAGS_READABLE);
      g_assert_nonnull (strstr (xml, heading));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/control/bus-facts/follow", test_follow);
  g_test_add_func ("/control/bus-facts/limits", test_limits);
  g_test_add_func ("/control/bus-facts/interface-goes-first", test_interface_goes_first);
  g_test_add_func ("/control/bus-facts/annotations", test_annotations);
  return g_test_run ();
}
