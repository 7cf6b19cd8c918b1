/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-harness.h"

/* Everybody here comes from 127.0.0.1, which is the proxy where it is trusted. */

#define POLL "/socket.io/?EIO=4&transport=polling"

static const char *const loopback[] = { "127.0.0.1", NULL };

static HttpHarness harness;

static void
start (const char *const *proxies, guint max_per_address)
{
  http_harness_init (&harness);
  harness.auth_mode = TIDE_AUTH_NONE;
  harness.settings.trusted_proxies = (char **) proxies;
  harness.settings.max_connections_per_address = max_per_address;
  http_harness_start (&harness);
}

static char *
make_request (const char *target, const char *headers)
{
  return g_strdup_printf ("GET %s HTTP/1.1\r\nHost: h\r\n%s\r\n", target, headers);
}

static char *
ask (const char *target, const char *headers)
{
  g_autofree char *request = make_request (target, headers);

  return http_request (&harness, request);
}

/* A client behind the proxy. Returns: its socket, or -1 when it was refused for the limit
 */
static int
open_for (const char *address)
{
  g_autofree char *headers =
      g_strdup_printf (HTTP_UPGRADE "X-Forwarded-For: %s\r\n", address);
  g_autofree char *request = make_request ("/ws", headers);
  int fd = http_harness_connect (&harness);
  g_autofree char *answer = NULL;

  http_send (fd, request);
  answer = http_read_answer (fd, TRUE);
  if (g_str_has_prefix (answer, "HTTP/1.1 101"))
    return fd;
  http_assert_status (answer, 403);
  g_assert_nonnull (strstr (answer, "max-connections-per-address is reached"));
  close (fd);
  return -1;
}

static void
wait_for_connections (guint n)
{
  for (guint i = 0; i < HTTP_PATIENCE && harness.counters.connections != n; i++)
    http_turn (-1);
  g_assert_cmpuint (harness.counters.connections, ==, n);
}

static void
test_by_proxy (void)
{
  int fds[3];

  g_test_summary ("Behind a trusted proxy each client's address has its own share");

  start (loopback, 2);
  for (guint round = 0; round < 3; round++)
    {
      fds[0] = open_for ("198.51.100.1");
      fds[1] = open_for ("1.1.1.1, 198.51.100.1");
      fds[2] = open_for ("198.51.100.2");
      g_assert_cmpint (open_for ("198.51.100.1"), ==, -1);
      for (guint i = 0; i < 3; i++)
        {
          g_assert_cmpint (fds[i], !=, -1);
          close (fds[i]);
        }
      wait_for_connections (0);
      g_assert_cmpuint (harness.counters.handshakes_refused_limit, ==, round + 1);
    }
  g_assert_cmpuint (harness.counters.sockets_refused_limit, ==, 0);
  http_harness_clear (&harness);
}

static void
test_nobody_named (void)
{
  int fds[4];

  g_test_summary ("What a trusted proxy asks for nobody in particular is not counted");

  start (loopback, 1);
  for (guint i = 0; i < 4; i++)
    {
      fds[i] = open_for (i % 2 == 0 ? "127.0.0.1" : "unknown");
      g_assert_cmpint (fds[i], !=, -1);
    }
  for (guint i = 0; i < 4; i++)
    close (fds[i]);
  wait_for_connections (0);
  http_harness_clear (&harness);
}

static void
test_stranger (void)
{
  g_autofree char *answer = NULL;
  int first, second;

  g_test_summary ("Who is not trusted can't hide behind made-up addresses");

  start (NULL, 1);
  first = open_for ("198.51.100.1");
  g_assert_cmpint (first, !=, -1);
  second = http_harness_connect (&harness);
  answer = http_read_all (second);
  g_assert_cmpstr (answer, ==, "");
  g_assert_cmpuint (harness.counters.sockets_refused_limit, ==, 1);
  close (first);
  close (second);
  wait_for_connections (0);
  http_harness_clear (&harness);
}

static void
test_one_socket (void)
{
  int fd;

  g_test_summary ("One socket does not give an address more sessions than its share");

  start (NULL, 2);
  fd = http_harness_connect (&harness);
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *request = make_request (POLL, "");
      g_autofree char *answer = NULL;

      http_send (fd, request);
      answer = http_read_answer (fd, TRUE);
      http_assert_status (answer, i < 2 ? 200 : 403);
    }
  g_assert_cmpuint (harness.counters.connections, ==, 2);
  close (fd);
  /* Nobody joins a namespace: the sessions end, and their places are free again. */
  http_harness_advance (&harness, 50000);
  g_assert_cmpuint (harness.counters.connections, ==, 0);
  fd = open_for ("-");
  g_assert_cmpint (fd, !=, -1);
  close (fd);
  wait_for_connections (0);
  http_harness_clear (&harness);
}

static void
test_broken_handshake (void)
{
  int fd;

  g_test_summary ("A handshake that is no good takes nobody's place");

  start (loopback, 1);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *answer = ask ("/ws", "X-Forwarded-For: 198.51.100.1\r\n");

      http_assert_status (answer, 400);
    }
  fd = open_for ("198.51.100.1");
  g_assert_cmpint (fd, !=, -1);
  close (fd);
  wait_for_connections (0);
  http_harness_clear (&harness);
}

static void
test_reload (void)
{
  TideHttpSettings settings;
  int fds[2];

  g_test_summary ("Proxies and the limit change while it runs, and nobody is sent away");

  start (loopback, 0);
  fds[0] = open_for ("198.51.100.1");
  fds[1] = open_for ("198.51.100.1");
  settings = harness.settings;
  settings.max_connections_per_address = 2;
  tide_http_server_reload (harness.server, &settings);
  g_assert_cmpint (open_for ("198.51.100.1"), ==, -1);
  g_assert_cmpuint (harness.counters.connections, ==, 2);
  close (fds[0]);
  wait_for_connections (1);
  fds[0] = open_for ("198.51.100.1");
  g_assert_cmpint (fds[0], !=, -1);
  /* The sockets that are open came from a proxy, and are not counted for it now. */
  settings.trusted_proxies = NULL;
  settings.max_connections_per_address = 1;
  tide_http_server_reload (harness.server, &settings);
  close (fds[0]);
  close (fds[1]);
  wait_for_connections (0);
  fds[0] = open_for ("198.51.100.1");
  g_assert_cmpint (fds[0], !=, -1);
  close (fds[0]);
  wait_for_connections (0);
  http_harness_clear (&harness);
}

static void
test_forwarded_host (void)
{
  static const char headers[] = "Origin: https://app.example.org\r\n"
                                "X-Forwarded-Host: app.example.org\r\n";
  static const char twice[] = "Origin: https://app.example.org\r\n"
                              "X-Forwarded-Host: evil.org, app.example.org\r\n";
  g_autofree char *believed = NULL;
  g_autofree char *doubtful = NULL;
  g_autofree char *stranger = NULL;

  g_test_summary ("X-Forwarded-Host stands for Host when a trusted proxy says so");

  start (loopback, 0);
  believed = ask (POLL, headers);
  http_assert_status (believed, 200);
  doubtful = ask (POLL, twice);
  http_assert_status (doubtful, 403);
  http_harness_clear (&harness);

  start (NULL, 0);
  stranger = ask (POLL, headers);
  http_assert_status (stranger, 403);
  http_harness_clear (&harness);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/admission/by-proxy", test_by_proxy);
  g_test_add_func ("/server/admission/nobody-named", test_nobody_named);
  g_test_add_func ("/server/admission/stranger", test_stranger);
  g_test_add_func ("/server/admission/one-socket", test_one_socket);
  g_test_add_func ("/server/admission/broken-handshake", test_broken_handshake);
  g_test_add_func ("/server/admission/reload", test_reload);
  g_test_add_func ("/server/admission/forwarded-host", test_forwarded_host);
  return g_test_run ();
}
