/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Many clients that get ticks and alerts, in one thread; half of them speak Socket.IO.
 * Prints a line when all have what they asked for. When standard input ends it judges,
 * and prints JSON: what came, what was wrong, and how long it took from the publisher.
 *
 * usage: mixed-clients PORT CLIENTS */

#include "websocket-client.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define N_SYMBOLS 50 /* S00 to S49 */
#define N_KINDS 2    /* alerts, ticks */
#define LATENCY_STEP_US 100
#define N_LATENCIES 20000

typedef struct
{
  WebSocketClient ws; /* first: its callbacks get us */
  guint number;
  guint n_confirmed;
  gboolean is_socketio;
  guint32 last[N_KINDS][N_SYMBOLS]; /* sequence numbers, which begin with 1 */
} Client;

static const char *const names[N_KINDS] = { "pattern_alert", "tick_data" };
static Client *clients; /* (owned) */
static guint n_clients;
static guint n_ready;
static guint64 n_events[N_KINDS];
static guint64 n_gaps[N_KINDS];  /* something is missing before it */
static guint64 n_older[N_KINDS]; /* doubled, or older after newer */
static guint64 n_foreign;        /* of a symbol that was not asked for */
static guint64 n_lost;           /* connections that ended */
static guint64 latencies[N_KINDS][N_LATENCIES];

static gboolean
wants (const Client *client, guint kind, guint symbol)
{
  guint own = client->number % N_SYMBOLS;

  return symbol == own || (kind == 1 && symbol == (own + 7) % N_SYMBOLS);
}

static void
send_text (Client *client, const char *text)
{
  websocket_client_send (&client->ws, WEBSOCKET_TEXT, text, strlen (text));
}

static void
send_command (Client *client, const char *name, const char *members)
{
  g_autofree char *text = client->is_socketio
                              ? g_strdup_printf ("42[\"%s\",{%s}]", name, members)
                              : g_strdup_printf ("{\"type\":\"%s\",%s}", name, members);

  send_text (client, text);
}

static void
subscribe (Client *client)
{
  guint own = client->number % N_SYMBOLS;
  g_autofree char *tickers =
      g_strdup_printf ("\"tickers\":[\"S%02u\",\"S%02u\"]", own, (own + 7) % N_SYMBOLS);
  g_autofree char *watched = g_strdup_printf (
      "\"symbols\":[\"S%02u\"],\"subscription_types\":[\"pattern_alert\"]", own);

  send_command (client, "subscribe_tickers", tickers);
  send_command (client, "subscribe_tickstockpl_watchlist", watched);
}

/* The number behind a mark; 0 when it is not there. */
static guint64
get_number (const char *text, const char *mark)
{
  const char *found = strstr (text, mark);

  return found != NULL ? g_ascii_strtoull (found + strlen (mark), NULL, 10) : 0;
}

static void
take_event (Client *client, guint kind, const char *text)
{
  guint symbol = (guint) get_number (text, "\"symbol\":\"S");
  guint32 number = (guint32) get_number (text, "\"n\":");
  gint64 delay_us = g_get_monotonic_time () - (gint64) get_number (text, "\"sent_us\":");
  guint32 *last;

  n_events[kind]++;
  if (symbol >= N_SYMBOLS || !wants (client, kind, symbol))
    {
      n_foreign++;
      return;
    }
  last = &client->last[kind][symbol];
  n_older[kind] += number <= *last;
  n_gaps[kind] += number > *last + 1;
  *last = MAX (*last, number);
  latencies[kind][CLAMP (delay_us / LATENCY_STEP_US, 0, N_LATENCIES - 1)]++;
}

static void
take_text (Client *client, const char *text)
{
  if (client->is_socketio && g_str_equal (text, "2"))
    send_text (client, "3");
  else if (client->is_socketio && text[0] == '0')
    send_text (client, "40");
  else if (g_str_has_prefix (text,
                             client->is_socketio ? "40" : "{\"type\":\"connected\""))
    subscribe (client);
  else if (strstr (text, "\"subscription_updated\"") != NULL ||
           strstr (text, "\"tickstockpl_subscription_confirmed\"") != NULL)
    n_ready += ++client->n_confirmed == 2;
  else
    for (guint kind = 0; kind < N_KINDS; kind++)
      if (strstr (text, names[kind]) != NULL)
        take_event (client, kind, text);
}

static void
on_opened (WebSocketClient *ws)
{
  (void) ws;
}

static void
on_message (WebSocketClient *ws, guint8 opcode, const char *payload, gsize length)
{
  g_autofree char *text = NULL;

  if (opcode == WEBSOCKET_PING)
    websocket_client_send (ws, WEBSOCKET_PONG, payload, length);
  if (opcode != WEBSOCKET_TEXT)
    return;
  text = g_strndup (payload, length);
  take_text ((Client *) ws, text);
}

static void
on_closed (WebSocketClient *ws, const char *why)
{
  (void) ws;
  n_lost++;
  fprintf (stderr, "a connection is lost: %s\n", why);
}

static const WebSocketClientFuncs funcs = { on_opened, on_message, on_closed };

static gint64
get_latency_us (guint kind, double share)
{
  guint64 n_left = (guint64) ((double) n_events[kind] * share);
  guint i = 0;

  while (i < N_LATENCIES - 1 && latencies[kind][i] <= n_left)
    n_left -= latencies[kind][i++];
  return (gint64) (i + 1) * LATENCY_STEP_US;
}

/* The oldest last number that any of the clients has who want the symbol. */
static guint32
get_last (guint kind, guint symbol)
{
  guint32 last = G_MAXUINT32;

  for (guint i = 0; i < n_clients; i++)
    if (wants (&clients[i], kind, symbol))
      last = MIN (last, clients[i].last[kind][symbol]);
  return last;
}

static void
print_kind (guint kind)
{
  printf ("\"%s\":{\"came\":%" G_GUINT64_FORMAT ",\"gaps\":%" G_GUINT64_FORMAT
          ",\"older\":%" G_GUINT64_FORMAT ",\"p50_us\":%" G_GINT64_FORMAT
          ",\"p99_us\":%" G_GINT64_FORMAT ",\"last\":[",
          names[kind],
          n_events[kind],
          n_gaps[kind],
          n_older[kind],
          get_latency_us (kind, 0.5),
          get_latency_us (kind, 0.99));
  for (guint symbol = 0; symbol < N_SYMBOLS; symbol++)
    printf ("%s%u", symbol > 0 ? "," : "", get_last (kind, symbol));
  printf ("]},");
}

static void
open_clients (guint16 port, int epoll_fd)
{
  clients = g_new0 (Client, n_clients);
  for (guint i = 0; i < n_clients; i++)
    {
      clients[i].number = i;
      clients[i].is_socketio = i / N_SYMBOLS % 2 == 0;
      clients[i].ws = (WebSocketClient){
        .funcs = &funcs,
        .path = clients[i].is_socketio ? "/socket.io/?EIO=4&transport=websocket" : "/ws",
        .port = port,
        .epoll_fd = epoll_fd,
        .fd = -1,
      };
      websocket_client_connect (&clients[i].ws);
    }
}

int
main (int n_arguments, char **arguments)
{
  int epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  struct epoll_event input = { .events = EPOLLIN, .data.ptr = NULL };
  gboolean is_over = FALSE, is_told = FALSE;

  if (n_arguments != 3 || epoll_ctl (epoll_fd, EPOLL_CTL_ADD, STDIN_FILENO, &input) != 0)
    return 2;
  n_clients = (guint) strtoul (arguments[2], NULL, 10);
  open_clients ((guint16) strtoul (arguments[1], NULL, 10), epoll_fd);
  while (!is_over)
    {
      struct epoll_event events[64];
      int n_ready_now = epoll_wait (epoll_fd, events, G_N_ELEMENTS (events), -1);

      for (int i = 0; i < n_ready_now; i++)
        if (events[i].data.ptr == NULL)
          is_over = TRUE;
        else
          websocket_client_handle (events[i].data.ptr, events[i].events);
      if (!is_told && n_ready == n_clients)
        {
          puts ("ready");
          fflush (stdout);
          is_told = TRUE;
        }
    }
  printf ("{");
  for (guint kind = 0; kind < N_KINDS; kind++)
    print_kind (kind);
  printf ("\"foreign\":%" G_GUINT64_FORMAT ",\"lost\":%" G_GUINT64_FORMAT "}\n",
          n_foreign,
          n_lost);
  for (guint i = 0; i < n_clients; i++)
    websocket_client_drop (&clients[i].ws, FALSE);
  g_free (clients);
  return 0;
}
