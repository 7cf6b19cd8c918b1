/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-verb.h"
#include "tide-error.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What was asked for last. */
static TideBusPage asked;
static char asked_for[100];

static GVariant *
list (const TideBusPage *page, gpointer user_data)
{
  asked = *page;
  return g_variant_new_strv (NULL, 0);
}

static GVariant *
list_members (const char *room, const TideBusPage *page, gpointer user_data)
{
  asked = *page;
  return g_str_equal (room, "room") ? g_variant_new_strv (NULL, 0) : NULL;
}

static GVariant *
list_busiest (TideBusOrder order, guint limit, gpointer user_data)
{
  g_snprintf (asked_for, sizeof asked_for, "%d %u", order, limit);
  return g_variant_new_strv (NULL, 0);
}

static GVariant *
get_connection (guint64 id, gpointer user_data)
{
  return id == 7 ? g_variant_new ("a{sv}", NULL) : NULL;
}

static GVariant *
get_user (const char *user, gpointer user_data)
{
  return g_str_equal (user, "ann") ? g_variant_new ("a{sv}", NULL) : NULL;
}

static char *
get_text (gpointer user_data)
{
  return g_strdup ("text");
}

static const TideBusInspectFuncs inspect = {
  .list_connections = list,
  .get_connection = get_connection,
  .list_users = list,
  .get_user = get_user,
  .list_rooms = list,
  .list_members = list_members,
  .list_subscriptions = list,
  .list_lanes = list,
  .list_busiest = list_busiest,
  .print_configuration = get_text,
  .dump = get_text,
};

static GVariant *
call (const char *name, const char *arguments, GUnixFDList **fds, GError **error)
{
  const TideBusFuncs funcs = { .inspect = &inspect };
  g_autoptr (GVariant) given = g_variant_parse (NULL, arguments, NULL, NULL, NULL);
  TideBusCall made = { .arguments = given };
  const TideBusVerb *verb = tide_bus_list_verbs;
  GVariant *answer;

  while (!g_str_equal (verb->name, name))
    verb++;
  g_assert_cmpint (verb->action, ==, TIDE_BUS_ACTION_INSPECT);
  answer = verb->func (&funcs, &made, error);
  if (fds != NULL)
    *fds = made.fds;
  return answer != NULL ? g_variant_ref_sink (answer) : NULL;
}

static void
assert_fails (const char *name, const char *arguments, GQuark domain, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (call (name, arguments, NULL, &error));
  g_assert_cmpint (error->domain, ==, domain);
  g_assert_nonnull (strstr (error->message, word));
}

static void
test_pages (void)
{
  static const char *const names[] = {
    "ListConnections", "ListUsers", "ListSubscriptions", "ListLanes"
  };

  g_test_summary ("A page has its limit, 500 if none is given, and no more");

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GVariant) some = call (names[i], "(@t 3, @u 20)", NULL, NULL);
      g_autoptr (GVariant) all = NULL;

      g_assert_nonnull (some);
      g_assert_cmpuint (asked.after_id, ==, 3);
      g_assert_cmpuint (asked.limit, ==, 20);
      all = call (names[i], "(@t 0, @u 0)", NULL, NULL);
      g_assert_cmpuint (asked.limit, ==, 500);
      assert_fails (names[i], "(@t 0, @u 501)", G_DBUS_ERROR, "limit=501");
    }
  assert_fails ("ListRooms", "('', @u 501)", G_DBUS_ERROR, "500");
  assert_fails ("ListMembers", "('room', @t 0, @u 501)", G_DBUS_ERROR, "500");
}

static void
test_busiest (void)
{
  g_autoptr (GVariant) some = NULL;

  g_test_summary ("The busiest are asked for by a word");

  some = call ("ListBusiest", "('unread', @u 0)", NULL, NULL);
  g_assert_cmpstr (asked_for, ==, "2 10");
  assert_fails ("ListBusiest", "('size', @u 0)", G_DBUS_ERROR, "\"pending\"");
  assert_fails ("ListBusiest", "('rate', @u 101)", G_DBUS_ERROR, "100");
}

static void
test_missing (void)
{
  g_autoptr (GVariant) connection = NULL;
  g_autoptr (GVariant) user = NULL;

  g_test_summary ("What is not there is told with where to look");

  connection = call ("GetConnection", "(@t 7,)", NULL, NULL);
  g_assert_cmpstr (g_variant_get_type_string (connection), ==, "(a{sv})");
  user = call ("GetUser", "('ann',)", NULL, NULL);
  g_assert_nonnull (user);
  assert_fails ("GetConnection", "(@t 8,)", TIDE_ERROR, "ListConnections");
  assert_fails ("GetUser", "('bob',)", TIDE_ERROR, "ListUsers");
  assert_fails ("ListMembers", "('none', @t 0, @u 0)", TIDE_ERROR, "ListRooms");
}

static void
test_dump (void)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) text = NULL;
  char buffer[10] = "";
  int fd;

  g_test_summary ("The dump is a file that is read from its start and never changes");

  text = call ("GetConfiguration", "@()", NULL, NULL);
  g_assert_cmpstr (g_variant_get_type_string (text), ==, "(s)");
  answer = call ("DumpByFileDescriptor", "@()", &fds, NULL);
  g_assert_nonnull (answer);
  fd = g_unix_fd_list_peek_fds (fds, NULL)[0];
  g_assert_cmpint (read (fd, buffer, sizeof buffer), ==, 4);
  g_assert_cmpstr (buffer, ==, "text");
  g_assert_cmpint (write (fd, "x", 1), ==, -1);
  g_assert_cmpint (ftruncate (fd, 0), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/control/bus-lists/pages", test_pages);
  g_test_add_func ("/control/bus-lists/busiest", test_busiest);
  g_test_add_func ("/control/bus-lists/missing", test_missing);
  g_test_add_func ("/control/bus-lists/dump", test_dump);
  return g_test_run ();
}
