/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-protocol.h"
#include "tide-websocket-frame.h"

#include <string.h>

G_BEGIN_DECLS

/**
 * TideEventShape:
 *
 * What stands around an event's name, a JSON string, and its payload on the wire.
 */
typedef struct
{
  TideSpan head;
  TideSpan middle;
  TideSpan tail;
} TideEventShape;

/**
 * TideProtocolForm:
 * @event_shape: what an event looks like
 * @ping: a whole WebSocket frame that asks for a sign of life
 * @ping_length: its length in bytes
 * @has_connect_timeout: whether the client has to say more than its handshake to be ready
 * @open: sends what comes first; its argument lists what the client may change to
 * @receive_text: takes a text message
 * @receive_binary: takes a binary message
 * @send_reply: answers a command; as tide_protocol_send_reply()
 * @say_goodbye: (nullable): tells the client that it is sent away for good
 * @free_pending: (nullable): frees the `pending` of the protocol
 *
 * How one wire form differs from the others. What is called is not closed; after a
 * tide_protocol_end() it returns at once.
 */
typedef struct
{
  TideEventShape event_shape;
  const guint8 *ping;
  gsize ping_length;
  gboolean has_connect_timeout;
  void (*open) (TideProtocol *self, const char *upgrades);
  void (*receive_text) (TideProtocol *self, const char *text, gsize length);
  void (*receive_binary) (TideProtocol *self, GBytes *message);
  void (*send_reply) (TideProtocol *self,
                      const TideProtocolCommand *command,
                      const char *event,
                      const char *payload,
                      gsize payload_length);
  void (*say_goodbye) (TideProtocol *self);
  GDestroyNotify free_pending;
} TideProtocolForm;

static inline TideSpan
tide_span_of (const char *text)
{
  return (TideSpan){ text, strlen (text) };
}

static inline guint8 *
tide_protocol_write_span (guint8 *out, TideSpan span)
{
  memcpy (out, span.bytes, span.length);
  return out + span.length;
}

extern const TideProtocolForm tide_socketio_form;
extern const TideProtocolForm tide_plain_form;
extern const TideProtocolForm tide_engineio_form;

const TideProtocolForm *tide_protocol_get_form (TideWireForm form);
void tide_protocol_send_frame (TideProtocol *self, TideFrame *frame);
void tide_protocol_send_text (TideProtocol *self, const TideSpan *spans, guint n_spans);
gsize tide_protocol_get_event_size (const TideEventShape *shape,
                                    TideSpan name,
                                    gsize payload_length);
guint8 *tide_protocol_begin_event (guint8 *out,
                                   const TideEventShape *shape,
                                   TideSpan name,
                                   gsize payload_length);
guint8 *tide_protocol_write_event (guint8 *out,
                                   const TideEventShape *shape,
                                   TideSpan name,
                                   const char *payload,
                                   gsize payload_length);
void tide_protocol_send_shaped (TideProtocol *self,
                                const TideEventShape *shape,
                                const char *name,
                                const char *payload,
                                gsize payload_length);
void tide_protocol_refuse (TideProtocol *self,
                           const TideProtocolCommand *command,
                           const char *code,
                           const char *message);
void tide_protocol_become_ready (TideProtocol *self);
void tide_protocol_end (TideProtocol *self, TideCloseReason reason, const char *text);

G_END_DECLS
