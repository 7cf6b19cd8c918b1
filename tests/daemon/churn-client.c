/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Anonymous visitors who come, ask for something, and go, over and over. Prints how many
 * came, and how many of them were not answered as they should have been.
 *
 * usage: churn-client PORT VISITS */

#include "websocket-client.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#define N_AT_ONCE 32
#define PATIENCE_MS 10000

/* Every kind of thing that a visitor may leave behind. */
static const char *const wishes[] = {
  "{\"type\":\"subscribe_tickers\",\"tickers\":[\"A\",\"B\"]}",
  "{\"type\":\"subscribe_tickstockpl_watchlist\",\"symbols\":[\"A\"]}",
  "{\"type\":\"subscribe\",\"subscription_type\":\"backtest\"}",
  "{\"type\":\"join_room\",\"room\":\"system_health_room\"}",
};

typedef struct
{
  WebSocketClient socket;
  guint visit;    /* counted from 0 */
  guint n_texts;  /* answers, the greeting among them */
  gboolean is_in; /* whether a visit is going on */
} Visitor;

static guint n_visits;
static guint n_started;
static guint n_done;
static guint n_failed;

static void start_visit (Visitor *visitor);

static void
end_visit (Visitor *visitor, gboolean is_good)
{
  if (!visitor->is_in)
    return;
  visitor->is_in = FALSE;
  n_done++;
  n_failed += !is_good;
}

static void
on_opened (WebSocketClient *socket)
{
  Visitor *visitor = (Visitor *) socket;
  const char *wish = wishes[visitor->visit % G_N_ELEMENTS (wishes)];

  websocket_client_send (socket, WEBSOCKET_TEXT, wish, strlen (wish));
}

static void
on_message (WebSocketClient *socket, guint8 opcode, const char *payload, gsize length)
{
  Visitor *visitor = (Visitor *) socket;
  gboolean is_refusal =
      opcode == WEBSOCKET_TEXT && g_strstr_len (payload, length, "\"error\"") != NULL;

  if (opcode != WEBSOCKET_TEXT || (++visitor->n_texts < 2 && !is_refusal))
    return;
  /* Some just vanish, some reset the link. */
  websocket_client_drop (socket, visitor->visit % 3 == 0);
  end_visit (visitor, !is_refusal);
}

static void
on_closed (WebSocketClient *socket, const char *why)
{
  (void) why;
  end_visit ((Visitor *) socket, FALSE);
}

static const WebSocketClientFuncs funcs = { on_opened, on_message, on_closed };

static void
start_visit (Visitor *visitor)
{
  visitor->visit = n_started++;
  visitor->n_texts = 0;
  visitor->is_in = TRUE;
  websocket_client_connect (&visitor->socket);
}

int
main (int n_arguments, char **arguments)
{
  int epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  Visitor visitors[N_AT_ONCE] = { 0 };
  struct epoll_event events[N_AT_ONCE];

  if (n_arguments != 3 || epoll_fd < 0)
    return 2;
  n_visits = strtoul (arguments[2], NULL, 10);
  for (guint i = 0; i < N_AT_ONCE; i++)
    visitors[i].socket =
        (WebSocketClient){ .funcs = &funcs,
                           .path = "/ws",
                           .port = (guint16) strtoul (arguments[1], NULL, 10),
                           .epoll_fd = epoll_fd,
                           .fd = -1 };
  while (n_done < n_visits)
    {
      int n_events;

      for (guint i = 0; i < N_AT_ONCE && n_started < n_visits; i++)
        if (!visitors[i].is_in)
          start_visit (&visitors[i]);
      n_events = epoll_wait (epoll_fd, events, N_AT_ONCE, PATIENCE_MS);
      if (n_events == 0)
        break;
      for (int i = 0; i < n_events; i++)
        websocket_client_handle (events[i].data.ptr, events[i].events);
    }
  printf ("%u %u\n", n_done, n_failed);
  return n_done == n_visits && n_failed == 0 ? 0 : 1;
}
