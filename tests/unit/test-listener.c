/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-listener.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "log-catcher.h"
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  GArray *fds; /* (element-type int), accepted */
  TideAddress peer;
} Fixture;

static void
set_up (Fixture *self)
{
  self->clock = tide_clock_new_manual (100 * G_USEC_PER_SEC);
  self->wheel = tide_timer_wheel_new (self->clock);
  self->fds = g_array_new (FALSE, FALSE, sizeof (int));
}

static void
close_accepted (Fixture *self)
{
  for (guint i = 0; i < self->fds->len; i++)
    close (g_array_index (self->fds, int, i));
  g_array_set_size (self->fds, 0);
}

static void
tear_down (Fixture *self)
{
  close_accepted (self);
  g_array_unref (self->fds);
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
}

static void
turn (void)
{
  for (guint i = 0; i < 5; i++)
    g_main_context_iteration (NULL, FALSE);
}

static void
on_accepted (TideListener *listener, int fd, const TideAddress *peer, gpointer user_data)
{
  Fixture *self = user_data;

  g_assert_cmpint (fcntl (fd, F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  g_array_append_val (self->fds, fd);
  self->peer = *peer;
}

static TideListener *
listen_on (Fixture *self, const char *address)
{
  g_autoptr (GError) error = NULL;
  TideListener *listener =
      tide_listener_new (address, self->wheel, on_accepted, self, &error);

  g_assert_no_error (error);
  g_assert_nonnull (listener);
  return listener;
}

/* Connects to where a listener listens. */
static int
connect_to (TideListener *listener)
{
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  int fd;

  g_assert_cmpint (getsockname (tide_listener_get_fd (listener),
                                (struct sockaddr *) &address,
                                &length),
                   ==,
                   0);
  fd = socket (address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, length), ==, 0);
  return fd;
}

static void
test_tcp (void)
{
  g_autoptr (TideListener) listener = NULL;
  g_autofree char *peer = NULL;
  int no_delay = 0;
  socklen_t length = sizeof no_delay;
  Fixture fixture;
  int fds[3];

  g_test_summary ("Those who connect are handed over, with their address");

  set_up (&fixture);
  listener = listen_on (&fixture, "127.0.0.1:0");
  g_assert_true (
      g_str_has_prefix (tide_listener_get_uri (listener), "http://127.0.0.1:"));
  g_assert_false (g_str_has_suffix (tide_listener_get_uri (listener), ":0/"));
  for (guint i = 0; i < 3; i++)
    fds[i] = connect_to (listener);
  turn ();
  g_assert_cmpuint (fixture.fds->len, ==, 3);
  peer = tide_address_to_string (&fixture.peer);
  g_assert_cmpstr (peer, ==, "127.0.0.1");
  g_assert_cmpuint (fixture.peer.port, >, 0);
  getsockopt (
      g_array_index (fixture.fds, int, 0), IPPROTO_TCP, TCP_NODELAY, &no_delay, &length);
  g_assert_cmpint (no_delay, !=, 0);
  for (guint i = 0; i < 3; i++)
    close (fds[i]);
  g_clear_pointer (&listener, tide_listener_free);
  tear_down (&fixture);
}

static void
test_tls (void)
{
  g_autoptr (TideListener) listener = NULL;
  Fixture fixture;

  g_test_summary ("What stands behind tls: is listened on, and shown with https");

  set_up (&fixture);
  listener = listen_on (&fixture, "tls:127.0.0.1:0");
  g_assert_true (
      g_str_has_prefix (tide_listener_get_uri (listener), "https://127.0.0.1:"));
  g_assert_true (tide_listener_is_tls ("tls:127.0.0.1:0"));
  g_assert_false (tide_listener_is_tls ("127.0.0.1:0"));
  g_clear_pointer (&listener, tide_listener_free);
  tear_down (&fixture);
}

static void
test_localhost (void)
{
  g_autoptr (TideListener) listener = NULL;
  Fixture fixture;

  g_test_summary ("The name localhost stands for 127.0.0.1");

  set_up (&fixture);
  listener = listen_on (&fixture, "localhost:0");
  g_assert_true (
      g_str_has_prefix (tide_listener_get_uri (listener), "http://127.0.0.1:"));
  g_clear_pointer (&listener, tide_listener_free);
  tear_down (&fixture);
}

static void
test_ipv6 (void)
{
  g_autoptr (TideListener) listener = NULL;
  g_autoptr (TideListener) same_port = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *peer = NULL;
  g_autofree char *address = NULL;
  Fixture fixture;
  int fd;

  g_test_summary ("IPv6 is listened on by itself, beside IPv4 on the same port");

  set_up (&fixture);
  listener = tide_listener_new ("[::1]:0", fixture.wheel, on_accepted, &fixture, &error);
  if (listener == NULL)
    {
      g_test_skip ("This machine has no IPv6");
      tear_down (&fixture);
      return;
    }
  g_assert_true (g_str_has_prefix (tide_listener_get_uri (listener), "http://[::1]:"));
  fd = connect_to (listener);
  turn ();
  peer = tide_address_to_string (&fixture.peer);
  g_assert_cmpstr (peer, ==, "::1");
  address = g_strdup_printf ("127.0.0.1:%s",
                             tide_listener_get_uri (listener) + strlen ("http://[::1]:"));
  address[strlen (address) - 1] = '\0';
  same_port = listen_on (&fixture, address);
  close (fd);
  g_clear_pointer (&same_port, tide_listener_free);
  g_clear_pointer (&listener, tide_listener_free);
  tear_down (&fixture);
}

static void
assert_fails (Fixture *self, const char *address, int code, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideListener) listener =
      tide_listener_new (address, self->wheel, on_accepted, self, &error);

  g_assert_null (listener);
  g_assert_error (error, TIDE_ERROR, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, text));
}

static void
test_in_use (void)
{
  g_autoptr (TideListener) listener = NULL;
  g_autofree char *address = NULL;
  Fixture fixture;

  g_test_summary ("An address in use is named, with what to do about it");

  set_up (&fixture);
  listener = listen_on (&fixture, "127.0.0.1:0");
  address = g_strdup (tide_listener_get_uri (listener) + strlen ("http://"));
  address[strlen (address) - 1] = '\0';
  assert_fails (&fixture, address, TIDE_ERROR_ADDRESS_IN_USE, address);
  assert_fails (
      &fixture, address, TIDE_ERROR_ADDRESS_IN_USE, "--set=server.listen=HOST:PORT");
  g_clear_pointer (&listener, tide_listener_free);
  /* Now it is free, at once. */
  listener = listen_on (&fixture, address);
  g_clear_pointer (&listener, tide_listener_free);
  tear_down (&fixture);
}

static void
test_bad_addresses (void)
{
  g_autofree char *long_path = g_strnfill (200, 'x');
  g_autofree char *long_address = g_strconcat ("unix:/", long_path, NULL);
  Fixture fixture;

  g_test_summary ("An address that can't be is a fault of the configuration");

  set_up (&fixture);
  assert_fails (&fixture, "example.org:80", TIDE_ERROR_BAD_CONFIG, "IP address");
  assert_fails (&fixture, "192.0.2.1:0", TIDE_ERROR_BAD_CONFIG, "192.0.2.1:0");
  assert_fails (&fixture, "127.0.0.1:x", TIDE_ERROR_BAD_CONFIG, "127.0.0.1:x");
  assert_fails (&fixture, "127.0.0.1:70000", TIDE_ERROR_BAD_CONFIG, "70000");
  assert_fails (&fixture, "", TIDE_ERROR_BAD_CONFIG, "listen");
  assert_fails (&fixture, "unix:/no/such/folder/s", TIDE_ERROR_BAD_CONFIG, "/no/such");
  assert_fails (&fixture, long_address, TIDE_ERROR_BAD_CONFIG, "unix:/xxx");
  tear_down (&fixture);
}

/* --- Unix sockets --- */

static char *
make_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("tide-listener-XXXXXX", &error);

  g_assert_no_error (error);
  return folder;
}

static void
test_unix (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);
  g_autofree char *peer = NULL;
  TideListener *listener;
  Fixture fixture;
  GStatBuf status;
  int fd;

  g_test_summary ("A Unix socket is made for our group, and its file goes with the "
                  "listener");

  set_up (&fixture);
  listener = listen_on (&fixture, address);
  g_assert_cmpstr (tide_listener_get_uri (listener), ==, address);
  g_assert_cmpint (g_stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0660);
  fd = connect_to (listener);
  turn ();
  g_assert_cmpuint (fixture.fds->len, ==, 1);
  peer = tide_address_to_string (&fixture.peer);
  g_assert_cmpstr (peer, ==, "unix");
  close (fd);
  tide_listener_free (listener);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  tear_down (&fixture);
}

/* Binds a socket of somebody else's. */
static int
bind_path (const char *path)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  struct sockaddr_storage native;
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_socket_address_to_native (address, &native, sizeof native, NULL);
  g_assert_cmpint (
      bind (fd, (struct sockaddr *) &native, g_socket_address_get_native_size (address)),
      ==,
      0);
  return fd;
}

static void
test_unix_stale (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);
  TideListener *listener;
  Fixture fixture;

  g_test_summary ("A socket that nobody listens on is replaced");

  set_up (&fixture);
  close (bind_path (path));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  listener = listen_on (&fixture, address);
  close (connect_to (listener));
  tide_listener_free (listener);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  tear_down (&fixture);
}

static void
test_unix_live (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);
  TideListener *listener;
  Fixture fixture;

  g_test_summary ("A socket that somebody listens on is left alone");

  set_up (&fixture);
  listener = listen_on (&fixture, address);
  assert_fails (&fixture, address, TIDE_ERROR_ADDRESS_IN_USE, path);
  close (connect_to (listener));
  tide_listener_free (listener);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  tear_down (&fixture);
}

static void
test_unix_busy (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "socket", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);
  g_autoptr (GSocketAddress) where = g_unix_socket_address_new (path);
  struct sockaddr_storage native;
  Fixture fixture;
  int others[8];
  int fd;

  g_test_summary ("A socket whose owner is too busy to accept is not taken from it");

  set_up (&fixture);
  fd = bind_path (path);
  g_assert_cmpint (listen (fd, 0), ==, 0);
  g_socket_address_to_native (where, &native, sizeof native, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    {
      others[i] = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      connect (others[i],
               (struct sockaddr *) &native,
               g_socket_address_get_native_size (where));
    }
  assert_fails (&fixture, address, TIDE_ERROR_ADDRESS_IN_USE, path);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    close (others[i]);
  close (fd);
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  tear_down (&fixture);
}

static void
test_unix_file (void)
{
  g_autofree char *folder = make_folder ();
  g_autofree char *path = g_build_filename (folder, "precious", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);
  Fixture fixture;

  g_test_summary ("What is no socket is never removed");

  set_up (&fixture);
  g_assert_true (g_file_set_contents (path, "data", 4, NULL));
  assert_fails (&fixture, address, TIDE_ERROR_ADDRESS_IN_USE, path);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
  tear_down (&fixture);
}

/* --- no descriptors left --- */

static void
test_no_descriptors (void)
{
  struct rlimit limit = { 0, 0 };
  GPtrArray *lines;
  TideListener *listener;
  Fixture fixture;
  int first;
  int second;
  int last;
  guint64 n_pauses = 0;

  g_test_summary ("With no descriptor left accepting pauses, and goes on by itself; each "
                  "pause is counted");

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      return;
    }
  lines = log_catcher_install ();
  set_up (&fixture);
  listener = listen_on (&fixture, "127.0.0.1:0");
  tide_listener_count_pauses (listener, &n_pauses);
  first = connect_to (listener);
  second = connect_to (listener);
  last = dup (first);
  limit.rlim_cur = limit.rlim_max = last + 1;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);

  turn ();
  g_assert_cmpuint (fixture.fds->len, ==, 0);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_true (log_catcher_has (lines, "LimitNOFILE="));
  /* While it pauses the loop sleeps. */
  g_assert_false (g_main_context_iteration (NULL, FALSE));

  tide_clock_advance (fixture.clock, G_USEC_PER_SEC);
  tide_timer_wheel_run (fixture.wheel);
  turn ();
  g_assert_cmpuint (fixture.fds->len, ==, 0);
  g_assert_cmpuint (lines->len, ==, 1);

  /* One descriptor is free again: one is let in, the other waits. */
  close (last);
  tide_clock_advance (fixture.clock, G_USEC_PER_SEC);
  tide_timer_wheel_run (fixture.wheel);
  turn ();
  g_assert_cmpuint (fixture.fds->len, ==, 1);
  close_accepted (&fixture);
  tide_clock_advance (fixture.clock, G_USEC_PER_SEC);
  tide_timer_wheel_run (fixture.wheel);
  turn ();
  g_assert_cmpuint (fixture.fds->len, ==, 1);
  g_assert_cmpuint (lines->len, ==, 1);
  g_assert_cmpuint (n_pauses, ==, 4);

  close (first);
  close (second);
  tide_listener_free (listener);
  tear_down (&fixture);
}

static void
test_freed_while_pausing (void)
{
  struct rlimit limit = { 0, 0 };
  TideListener *listener;
  Fixture fixture;
  int fd;

  g_test_summary ("A listener that pauses can end");

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      return;
    }
  log_catcher_install ();
  set_up (&fixture);
  listener = listen_on (&fixture, "127.0.0.1:0");
  fd = connect_to (listener);
  limit.rlim_cur = limit.rlim_max = fd + 1;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  turn ();
  g_assert_cmpuint (fixture.fds->len, ==, 0);
  tide_listener_free (listener);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (fixture.wheel), ==, -1);
  close (fd);
  tear_down (&fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/listener/tcp", test_tcp);
  g_test_add_func ("/server/listener/localhost", test_localhost);
  g_test_add_func ("/server/listener/tls", test_tls);
  g_test_add_func ("/server/listener/ipv6", test_ipv6);
  g_test_add_func ("/server/listener/in-use", test_in_use);
  g_test_add_func ("/server/listener/bad-addresses", test_bad_addresses);
  g_test_add_func ("/server/listener/unix", test_unix);
  g_test_add_func ("/server/listener/unix-stale", test_unix_stale);
  g_test_add_func ("/server/listener/unix-live", test_unix_live);
  g_test_add_func ("/server/listener/unix-busy", test_unix_busy);
  g_test_add_func ("/server/listener/unix-file", test_unix_file);
  g_test_add_func ("/server/listener/no-descriptors", test_no_descriptors);
  g_test_add_func ("/server/listener/freed-while-pausing", test_freed_while_pausing);
  return g_test_run ();
}
