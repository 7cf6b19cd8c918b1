/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What all wire forms share: life and death of a connection, and its pings. Events are
 * made in tide-protocol-events.c; the rest is in the form's own file, behind
 * #TideProtocolForm. */

#include "tide-protocol.h"

#include "tide-engineio.h"
#include "tide-protocol-private.h"

#include <string.h>

#define MAX_LAG_US (20 * 1000)

/*
 * tide_protocol_get_form:
 * @form: a wire form
 *
 * Returns: (transfer none): how it works
 */
const TideProtocolForm *
tide_protocol_get_form (TideWireForm form)
{
  switch (form)
    {
    case TIDE_WIRE_SOCKETIO:
      return &tide_socketio_form;
    case TIDE_WIRE_PLAIN:
      return &tide_plain_form;
    case TIDE_WIRE_ENGINEIO:
      return &tide_engineio_form;
    case TIDE_N_WIRE_FORMS:
      break;
    }
  return NULL;
}

static void
free_pending (TideProtocol *self)
{
  if (self->pending != NULL)
    tide_protocol_get_form (self->form)->free_pending (g_steal_pointer (&self->pending));
}

/*
 * tide_protocol_send_frame:
 * @self: a protocol
 * @frame: (transfer full): what to send
 *
 * Hands a frame to the host, unless the connection has ended.
 */
void
tide_protocol_send_frame (TideProtocol *self, TideFrame *frame)
{
  if (self->is_closed)
    tide_frame_unref (frame);
  else
    self->host->send (self, frame);
}

/*
 * tide_protocol_send_text:
 * @self: a protocol
 * @spans: (array length=n_spans): the message, in pieces
 * @n_spans: how many
 *
 * Sends a text message.
 */
void
tide_protocol_send_text (TideProtocol *self, const TideSpan *spans, guint n_spans)
{
  tide_protocol_send_frame (
      self, tide_websocket_frame_new (TIDE_WEBSOCKET_TEXT, spans, n_spans, 0));
}

/*
 * tide_protocol_become_ready:
 * @self: a protocol
 *
 * Tells the host that the handshake is complete.
 */
void
tide_protocol_become_ready (TideProtocol *self)
{
  if (self->is_closed)
    return;
  self->is_ready = TRUE;
  self->host->ready (self);
}

/*
 * tide_protocol_end:
 * @self: a protocol that may be closed already; not to be touched after this
 * @reason: why
 * @text: the same for a person; not seen by others than the client and the log
 *
 * Ends the connection, once.
 */
void
tide_protocol_end (TideProtocol *self, TideCloseReason reason, const char *text)
{
  if (self->is_closed)
    return;
  self->is_closed = TRUE;
  self->is_ready = FALSE;
  self->joined = 0;
  free_pending (self);
  self->host->close (self, reason, text);
}

/**
 * tide_protocol_init:
 * @self: (out caller-allocates): memory for a protocol
 * @form: the form of the connection
 * @settings: (transfer none): what is common; must outlive @self
 * @host: (transfer none): whom to tell; must outlive @self
 * @now_us: monotonic time in microseconds
 *
 * Starts the state machine of a connection whose WebSocket handshake is done. Both sids
 * are made here; the host is not called.
 */
void
tide_protocol_init (TideProtocol *self,
                    TideWireForm form,
                    const TideProtocolSettings *settings,
                    const TideProtocolHost *host,
                    gint64 now_us)
{
  char sids[2][TIDE_SID_LENGTH + 1];

  memset (self, 0, sizeof *self);
  self->form = form;
  self->host = host;
  self->settings = settings;
  self->opened_us = now_us;
  self->last_heard_us = now_us;
  self->last_ping_us = now_us;
  tide_sid_generate (sids, G_N_ELEMENTS (sids));
  memcpy (self->engine_sid, sids[0], sizeof self->engine_sid);
  memcpy (self->socket_sid, sids[1], sizeof self->socket_sid);
}

/**
 * tide_protocol_set_wishes:
 * @self: a protocol that was not opened yet
 * @wishes: how the client wants its events, by its first request
 *
 * Notes what a client asks for. When it connects it may ask for something else.
 */
void
tide_protocol_set_wishes (TideProtocol *self, TideWishes wishes)
{
  self->asked = wishes;
  self->wishes = wishes;
}

/**
 * tide_protocol_clear:
 * @self: a protocol
 *
 * Gives back what @self holds. The host is not called, now or ever after.
 */
void
tide_protocol_clear (TideProtocol *self)
{
  self->is_closed = TRUE;
  self->is_ready = FALSE;
  free_pending (self);
}

/**
 * tide_protocol_open:
 * @self: a protocol that was not opened yet
 * @upgrades: (nullable): the transports that the client may change to, as JSON strings
 * with commas between; %NULL for none
 *
 * Sends what comes first: Engine.IO's open packet, and nothing in the plain form, which
 * is ready at once.
 */
void
tide_protocol_open (TideProtocol *self, const char *upgrades)
{
  if (!self->is_closed)
    tide_protocol_get_form (self->form)->open (self, upgrades != NULL ? upgrades : "");
}

/**
 * tide_protocol_receive_text:
 * @self: a protocol
 * @text: (array length=length): a text message, any bytes; a NUL follows the last one
 * @length: its length in bytes
 * @now_us: monotonic time in microseconds
 *
 * Takes a text message of the client. What breaks the protocol closes the connection; a
 * command that can't be understood is answered with `error`.
 */
void
tide_protocol_receive_text (TideProtocol *self,
                            const char *text,
                            gsize length,
                            gint64 now_us)
{
  if (self->is_closed)
    return;
  tide_protocol_heard (self, now_us);
  if (length > self->settings->max_payload_bytes)
    tide_protocol_end (self, TIDE_CLOSE_TOO_LARGE, "message too large");
  else
    tide_protocol_get_form (self->form)->receive_text (self, text, length);
}

/**
 * tide_protocol_receive_binary:
 * @self: a protocol
 * @message: (transfer none): a binary message
 * @now_us: monotonic time in microseconds
 *
 * Takes a binary message of the client. It is refused politely where the protocol allows
 * one, else it ends the connection.
 */
void
tide_protocol_receive_binary (TideProtocol *self, GBytes *message, gint64 now_us)
{
  if (self->is_closed)
    return;
  tide_protocol_heard (self, now_us);
  if (g_bytes_get_size (message) > self->settings->max_payload_bytes)
    tide_protocol_end (self, TIDE_CLOSE_TOO_LARGE, "message too large");
  else
    tide_protocol_get_form (self->form)->receive_binary (self, message);
}

/* When the client must have completed its handshake. */
static gint64
get_connect_due_us (const TideProtocol *self)
{
  if (self->is_ready || self->joined != 0 ||
      (!self->is_unknown && !tide_protocol_get_form (self->form)->has_connect_timeout))
    return G_MAXINT64;
  return self->opened_us + self->settings->connect_timeout_us;
}

/**
 * tide_protocol_tick:
 * @self: a protocol
 * @now_us: monotonic time in microseconds
 *
 * Does what is due: sends a ping every ping interval to a client that answers, ends a
 * connection that did not give any sign of life for the ping timeout after a ping, or did
 * not connect in time.
 *
 * As in the reference server, a silent client gets no further ping before it is heard
 * again; then the next one comes within an interval.
 *
 * Returns: monotonic time of the next call, always after @now_us; %G_MAXINT64 when the
 *   connection has ended. Earlier calls do no harm.
 */
gint64
tide_protocol_tick (TideProtocol *self, gint64 now_us)
{
  const TideProtocolSettings *settings = self->settings;

  if (self->is_closed)
    return G_MAXINT64;

  if (now_us >= get_connect_due_us (self))
    {
      tide_protocol_end (self, TIDE_CLOSE_TIMEOUT, "not connected in time");
      return G_MAXINT64;
    }
  if (self->is_awaiting_pong && now_us >= self->last_ping_us + settings->ping_timeout_us)
    {
      tide_protocol_end (self, TIDE_CLOSE_TIMEOUT, "ping timeout");
      return G_MAXINT64;
    }
  if (!self->is_awaiting_pong &&
      now_us >= self->last_ping_us + settings->ping_interval_us)
    {
      const TideProtocolForm *form = tide_protocol_get_form (self->form);
      gint64 due_us = self->last_ping_us + settings->ping_interval_us;

      /* Clients count from when they expect a ping, so our timers' lag must not add up;
       * but after a long sleep the client still gets all of its time. */
      self->is_awaiting_pong = TRUE;
      self->last_ping_us = now_us - due_us <= MAX_LAG_US ? due_us : now_us;
      tide_protocol_send_frame (self,
                                tide_frame_new_copy (form->ping, form->ping_length));
      if (self->is_closed)
        return G_MAXINT64;
    }

  gint64 next_us = self->last_ping_us + settings->ping_interval_us;

  if (self->is_awaiting_pong)
    {
      /* A late sign of life must not make the next ping wait for the timeout's end. */
      if (next_us <= now_us)
        next_us = now_us + settings->ping_interval_us;
      next_us = MIN (next_us, self->last_ping_us + settings->ping_timeout_us);
    }
  return MAX (MIN (next_us, get_connect_due_us (self)), now_us + 1);
}

/**
 * tide_protocol_disconnect:
 * @self: a protocol
 * @reason: why
 * @text: the same for a person
 *
 * Ends the connection from our side, once.
 *
 * With %TIDE_CLOSE_REFUSED a Socket.IO client is sent a DISCONNECT packet first. The
 * official clients do not come back by themselves after one, so no other reason sends it:
 * who was slow, or met a restart, shall reconnect.
 */
void
tide_protocol_disconnect (TideProtocol *self, TideCloseReason reason, const char *text)
{
  if (self->is_closed)
    return;
  if (reason == TIDE_CLOSE_REFUSED &&
      tide_protocol_get_form (self->form)->say_goodbye != NULL)
    tide_protocol_get_form (self->form)->say_goodbye (self);
  tide_protocol_end (self, reason, text);
}

/**
 * tide_close_reason_get_code:
 * @reason: why a connection ends
 *
 * Returns: the code in the WebSocket's close frame; docs/PROTOCOL.md lists them
 */
guint16
tide_close_reason_get_code (TideCloseReason reason)
{
  switch (reason)
    {
    case TIDE_CLOSE_CLIENT:
      return 1000;
    case TIDE_CLOSE_TIMEOUT:
    case TIDE_CLOSE_IDLE:
      return 4001;
    case TIDE_CLOSE_PROTOCOL:
      return 1002;
    case TIDE_CLOSE_TOO_LARGE:
      return 1009;
    case TIDE_CLOSE_UNFINISHED:
    case TIDE_CLOSE_TOO_MANY:
      return 1008;
    case TIDE_CLOSE_SLOW:
      return 4002;
    case TIDE_CLOSE_MEMORY:
      return 1013;
    case TIDE_CLOSE_REFUSED:
      return 4003;
    case TIDE_CLOSE_SHUTDOWN:
      return 1001;
    case TIDE_CLOSE_RESTART:
      return 1012;
    case TIDE_CLOSE_EXPIRED:
      return 4004;
    }
  return 1000;
}

/**
 * tide_close_reason_get_nick:
 * @reason: why a connection ends
 *
 * Returns: the reason as the log names it
 */
const char *
tide_close_reason_get_nick (TideCloseReason reason)
{
  switch (reason)
    {
    case TIDE_CLOSE_CLIENT:
      return "client";
    case TIDE_CLOSE_TIMEOUT:
      return "timeout";
    case TIDE_CLOSE_IDLE:
      return "idle";
    case TIDE_CLOSE_PROTOCOL:
      return "protocol";
    case TIDE_CLOSE_TOO_LARGE:
      return "too-large";
    case TIDE_CLOSE_UNFINISHED:
      return "unfinished";
    case TIDE_CLOSE_TOO_MANY:
      return "too-many-events";
    case TIDE_CLOSE_SLOW:
      return "slow";
    case TIDE_CLOSE_MEMORY:
      return "memory";
    case TIDE_CLOSE_REFUSED:
      return "refused";
    case TIDE_CLOSE_SHUTDOWN:
      return "shutdown";
    case TIDE_CLOSE_RESTART:
      return "restart";
    case TIDE_CLOSE_EXPIRED:
      return "expired";
    }
  return "client";
}
