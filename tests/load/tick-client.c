/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tick-client.h"

#include <string.h>

#define SYMBOLS_PER_CLIENT 10

static void
blame (guint64 *fault, const char *what, const char *detail, gsize length)
{
  g_autofree char *text =
      g_strdup_printf ("%s: %.*s", what, (int) MIN (length, 200), detail);

  tick_ledger_blame (fault, text);
}

static void
send_text (TickClient *client, const char *text)
{
  if (!websocket_client_send (&client->ws, WEBSOCKET_TEXT, text, strlen (text)))
    blame (
        &client->crowd->ledger.faults.strange, "could not be sent", text, strlen (text));
}

static guint64
choose_symbols (guint64 symbols, guint n)
{
  while (n > 0)
    {
      guint64 bit = G_GUINT64_CONSTANT (1) << g_random_int_range (0, TICK_SYMBOLS);

      n -= (symbols & bit) == 0;
      symbols |= bit;
    }
  return symbols;
}

static void
subscribe (TickClient *client, guint64 symbols)
{
  g_autoptr (GString) text = g_string_new (
      client->is_socketio ? "420[\"subscribe_tickers\",{\"tickers\":["
                          : "{\"type\":\"subscribe_tickers\",\"tickers\":[");

  tick_ledger_ask (&client->crowd->ledger, &client->card, symbols);
  for (guint i = 0; i < TICK_SYMBOLS; i++)
    if ((symbols >> i) & 1)
      g_string_append_printf (text, "\"S%02u\",", i);
  g_string_truncate (text, text->len - 1);
  g_string_append (text, client->is_socketio ? "]}]" : "]}");
  send_text (client, text->str);
}

static void
greeted (TickClient *client)
{
  if (client->is_slow)
    subscribe (client, (G_GUINT64_CONSTANT (1) << TICK_SYMBOLS) - 1);
  else
    subscribe (client, choose_symbols (0, SYMBOLS_PER_CLIENT));
}

static void
confirmed (TickClient *client, const char *text, gsize length)
{
  g_autofree char *answer = g_strndup (text, length);

  tick_ledger_confirm (&client->crowd->ledger, &client->card, answer);
  if (client->is_slow)
    websocket_client_set_reading (&client->ws, FALSE);
}

/* Takes a tick out of what surrounds it.
 *
 * Returns: whether it was one */
static gboolean
take_tick (TickClient *client, const char *text, gsize length, const char *head)
{
  gsize n_head = strlen (head);

  if (length <= n_head || memcmp (text, head, n_head) != 0)
    return FALSE;
  tick_ledger_take (
      &client->crowd->ledger, &client->card, text + n_head, length - n_head - 1);
  return TRUE;
}

static gboolean
starts_with (const char *text, gsize length, const char *head)
{
  return length >= strlen (head) && memcmp (text, head, strlen (head)) == 0;
}

/* Events that the service sends of its own accord, about itself. */
static gboolean
is_news (const char *text, gsize length, const char *head)
{
  static const char *const names[] = { "service_status", "gap", "server_draining" };

  if (!starts_with (text, length, head))
    return FALSE;
  text += strlen (head);
  length -= strlen (head);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (starts_with (text, length, names[i]) && length > strlen (names[i]) &&
        text[strlen (names[i])] == '"')
      return TRUE;
  return FALSE;
}

static void
on_socketio_text (TickClient *client, const char *text, gsize length)
{
  if (take_tick (client, text, length, "42[\"tick_data\","))
    return;
  if (length == 1 && *text == '2')
    {
      client->crowd->n_pings++;
      send_text (client, "3");
    }
  else if (starts_with (text, length, "0{"))
    send_text (client, "40");
  else if (starts_with (text, length, "40{"))
    greeted (client);
  else if (starts_with (text, length, "42[\"subscription_updated\","))
    confirmed (client, text, length);
  else if (!starts_with (text, length, "430[") && !is_news (text, length, "42[\""))
    blame (&client->crowd->ledger.faults.strange, "Socket.IO", text, length);
}

static void
on_plain_text (TickClient *client, const char *text, gsize length)
{
  if (take_tick (client, text, length, "{\"type\":\"tick_data\",\"data\":"))
    return;
  if (starts_with (text, length, "{\"type\":\"connected\","))
    greeted (client);
  else if (starts_with (text, length, "{\"type\":\"subscription_updated\","))
    confirmed (client, text, length);
  else if (!is_news (text, length, "{\"type\":\""))
    blame (&client->crowd->ledger.faults.strange, "WebSocket", text, length);
}

static void
on_close_frame (TickClient *client, const char *payload, gsize length)
{
  guint code = length < 2 ? 0 : (guint8) payload[0] << 8 | (guint8) payload[1];

  if (code < TICK_CLOSE_CODES)
    client->crowd->close_codes[code]++;
  if (!client->has_sent_close)
    websocket_client_send (&client->ws, WEBSOCKET_CLOSE, payload, MIN (length, 2));
}

static void
on_message (WebSocketClient *ws, guint8 opcode, const char *payload, gsize length)
{
  TickClient *client = (TickClient *) ws;

  if (opcode == WEBSOCKET_PING)
    {
      client->crowd->n_pings++;
      websocket_client_send (ws, WEBSOCKET_PONG, payload, length);
    }
  else if (opcode == WEBSOCKET_CLOSE)
    on_close_frame (client, payload, length);
  else if (opcode != WEBSOCKET_TEXT)
    blame (&client->crowd->ledger.faults.strange, "not text", "", 0);
  else if (client->is_socketio)
    on_socketio_text (client, payload, length);
  else
    on_plain_text (client, payload, length);
}

static void
on_opened (WebSocketClient *ws)
{
}

static void
on_closed (WebSocketClient *ws, const char *why)
{
  TickClient *client = (TickClient *) ws;

  if (!client->may_end)
    blame (&client->crowd->ledger.faults.lost, "lost", why, strlen (why));
}

static const WebSocketClientFuncs funcs = {
  .opened = on_opened,
  .message = on_message,
  .closed = on_closed,
};

/* Connects, forgets what was before, and asks for symbols as soon as it is greeted. */
void
tick_client_open (TickClient *client, gboolean is_socketio)
{
  memset (&client->card, 0, sizeof client->card);
  client->is_socketio = is_socketio;
  client->may_end = client->is_slow;
  client->has_sent_close = FALSE;
  client->ws.funcs = &funcs;
  client->ws.path = is_socketio ? "/socket.io/?EIO=4&transport=websocket" : "/ws";
  client->ws.port = client->crowd->port;
  client->ws.epoll_fd = client->crowd->epoll_fd;
  if (client->is_slow)
    {
      /* Small buffers, as far away over a bad line. */
      client->ws.receive_bytes = 4096;
      client->ws.segment_bytes = 1400;
    }
  websocket_client_connect (&client->ws);
}

/* Asks for other symbols; half of them stay. */
void
tick_client_change (TickClient *client)
{
  guint64 kept = client->card.in_force;

  for (guint i = 0; i < SYMBOLS_PER_CLIENT / 2; i++)
    kept &= kept - 1;
  subscribe (client, choose_symbols (kept, SYMBOLS_PER_CLIENT / 2));
}

/* Closes as a browser does that leaves the page. */
void
tick_client_leave (TickClient *client)
{
  static const char going_away[] = { 0x03, (char) 0xE9 };

  client->may_end = TRUE;
  client->has_sent_close = TRUE;
  websocket_client_send (&client->ws, WEBSOCKET_CLOSE, going_away, sizeof going_away);
}

/* Returns: whether the list that it asked for last is in force */
gboolean
tick_client_is_confirmed (const TickClient *client)
{
  return client->ws.is_open && client->card.in_force != 0 && client->card.asked == 0;
}
