/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-address.h"

#include <string.h>

static void
test_find (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *own = tide_bus_address_find ("unix:path=/x", &error);
  g_autofree char *system = NULL;

  g_test_summary ("A bus is found by its word, its variable, or its address");

  g_assert_no_error (error);
  g_assert_cmpstr (own, ==, "unix:path=/x");

  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/system", TRUE);
  system = tide_bus_address_find ("system", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (system, ==, "unix:path=/system");

  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/session", TRUE);

  g_autofree char *session = tide_bus_address_find ("session", &error);

  g_assert_no_error (error);
  g_assert_cmpstr (session, ==, "unix:path=/session");
}

static void
test_no_session (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL;

  g_test_summary ("No session bus is started where there is none");

  g_unsetenv ("DBUS_SESSION_BUS_ADDRESS");
  address = tide_bus_address_find ("session", &error);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_null (address);
}

static void
test_is_system (void)
{
  g_autofree char *system = tide_bus_address_find ("system", NULL);

  g_test_summary ("The system bus is known by its name and by its address");

  g_assert_nonnull (system);
  g_assert_true (tide_bus_address_is_system ("system", system));
  g_assert_true (tide_bus_address_is_system (system, system));
  g_assert_false (tide_bus_address_is_system ("session", "unix:path=/x"));
  g_assert_false (tide_bus_address_is_system ("unix:path=/x", "unix:path=/x"));
}

static void
test_words (void)
{
  g_autofree char *system = tide_bus_address_describe ("system");
  g_autofree char *session = tide_bus_address_describe ("session");
  g_autofree char *own = tide_bus_address_describe ("unix:path=/x");

  g_test_summary ("A bus has a name for sentences, and a remedy that is another bus");

  g_assert_cmpstr (system, ==, "the system bus");
  g_assert_cmpstr (session, ==, "the session bus");
  g_assert_cmpstr (own, ==, "the bus at unix:path=/x");
  g_assert_nonnull (strstr (tide_bus_address_get_remedy ("system"), "bus.bus=session"));
  g_assert_nonnull (strstr (tide_bus_address_get_remedy ("system"), "bus.bus=none"));
  g_assert_null (strstr (tide_bus_address_get_remedy ("session"), "bus.bus=session"));
  g_assert_nonnull (strstr (tide_bus_address_get_remedy ("session"), "bus.bus=none"));
}

int
main (int argc, char **argv)
{
  /* No session bus there. */
  g_setenv ("XDG_RUNTIME_DIR", "/nonexistent", TRUE);
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/control/bus-address/find", test_find);
  g_test_add_func ("/control/bus-address/no-session", test_no_session);
  g_test_add_func ("/control/bus-address/is-system", test_is_system);
  g_test_add_func ("/control/bus-address/words", test_words);
  return g_test_run ();
}
