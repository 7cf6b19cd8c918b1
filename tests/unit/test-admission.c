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
wait_for_sockets (guint n)
{
  for (guint i = 0;
       i < HTTP_PATIENCE && tide_http_server_get_n_sockets (harness.server) != n;
       i++)
    http_turn (-1);
  g_assert_cmpuint (tide_http_server_get_n_sockets (harness.server), ==, n);
}

static void
test_per_second (void)
{
  int fds[4];

  g_test_summary ("An address opens so many sockets a second, and more in the next one");

  http_harness_init (&harness);
  harness.settings.max_accepts_per_second = 2;
  http_harness_start (&harness);
  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < 4; i++)
        fds[i] = http_harness_connect (&harness);
      for (guint i = 2; i < 4; i++)
        {
          g_autofree char *answer = http_read_all (fds[i]);

          g_assert_cmpstr (answer, ==, "");
        }
      g_assert_cmpuint (harness.counters.sockets_refused_rate, ==, 2 * round + 2);
      for (guint i = 0; i < 4; i++)
        close (fds[i]);
      wait_for_sockets (0);
      http_harness_advance (&harness, 1000);
    }
  http_harness_clear (&harness);
}

static void
test_per_second_on_one (void)
{
  int fd;

  g_test_summary ("Nor does one socket open more connections a second");

  http_harness_init (&harness);
  harness.settings.max_accepts_per_second = 3;
  http_harness_start (&harness);
  fd = http_harness_connect (&harness);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *request = make_request (POLL, "");
      g_autofree char *answer = NULL;

      http_send (fd, request);
      answer = http_read_answer (fd, TRUE);
      http_assert_status (answer, i < 3 ? 200 : 403);
    }
  g_assert_cmpuint (harness.counters.handshakes_refused_limit, ==, 2);
  close (fd);
  wait_for_sockets (0);
  http_harness_clear (&harness);
}

static void
test_per_second_by_proxy (void)
{
  static const char by_one[] = "X-Forwarded-For: 198.51.100.1\r\n";

  g_test_summary ("By a trusted proxy an address opens so many connections a second");

  start (loopback, 0);
  for (guint round = 0; round < 2; round++)
    {
      TideHttpSettings settings = harness.settings;
      g_autofree char *other = ask (POLL, "X-Forwarded-For: 198.51.100.2\r\n");

      http_assert_status (other, 200);
      settings.max_accepts_per_second = 2;
      tide_http_server_reload (harness.server, &settings);
      for (guint i = 0; i < 3; i++)
        {
          g_autofree char *answer = ask (POLL, by_one);

          http_assert_status (answer, i < 2 ? 200 : 403);
          if (i == 2)
            g_assert_nonnull (strstr (answer, "max-accepts-per-second is reached"));
        }
      http_harness_advance (&harness, 1000);
    }
  g_assert_cmpuint (harness.counters.handshakes_refused_limit, ==, 2);
  g_assert_cmpuint (harness.counters.sockets_refused_rate, ==, 0);
  http_harness_clear (&harness);
}

static void
test_half_open (void)
{
  int silent[5];

  g_test_summary ("When too many say nothing, the oldest goes, and who asks is let in");

  http_harness_init (&harness);
  harness.settings.max_half_open = 3;
  http_harness_start (&harness);
  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    {
      silent[i] = http_harness_connect (&harness);
      wait_for_sockets (MIN (i + 1, 3));
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *answer = http_read_all (silent[i]);

      g_assert_cmpstr (answer, ==, "");
    }
  g_assert_cmpuint (harness.counters.sockets_closed_waiting, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *answer = ask ("/health", "");

      http_assert_status (answer, 200);
    }
  /* The good ones came on top of three, and have left that list by asking. */
  g_assert_cmpuint (harness.counters.sockets_closed_waiting, ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    close (silent[i]);
  wait_for_sockets (0);
  http_harness_clear (&harness);
}

static void
test_kept (void)
{
  int fds[5];

  g_test_summary ("Who has asked once is not half-open any more, whatever follows");

  http_harness_init (&harness);
  harness.settings.max_half_open = 1;
  http_harness_start (&harness);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autofree char *answer = NULL;

      fds[i] = http_harness_connect (&harness);
      http_send (fds[i], "GET /health HTTP/1.1\r\nHost: h\r\n\r\n");
      answer = http_read_answer (fds[i], TRUE);
      http_assert_status (answer, 200);
    }
  g_assert_cmpuint (tide_http_server_get_n_sockets (harness.server), ==, 5);
  g_assert_cmpuint (harness.counters.sockets_closed_waiting, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  wait_for_sockets (0);
  http_harness_clear (&harness);
}

static void
test_header_timeout (void)
{
  g_autofree char *cut = NULL;
  g_autofree char *nothing = NULL;
  int silent, dripping;

  g_test_summary ("The time for the headers is what the settings say, and is counted");

  http_harness_init (&harness);
  harness.settings.header_timeout_us = 3 * G_USEC_PER_SEC;
  http_harness_start (&harness);
  silent = http_harness_connect (&harness);
  dripping = http_harness_connect (&harness);
  wait_for_sockets (2);
  http_send (dripping, "GET /health HT");
  for (guint i = 0; i < 50; i++)
    http_turn (-1);
  http_harness_advance (&harness, 2900);
  g_assert_cmpuint (harness.counters.requests_timed_out, ==, 0);
  http_harness_advance (&harness, 200);
  cut = http_read_all (dripping);
  http_assert_status (cut, 408);
  nothing = http_read_all (silent);
  g_assert_cmpstr (nothing, ==, "");
  g_assert_cmpuint (harness.counters.requests_timed_out, ==, 2);
  close (silent);
  close (dripping);
  http_harness_clear (&harness);
}

static void
test_refusing (void)
{
  g_autofree char *refused = NULL;
  g_autofree char *health = NULL;
  g_autofree char *let_in = NULL;

  g_test_summary (
      "While memory is short newcomers are told to come later, and are counted");

  start (NULL, 0);
  tide_http_server_set_refusing (harness.server, TRUE);
  refused = ask (POLL, "");
  http_assert_status (refused, 503);
  g_assert_nonnull (strstr (refused, "memory is short; try again later"));
  health = ask ("/health", "");
  http_assert_status (health, 200);
  g_assert_cmpuint (harness.counters.handshakes_refused_memory, ==, 1);
  tide_http_server_set_refusing (harness.server, FALSE);
  let_in = ask (POLL, "");
  http_assert_status (let_in, 200);
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
  g_test_add_func ("/server/admission/per-second", test_per_second);
  g_test_add_func ("/server/admission/per-second-on-one", test_per_second_on_one);
  g_test_add_func ("/server/admission/per-second-by-proxy", test_per_second_by_proxy);
  g_test_add_func ("/server/admission/half-open", test_half_open);
  g_test_add_func ("/server/admission/kept", test_kept);
  g_test_add_func ("/server/admission/header-timeout", test_header_timeout);
  g_test_add_func ("/server/admission/refusing", test_refusing);
  g_test_add_func ("/server/admission/forwarded-host", test_forwarded_host);
  return g_test_run ();
}
