/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "churn-visitor.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#define N_USERS 300
#define MAX_STAY_MS 1000
#define MAX_FAULTS_TOLD 20

/* Every kind of thing that a visitor may leave behind. */
static const struct
{
  const char *command;
  const char *members;
  const char *answer;
} wishes[] = {
  { "subscribe_tickers", "\"tickers\":[\"A\",\"B\"]", "\"subscription_updated\"" },
  { "subscribe_tickstockpl_watchlist",
    "\"symbols\":[\"A\"]",
    "\"tickstockpl_subscription_confirmed\"" },
  { "subscribe", "\"subscription_type\":\"backtest\"", "\"subscription_confirmed\"" },
  { "join_room", "\"room\":\"system_health_room\"", "\"room_joined\"" },
};

static const char *const way_names[N_CHURN_WAYS] = {
  "plain", "Socket.IO", "polling", "upgrade"
};

/* Ends the visit and all that belongs to it. */
static void
end_visit (ChurnVisitor *self, gboolean with_reset, const char *fault)
{
  if (!self->is_in)
    return;
  self->is_in = FALSE;
  self->party->n_done++;
  if (fault != NULL && self->party->n_failed++ < MAX_FAULTS_TOLD)
    fprintf (stderr, "visit %u, %s: %s\n", self->visit, way_names[self->way], fault);
  websocket_client_drop (&self->ws, with_reset);
  if (self->has_polling)
    polling_client_close (&self->polling);
}

static void
send_text (ChurnVisitor *self, const char *text)
{
  if (self->has_polling && !self->is_upgraded)
    polling_client_send (&self->polling, text);
  else if (!websocket_client_send (&self->ws, WEBSOCKET_TEXT, text, strlen (text)))
    end_visit (self, FALSE, "a message could not be sent");
}

static void
wish (ChurnVisitor *self)
{
  /* Each wish meets each way. */
  guint i = self->visit / N_CHURN_WAYS % G_N_ELEMENTS (wishes);
  const char *name = wishes[i].command;
  const char *members = wishes[i].members;
  g_autofree char *text = self->way == CHURN_WAY_PLAIN
                              ? g_strdup_printf ("{\"type\":\"%s\",%s}", name, members)
                              : g_strdup_printf ("42[\"%s\",{%s}]", name, members);

  send_text (self, text);
}

static void
take_answer (ChurnVisitor *self, const char *text, gsize length)
{
  guint i = self->visit / N_CHURN_WAYS % G_N_ELEMENTS (wishes);
  guint stay_ms = self->party->is_mixed ? self->visit * 37 % MAX_STAY_MS : 0;

  if (g_strstr_len (text, (gssize) length, "\"error\"") != NULL)
    end_visit (self, FALSE, "its wish was refused");
  else if (!self->is_answered &&
           g_strstr_len (text, (gssize) length, wishes[i].answer) != NULL)
    {
      self->is_answered = TRUE;
      self->leave_us = g_get_monotonic_time () + stay_ms * G_GINT64_CONSTANT (1000);
      churn_visitor_leave_in_time (self);
    }
}

/* --- by WebSocket --- */

static void
take_engineio (ChurnVisitor *self, const char *text, gsize length)
{
  if (length == 6 && memcmp (text, "3probe", 6) == 0)
    polling_client_pause (&self->polling);
  else if (length > 0 && text[0] == '0')
    send_text (self, "40");
  else if (length > 0 && text[0] == '2')
    send_text (self, "3");
  else if (length > 1 && text[0] == '4' && text[1] == '0')
    wish (self);
  else
    take_answer (self, text, length);
}

static void
on_ws_opened (WebSocketClient *ws)
{
  ChurnVisitor *self = (ChurnVisitor *) ws;

  if (self->way == CHURN_WAY_PLAIN)
    wish (self);
  else if (self->way == CHURN_WAY_UPGRADE &&
           !websocket_client_send (ws, WEBSOCKET_TEXT, "2probe", 6))
    end_visit (self, FALSE, "the probe could not be sent");
}

static void
on_ws_message (WebSocketClient *ws, guint8 opcode, const char *payload, gsize length)
{
  ChurnVisitor *self = (ChurnVisitor *) ws;

  if (opcode == WEBSOCKET_CLOSE)
    end_visit (self, FALSE, "it was closed");
  else if (opcode == WEBSOCKET_PING)
    websocket_client_send (ws, WEBSOCKET_PONG, payload, length);
  else if (opcode == WEBSOCKET_TEXT && self->way == CHURN_WAY_PLAIN)
    take_answer (self, payload, length);
  else if (opcode == WEBSOCKET_TEXT)
    take_engineio (self, payload, length);
}

static void
on_ws_closed (WebSocketClient *ws, const char *why)
{
  end_visit ((ChurnVisitor *) ws, FALSE, why);
}

static const WebSocketClientFuncs ws_funcs = {
  .opened = on_ws_opened,
  .message = on_ws_message,
  .closed = on_ws_closed,
};

static void
open_ws (ChurnVisitor *self)
{
  self->ws = (WebSocketClient){
    .funcs = &ws_funcs,
    .path = self->path,
    .port = self->party->port,
    .epoll_fd = self->party->epoll_fd,
    .fd = -1,
  };
  websocket_client_connect (&self->ws);
}

/* --- by long-polling --- */

static void
on_polling_opened (PollingClient *polling)
{
  polling_client_send (polling, "40");
}

static void
on_polling_message (PollingClient *polling, const char *packet, gsize length)
{
  ChurnVisitor *self = polling->owner;

  if (length < 2 || packet[1] != '0')
    {
      take_answer (self, packet, length);
    }
  else if (self->way == CHURN_WAY_UPGRADE)
    {
      char *path = g_strdup_printf ("%s&sid=%s", self->path, polling->sid);

      g_free (self->path);
      self->path = path;
      open_ws (self);
    }
  else
    {
      wish (self);
    }
}

/* The probe was answered and nothing is under way: over to the WebSocket. */
static void
on_polling_paused (PollingClient *polling)
{
  ChurnVisitor *self = polling->owner;

  self->is_upgraded = TRUE;
  send_text (self, "5");
  if (self->is_in)
    wish (self);
}

static void
on_polling_closed (PollingClient *polling, const char *why)
{
  ChurnVisitor *self = polling->owner;

  end_visit (self, FALSE, self->has_said_leave ? NULL : why);
}

static const PollingClientFuncs polling_funcs = {
  .opened = on_polling_opened,
  .message = on_polling_message,
  .paused = on_polling_paused,
  .closed = on_polling_closed,
};

static void
open_polling (ChurnVisitor *self)
{
  self->has_polling = TRUE;
  self->polling = (PollingClient){
    .funcs = &polling_funcs,
    .owner = self,
    .path = self->polling_path,
    .port = self->party->port,
    .epoll_fd = self->party->http_epoll_fd,
  };
  polling_client_open (&self->polling);
}

/* --- visits --- */

static void
choose_paths (ChurnVisitor *self)
{
  static const char socketio[] = "/socket.io/?EIO=4&transport=";
  g_autofree char *user =
      self->party->is_mixed && self->visit % 2 == 0
          ? g_strdup_printf ("&user=user%u", self->visit / 2 % N_USERS)
          : g_strdup ("");

  g_free (self->path);
  g_free (self->polling_path);
  self->path = self->way == CHURN_WAY_PLAIN
                   ? g_strconcat ("/ws?way=plain", user, NULL)
                   : g_strconcat (socketio, "websocket", user, NULL);
  self->polling_path = g_strconcat (socketio, "polling", user, NULL);
}

/* Begins a visit; the last one is over. */
void
churn_visitor_come (ChurnVisitor *self, guint visit)
{
  self->visit = visit;
  /* Not in step with names and ends: each of them meets each way. */
  self->way =
      self->party->is_mixed ? (visit / 2 + visit / 6) % N_CHURN_WAYS : CHURN_WAY_PLAIN;
  self->ws.fd = -1;
  self->is_in = TRUE;
  self->is_answered = FALSE;
  self->has_polling = FALSE;
  self->is_upgraded = FALSE;
  self->has_said_leave = FALSE;
  choose_paths (self);
  if (self->way == CHURN_WAY_POLLING || self->way == CHURN_WAY_UPGRADE)
    open_polling (self);
  else
    open_ws (self);
}

/* Some reset the link, some just vanish, some say goodbye. */
static void
leave (ChurnVisitor *self)
{
  static const char going_away[] = { 1001 >> 8, 1001 & 0xFF };
  guint how = self->visit % 3;

  if (how == 2 && self->has_polling && !self->is_upgraded)
    {
      self->has_said_leave = TRUE;
      polling_client_send (&self->polling, "1");
      return;
    }
  if (how == 2)
    websocket_client_send (&self->ws, WEBSOCKET_CLOSE, going_away, sizeof going_away);
  end_visit (self, how == 0, NULL);
}

/* Ends the visit when it was answered and has lasted. */
void
churn_visitor_leave_in_time (ChurnVisitor *self)
{
  if (self->is_in && self->is_answered && !self->has_said_leave &&
      g_get_monotonic_time () >= self->leave_us)
    leave (self);
}

/* Its last visit is over. */
void
churn_visitor_clear (ChurnVisitor *self)
{
  g_free (self->path);
  g_free (self->polling_path);
}

gboolean
churn_party_open (ChurnParty *self, guint16 port)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

  self->port = port;
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  self->http_epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  return epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, self->http_epoll_fd, &event) == 0;
}

void
churn_party_handle_http (ChurnParty *self)
{
  struct epoll_event events[256];
  int n = epoll_wait (self->http_epoll_fd, events, G_N_ELEMENTS (events), 0);

  for (int i = 0; i < n; i++)
    polling_client_handle (events[i].data.ptr, events[i].events);
}
