/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many WebSocket clients in one thread on one epoll descriptor: opens connections, sends
 * each one message if asked to, counts the frames that come in, and reads the server's
 * CPU time and memory from /proc. Prints one JSON object. */

#include <glib.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

/* Below the listen backlog of 10 that GSocket has: the plain server must not lose any. */
#define MAX_CONNECTING 8
#define BUFFER_BYTES (256 * 1024)

typedef struct
{
  int fd;
  gboolean is_open;    /* the 101 answer is complete */
  guint8 n_header_end; /* bytes of "\r\n\r\n" seen */
  guint8 header[10];   /* of a frame, while it is incomplete */
  guint8 n_header;
  guint64 payload_left;
} Client;

static int port;
static int n_clients = 1000;
static double seconds = 5;
static double settle_seconds = 1;
static int server_pid;
static const char *path = "/ws";
static char *message;
static int n_groups = 1;

static int epoll_fd;
static Client *clients;
static int n_started;
static int n_open;
static int n_failed;
static guint64 n_frames;
static guint64 n_bytes;

static const GOptionEntry entries[] = {
  { "port", 'p', 0, G_OPTION_ARG_INT, &port, "Port on 127.0.0.1", "N" },
  { "path", 0, 0, G_OPTION_ARG_STRING, (gpointer) &path, "Path and query", "PATH" },
  { "connections", 'n', 0, G_OPTION_ARG_INT, &n_clients, "How many", "N" },
  { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &seconds, "How long to count frames", "S" },
  { "settle",
    0,
    0,
    G_OPTION_ARG_DOUBLE,
    &settle_seconds,
    "How long to wait before",
    "S" },
  { "pid", 0, 0, G_OPTION_ARG_INT, &server_pid, "The server's process", "PID" },
  { "message",
    'm',
    0,
    G_OPTION_ARG_STRING,
    &message,
    "First message; GROUP is its group's number",
    "TEXT" },
  { "groups",
    0,
    0,
    G_OPTION_ARG_INT,
    &n_groups,
    "Groups that clients are dealt to",
    "N" },
  G_OPTION_ENTRY_NULL,
};

static void
start_client (void)
{
  Client *client = &clients[n_started++];
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons (port) };
  struct epoll_event event = { .events = EPOLLOUT, .data.ptr = client };

  to.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  client->fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (client->fd < 0)
    g_error ("socket: %s", g_strerror (errno));
  if (connect (client->fd, (struct sockaddr *) &to, sizeof to) != 0 &&
      errno != EINPROGRESS)
    g_error ("connect: %s", g_strerror (errno));
  epoll_ctl (epoll_fd, EPOLL_CTL_ADD, client->fd, &event);
}

static void
send_handshake (Client *client)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
  g_autofree char *request =
      g_strdup_printf ("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                       path,
                       port);

  epoll_ctl (epoll_fd, EPOLL_CTL_MOD, client->fd, &event);
  if (send (client->fd, request, strlen (request), MSG_NOSIGNAL) < 0)
    n_failed++;
}

/* A text frame with a mask of zeroes: the payload goes as it is. */
static void
send_message (Client *client)
{
  g_autoptr (GString) text = g_string_new (message);
  g_autofree char *group = g_strdup_printf ("%d", (int) (client - clients) % n_groups);
  gsize length;
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  g_string_replace (text, "GROUP", group, 0);
  length = text->len;
  if (length < 126)
    g_byte_array_append (frame, (guint8[]){ 0x81, 0x80 | length }, 2);
  else
    g_byte_array_append (
        frame, (guint8[]){ 0x81, 0xFE, (length >> 8) & 0xFF, length & 0xFF }, 4);
  g_byte_array_append (frame, (guint8[]){ 0, 0, 0, 0 }, 4);
  g_byte_array_append (frame, (const guint8 *) text->str, length);
  if (send (client->fd, frame->data, frame->len, MSG_NOSIGNAL) < 0)
    n_failed++;
}

static const guint8 *
read_answer (Client *client, const guint8 *p, const guint8 *end)
{
  for (; p < end && client->n_header_end < 4; p++)
    client->n_header_end =
        *p == "\r\n\r\n"[client->n_header_end] ? client->n_header_end + 1 : *p == '\r';
  if (client->n_header_end == 4)
    {
      client->is_open = TRUE;
      n_open++;
      if (message != NULL)
        send_message (client);
    }
  return p;
}

/* Takes one more byte of a frame's header; counts the frame when the header is whole. */
static void
read_frame_header (Client *client, guint8 byte)
{
  guint8 *header = client->header;
  guint8 n_wanted;
  guint64 length;

  header[client->n_header++] = byte;
  if (client->n_header < 2)
    return;
  n_wanted = header[1] == 126 ? 4 : header[1] == 127 ? 10 : 2;
  if (client->n_header < n_wanted)
    return;
  length = n_wanted == 2 ? header[1] : 0;
  for (guint8 i = 2; i < n_wanted; i++)
    length = length << 8 | header[i];
  client->payload_left = length;
  client->n_header = 0;
  if ((header[0] & 0x08) == 0)
    n_frames++;
}

static void
read_frames (Client *client, const guint8 *p, const guint8 *end)
{
  while (p < end)
    {
      guint64 n_skipped = MIN (client->payload_left, (guint64) (end - p));

      client->payload_left -= n_skipped;
      p += n_skipped;
      if (p < end)
        read_frame_header (client, *p++);
    }
}

static void
handle (Client *client, guint32 events)
{
  static guint8 buffer[BUFFER_BYTES];
  const guint8 *p = buffer;
  gssize n;

  if (events & EPOLLOUT)
    {
      send_handshake (client);
      return;
    }
  n = recv (client->fd, buffer, sizeof buffer, 0);
  if (n <= 0)
    {
      if (n == 0 || errno != EAGAIN)
        {
          n_failed++;
          epoll_ctl (epoll_fd, EPOLL_CTL_DEL, client->fd, NULL);
        }
      return;
    }
  n_bytes += n;
  if (!client->is_open)
    p = read_answer (client, p, buffer + n);
  read_frames (client, p, buffer + n);
}

/* Runs the loop for a time, or until all connections are open. */
static void
run (double for_seconds, gboolean until_open)
{
  gint64 end_us = g_get_monotonic_time () + (gint64) (for_seconds * G_USEC_PER_SEC);
  struct epoll_event events[512];

  while (g_get_monotonic_time () < end_us &&
         (!until_open || n_open + n_failed < n_clients))
    {
      int n;

      while (n_started < n_clients && n_started - n_open - n_failed < MAX_CONNECTING)
        start_client ();
      n = epoll_wait (epoll_fd, events, G_N_ELEMENTS (events), 20);
      for (int i = 0; i < n; i++)
        handle (events[i].data.ptr, events[i].events);
    }
}

static double
get_cpu_seconds (void)
{
  g_autofree char *name = g_strdup_printf ("/proc/%d/stat", server_pid);
  g_autofree char *text = NULL;
  unsigned long user;
  unsigned long kernel;

  if (!g_file_get_contents (name, &text, NULL, NULL) ||
      sscanf (strrchr (text, ')'),
              ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
              &user,
              &kernel) != 2)
    return 0;
  return (double) (user + kernel) / sysconf (_SC_CLK_TCK);
}

static long
get_resident_kib (void)
{
  g_autofree char *name = g_strdup_printf ("/proc/%d/statm", server_pid);
  g_autofree char *text = NULL;
  long pages;

  if (!g_file_get_contents (name, &text, NULL, NULL) ||
      sscanf (text, "%*d %ld", &pages) != 1)
    return 0;
  return pages * (sysconf (_SC_PAGESIZE) / 1024);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  struct rlimit limit = { 65536, 65536 };
  long resident_before;
  double cpu;
  gint64 start_us;
  double open_seconds;
  double count_seconds;
  guint64 n_frames_before;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL) || port == 0)
    return 2;
  setrlimit (RLIMIT_NOFILE, &limit);
  epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  clients = g_new0 (Client, n_clients);
  resident_before = get_resident_kib ();

  start_us = g_get_monotonic_time ();
  run (180, TRUE);
  open_seconds = (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;
  run (settle_seconds, FALSE);

  n_frames_before = n_frames;
  cpu = get_cpu_seconds ();
  start_us = g_get_monotonic_time ();
  run (seconds, FALSE);
  cpu = get_cpu_seconds () - cpu;
  count_seconds = (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;

  printf ("{\"connections\":%d,\"failed\":%d,\"open_s\":%.3f,\"count_s\":%.3f,"
          "\"frames\":%" G_GUINT64_FORMAT ",\"cpu_s\":%.3f,\"us_per_frame\":%.3f,"
          "\"resident_kib_before\":%ld,\"resident_kib\":%ld}\n",
          n_open,
          n_failed,
          open_seconds,
          count_seconds,
          n_frames - n_frames_before,
          cpu,
          n_frames > n_frames_before ? cpu * 1e6 / (n_frames - n_frames_before) : 0,
          resident_before,
          get_resident_kib ());
  return 0;
}
