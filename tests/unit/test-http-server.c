/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"

#include <glib/gstdio.h>

#include "http-harness.h"
#include <sys/un.h>

#define GET_HEALTH "GET /health HTTP/1.1\r\nHost: h\r\n\r\n"

static HttpHarness harness;

/* Turns the loop until there are @n sockets. */
static void
wait_for_sockets (guint n)
{
  for (guint i = 0;
       i < HTTP_PATIENCE && tide_http_server_get_n_sockets (harness.server) != n;
       i++)
    http_turn (-1);
  g_assert_cmpuint (tide_http_server_get_n_sockets (harness.server), ==, n);
}

static void
test_keep_alive (void)
{
  int fd;

  g_test_summary ("One connection serves many requests, also when they come at once");

  http_harness_init (&harness);
  http_harness_start (&harness);
  fd = http_harness_connect (&harness);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *answer = NULL;

      http_send (fd, GET_HEALTH);
      answer = http_read_answer (fd, TRUE);
      http_assert_status (answer, 200);
    }
  http_send (fd, GET_HEALTH GET_HEALTH GET_HEALTH);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *answer = http_read_answer (fd, TRUE);

      http_assert_status (answer, 200);
    }
  g_assert_cmpuint (harness.counters.sockets_accepted, ==, 1);
  close (fd);
  wait_for_sockets (0);
  http_harness_clear (&harness);
}

static void
test_then_websocket (void)
{
  g_autofree char *health = NULL;
  g_autofree char *answer = NULL;
  RawWebSocket browser;
  int fd;

  g_test_summary ("A kept connection can still become a WebSocket");

  http_harness_init (&harness);
  http_harness_start (&harness);
  fd = http_harness_connect (&harness);
  http_send (fd, GET_HEALTH);
  health = http_read_answer (fd, TRUE);
  http_assert_status (health, 200);
  http_send (fd, "GET /ws HTTP/1.1\r\nHost: h\r\n" HTTP_UPGRADE "\r\n");
  answer = http_read_answer (fd, TRUE);
  http_assert_status (answer, 101);
  raw_websocket_init (&browser, fd);
  http_wait (&browser);
  g_assert_true (g_str_has_prefix (browser.log->str, "> {\"type\":\"connected\""));
  /* The deadline of requests is not a WebSocket's. */
  http_harness_advance (&harness, 60000);
  g_assert_cmpuint (harness.counters.connections, ==, 1);
  raw_websocket_clear (&browser);
  http_harness_clear (&harness);
}

static void
test_half_closed (void)
{
  g_autofree char *answer = NULL;
  int fd;

  g_test_summary (
      "A client that shuts its half after its request gets all of the answer");

  http_harness_init (&harness);
  http_harness_start (&harness);
  fd = http_harness_connect (&harness);
  http_send (fd, "GET / HTTP/1.0\r\nHost: h\r\n\r\n");
  shutdown (fd, SHUT_WR);
  answer = http_read_all (fd);
  g_assert_nonnull (strstr (answer, "</html>"));
  close (fd);
  wait_for_sockets (0);
  http_harness_clear (&harness);
}

static void
test_limit (void)
{
  g_autofree char *refused = NULL;
  TideHttpSettings settings;
  int fds[3];

  g_test_summary ("Over the limit of connections a socket is closed at once");

  http_harness_init (&harness);
  harness.settings.max_connections = 2;
  http_harness_start (&harness);
  fds[0] = http_harness_connect (&harness);
  fds[1] = http_harness_connect (&harness);
  wait_for_sockets (2);
  fds[2] = http_harness_connect (&harness);
  refused = http_read_all (fds[2]);
  g_assert_cmpstr (refused, ==, "");
  g_assert_cmpuint (harness.counters.sockets_refused_limit, ==, 1);
  g_assert_cmpuint (harness.counters.sockets_accepted, ==, 2);
  close (fds[2]);
  close (fds[1]);
  wait_for_sockets (1);
  fds[1] = http_harness_connect (&harness);
  wait_for_sockets (2);
  settings = harness.settings;
  settings.max_connections = 3;
  tide_http_server_reload (harness.server, &settings);
  fds[2] = http_harness_connect (&harness);
  wait_for_sockets (3);
  for (guint i = 0; i < 3; i++)
    close (fds[i]);
  wait_for_sockets (0);
  http_harness_clear (&harness);
}

static void
test_limit_per_address (void)
{
  int fds[3];

  g_test_summary ("One address gets no more than its share, and gets it again");

  http_harness_init (&harness);
  harness.settings.max_connections_per_address = 2;
  http_harness_start (&harness);
  for (guint round = 0; round < 3; round++)
    {
      g_autofree char *answer = NULL;

      fds[0] = http_harness_connect (&harness);
      fds[1] = http_harness_connect (&harness);
      wait_for_sockets (2);
      fds[2] = http_harness_connect (&harness);
      answer = http_read_all (fds[2]);
      g_assert_cmpstr (answer, ==, "");
      g_assert_cmpuint (harness.counters.sockets_refused_limit, ==, round + 1);
      for (guint i = 0; i < 3; i++)
        close (fds[i]);
      wait_for_sockets (0);
    }
  http_harness_clear (&harness);
}

static void
test_deadline (void)
{
  g_autofree char *answer = NULL;
  g_autofree char *rest = NULL;
  int silent;
  g_autofree char *cut = NULL;
  int dripping;
  int kept;

  g_test_summary ("Who does not complete a request in 10 s is cut off");

  http_harness_init (&harness);
  http_harness_start (&harness);
  silent = http_harness_connect (&harness);
  dripping = http_harness_connect (&harness);
  kept = http_harness_connect (&harness);
  wait_for_sockets (3);
  for (guint i = 0; i < 9; i++)
    {
      http_send (dripping, i == 0 ? "GET / HTTP/1.1\r\n" : "X: y\r\n");
      http_harness_advance (&harness, 1000);
    }
  http_send (kept, GET_HEALTH);
  answer = http_read_answer (kept, TRUE);
  http_assert_status (answer, 200);
  http_harness_advance (&harness, 2100);
  cut = http_read_answer (dripping, TRUE);
  http_assert_status (cut, 408);
  close (dripping);
  wait_for_sockets (1);
  http_harness_advance (&harness, 17000);
  wait_for_sockets (0);
  rest = http_read_all (silent);
  g_assert_cmpstr (rest, ==, "");
  close (silent);
  close (kept);
  http_harness_clear (&harness);
}

/* Sends as much as is taken, and gives how much that was. */
static gsize
send_without_end (int fd, const char *text, gsize max_bytes)
{
  gsize n_sent = 0;
  guint n_waits = 0;

  while (n_sent < max_bytes && n_waits < 200)
    {
      gssize n = send (fd, text, strlen (text), MSG_NOSIGNAL);

      if (n > 0)
        n_sent += n;
      else if (errno != EAGAIN)
        break;
      else
        n_waits++;
      http_turn (-1);
    }
  return n_sent;
}

static void
test_body (void)
{
  g_autofree char *chunk = g_strnfill (4096, 'x');
  g_autoptr (GString) text = g_string_new (NULL);
  int fd;

  g_test_summary ("A body without end is refused before it has filled any memory");

  http_harness_init (&harness);
  http_harness_start (&harness);
  fd = http_harness_connect (&harness);
  http_send (fd, "POST /nothing HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n");
  send_without_end (fd, chunk, 4 * 1024 * 1024);
  for (guint i = 0; i < 50; i++)
    http_turn (fd);
  http_take (fd, text);
  http_assert_status (text->str, 413);
  close (fd);
  wait_for_sockets (0);
  http_harness_clear (&harness);
}

static void
test_headers (void)
{
  g_autofree char *rest = NULL;
  int fd;

  g_test_summary ("Headers without end are refused before they fill any memory");

  http_harness_init (&harness);
  http_harness_start (&harness);
  fd = http_harness_connect (&harness);
  http_send (fd, "GET / HTTP/1.1\r\n");
  send_without_end (fd, "X-Header: something\r\n", 4 * 1024 * 1024);
  rest = http_read_answer (fd, TRUE);
  http_assert_status (rest, 431);
  close (fd);
  wait_for_sockets (0);
  http_harness_clear (&harness);
}

static void
test_rubbish (void)
{
  static const char *const requests[] = {
    "\r\n\r\n\r\n",
    "\x16\x03\x01\x02\x05\x01\xff\xfe", /* a TLS client */
    "GET\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    "GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n",
  };

  g_test_summary ("What is no HTTP does no harm to others");

  http_harness_init (&harness);
  http_harness_start (&harness);
  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autofree char *shown = g_strescape (requests[i], NULL);
      g_autofree char *health = NULL;
      int fd = http_harness_connect (&harness);

      g_test_message ("%s", shown);
      http_send (fd, requests[i]);
      health = http_request (&harness, GET_HEALTH);
      http_assert_status (health, 200);
      close (fd);
      wait_for_sockets (0);
    }
  http_harness_clear (&harness);
}

static void
test_start_fails (void)
{
  g_autoptr (TideHttpServer) server = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *taken = NULL;
  const char *listen[] = { "127.0.0.1:0", NULL, NULL };

  g_test_summary ("When one address is taken, none is listened on");

  http_harness_init (&harness);
  http_harness_start (&harness);
  taken = g_strdup_printf ("127.0.0.1:%d", harness.port);
  listen[1] = taken;
  harness.settings.listen = (char **) listen;
  server = tide_http_server_new (harness.manager,
                                 harness.status,
                                 harness.wheel,
                                 &harness.counters,
                                 &harness.settings);
  g_assert_false (tide_http_server_start (server, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_ADDRESS_IN_USE);
  g_clear_object (&server);
  http_harness_clear (&harness);
}

static void
test_two_addresses (void)
{
  static const char *const listen[] = { "127.0.0.1:0", "127.0.0.1:0", NULL };
  g_autofree char *answer = NULL;
  int port;

  g_test_summary ("Several addresses are all served and told of");

  http_harness_init (&harness);
  harness.settings.listen = (char **) listen;
  http_harness_start (&harness);
  g_assert_cmpuint (
      g_strv_length ((char **) tide_status_get_listeners (harness.status)), ==, 2);
  port = harness.port;
  harness.port =
      atoi (tide_status_get_listeners (harness.status)[1] + strlen ("http://127.0.0.1:"));
  g_assert_cmpint (port, !=, harness.port);
  answer = http_request (&harness, GET_HEALTH);
  http_assert_status (answer, 200);
  http_harness_clear (&harness);
}

static void
test_unix (void)
{
  g_autofree char *folder = g_dir_make_tmp ("tide-http-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "s", NULL);
  g_autofree char *address = g_strconcat ("unix:", path, NULL);
  const char *listen[] = { address, NULL };
  struct sockaddr_un where = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_test_summary ("A Unix socket alone is served, with kept connections");

  http_harness_init (&harness);
  harness.settings.listen = (char **) listen;
  harness.settings.max_connections_per_address = 1;
  http_harness_start (&harness);
  g_assert_cmpstr (tide_status_get_listeners (harness.status)[0], ==, address);
  g_strlcpy (where.sun_path, path, sizeof where.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &where, sizeof where), ==, 0);
  fcntl (fd, F_SETFL, O_NONBLOCK);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *answer = NULL;

      http_send (fd, GET_HEALTH);
      answer = http_read_answer (fd, TRUE);
      http_assert_status (answer, 200);
    }
  close (fd);
  wait_for_sockets (0);
  http_harness_clear (&harness);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static void
test_stop_listening (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  RawWebSocket browser;
  int fd;

  g_test_summary ("Who is in stays when nobody is let in any more");

  http_harness_init (&harness);
  http_harness_start (&harness);
  http_harness_open (&harness, &browser, "/ws");
  http_wait (&browser);
  g_string_truncate (browser.log, 0);
  tide_http_server_stop_listening (harness.server);
  address.sin_port = htons (harness.port);
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, -1);
  g_assert_cmpint (errno, ==, ECONNREFUSED);
  close (fd);
  raw_websocket_send_text (&browser, "{\"type\":\"ping\"}");
  http_wait (&browser);
  raw_websocket_assert_log (&browser, "> {\"type\":\"pong\"}\n");
  raw_websocket_clear (&browser);
  http_harness_clear (&harness);
}

static void
test_ends_with_all_open (void)
{
  RawWebSocket browsers[2];
  int fds[2];

  g_test_summary ("A server that ends takes everything open with it");

  http_harness_init (&harness);
  http_harness_start (&harness);
  http_harness_open (&harness, &browsers[0], "/ws");
  http_harness_open (&harness, &browsers[1], "/socket.io/?EIO=4&transport=websocket");
  fds[0] = http_harness_connect (&harness);
  fds[1] = http_harness_connect (&harness);
  http_send (fds[1], "GET / HT");
  wait_for_sockets (4);
  http_harness_clear (&harness);
  for (guint i = 0; i < 2; i++)
    {
      raw_websocket_clear (&browsers[i]);
      close (fds[i]);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/http-server/keep-alive", test_keep_alive);
  g_test_add_func ("/server/http-server/then-websocket", test_then_websocket);
  g_test_add_func ("/server/http-server/half-closed", test_half_closed);
  g_test_add_func ("/server/http-server/limit", test_limit);
  g_test_add_func ("/server/http-server/limit-per-address", test_limit_per_address);
  g_test_add_func ("/server/http-server/deadline", test_deadline);
  g_test_add_func ("/server/http-server/body", test_body);
  g_test_add_func ("/server/http-server/headers", test_headers);
  g_test_add_func ("/server/http-server/rubbish", test_rubbish);
  g_test_add_func ("/server/http-server/start-fails", test_start_fails);
  g_test_add_func ("/server/http-server/two-addresses", test_two_addresses);
  g_test_add_func ("/server/http-server/unix", test_unix);
  g_test_add_func ("/server/http-server/stop-listening", test_stop_listening);
  g_test_add_func ("/server/http-server/ends-with-all-open", test_ends_with_all_open);
  return g_test_run ();
}
