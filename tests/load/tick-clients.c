/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many clients that check what they get, in one thread. Half speak Socket.IO, half plain
 * WebSocket; each asks for some symbols of its own and counts what is not as it should
 * be. Takes a command a line from standard input, and answers it with a line of JSON when
 * it is done or its time is over:
 *
 *   open N        connects N clients and waits until their lists are confirmed
 *   storm         drops all sockets, half of them with a reset; connects anew at once and
 *                 asks for other symbols
 *   change        asks for other symbols on the same connections; some stay
 *   go            ticks will flow from now on
 *   settle FILE   no ticks flow any more, and FILE has all that were published: waits for
 *                 the last ones and judges
 *   slow          one client more, which asks for all symbols and then reads nothing
 *   drain         has that one read what is left, to the end
 *   leave         closes all connections as browsers do
 *   await-end     waits until the server has closed all connections
 */

#include "tick-client.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define PATIENCE_US (30 * G_USEC_PER_SEC)

typedef struct
{
  char *name;     /* (owned) (nullable) */
  char *argument; /* (owned) (nullable) */
  gboolean (*is_done) (void);
  gint64 start_us;
} Command;

static TickCrowd crowd;
static TickClient *clients; /* (owned) */
static guint n_clients;
static TickClient slow = { .crowd = &crowd, .is_slow = TRUE, .ws.fd = -1 };
static Command command; /* being worked on, if it has a name */

static gboolean
are_all_confirmed (void)
{
  for (guint i = 0; i < n_clients; i++)
    if (!tick_client_is_confirmed (&clients[i]))
      return FALSE;
  return TRUE;
}

static gboolean
are_all_complete (void)
{
  for (guint i = 0; i < n_clients; i++)
    if (!tick_ledger_is_complete (&crowd.ledger, &clients[i].card))
      return FALSE;
  return TRUE;
}

static gboolean
have_all_ended (void)
{
  for (guint i = 0; i < n_clients; i++)
    if (clients[i].ws.fd >= 0)
      return FALSE;
  return TRUE;
}

static gboolean
is_slow_confirmed (void)
{
  return tick_client_is_confirmed (&slow);
}

static gboolean
is_done_at_once (void)
{
  return TRUE;
}

static void
start_open (void)
{
  n_clients = (guint) g_ascii_strtoull (command.argument, NULL, 10);
  clients = g_new0 (TickClient, n_clients);
  for (guint i = 0; i < n_clients; i++)
    {
      clients[i].crowd = &crowd;
      tick_client_open (&clients[i], i % 2 == 0);
    }
}

/* All sockets go first, then all come back. */
static void
start_storm (void)
{
  for (guint i = 0; i < n_clients; i++)
    websocket_client_drop (&clients[i].ws, i / 2 % 2 == 0);
  for (guint i = 0; i < n_clients; i++)
    tick_client_open (&clients[i], i % 2 == 0);
}

static void
start_change (void)
{
  for (guint i = 0; i < n_clients; i++)
    tick_client_change (&clients[i]);
}

static void
start_go (void)
{
  crowd.ledger.is_quiet = FALSE;
  tick_ledger_reset_latencies (&crowd.ledger);
}

static void
start_settle (void)
{
  if (command.argument == NULL ||
      !tick_ledger_read_published (&crowd.ledger, command.argument))
    tick_ledger_blame (&crowd.ledger.faults.strange, "the publisher's log can't be read");
}

static void
start_slow (void)
{
  tick_client_open (&slow, FALSE);
}

static void
start_drain (void)
{
  websocket_client_set_reading (&slow.ws, TRUE);
}

static void
let_all_end (void)
{
  for (guint i = 0; i < n_clients; i++)
    clients[i].may_end = TRUE;
}

static void
start_leave (void)
{
  for (guint i = 0; i < n_clients; i++)
    tick_client_leave (&clients[i]);
  if (slow.ws.fd >= 0)
    tick_client_leave (&slow);
}

static const struct
{
  const char *name;
  void (*start) (void);
  gboolean (*is_done) (void);
} commands[] = {
  { "open", start_open, are_all_confirmed },
  { "storm", start_storm, are_all_confirmed },
  { "change", start_change, are_all_confirmed },
  { "go", start_go, is_done_at_once },
  { "settle", start_settle, are_all_complete },
  { "slow", start_slow, is_slow_confirmed },
  { "drain", start_drain, is_done_at_once },
  { "leave", start_leave, have_all_ended },
  { "await-end", let_all_end, have_all_ended },
};

static void
print_subscribers (void)
{
  for (guint i = 0; i < TICK_SYMBOLS; i++)
    {
      guint n = 0;

      for (guint j = 0; j < n_clients; j++)
        n += (clients[j].card.in_force >> i) & 1;
      printf ("%s%u", i > 0 ? "," : "", n);
    }
}

static void
print_answer (gboolean is_done)
{
  const char *separator = "";

  printf ("{\"command\":\"%s\",\"done\":%s,\"seconds\":%.3f,\"ticks\":%" G_GUINT64_FORMAT
          ",\"pings\":%" G_GUINT64_FORMAT ",\"latency_us\":[%" G_GINT64_FORMAT
          ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT "],\"faults\":{",
          command.name,
          is_done ? "true" : "false",
          (double) (g_get_monotonic_time () - command.start_us) / G_USEC_PER_SEC,
          crowd.ledger.n_ticks,
          crowd.n_pings,
          tick_ledger_get_latency_us (&crowd.ledger, 0.5),
          tick_ledger_get_latency_us (&crowd.ledger, 0.99),
          crowd.ledger.max_latency_us);
#define PRINT_FAULT(field)                                                               \
  printf ("%s\"" #field "\":%" G_GUINT64_FORMAT, separator, crowd.ledger.faults.field);  \
  separator = ",";
  TICK_FAULTS (PRINT_FAULT)
#undef PRINT_FAULT
  printf ("},\"close_codes\":{");
  separator = "";
  for (guint i = 0; i < TICK_CLOSE_CODES; i++)
    if (crowd.close_codes[i] > 0)
      {
        printf ("%s\"%u\":%u", separator, i, crowd.close_codes[i]);
        separator = ",";
      }
  printf ("},\"subscribers\":[");
  print_subscribers ();
  printf ("]}\n");
  fflush (stdout);
}

static void
finish_command (void)
{
  gboolean is_done = command.is_done ();

  if (!is_done && g_get_monotonic_time () < command.start_us + PATIENCE_US)
    return;
  if (g_str_equal (command.name, "settle"))
    {
      for (guint i = 0; i < n_clients; i++)
        tick_ledger_settle (&crowd.ledger, &clients[i].card);
      crowd.ledger.is_quiet = TRUE;
    }
  print_answer (is_done);
  g_clear_pointer (&command.name, g_free);
  g_clear_pointer (&command.argument, g_free);
}

/* Returns: %FALSE when there are no more commands */
static gboolean
read_command (void)
{
  char line[1024];
  g_auto (GStrv) words = NULL;

  if (fgets (line, sizeof line, stdin) == NULL)
    return FALSE;
  words = g_strsplit (g_strchomp (line), " ", 2);
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_strcmp0 (words[0], commands[i].name) == 0)
      {
        command.name = g_strdup (words[0]);
        command.argument = g_strdup (words[1]);
        command.is_done = commands[i].is_done;
        command.start_us = g_get_monotonic_time ();
        commands[i].start ();
        return TRUE;
      }
  fprintf (stderr, "No such command: %s\n", line);
  return FALSE;
}

/* Commands come after all sockets: they may put a new socket in an old one's place. */
static void
run (void)
{
  struct epoll_event events[512];
  gboolean goes_on = TRUE;

  while (goes_on)
    {
      gboolean has_command = FALSE;
      int n = epoll_wait (crowd.epoll_fd, events, G_N_ELEMENTS (events), 20);

      for (int i = 0; i < n; i++)
        if (events[i].data.ptr == NULL)
          has_command = TRUE;
        else
          websocket_client_handle (events[i].data.ptr, events[i].events);
      if (has_command)
        goes_on = read_command ();
      if (command.name != NULL)
        finish_command ();
    }
}

int
main (int argc, char **argv)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
  struct rlimit limit;

  if (argc != 3)
    {
      fprintf (stderr, "usage: tick-clients PORT SEED\n");
      return 2;
    }
  crowd.port = atoi (argv[1]);
  g_random_set_seed ((guint32) atoi (argv[2]));
  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  crowd.epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  epoll_ctl (crowd.epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &event);
  tick_ledger_init (&crowd.ledger);

  run ();

  for (guint i = 0; i < n_clients; i++)
    websocket_client_drop (&clients[i].ws, FALSE);
  websocket_client_drop (&slow.ws, FALSE);
  g_free (clients);
  tick_ledger_clear (&crowd.ledger);
  close (crowd.epoll_fd);
  return 0;
}
