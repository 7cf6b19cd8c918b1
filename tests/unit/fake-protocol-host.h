/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-protocol.h"
#include "tide-websocket-frame.h"

#include <glib.h>

#include <string.h>

/* A host for a protocol that writes down what it is told, one line each, and checks the
 * contract: nothing after close, and nothing sent but whole, unmasked frames.
 *
 *   > TEXT               a text frame
 *   > [OPCODE] TEXT      another frame
 *   ready
 *   left
 *   command NAME [#ACK] PAYLOAD
 *   acked #ACK ARGS
 *   close REASON TEXT
 *
 * and when it is made to want them:
 *
 *   joined NAMESPACE PAYLOAD
 *   event NAMESPACE NAME [#ACK] ARGS [+LENGTH_OF_ATTACHMENT…]
 *   message text|binary BYTES
 *
 * Times are in milliseconds from the opening; the ping interval is 1000, its timeout 400,
 * the connect timeout 5000, messages have 1000 bytes at most. */

#define FAKE_START_US (50 * G_USEC_PER_SEC)

typedef struct
{
  TideProtocol protocol; /* first, so that the callbacks find us */
  TideProtocolSettings settings;
  GString *log;
  gint64 now_us;
  guint n_sent;
  gboolean is_closed;
  TideCloseReason close_reason;
  const char *reply;     /* (unowned) (nullable), answers every command when set */
  gboolean ends_on_send; /* disconnects from within the next send */
  gboolean echoes;       /* sends back what it is told of as it is */
  TideProtocolHost funcs;
} FakeHost;

static inline void
fake_host_send (TideProtocol *protocol, TideFrame *frame)
{
  FakeHost *self = (FakeHost *) protocol;
  const guint8 *cursor = frame->bytes;
  const guint8 *end = frame->bytes + frame->n_bytes;
  TideWebSocketOpcode opcode;
  TideSpan payload;

  g_assert_false (self->is_closed);
  while (tide_websocket_frame_next (&cursor, end, &opcode, &payload))
    {
      g_string_append (self->log, "> ");
      if (opcode != TIDE_WEBSOCKET_TEXT)
        g_string_append_printf (self->log, "[%x] ", opcode);
      else
        g_assert_true (g_utf8_validate_len (payload.bytes, payload.length, NULL));
      g_string_append_len (self->log, payload.bytes, payload.length);
      g_string_append_c (self->log, '\n');
    }
  g_assert_true (cursor == end);
  g_assert_cmpuint (frame->ref_count, ==, 1);
  tide_frame_unref (frame);
  self->n_sent++;
  if (self->ends_on_send)
    {
      self->ends_on_send = FALSE;
      tide_protocol_disconnect (protocol, TIDE_CLOSE_SLOW, "slow");
    }
}

static inline void
fake_host_ready (TideProtocol *protocol)
{
  FakeHost *self = (FakeHost *) protocol;

  g_assert_false (self->is_closed);
  g_assert_true (protocol->is_ready);
  g_string_append (self->log, "ready\n");
}

static inline void
fake_host_left (TideProtocol *protocol)
{
  FakeHost *self = (FakeHost *) protocol;

  g_assert_false (self->is_closed);
  g_assert_false (protocol->is_ready);
  g_string_append (self->log, "left\n");
}

static inline void
fake_host_command (TideProtocol *protocol, const TideProtocolCommand *command)
{
  FakeHost *self = (FakeHost *) protocol;

  g_assert_false (self->is_closed);
  g_assert_true (protocol->is_ready);
  g_assert_cmpuint (strlen (command->payload), ==, command->payload_length);
  g_assert_cmpuint (strlen (command->name), >=, 1);
  g_assert_cmpuint (strlen (command->name), <=, TIDE_PROTOCOL_MAX_NAME);
  g_assert_true (g_utf8_validate (command->name, -1, NULL));
  g_string_append_printf (self->log, "command %s ", command->name);
  if (command->wants_ack)
    g_string_append_printf (self->log, "#%" G_GUINT64_FORMAT " ", command->ack_id);
  g_string_append_printf (self->log, "%s\n", command->payload);
  if (self->reply != NULL)
    tide_protocol_send_reply (
        protocol, command, "answer", self->reply, strlen (self->reply));
}

static inline void
fake_host_acked (TideProtocol *protocol, guint64 ack_id, const char *args, gsize length)
{
  FakeHost *self = (FakeHost *) protocol;

  g_assert_false (self->is_closed);
  g_string_append_printf (
      self->log, "acked #%" G_GUINT64_FORMAT " %.*s\n", ack_id, (int) length, args);
}

static inline void
fake_host_close (TideProtocol *protocol, TideCloseReason reason, const char *text)
{
  static const char *const names[] = {
    [TIDE_CLOSE_CLIENT] = "client",
    [TIDE_CLOSE_TIMEOUT] = "timeout",
    [TIDE_CLOSE_IDLE] = "idle",
    [TIDE_CLOSE_PROTOCOL] = "protocol",
    [TIDE_CLOSE_TOO_LARGE] = "too-large",
    [TIDE_CLOSE_UNFINISHED] = "unfinished",
    [TIDE_CLOSE_TOO_MANY] = "too-many-events",
    [TIDE_CLOSE_SLOW] = "slow",
    [TIDE_CLOSE_MEMORY] = "memory",
    [TIDE_CLOSE_REFUSED] = "refused",
    [TIDE_CLOSE_SHUTDOWN] = "shutdown",
  };
  FakeHost *self = (FakeHost *) protocol;

  g_assert_false (self->is_closed);
  g_assert_true (protocol->is_closed);
  g_assert_false (protocol->is_ready);
  g_assert_null (protocol->pending);
  g_assert_nonnull (text);
  /* It goes into a close frame, which has room for no more. */
  g_assert_cmpuint (strlen (text), <=, 123);
  self->is_closed = TRUE;
  self->close_reason = reason;
  g_string_append_printf (self->log, "close %s %s\n", names[reason], text);
}

static inline void
fake_host_joined (TideProtocol *protocol,
                  const char *namespace,
                  const char *payload,
                  gsize length)
{
  FakeHost *self = (FakeHost *) protocol;
  const TideProtocolEvent event = {
    .namespace = namespace,
    .name = "auth",
    .args = payload,
    .args_length = length,
  };

  g_assert_false (self->is_closed);
  g_string_append_printf (
      self->log, "joined %s %.*s\n", namespace, (int) length, payload);
  if (self->echoes)
    tide_protocol_send_raw_event (protocol, &event);
}

static inline void
fake_host_event (TideProtocol *protocol, const TideProtocolEvent *event)
{
  FakeHost *self = (FakeHost *) protocol;

  g_assert_false (self->is_closed);
  g_string_append_printf (self->log,
                          "event %s %s ",
                          event->namespace,
                          event->name != NULL ? event->name : "-");
  if (event->has_ack_id)
    g_string_append_printf (self->log, "#%" G_GUINT64_FORMAT " ", event->ack_id);
  g_string_append_len (self->log, event->args, event->args_length);
  for (guint i = 0; i < event->n_attachments; i++)
    g_string_append_printf (
        self->log, " +%" G_GSIZE_FORMAT, g_bytes_get_size (event->attachments[i]));
  g_string_append_c (self->log, '\n');
  if (self->echoes && event->name != NULL)
    tide_protocol_send_raw_event (protocol, event);
  if (self->echoes && event->has_ack_id)
    tide_protocol_send_raw_ack (protocol, event);
}

static inline void
fake_host_message (TideProtocol *protocol,
                   const char *bytes,
                   gsize length,
                   gboolean is_text)
{
  FakeHost *self = (FakeHost *) protocol;

  g_assert_false (self->is_closed);
  g_string_append_printf (self->log, "message %s ", is_text ? "text" : "binary");
  g_string_append_len (self->log, bytes, length);
  g_string_append_c (self->log, '\n');
  if (self->echoes)
    tide_protocol_send_raw_message (protocol, bytes, length, is_text);
}

static const TideProtocolRawFuncs fake_host_raw_funcs = {
  .joined = fake_host_joined,
  .event = fake_host_event,
  .message = fake_host_message,
};

static const TideProtocolHost fake_host_funcs = {
  .send = fake_host_send,
  .ready = fake_host_ready,
  .left = fake_host_left,
  .command = fake_host_command,
  .acked = fake_host_acked,
  .close = fake_host_close,
};

/* Opens a connection with known sids: `engine` and `socket`. There are the namespaces
 * /custom and /other. */
static inline void
fake_host_init (FakeHost *self, TideWireForm form)
{
  static char *namespaces[] = { (char *) "/custom", (char *) "/other", NULL };

  memset (self, 0, sizeof *self);
  self->log = g_string_new (NULL);
  self->now_us = FAKE_START_US;
  self->settings = (TideProtocolSettings){
    .ping_interval_us = 1000 * 1000,
    .ping_timeout_us = 400 * 1000,
    .connect_timeout_us = 5000 * 1000,
    .max_payload_bytes = 1000,
    .namespaces = namespaces,
  };
  self->funcs = fake_host_funcs;
  tide_protocol_init (&self->protocol, form, &self->settings, &self->funcs, self->now_us);
  strcpy (self->protocol.engine_sid, "engine");
  strcpy (self->protocol.socket_sid, "socket");
  tide_protocol_open (&self->protocol, NULL);
}

static inline void
fake_host_clear (FakeHost *self)
{
  tide_protocol_clear (&self->protocol);
  g_string_free (self->log, TRUE);
}

/* Copies the message, so that a sanitizer sees a read behind its NUL. */
static inline void
fake_host_receive (FakeHost *self, const char *text, gsize length)
{
  g_autofree char *copy = g_malloc (length + 1);

  memcpy (copy, text, length);
  copy[length] = '\0';
  tide_protocol_receive_text (&self->protocol, copy, length, self->now_us);
}

static inline void
fake_host_receive_text (FakeHost *self, const char *text)
{
  fake_host_receive (self, text, strlen (text));
}

static inline void
fake_host_receive_binary (FakeHost *self, gsize length)
{
  g_autoptr (GBytes) message = g_bytes_new_take (g_malloc0 (length + 1), length);

  tide_protocol_receive_binary (&self->protocol, message, self->now_us);
}

/* Gives the time of the next tick, G_MAXINT64 for none. */
static inline gint64
fake_host_tick_at (FakeHost *self, gint64 ms)
{
  gint64 next_us;

  self->now_us = FAKE_START_US + ms * 1000;
  next_us = tide_protocol_tick (&self->protocol, self->now_us);
  g_assert_cmpint (next_us, >, self->now_us);
  g_assert_cmpint (next_us == G_MAXINT64, ==, self->is_closed);
  return next_us == G_MAXINT64 ? next_us : (next_us - FAKE_START_US) / 1000;
}

static inline void
fake_host_heard_at (FakeHost *self, gint64 ms)
{
  self->now_us = FAKE_START_US + ms * 1000;
  tide_protocol_heard (&self->protocol, self->now_us);
}

/* Compares what was written down since the last time. */
#define fake_host_assert_log(self, expected)                                             \
  G_STMT_START                                                                           \
  {                                                                                      \
    g_assert_cmpstr ((self)->log->str, ==, expected);                                    \
    g_string_truncate ((self)->log, 0);                                                  \
  }                                                                                      \
  G_STMT_END
