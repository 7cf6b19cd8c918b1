/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The XML of data/dbus is what documents, man pages and programs of others are made of:
 * it has to be what runs, and of one style. */

#include "tide-bus-verbs.h"

#include "bus-fixture.h"
#include "fake-bus.h"

#define LOG_CONTROL "org.freedesktop.LogControl1"
#define EMITS "org.freedesktop.DBus.Property.EmitsChangedSignal"

static const struct
{
  const char *name;
  const char *path;
} interfaces[] = {
  { ADMIN, TIDE_BUS_PATH },
  { MANAGER, TIDE_BUS_PATH },
  { STATS, TIDE_BUS_PATH },
  { LOG_CONTROL, TIDE_BUS_LOG_PATH },
};

static const char *
get_word (gpointer unused)
{
  return "notice";
}

static gboolean
set_word (const char *word, gpointer unused)
{
  return FALSE;
}

/* Returns: (transfer full): what is in data/dbus */
static char *
read_xml (const char *interface)
{
  g_autofree char *file = g_strconcat (interface, ".xml", NULL);
  g_autofree char *path =
      g_test_build_filename (G_TEST_DIST, "..", "..", "data/dbus", file, NULL);
  g_autoptr (GError) error = NULL;
  char *xml = NULL;

  g_file_get_contents (path, &xml, NULL, &error);
  g_assert_no_error (error);
  return xml;
}

/* Hints for gdbus-codegen, which keeps them to itself, are left out.
 *
 * Returns: (transfer full): an interface as XML, in GLib's form */
static char *
print_interface (const char *xml, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GRegex) hint =
      g_regex_new ("<annotation name=\"org\\.gtk\\.GDBus\\.[^>]*/>", 0, 0, NULL);
  g_autofree char *plain = g_regex_replace_literal (hint, xml, -1, 0, "", 0, NULL);
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (plain, &error);
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_no_error (error);
  g_assert_nonnull (g_dbus_node_info_lookup_interface (node, name));
  g_dbus_interface_info_generate_xml (
      g_dbus_node_info_lookup_interface (node, name), 0, text);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Returns: (transfer full): what runs at a path */
static char *
introspect (GDBusConnection *client, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = dbus_call (
      client, path, "org.freedesktop.DBus.Introspectable.Introspect", NULL, &error);
  char *xml;

  g_assert_no_error (error);
  g_variant_get (answer, "(s)", &xml);
  return xml;
}

static void
test_running (Fixture *self, gconstpointer unused)
{
  static const TideBusLogFuncs funcs = { get_word, set_word, get_word, set_word };

  g_test_summary ("What runs is what the XML says, to the last annotation, and no more");

  tide_bus_service_set_log (self->service, &funcs);
  start (self);

  g_autoptr (GDBusConnection) client = dbus_server_connect (self->server);

  for (guint i = 0; i < G_N_ELEMENTS (interfaces); i++)
    {
      g_autofree char *file_xml = read_xml (interfaces[i].name);
      g_autofree char *running_xml = introspect (client, interfaces[i].path);
      g_autofree char *expected = print_interface (file_xml, interfaces[i].name);
      g_autofree char *running = print_interface (running_xml, interfaces[i].name);
      g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (running_xml, NULL);
      guint n = 0;

      g_assert_cmpstr (running, ==, expected);
      for (GDBusInterfaceInfo **one = node->interfaces; *one != NULL; one++)
        n += !g_str_has_prefix ((*one)->name, "org.freedesktop.DBus.");
      g_assert_cmpuint (n, ==, g_str_equal (interfaces[i].name, LOG_CONTROL) ? 1 : 3);
    }
}

static void
assert_name (const char *pattern, const char *name)
{
  g_test_message ("%s", name);
  g_assert_nonnull (name);
  g_assert_true (g_regex_match_simple (pattern, name, 0, 0));
}

static void
check_members (GDBusArgInfo **args, const char *member)
{
  assert_name ("^([A-Z][A-Za-z0-9]*)$", member);
  for (; args != NULL && *args != NULL; args++)
    assert_name ("^[a-z][a-z0-9]*(_[a-z0-9]+)*$", (*args)->name);
}

static void
check_property (const GDBusPropertyInfo *property, gboolean is_ours)
{
  static const char *const words[] = { "const", "false", "invalidates", "true", NULL };
  const char *emits = g_dbus_annotation_info_lookup (property->annotations, EMITS);

  check_members (NULL, property->name);
  g_assert_nonnull (emits);
  g_assert_true (g_strv_contains (words, emits));
  /* What can be written passes by the lock of the verbs. */
  if (is_ours)
    g_assert_cmpint (property->flags, ==, G_DBUS_PROPERTY_INFO_FLAGS_READABLE);
}

static void
test_style (Fixture *self, gconstpointer unused)
{
  g_test_summary ("Members and arguments have names of one style, properties say whether "
                  "they signal, and none of ours can be written");

  for (guint i = 0; i < G_N_ELEMENTS (interfaces); i++)
    {
      g_autofree char *xml = read_xml (interfaces[i].name);
      g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, NULL);
      GDBusInterfaceInfo *info =
          g_dbus_node_info_lookup_interface (node, interfaces[i].name);
      gboolean is_ours = !g_str_equal (interfaces[i].name, LOG_CONTROL);

      for (GDBusMethodInfo **one = info->methods; one != NULL && *one != NULL; one++)
        {
          check_members ((*one)->in_args, (*one)->name);
          check_members ((*one)->out_args, (*one)->name);
        }
      for (GDBusSignalInfo **one = info->signals; one != NULL && *one != NULL; one++)
        check_members ((*one)->args, (*one)->name);
      for (GDBusPropertyInfo **one = info->properties; one != NULL && *one != NULL; one++)
        check_property (*one, is_ours);
    }
}

/* Everybody on the bus gets signals. The keys of Tick are names of counters, that of
 * LimitHit is one of the configuration. */
static void
test_signals (Fixture *self, gconstpointer unused)
{
  static const char *const names[] = { MANAGER, STATS };
  static const char *const known[] = { "Tick", "LimitHit", NULL };

  g_test_summary ("Signals have figures, and no words that could name anybody");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *xml = read_xml (names[i]);
      g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, NULL);
      GDBusInterfaceInfo *info = g_dbus_node_info_lookup_interface (node, names[i]);

      for (GDBusSignalInfo **one = info->signals; one != NULL && *one != NULL; one++)
        for (GDBusArgInfo **arg = (*one)->args; arg != NULL && *arg != NULL; arg++)
          if (!g_strv_contains (known, (*one)->name))
            g_assert_null (strpbrk ((*arg)->signature, "sogv"));
    }
}

/* Returns: (transfer floating): arguments of the right types, all of them 0 or empty */
static GVariant *
make_arguments (GDBusArgInfo **args)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_TUPLE);
  for (; args != NULL && *args != NULL; args++)
    {
      g_autoptr (GVariant) nothing = g_variant_ref_sink (g_variant_new_from_data (
          G_VARIANT_TYPE ((*args)->signature), "", 0, FALSE, NULL, NULL));
      g_autoptr (GVariant) value = g_variant_get_normal_form (nothing);

      g_variant_builder_add_value (&builder, value);
    }
  return g_variant_builder_end (&builder);
}

/* Somebody who may not calls each: what has nobody to do it is unknown, and all else is
 * denied. */
static void
test_verbs (void)
{
  FakeBus bus;
  g_autofree char *xml = read_xml (ADMIN);
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, NULL);
  g_autoptr (TideBusAuthority) authority = tide_bus_authority_new ();
  g_autoptr (GDBusInterfaceSkeleton) verbs =
      tide_bus_verbs_new (authority, &(TideBusFuncs){ NULL });
  GDBusMethodInfo **method = g_dbus_node_info_lookup_interface (node, ADMIN)->methods;
  g_autoptr (GString) missing = g_string_new (NULL);

  g_test_summary ("Every method of Admin has somebody who does it");

  fake_bus_init (&bus);
  fake_bus_set_credentials (&bus, "{'UnixUserID': <uint32 65534>}");
  tide_bus_authority_set_polkit (authority, FALSE);
  g_assert_true (
      g_dbus_interface_skeleton_export (verbs, bus.service, TIDE_BUS_PATH, NULL));
  for (; *method != NULL; method++)
    {
      g_autofree char *name = g_strconcat (ADMIN ".", (*method)->name, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (fake_bus_call (
          &bus, ":1.7", name, make_arguments ((*method)->in_args), &error));
      if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD))
        g_string_append_printf (missing, "%s ", (*method)->name);
      else
        g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
    }
  g_dbus_interface_skeleton_unexport (verbs);
  fake_bus_clear (&bus);
  g_assert_cmpstr (missing->str, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  if (!dbus_server_is_installed ())
    {
      g_print ("1..0 # SKIP dbus-daemon is not installed\n");
      return 0;
    }
  g_test_add (
      "/integration/bus-xml/running", Fixture, NULL, set_up, test_running, tear_down);
  g_test_add ("/integration/bus-xml/style", Fixture, NULL, set_up, test_style, tear_down);
  g_test_add (
      "/integration/bus-xml/signals", Fixture, NULL, set_up, test_signals, tear_down);
  g_test_add_func ("/integration/bus-xml/verbs", test_verbs);
  return g_test_run ();
}
