/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dbus-server.h"

#include <glib/gstdio.h>

#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A bus where everybody may do everything, like a session bus. */
static const char open_policy[] = "<policy context=\"default\">\n"
                                  "  <allow user=\"*\"/>\n"
                                  "  <allow send_destination=\"*\" eavesdrop=\"true\"/>\n"
                                  "  <allow eavesdrop=\"true\"/>\n"
                                  "  <allow own=\"*\"/>\n"
                                  "</policy>\n";

/* A bus where nobody may do anything that a file does not allow, like a system bus. */
static const char closed_policy[] = "<policy context=\"default\">\n"
                                    "  <allow user=\"*\"/>\n"
                                    "  <deny own=\"*\"/>\n"
                                    "  <deny send_type=\"method_call\"/>\n"
                                    "  <allow send_type=\"signal\"/>\n"
                                    "  <allow send_requested_reply=\"true\"\n"
                                    "         send_type=\"method_return\"/>\n"
                                    "  <allow send_requested_reply=\"true\"\n"
                                    "         send_type=\"error\"/>\n"
                                    "  <allow receive_type=\"method_call\"/>\n"
                                    "  <allow receive_type=\"method_return\"/>\n"
                                    "  <allow receive_type=\"error\"/>\n"
                                    "  <allow receive_type=\"signal\"/>\n"
                                    "  <allow send_destination=\"org.freedesktop.DBus\"\n"
                                    "    send_interface=\"org.freedesktop.DBus\"/>\n"
                                    "</policy>\n";

gboolean
dbus_server_is_installed (void)
{
  g_autofree char *path = g_find_program_in_path ("dbus-daemon");

  return path != NULL;
}

static void
write_file (const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, &error);
  g_assert_no_error (error);
}

/* @policy: (nullable): the text of a policy file for a bus that is closed without it
 *
 * Returns: (transfer full): a bus that does not run yet */
DbusServer *
dbus_server_new (const char *policy)
{
  DbusServer *self = g_new0 (DbusServer, 1);
  g_autofree char *config = NULL;
  g_autofree char *include = NULL;

  self->folder = g_dir_make_tmp ("tide-dbus-XXXXXX", NULL);
  g_assert_nonnull (self->folder);
  /* Other users of a policy's test must come in, too. */
  g_assert_no_errno (g_chmod (self->folder, 0755));
  self->socket_path = g_build_filename (self->folder, "socket", NULL);
  self->config_path = g_build_filename (self->folder, "bus.conf", NULL);
  self->policy_path = g_build_filename (self->folder, "policy.conf", NULL);
  self->address = g_strdup_printf ("unix:path=%s", self->socket_path);

  if (policy != NULL)
    {
      write_file (self->policy_path, policy);
      include = g_strdup_printf ("<include>%s</include>\n", self->policy_path);
    }
  config = g_strdup_printf ("<busconfig>\n"
                            "<listen>%s</listen>\n"
                            "<auth>EXTERNAL</auth>\n"
                            "%s%s</busconfig>\n",
                            self->address,
                            policy != NULL ? closed_policy : open_policy,
                            policy != NULL ? include : "");
  write_file (self->config_path, config);
  return self;
}

void
dbus_server_free (DbusServer *self)
{
  if (self->pid != 0)
    dbus_server_kill (self);
  g_unlink (self->config_path);
  g_unlink (self->policy_path);
  g_unlink (self->socket_path);
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->address);
  g_free (self->socket_path);
  g_free (self->config_path);
  g_free (self->policy_path);
  g_free (self);
}

/* Runs in the child: a test that crashes takes its bus with it. */
static void
die_with_parent (gpointer unused)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* The socket's file is there a moment before anybody is let in. */
static gboolean
lets_in (DbusServer *self)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gboolean is_in;

  g_assert_cmpint (fd, >=, 0);
  g_strlcpy (address.sun_path, self->socket_path, sizeof address.sun_path);
  is_in = connect (fd, (struct sockaddr *) &address, sizeof address) == 0;
  close (fd);
  return is_in;
}

/* Starts the bus and waits until it lets clients in. */
void
dbus_server_start (DbusServer *self)
{
  const char *argv[] = {
    "dbus-daemon", "--nofork", "--nopidfile", "--config-file", self->config_path, NULL,
  };
  g_autoptr (GError) error = NULL;

  g_unlink (self->socket_path);
  g_spawn_async (NULL,
                 (char **) argv,
                 NULL,
                 G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                     G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                 die_with_parent,
                 NULL,
                 &self->pid,
                 &error);
  g_assert_no_error (error);
  DBUS_WAIT (lets_in (self));
}

void
dbus_server_kill (DbusServer *self)
{
  kill (self->pid, SIGKILL);
  g_assert_cmpint (waitpid (self->pid, NULL, 0), ==, self->pid);
  self->pid = 0;
}

/* Returns: (transfer full): a new connection */
GDBusConnection *
dbus_server_connect (DbusServer *self)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_sync (
      self->address,
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
      NULL,
      NULL,
      &error);

  g_assert_no_error (error);
  return connection;
}

static gboolean
on_tick (gpointer unused)
{
  return G_SOURCE_REMOVE;
}

/* One turn of the default main context, of 10 ms at most. */
void
dbus_turn (void)
{
  guint id = g_timeout_add (10, on_tick, NULL);

  g_main_context_iteration (NULL, TRUE);

  GSource *source = g_main_context_find_source_by_id (NULL, id);

  if (source != NULL)
    g_source_destroy (source);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **where = user_data;

  *where = g_object_ref (result);
}

/* Calls `INTERFACE.METHOD` of Tidewire while the main context runs, where Tidewire is. */
GVariant *
dbus_call (GDBusConnection *connection,
           const char *path,
           const char *method,
           GVariant *parameters,
           GError **error)
{
  const char *dot = strrchr (method, '.');
  g_autofree char *interface = g_strndup (method, dot - method);
  g_autoptr (GAsyncResult) result = NULL;

  g_dbus_connection_call (connection,
                          "org.tidewire.Tidewire1",
                          path,
                          interface,
                          dot + 1,
                          parameters,
                          NULL,
                          G_DBUS_CALL_FLAGS_NONE,
                          -1,
                          NULL,
                          on_result,
                          &result);
  DBUS_WAIT (result != NULL);
  return g_dbus_connection_call_finish (connection, result, error);
}

/* Runs in the child.
 *
 * @group: (nullable): one more group */
static void
become_nobody (gpointer group)
{
  if (setgroups (group != NULL ? 1 : 0, group) != 0 || setgid (65534) != 0 ||
      setuid (65534) != 0)
    _exit (127);
}

/* Runs a program while the main context runs.
 *
 * Returns: (transfer full): what it printed, errors too */
char *
dbus_run_tool (const char *const *argv, DbusUser user, int *status)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  char *output = NULL;
  gid_t group;

  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);
  if (user == DBUS_USER_MEMBER)
    {
      struct group *entry = getgrnam (DBUS_GROUP);

      g_assert_nonnull (entry);
      group = entry->gr_gid;
    }
  if (user != DBUS_USER_MYSELF)
    g_subprocess_launcher_set_child_setup (
        launcher, become_nobody, user == DBUS_USER_MEMBER ? &group : NULL, NULL);

  g_autoptr (GSubprocess) tool = g_subprocess_launcher_spawnv (launcher, argv, &error);

  g_assert_no_error (error);
  g_subprocess_communicate_utf8_async (tool, NULL, NULL, on_result, &result);
  DBUS_WAIT (result != NULL);
  g_subprocess_communicate_utf8_finish (tool, result, &output, NULL, &error);
  g_assert_no_error (error);
  *status = g_subprocess_get_if_exited (tool) ? g_subprocess_get_exit_status (tool) : -1;
  return output;
}
