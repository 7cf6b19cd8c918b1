/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-connection.h"

#include "tide-cache-line.h"
#include "tide-session-books.h"
#include "tide-session-login.h"
#include "tide-websocket-manager-private.h"

static TideConnection *
from_protocol (TideProtocol *protocol)
{
  return (TideConnection *) protocol;
}

static gint64
get_now_us (TideConnection *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->manager->wheel));
}

static void
enter_call (TideConnection *self)
{
  self->n_calls++;
}

/* The connection may be gone after this. */
static void
leave_call (TideConnection *self)
{
  if (--self->n_calls == 0 && self->transport == NULL)
    tide_connection_free (self);
}

static void
doom (TideConnection *self, TideCloseReason reason)
{
  if (self->doom != 0)
    return;
  self->doom = 1 + reason;
  tide_timer_wheel_arm (self->manager->wheel, &self->timer, get_now_us (self));
}

/* Lets the protocol do what is due, and comes back when it wants; a connection that met
 * its doom meanwhile waits for that only. */
static void
tick (TideConnection *self, gint64 now_us)
{
  gint64 idle_us = self->manager->settings.idle_timeout_us;
  gint64 login_us;
  gint64 next_us;

  if (idle_us > 0 && now_us >= self->protocol.last_heard_us + idle_us)
    {
      tide_connection_close (self, TIDE_CLOSE_IDLE, "idle");
      return;
    }
  login_us = tide_session_check_login (self, now_us);
  next_us = tide_protocol_tick (&self->protocol, now_us);
  next_us = MIN (next_us, login_us);
  if (idle_us > 0)
    next_us = MIN (next_us, self->protocol.last_heard_us + idle_us);
  if (self->transport != NULL && self->doom == 0)
    tide_timer_wheel_arm (self->manager->wheel, &self->timer, next_us);
}

static void
on_timer (TideTimer *timer, gint64 now_us)
{
  TideConnection *self = timer->user_data;

  if (self->doom != 0)
    {
      tide_connection_close (self, self->doom - 1, "the client reads too slowly");
      return;
    }
  enter_call (self);
  tick (self, now_us);
  leave_call (self);
}

static void
on_protocol_send (TideProtocol *protocol, TideFrame *frame)
{
  tide_connection_send (from_protocol (protocol), frame);
}

static void
on_protocol_ready (TideProtocol *protocol)
{
  TideConnection *self = from_protocol (protocol);

  tide_websocket_manager_become_ready (self->manager, self);
}

static void
on_protocol_left (TideProtocol *protocol)
{
  TideConnection *self = from_protocol (protocol);

  tide_websocket_manager_leave (self->manager, self, TIDE_CLOSE_CLIENT);
}

static void
on_protocol_command (TideProtocol *protocol, const TideProtocolCommand *command)
{
  TideConnection *self = from_protocol (protocol);

  tide_websocket_manager_run_command (self->manager, self, command);
}

static void
on_protocol_acked (TideProtocol *protocol, guint64 ack_id, const char *args, gsize length)
{
}

static gboolean
on_protocol_admit (TideProtocol *protocol,
                   const char *payload,
                   gsize length,
                   GError **error)
{
  return tide_session_admit (from_protocol (protocol), payload, length, error);
}

static void
on_protocol_close (TideProtocol *protocol, TideCloseReason reason, const char *text)
{
  tide_connection_close (from_protocol (protocol), reason, text);
}

static const TideProtocolHost protocol_host = {
  .send = on_protocol_send,
  .ready = on_protocol_ready,
  .left = on_protocol_left,
  .command = on_protocol_command,
  .acked = on_protocol_acked,
  .admit = on_protocol_admit,
  .close = on_protocol_close,
};

/*
 * tide_connection_get_protocol_host:
 *
 * Returns: (transfer none): what the protocols of connections are to be made with; a
 *   manager may have a copy with more in it
 */
const TideProtocolHost *
tide_connection_get_protocol_host (void)
{
  return &protocol_host;
}

/**
 * tide_connection_new:
 * @manager: the manager that will own it
 * @form: what the client speaks
 * @transport: (not nullable): the client's socket
 *
 * Makes a connection that says nothing until tide_connection_start(). Only the manager
 * calls this.
 *
 * Returns: (transfer full): a connection
 */
TideConnection *
tide_connection_new (TideWebSocketManager *manager,
                     TideWireForm form,
                     TideTransport *transport)
{
  TideConnection *self = tide_new_lined (TideConnection);

  self->manager = manager;
  self->transport = transport;
  transport->outbox->connection = self;
  self->opened_us = get_now_us (self);
  self->timer.func = on_timer;
  self->timer.user_data = self;
  tide_protocol_init (&self->protocol,
                      form,
                      &manager->settings.protocol,
                      &manager->protocol_host,
                      self->opened_us);
  return self;
}

/**
 * tide_connection_free:
 * @self: (transfer full): a connection that the manager has forgotten
 *
 * Frees @self.
 */
void
tide_connection_free (TideConnection *self)
{
  tide_timer_wheel_disarm (self->manager->wheel, &self->timer);
  tide_protocol_clear (&self->protocol);
  g_clear_pointer (&self->rooms, g_array_unref);
  g_clear_pointer (&self->login, tide_session_login_free);
  g_aligned_free (self);
}

/**
 * tide_connection_start:
 * @self: a new connection
 *
 * Opens the protocol and lets its timers run.
 */
void
tide_connection_start (TideConnection *self)
{
  enter_call (self);
  tide_protocol_open (&self->protocol, self->transport->upgrades);
  tick (self, get_now_us (self));
  leave_call (self);
}

/**
 * tide_connection_get_user_name:
 * @self: a connection
 *
 * Returns: (transfer none) (nullable): whose it is, %NULL for an anonymous user
 */
const char *
tide_connection_get_user_name (TideConnection *self)
{
  return tide_user_table_get_name (self->manager->users, self->user.slot);
}

/**
 * tide_connection_send:
 * @self: a connection
 * @frame: (transfer full): what to send
 *
 * Queues a frame. A client whose outbox is over its hard limit is closed soon, not within
 * this call, so that a caller may be walking through connections. One whose socket has
 * broken is closed soon, too.
 *
 * Returns: %FALSE when the frame was discarded
 */
gboolean
tide_connection_send (TideConnection *self, TideFrame *frame)
{
  TideOutbox *outbox;
  gboolean was_empty;

  if (self->transport == NULL || self->doom != 0 || self->transport->outbox->is_ended)
    {
      tide_frame_unref (frame);
      return FALSE;
    }
  outbox = self->transport->outbox;
  was_empty = outbox->n_bytes == 0;
  if (!tide_transport_send (self->transport, frame))
    {
      doom (self, TIDE_CLOSE_SLOW);
      return FALSE;
    }
  if (!was_empty && tide_session_is_over_soft_limit (self))
    tide_session_check_slow (self);
  return TRUE;
}

/* Judges a message, of whatever kind. Returns: %FALSE when it was the last one */
static gboolean
judge (TideConnection *self)
{
  guint per_second = self->manager->settings.client_events_per_second;
  TideClientVerdict verdict =
      tide_client_rate_take (&self->rate, per_second, get_now_us (self));

  self->is_over_rate = verdict != TIDE_CLIENT_FINE;
  self->manager->counters->messages_over_rate += self->is_over_rate;
  if (verdict != TIDE_CLIENT_TOO_MUCH)
    return TRUE;
  tide_connection_close (self,
                         TIDE_CLOSE_TOO_MANY,
                         "too_many_events: the client sends more than "
                         "client-events-per-second, and does not stop");
  return FALSE;
}

static gboolean
take_message (TideConnection *self)
{
  self->manager->counters->messages_received++;
  return judge (self);
}

/**
 * tide_connection_take_control:
 * @self: a connection; may be gone after the call
 *
 * Counts a ping or a pong of the transport's own against what the client may send.
 *
 * Returns: %FALSE when it was one too many, and the connection is closed
 */
gboolean
tide_connection_take_control (TideConnection *self)
{
  gboolean may_stay;

  enter_call (self);
  may_stay = judge (self);
  leave_call (self);
  return may_stay;
}

/**
 * tide_connection_receive_text:
 * @self: a connection; may be gone after the call
 * @text: (array length=length): a text message, NUL-terminated at @length
 * @length: its length in bytes
 *
 * Takes a text message from the transport. A client that is about to be closed, since it
 * does not read our answers, is not listened to any more; one that sends too many is
 * closed.
 */
void
tide_connection_receive_text (TideConnection *self, const char *text, gsize length)
{
  if (self->doom != 0)
    return;
  enter_call (self);
  if (take_message (self))
    tide_protocol_receive_text (&self->protocol, text, length, get_now_us (self));
  leave_call (self);
}

/**
 * tide_connection_receive_binary:
 * @self: a connection; may be gone after the call
 * @message: a binary message
 *
 * Takes a binary message from the transport, as tide_connection_receive_text().
 */
void
tide_connection_receive_binary (TideConnection *self, GBytes *message)
{
  if (self->doom != 0)
    return;
  enter_call (self);
  if (take_message (self))
    tide_protocol_receive_binary (&self->protocol, message, get_now_us (self));
  leave_call (self);
}

/**
 * tide_connection_tick:
 * @self: a connection; may be gone after the call
 *
 * Does what is due by now, where a timer that lags a little would come too late: the next
 * sign of life of a client that has run out of time does not save it.
 */
void
tide_connection_tick (TideConnection *self)
{
  on_timer (&self->timer, get_now_us (self));
}

/**
 * tide_connection_heard:
 * @self: a connection
 *
 * Notes a sign of life: any byte from the client.
 */
void
tide_connection_heard (TideConnection *self)
{
  tide_protocol_heard (&self->protocol, get_now_us (self));
}

static void
log_close (TideConnection *self, TideCloseReason reason)
{
  const char *nick = tide_close_reason_get_nick (reason);
  char id[24];

  g_snprintf (id, sizeof id, "%" G_GUINT64_FORMAT, self->id);
  g_log_structured (G_LOG_DOMAIN,
                    G_LOG_LEVEL_INFO,
                    "TIDE_CONNECTION",
                    id,
                    "TIDE_REASON",
                    nick,
                    "MESSAGE",
                    "Connection %s closed: %s",
                    id,
                    nick);
}

/* Ends the connection for everybody but its transport. */
static void
forget (TideConnection *self, TideCloseReason reason)
{
  TideCounters *counters = self->manager->counters;

  switch (reason)
    {
    case TIDE_CLOSE_TIMEOUT:
      counters->connections_timed_out++;
      break;
    case TIDE_CLOSE_IDLE:
      counters->connections_closed_stale++;
      break;
    case TIDE_CLOSE_PROTOCOL:
    case TIDE_CLOSE_TOO_LARGE:
      counters->connections_closed_protocol++;
      break;
    case TIDE_CLOSE_TOO_MANY:
      counters->connections_closed_rate++;
      break;
    case TIDE_CLOSE_UNFINISHED:
      counters->connections_closed_unfinished++;
      break;
    case TIDE_CLOSE_SLOW:
      counters->connections_closed_slow++;
      break;
    case TIDE_CLOSE_EXPIRED:
      counters->connections_closed_expired++;
      break;
    case TIDE_CLOSE_MEMORY:
      counters->connections_closed_memory++;
      break;
    case TIDE_CLOSE_CLIENT:
    case TIDE_CLOSE_REFUSED:
    case TIDE_CLOSE_SHUTDOWN:
    case TIDE_CLOSE_RESTART:
      break;
    }
  log_close (self, reason);
  self->protocol.is_closed = TRUE;
  self->doom = 1 + reason;
  tide_websocket_manager_leave (self->manager, self, reason);
  self->transport->outbox->connection = NULL;
  self->transport = NULL;
  tide_timer_wheel_disarm (self->manager->wheel, &self->timer);
  tide_websocket_manager_forget (self->manager, self);
}

/**
 * tide_connection_transport_closed:
 * @self: a connection; gone after the call
 * @reason: why
 *
 * Says that the transport has ended by itself.
 */
void
tide_connection_transport_closed (TideConnection *self, TideCloseReason reason)
{
  enter_call (self);
  if (self->transport != NULL)
    forget (self, self->doom != 0 ? (TideCloseReason) (self->doom - 1) : reason);
  leave_call (self);
}

/**
 * tide_connection_change_transport:
 * @self: an open connection
 * @transport: (not nullable): what takes over; the old one is not told
 *
 * Moves a connection to another socket, as an upgrade does, with everything that waits in
 * the old one's outbox.
 */
void
tide_connection_change_transport (TideConnection *self, TideTransport *transport)
{
  g_return_if_fail (self->transport != NULL);

  TideOutbox *old = self->transport->outbox;
  gsize head_taken = old->head_taken;

  self->manager->counters->outbox_bytes -= old->n_bytes;
  old->n_bytes = 0;
  old->connection = NULL;
  self->transport = transport;
  self->shape.is_deflated = transport->is_deflated;
  transport->outbox->connection = self;
  while (old->frames.length > 0)
    {
      TideFrame *frame = tide_ring_pop (&old->frames);

      if (!tide_connection_send (self, tide_frame_ref (frame)) && frame->batch != NULL)
        tide_session_leave_over (self, tide_frame_ref (frame));
      else if (head_taken > 0)
        tide_outbox_skip (transport->outbox, frame, head_taken, self->manager->counters);
      head_taken = 0;
      tide_frame_unref (frame);
    }
}

/**
 * tide_connection_close:
 * @self: a connection; may be gone after the call
 * @reason: why; gives the close code
 * @text: the reason in words, for the client, at most 123 bytes
 *
 * Closes a connection from our side.
 */
void
tide_connection_close (TideConnection *self, TideCloseReason reason, const char *text)
{
  TideTransport *transport = self->transport;

  if (transport == NULL)
    return;
  enter_call (self);
  tide_transport_flush (transport);
  forget (self, reason);
  tide_transport_close (transport, tide_close_reason_get_code (reason), text);
  leave_call (self);
}

/**
 * tide_connection_send_away:
 * @self: a connection; may be gone after the call
 * @text: the reason in words, for the client, at most 123 bytes
 *
 * Closes a connection in a way that clients take for final.
 */
void
tide_connection_send_away (TideConnection *self, const char *text)
{
  if (self->transport == NULL)
    return;
  enter_call (self);
  tide_protocol_disconnect (&self->protocol, TIDE_CLOSE_REFUSED, text);
  leave_call (self);
}
