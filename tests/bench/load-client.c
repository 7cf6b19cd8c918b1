/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many WebSocket clients in one thread on one epoll descriptor: opens connections, sends
 * each one message if asked to, counts the frames that come in, and reads the server's
 * CPU time and memory from /proc. Prints one JSON object. */

#include "websocket-client.h"
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

/* Below the listen backlog of 10 that GSocket has: the plain server must not lose any. */
#define MAX_CONNECTING 8

static int port;
static int n_clients = 1000;
static double seconds = 5;
static double settle_seconds = 1;
static int server_pid;
static const char *path = "/ws";
static char *message;
static int n_groups = 1;

static int epoll_fd;
static WebSocketClient *clients;
static int n_started;
static int n_open;
static int n_failed;
static guint64 n_frames;

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
on_opened (WebSocketClient *client)
{
  g_autoptr (GString) text = NULL;
  g_autofree char *group = g_strdup_printf ("%d", (int) (client - clients) % n_groups);

  n_open++;
  if (message == NULL)
    return;
  text = g_string_new (message);
  g_string_replace (text, "GROUP", group, 0);
  if (!websocket_client_send (client, WEBSOCKET_TEXT, text->str, text->len))
    n_failed++;
}

static void
on_message (WebSocketClient *client, guint8 opcode, const char *payload, gsize length)
{
  if (opcode < WEBSOCKET_CLOSE)
    n_frames++;
}

static void
on_closed (WebSocketClient *client, const char *why)
{
  n_failed++;
}

static const WebSocketClientFuncs funcs = {
  .opened = on_opened,
  .message = on_message,
  .closed = on_closed,
};

static void
start_client (void)
{
  WebSocketClient *client = &clients[n_started++];

  client->funcs = &funcs;
  client->path = path;
  client->port = port;
  client->epoll_fd = epoll_fd;
  websocket_client_connect (client);
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
        websocket_client_handle (events[i].data.ptr, events[i].events);
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
  clients = g_new0 (WebSocketClient, n_clients);
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
