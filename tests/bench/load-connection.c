/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-connection.h"

#include <string.h>

#define ABNORMAL_CLOSURE 1006 /* what browsers say when there was no close frame */
#define NO_STATUS 1005
/* Of who is to stall: what the kernel keeps for it, it does not wait for in the server.
 */
#define STALLED_RECEIVE_BYTES 4096
#define STALLED_SEGMENT_BYTES 1000

static guint
get_number (const LoadConnection *self)
{
  return (guint) (self - self->crowd->connections);
}

static void
note_end (LoadConnection *self, guint code)
{
  LoadCrowd *crowd = self->crowd;
  gpointer n = g_hash_table_lookup (crowd->close_codes, GUINT_TO_POINTER (code));

  if (self->is_over)
    return;
  load_connection_close (self);
  if (crowd->is_leaving)
    return;
  if (self->is_open)
    crowd->n_lost++;
  else
    crowd->n_refused++;
  g_hash_table_insert (crowd->close_codes,
                       GUINT_TO_POINTER (code),
                       GUINT_TO_POINTER (GPOINTER_TO_UINT (n) + 1));
}

static void
send_text (LoadConnection *self, const char *text)
{
  if (self->polling != NULL && !self->is_upgraded)
    polling_client_send (self->polling, text);
  else if (!websocket_client_send (&self->ws, WEBSOCKET_TEXT, text, strlen (text)))
    note_end (self, ABNORMAL_CLOSURE);
}

static void
subscribe (LoadConnection *self)
{
  LoadCrowd *crowd = self->crowd;
  g_autofree char *symbols = load_symbols_join (&crowd->symbols, get_number (self), TRUE);
  g_autofree char *list = g_strdup_printf ("[%s]", symbols);
  g_autoptr (GString) text = g_string_new (crowd->subscribe);

  g_string_replace (text, "SYMBOLS", list, 0);
  send_text (self, text->str);
}

/* Subscribes as soon as that can be sent, and is open when there is nothing more to do.
 */
static void
go_on (LoadConnection *self)
{
  gboolean is_between =
      self->polling != NULL && self->polling->is_paused && !self->is_upgraded;

  if (self->is_over || self->is_open || !self->is_joined || is_between)
    return;
  if (!self->has_subscribed && self->crowd->subscribe != NULL)
    subscribe (self);
  self->has_subscribed = TRUE;
  if (self->is_over || (self->crowd->way == LOAD_WAY_UPGRADE && !self->is_upgraded))
    return;
  self->is_open = TRUE;
  self->crowd->n_open++;
}

static void
take_event (LoadConnection *self, const BenchEvent *event)
{
  LoadCrowd *crowd = self->crowd;
  int slot = load_symbols_get_slot (&crowd->symbols, event->kind, event->symbol);
  LoadTrack *track = slot >= 0 ? &self->tracks[slot] : NULL;

  if (track != NULL && track->symbol != event->symbol)
    track = NULL;
  load_tally_add (&crowd->tally, track, event, crowd->now_us);
}

/* Returns: how many bytes it is done with */
static gsize
take_part (LoadConnection *self, const char *text, gsize n_bytes, gboolean is_first)
{
  LoadEvents *events = &self->crowd->events;
  BenchEvent event;

  load_events_begin (events, text, n_bytes, is_first);
  while (load_events_next (events, &event))
    take_event (self, &event);
  return load_events_get_done (events);
}

static void
take_events (LoadConnection *self, const char *text, gsize n_bytes)
{
  LoadCrowd *crowd = self->crowd;
  const BenchEvent *known = load_memo_find (&crowd->memo, text, n_bytes);
  BenchEvent event;
  BenchEvent last;
  guint n = 0;

  if (known != NULL)
    {
      take_event (self, known);
      return;
    }
  load_events_begin (&crowd->events, text, n_bytes, TRUE);
  for (; load_events_next (&crowd->events, &event); n++)
    {
      take_event (self, &event);
      last = event;
    }
  if (n == 1)
    load_memo_add (&crowd->memo, text, n_bytes, &last);
}

static void
count_frame (LoadCrowd *crowd)
{
  crowd->n_frames++;
  crowd->last_us = crowd->now_us;
  if (crowd->first_us == 0)
    crowd->first_us = crowd->now_us;
}

/* A packet of type message: CONNECT's answer, or what may have events. */
static void
take_socketio (LoadConnection *self, const char *packet, gsize length)
{
  if (!self->is_joined && length >= 2 && packet[1] == '0')
    {
      self->is_joined = TRUE;
      go_on (self);
      return;
    }
  if (length >= 2 && (packet[1] == '1' || packet[1] == '4'))
    {
      note_end (self, ABNORMAL_CLOSURE);
      return;
    }
  count_frame (self->crowd);
  take_events (self, packet, length);
}

static void
take_engineio (LoadConnection *self, const char *packet, gsize length)
{
  if (length == 0)
    note_end (self, ABNORMAL_CLOSURE);
  else if (packet[0] == '4')
    take_socketio (self, packet, length);
  else if (packet[0] == '2')
    send_text (self, "3");
  else if (packet[0] == '0')
    send_text (self, "40");
  else if (length == 6 && memcmp (packet, "3probe", 6) == 0)
    polling_client_pause (self->polling);
}

static void
take_close (LoadConnection *self, const char *payload, gsize length)
{
  const guint8 *bytes = (const guint8 *) payload;

  self->close_code = length >= 2 ? (guint16) (bytes[0] << 8 | bytes[1]) : NO_STATUS;
  websocket_client_send (&self->ws, WEBSOCKET_CLOSE, payload, MIN (length, 2));
}

static void
on_ws_message (WebSocketClient *ws, guint8 opcode, const char *payload, gsize length)
{
  LoadConnection *self = (LoadConnection *) ws;

  if (opcode == WEBSOCKET_CLOSE)
    {
      take_close (self, payload, length);
    }
  else if (opcode == WEBSOCKET_PING)
    {
      websocket_client_send (ws, WEBSOCKET_PONG, payload, length);
    }
  else if (opcode == WEBSOCKET_PONG)
    {
      return;
    }
  else if (self->crowd->way == LOAD_WAY_WS)
    {
      count_frame (self->crowd);
      take_events (self, payload, length);
    }
  else
    {
      take_engineio (self, payload, length);
    }
}

/* What is large has events, by whatever way. */
static gsize
on_ws_part (WebSocketClient *ws,
            const char *bytes,
            gsize n_bytes,
            gboolean is_first,
            gboolean is_last)
{
  LoadConnection *self = (LoadConnection *) ws;

  if (is_first)
    count_frame (self->crowd);
  self->crowd->last_us = self->crowd->now_us;
  return take_part (self, bytes, n_bytes, is_first);
}

static void
on_ws_opened (WebSocketClient *ws)
{
  LoadConnection *self = (LoadConnection *) ws;

  g_clear_pointer (&self->ws_path, g_free);
  if (self->crowd->way == LOAD_WAY_UPGRADE)
    {
      if (!websocket_client_send (ws, WEBSOCKET_TEXT, "2probe", 6))
        note_end (self, ABNORMAL_CLOSURE);
    }
  else if (self->crowd->way == LOAD_WAY_WS)
    {
      self->is_joined = TRUE;
      go_on (self);
    }
}

static void
on_ws_closed (WebSocketClient *ws, const char *why)
{
  LoadConnection *self = (LoadConnection *) ws;

  note_end (self, self->close_code != 0 ? self->close_code : ABNORMAL_CLOSURE);
}

static const WebSocketClientFuncs ws_funcs = {
  .opened = on_ws_opened,
  .message = on_ws_message,
  .part = on_ws_part,
  .closed = on_ws_closed,
};

static void
open_ws (LoadConnection *self, const char *sid)
{
  LoadCrowd *crowd = self->crowd;
  g_autofree char *symbols =
      load_symbols_join (&crowd->symbols, get_number (self), FALSE);
  GString *path = g_string_new (crowd->path);

  g_string_replace (path, "SYMBOLS", symbols, 0);
  if (crowd->way != LOAD_WAY_WS)
    g_string_append_printf (path,
                            "%cEIO=4&transport=websocket%s%s",
                            strchr (path->str, '?') != NULL ? '&' : '?',
                            sid != NULL ? "&sid=" : "",
                            sid != NULL ? sid : "");
  if (crowd->has_batches)
    g_string_append_printf (
        path, "%cbatch=1", strchr (path->str, '?') != NULL ? '&' : '?');
  self->ws_path = g_string_free (path, FALSE);
  self->ws.funcs = &ws_funcs;
  self->ws.path = self->ws_path;
  self->ws.port = crowd->port;
  self->ws.epoll_fd = crowd->epoll_fd;
  if (get_number (self) < (guint) crowd->n_stalled)
    {
      self->ws.receive_bytes = STALLED_RECEIVE_BYTES;
      self->ws.segment_bytes = STALLED_SEGMENT_BYTES;
    }
  websocket_client_connect (&self->ws);
}

static LoadConnection *
get_owner (PollingClient *polling)
{
  return polling->owner;
}

static void
on_polling_opened (PollingClient *polling)
{
  LoadConnection *self = get_owner (polling);

  polling_client_send (polling, "40");
  if (self->crowd->way == LOAD_WAY_UPGRADE)
    open_ws (self, polling->sid);
}

static void
on_polling_message (PollingClient *polling, const char *packet, gsize length)
{
  take_socketio (get_owner (polling), packet, length);
}

/* The probe was answered and nothing is under way: over to the WebSocket. */
static void
on_polling_paused (PollingClient *polling)
{
  LoadConnection *self = get_owner (polling);

  if (self->crowd->is_leaving)
    return;
  self->is_upgraded = TRUE;
  send_text (self, "5");
  go_on (self);
}

static void
on_polling_closed (PollingClient *polling, const char *why)
{
  note_end (get_owner (polling), ABNORMAL_CLOSURE);
}

static const PollingClientFuncs polling_funcs = {
  .opened = on_polling_opened,
  .message = on_polling_message,
  .paused = on_polling_paused,
  .closed = on_polling_closed,
};

/* Begins. `crowd` and `tracks` are set. */
void
load_connection_open (LoadConnection *self)
{
  LoadCrowd *crowd = self->crowd;

  self->ws.fd = -1;
  if (crowd->way == LOAD_WAY_WS || crowd->way == LOAD_WAY_SOCKETIO)
    {
      open_ws (self, NULL);
      return;
    }
  self->polling = g_new0 (PollingClient, 1);
  self->polling->owner = self;
  self->polling->funcs = &polling_funcs;
  self->polling->path = crowd->polling_path;
  self->polling->port = crowd->port;
  self->polling->epoll_fd = crowd->http_epoll_fd;
  polling_client_open (self->polling);
}

/* Says goodbye as a page does that is left. */
void
load_connection_leave (LoadConnection *self)
{
  static const char going_away[] = { 1001 >> 8, 1001 & 0xFF };

  if (self->is_over)
    return;
  if (self->ws.is_open)
    {
      websocket_client_send (&self->ws, WEBSOCKET_CLOSE, going_away, sizeof going_away);
      load_connection_close (self);
    }
  else if (self->polling != NULL && self->polling->sid != NULL)
    {
      polling_client_pause (self->polling);
      polling_client_send (self->polling, "1");
    }
}

/* Ends all sockets. The memory of what polls stays until the crowd is cleared: this may
 * be called from its own functions. */
void
load_connection_close (LoadConnection *self)
{
  self->is_over = TRUE;
  g_clear_pointer (&self->ws_path, g_free);
  websocket_client_drop (&self->ws, FALSE);
  if (self->polling != NULL)
    polling_client_close (self->polling);
}
