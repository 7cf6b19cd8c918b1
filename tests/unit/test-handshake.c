/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "http-harness.h"

static HttpHarness harness;

/* Sends a handshake with some more headers; gives the answer. */
static char *
ask (const char *target, const char *headers)
{
  g_autofree char *request = g_strdup_printf (
      "GET %s HTTP/1.1\r\nHost: h:1\r\n" HTTP_UPGRADE "%s\r\n", target, headers);

  return http_request (&harness, request);
}

static void
test_plain (void)
{
  RawWebSocket browser;

  g_test_summary ("A plain WebSocket is opened for the user that was named");

  http_harness_init (&harness);
  http_harness_start (&harness);
  http_harness_open (&harness, &browser, "/ws?user=an%20na");
  http_wait (&browser);
  g_assert_nonnull (strstr (browser.log->str, "\"user\":\"an na\""));
  g_assert_true (tide_websocket_manager_is_user_connected (harness.manager, "an na"));
  g_assert_cmpuint (harness.counters.connections_opened, ==, 1);
  raw_websocket_clear (&browser);
  http_harness_clear (&harness);
}

static void
test_engineio (void)
{
  RawWebSocket browser;

  g_test_summary ("An Engine.IO WebSocket is opened with its open packet");

  http_harness_init (&harness);
  http_harness_start (&harness);
  http_harness_open (&harness, &browser, "/socket.io/?EIO=4&transport=websocket&t=x");
  http_wait (&browser);
  g_assert_true (g_str_has_prefix (browser.log->str, "> 0{\"sid\":\""));
  g_string_truncate (browser.log, 0);
  raw_websocket_send_text (&browser, "40");
  http_wait (&browser);
  g_assert_true (g_str_has_prefix (browser.log->str, "> 40{\"sid\":\""));
  raw_websocket_clear (&browser);
  http_harness_clear (&harness);
}

static void
test_engineio_errors (void)
{
  static const struct
  {
    const char *target;
    const char *body;
  } cases[] = {
    { "/socket.io/", "{\"code\":0,\"message\":\"Transport unknown\"}" },
    { "/socket.io/?EIO=4&transport=smoke",
      "{\"code\":0,\"message\":\"Transport unknown\"}" },
    { "/socket.io/?EIO=3&transport=websocket",
      "{\"code\":5,\"message\":\"Unsupported protocol version\"}" },
    { "/socket.io/?transport=websocket",
      "{\"code\":5,\"message\":\"Unsupported protocol version\"}" },
    { "/socket.io/?EIO=4&transport=websocket&sid=abc",
      "{\"code\":1,\"message\":\"Session ID unknown\"}" },
  };

  g_test_summary ("Engine.IO's faults are answered with Engine.IO's codes");

  http_harness_init (&harness);
  http_harness_start (&harness);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *answer = ask (cases[i].target, "");

      g_test_message ("%s", cases[i].target);
      http_assert_status (answer, 400);
      g_assert_true (g_str_has_suffix (answer, cases[i].body));
      g_assert_cmpuint (harness.counters.handshakes_refused_request, ==, i + 1);
    }
  g_assert_cmpuint (harness.counters.connections_opened, ==, 0);
  http_harness_clear (&harness);
}

static void
test_no_handshake (void)
{
  static const char *const requests[] = {
    "GET /ws HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 12\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n",
    "POST /ws HTTP/1.1\r\nHost: h\r\n" HTTP_UPGRADE "Content-Length: 0\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: h\r\n" HTTP_UPGRADE "Content-Length: 3\r\n\r\nabc",
    "GET /ws HTTP/1.1\r\nHost: h\r\n" HTTP_UPGRADE
    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\n\r\n",
  };

  g_test_summary ("What is no WebSocket handshake is refused, and the service goes on");

  http_harness_init (&harness);
  http_harness_start (&harness);
  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autofree char *answer = http_request (&harness, requests[i]);

      g_test_message ("%s", requests[i]);
      http_assert_status (answer, 400);
      g_assert_nonnull (strstr (answer, "{\"code\":3,"));
      /* RFC 6455, section 4.4, wants it where another version was asked for. */
      g_assert_nonnull (strstr (answer, "\r\nSec-WebSocket-Version: 13\r\n"));
      g_assert_cmpuint (harness.counters.handshakes_refused_request, ==, i + 1);
    }
  g_assert_cmpuint (harness.counters.connections_opened, ==, 0);
  http_harness_clear (&harness);
}

static void
test_origin (void)
{
  static const struct
  {
    const char *headers;
    int status;
  } cases[] = {
    { "", 101 },
    { "Origin: http://h:1\r\n", 101 },
    { "Origin: http://h\r\n", 403 },
    { "Origin: http://evil.org\r\n", 403 },
    { "Origin: null\r\n", 403 },
    { "Origin: http://h:1\r\nOrigin: http://evil.org\r\n", 403 },
    { "Origin: http://evil.org\r\nOrigin: http://h:1\r\n", 403 },
  };

  g_test_summary ("A foreign page is refused, and the key to change that is named");

  http_harness_init (&harness);
  http_harness_start (&harness);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *answer = ask ("/ws", cases[i].headers);

      g_test_message ("%s", cases[i].headers);
      http_assert_status (answer, cases[i].status);
      if (cases[i].status == 403)
        g_assert_nonnull (strstr (answer, "allowed-origins"));
    }
  g_assert_cmpuint (harness.counters.handshakes_refused_origin, ==, 5);
  http_harness_clear (&harness);
}

static void
test_origin_reload (void)
{
  static const char *const origins[] = { "https://a.org", NULL };
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  TideHttpSettings settings;

  g_test_summary ("Origins that a reload allows may connect from then on");

  http_harness_init (&harness);
  http_harness_start (&harness);
  before = ask ("/ws", "Origin: https://a.org\r\n");
  http_assert_status (before, 403);
  settings = harness.settings;
  settings.allowed_origins = (char **) origins;
  tide_http_server_reload (harness.server, &settings);
  after = ask ("/ws", "Origin: https://a.org\r\n");
  http_assert_status (after, 101);
  http_harness_clear (&harness);
}

static void
test_development (void)
{
  static const char *const proxies[] = {
    "Forwarded: for=1.2.3.4\r\n", "X-Forwarded-For: 1.2.3.4\r\n",
    "x-forwarded-host: h\r\n",    "X-Forwarded-Proto: https\r\n",
    "X-Real-IP: 1.2.3.4\r\n",
  };
  g_autofree char *bad_name = NULL;

  g_test_summary ("Development mode refuses proxies and bad names");

  http_harness_init (&harness);
  http_harness_start (&harness);
  for (gsize i = 0; i < G_N_ELEMENTS (proxies); i++)
    {
      g_autofree char *answer = ask ("/ws?user=anna", proxies[i]);

      http_assert_status (answer, 403);
      g_assert_cmpuint (harness.counters.handshakes_refused_user, ==, i + 1);
    }
  bad_name = ask ("/ws?user=", "");
  http_assert_status (bad_name, 403);
  g_assert_cmpuint (harness.counters.connections_opened, ==, 0);
  http_harness_clear (&harness);
}

static void
test_per_user (void)
{
  RawWebSocket browsers[2];
  g_autofree char *refused = NULL;
  g_autofree char *nobody = NULL;

  g_test_summary ("A user has as many connections as the limit says");

  http_harness_init (&harness);
  http_harness_start (&harness);
  http_harness_open (&harness, &browsers[0], "/ws?user=anna");
  http_harness_open (&harness, &browsers[1], "/ws?user=anna");
  refused = ask ("/ws?user=anna", "");
  http_assert_status (refused, 403);
  g_assert_nonnull (strstr (refused, "max-connections-per-user"));
  g_assert_cmpuint (harness.counters.handshakes_refused_limit, ==, 1);
  nobody = ask ("/ws", "");
  http_assert_status (nobody, 101);
  raw_websocket_clear (&browsers[0]);
  raw_websocket_clear (&browsers[1]);
  http_harness_clear (&harness);
}

static void
test_per_user_at_once (void)
{
  int fds[12];
  guint n_open = 0;

  g_test_summary ("Handshakes that come all at once don't pass the limit together");

  http_harness_init (&harness);
  http_harness_start (&harness);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = http_harness_connect (&harness);
      http_send (fds[i], "GET /ws?user=anna HTTP/1.1\r\nHost: h\r\n" HTTP_UPGRADE "\r\n");
    }
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      g_autofree char *answer = http_read_answer (fds[i], TRUE);

      n_open += g_str_has_prefix (answer, "HTTP/1.1 101 ");
    }
  g_assert_cmpuint (n_open, ==, 2);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  http_harness_clear (&harness);
}

static void
test_early (gconstpointer user_data)
{
  gsize n_bytes = GPOINTER_TO_SIZE (user_data);
  g_autofree char *text = g_strnfill (n_bytes, ' ');
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *answer = NULL;
  RawWebSocket browser;
  int fd;

  g_test_summary ("What is sent in one piece with the handshake arrives whole");

  http_harness_init (&harness);
  http_harness_start (&harness);
  memcpy (text, "{\"type\":\"ping\"", strlen ("{\"type\":\"ping\""));
  text[n_bytes - 1] = '}';
  g_byte_array_append (bytes,
                       (const guint8 *) "GET /ws HTTP/1.1\r\nHost: h\r\n" HTTP_UPGRADE
                                        "\r\n",
                       strlen ("GET /ws HTTP/1.1\r\nHost: h\r\n" HTTP_UPGRADE "\r\n"));
  raw_websocket_append_frame (bytes, 0x81, text, n_bytes);
  raw_websocket_append_frame (bytes, 0x81, text, n_bytes);
  fd = http_harness_connect (&harness);
  g_assert_cmpint (send (fd, bytes->data, bytes->len, MSG_NOSIGNAL), ==, bytes->len);
  answer = http_read_answer (fd, TRUE);
  http_assert_status (answer, 101);
  raw_websocket_init (&browser, fd);
  while (browser.n_frames < 3)
    http_wait (&browser);
  g_assert_true (g_str_has_suffix (browser.log->str,
                                   "\n> {\"type\":\"pong\"}\n> {\"type\":\"pong\"}\n"));
  raw_websocket_clear (&browser);
  http_harness_clear (&harness);
}

static void
test_gone (void)
{
  g_test_summary ("A client that is gone before it is answered leaves nothing behind");

  http_harness_init (&harness);
  http_harness_start (&harness);
  for (guint i = 0; i < 20; i++)
    {
      struct linger linger = { 1, 0 };
      int fd = http_harness_connect (&harness);

      http_send (fd, "GET /ws HTTP/1.1\r\nHost: h\r\n" HTTP_UPGRADE "\r\n");
      if (i % 2 == 0)
        setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
      for (guint j = 0; j < i / 2; j++)
        g_main_context_iteration (NULL, FALSE);
      close (fd);
    }
  for (guint i = 0;
       i < HTTP_PATIENCE && tide_http_server_get_n_sockets (harness.server) > 0;
       i++)
    http_turn (-1);
  g_assert_cmpuint (tide_http_server_get_n_sockets (harness.server), ==, 0);
  g_assert_cmpuint (harness.counters.connections, ==, 0);
  g_assert_cmpuint (harness.counters.sockets_accepted, ==, 20);
  http_harness_clear (&harness);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/handshake/plain", test_plain);
  g_test_add_func ("/server/handshake/engineio", test_engineio);
  g_test_add_func ("/server/handshake/engineio-errors", test_engineio_errors);
  g_test_add_func ("/server/handshake/no-handshake", test_no_handshake);
  g_test_add_func ("/server/handshake/origin", test_origin);
  g_test_add_func ("/server/handshake/origin-reload", test_origin_reload);
  g_test_add_func ("/server/handshake/development", test_development);
  g_test_add_func ("/server/handshake/per-user", test_per_user);
  g_test_add_func ("/server/handshake/per-user-at-once", test_per_user_at_once);
  g_test_add_data_func ("/server/handshake/early", GSIZE_TO_POINTER (50), test_early);
  g_test_add_data_func (
      "/server/handshake/early-large", GSIZE_TO_POINTER (40000), test_early);
  g_test_add_func ("/server/handshake/gone", test_gone);
  return g_test_run ();
}
