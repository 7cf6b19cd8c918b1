/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-http-server.h"

#include <gio/gio.h>

#include "raw-websocket.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A whole HTTP server on a free port of 127.0.0.1, with a clock that stands still, and
 * clients in the same thread: the loop turns while they wait. */

#define HTTP_PATIENCE 3000 /* turns, some of 1 ms, that a client waits at most */

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideUserTable *users;
  TideCounters counters;
  TideStatus *status;
  TideWebSocketManager *manager;
  TideHttpSettings settings;
  TideHttpServer *server;
  int port;
  TideAuthMode auth_mode;
} HttpHarness;

static const char *const http_listen[] = { "127.0.0.1:0", NULL };
static const char *const http_public_listen[] = { "127.0.0.1:0", "0.0.0.0:0", NULL };
static const char *const http_no_origins[] = { NULL };

/* Settings that a test may change before http_harness_start(). */
static inline void
http_harness_init (HttpHarness *self)
{
  TideSessionSettings settings = {
    .protocol = { .ping_interval_us = 100 * G_USEC_PER_SEC,
                  .ping_timeout_us = 60 * G_USEC_PER_SEC,
                  .connect_timeout_us = 45 * G_USEC_PER_SEC,
                  .max_payload_bytes = 100000 },
    .max_connections_per_user = 2,
  };

  memset (self, 0, sizeof *self);
  self->clock = tide_clock_new_manual (100 * G_USEC_PER_SEC);
  self->wheel = tide_timer_wheel_new (self->clock);
  self->users = tide_user_table_new ();
  self->status = tide_status_new ("9.8.7", 0);
  self->manager =
      tide_websocket_manager_new (self->users, self->wheel, &self->counters, &settings);
  self->auth_mode = TIDE_AUTH_DEVELOPMENT;
  self->settings = (TideHttpSettings){
    .listen = (char **) http_listen,
    .allowed_origins = (char **) http_no_origins,
    .engineio_path = (char *) "/socket.io/",
    .has_polling = TRUE,
    .has_websocket = TRUE,
    .upgrade_timeout_us = 10 * G_USEC_PER_SEC,
    .max_connections = 100,
    .header_timeout_us = 10 * G_USEC_PER_SEC,
    .websocket = { 1000000, 100000 },
  };
}

static inline void
http_harness_start (HttpHarness *self)
{
  g_autoptr (GError) error = NULL;
  const char *uri;

  self->server = tide_http_server_new (
      self->manager, self->status, self->wheel, &self->counters, &self->settings);
  tide_http_server_set_authenticator (
      self->server, tide_authenticator_new (&(TideAuthSettings){ self->auth_mode }), 0);
  tide_http_server_start (self->server, &error);
  g_assert_no_error (error);
  uri = tide_status_get_listeners (self->status)[0];
  g_assert_nonnull (uri);
  if (g_str_has_prefix (uri, "http://127.0.0.1:"))
    self->port = atoi (uri + strlen ("http://127.0.0.1:"));
}

static inline void
http_harness_clear (HttpHarness *self)
{
  tide_websocket_manager_close_all (self->manager, TIDE_CLOSE_SHUTDOWN);
  g_clear_object (&self->server);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_clear_object (&self->manager);
  g_assert_cmpuint (tide_user_table_get_n_users (self->users), ==, 0);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), ==, -1);
  g_clear_object (&self->status);
  tide_timer_wheel_free (self->wheel);
  tide_user_table_free (self->users);
  tide_clock_unref (self->clock);
}

/* Turns the loop, or waits a moment for @fd when nothing is to be done. */
static inline void
http_turn (int fd)
{
  struct pollfd poll_fd = { fd, POLLIN, 0 };

  if (!g_main_context_iteration (NULL, FALSE))
    poll (&poll_fd, 1, 1);
}

static inline void
http_harness_advance (HttpHarness *self, gint64 ms)
{
  tide_clock_advance (self->clock, ms * 1000);
  tide_timer_wheel_run (self->wheel);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
}

static inline int
http_harness_connect (HttpHarness *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (self->port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  fcntl (fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static inline void
http_send (int fd, const char *text)
{
  g_assert_cmpint (send (fd, text, strlen (text), MSG_NOSIGNAL), ==, strlen (text));
}

/* How long the first answer in @text is, 0 while it is not whole. */
static inline gsize
http_measure (const GString *text, gboolean has_body)
{
  const char *end = strstr (text->str, "\r\n\r\n");
  const char *length;
  gsize whole;

  if (end == NULL)
    return 0;
  length = strstr (text->str, "Content-Length: ");
  whole = end + 4 - text->str;
  if (has_body && length != NULL && length < end)
    whole += strtoul (length + strlen ("Content-Length: "), NULL, 10);
  return text->len >= whole ? whole : 0;
}

/* Reads what comes; gives FALSE at the end of input, also by a reset. */
static inline gboolean
http_take (int fd, GString *text)
{
  char buffer[8192];
  gssize n;

  while ((n = recv (fd, buffer, sizeof buffer, 0)) > 0)
    g_string_append_len (text, buffer, n);
  return n < 0 && errno == EAGAIN;
}

/* Takes one answer, the status line first. */
static inline char *
http_read_answer (int fd, gboolean has_body)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean goes_on = TRUE;
  gsize length = 0;

  for (guint i = 0; i < HTTP_PATIENCE && goes_on && length == 0; i++)
    {
      char byte;

      http_turn (fd);
      /* One by one: what follows the answer stays for the next one who reads. */
      while (length == 0 && recv (fd, &byte, 1, 0) == 1)
        {
          g_string_append_c (text, byte);
          length = http_measure (text, has_body);
        }
      goes_on = length > 0 || recv (fd, &byte, 1, MSG_PEEK) != 0;
    }
  return g_strdup (text->str);
}

/* Reads to the end of input. */
static inline char *
http_read_all (int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < HTTP_PATIENCE; i++)
    {
      http_turn (fd);
      if (!http_take (fd, text))
        return g_strdup (text->str);
    }
  g_test_message ("No end of input after: %s", text->str);
  g_assert_not_reached ();
}

/* Sends one request on a connection of its own and gives the whole answer. */
static inline char *
http_request (HttpHarness *self, const char *request)
{
  int fd = http_harness_connect (self);
  char *answer;

  http_send (fd, request);
  answer = http_read_answer (fd, !g_str_has_prefix (request, "HEAD "));
  close (fd);
  return answer;
}

#define http_assert_status(answer, code)                                                 \
  g_assert_cmpint (                                                                      \
      g_str_has_prefix (answer, "HTTP/1.1 ") ? atoi ((answer) + 9) : 0, ==, code)

#define HTTP_UPGRADE                                                                     \
  "Upgrade: websocket\r\nConnection: Upgrade\r\n"                                        \
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

/* Shakes hands; the answer's status must be 101. */
static inline void
http_harness_open (HttpHarness *self, RawWebSocket *browser, const char *target)
{
  g_autofree char *request =
      g_strdup_printf ("GET %s HTTP/1.1\r\nHost: h\r\n" HTTP_UPGRADE "\r\n", target);
  int fd = http_harness_connect (self);
  g_autofree char *answer = NULL;

  http_send (fd, request);
  answer = http_read_answer (fd, TRUE);
  http_assert_status (answer, 101);
  raw_websocket_init (browser, fd);
}

/* Waits for something to come. */
static inline void
http_wait (RawWebSocket *browser)
{
  for (guint i = 0; i < HTTP_PATIENCE; i++)
    {
      http_turn (browser->fd);
      if (raw_websocket_take (browser))
        return;
    }
  g_assert_not_reached ();
}
