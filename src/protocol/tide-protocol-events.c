/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events as WebSocket frames, in any wire form. */

#include "tide-json-scan.h"
#include "tide-protocol-private.h"

#include <string.h>

/* Size of an event as a message, without the WebSocket header; @name is a JSON string. */
gsize
tide_protocol_get_event_size (const TideEventShape *shape,
                              TideSpan name,
                              gsize payload_length)
{
  return shape->head.length + name.length + shape->middle.length + payload_length +
         shape->tail.length;
}

/* Writes what comes before the payload of an event: a WebSocket header and the event's
 * name. Returns: where the payload is to be, with the shape's tail behind it */
guint8 *
tide_protocol_begin_event (guint8 *out,
                           const TideEventShape *shape,
                           TideSpan name,
                           gsize payload_length)
{
  out = tide_websocket_write_header (
      out,
      TIDE_WEBSOCKET_TEXT,
      tide_protocol_get_event_size (shape, name, payload_length));
  out = tide_protocol_write_span (out, shape->head);
  out = tide_protocol_write_span (out, name);
  return tide_protocol_write_span (out, shape->middle);
}

/* Writes an event as a whole WebSocket text frame: a header, then
 * tide_protocol_get_event_size(). */
guint8 *
tide_protocol_write_event (guint8 *out,
                           const TideEventShape *shape,
                           TideSpan name,
                           const char *payload,
                           gsize payload_length)
{
  out = tide_protocol_begin_event (out, shape, name, payload_length);
  out = tide_protocol_write_span (out, (TideSpan){ payload, payload_length });
  return tide_protocol_write_span (out, shape->tail);
}

/*
 * tide_protocol_send_shaped:
 * @self: a protocol
 * @shape: what stands around the event
 * @name: (type utf8): the event's name
 * @payload: (array length=payload_length): JSON
 * @payload_length: its length in bytes
 *
 * Sends an event that is no producer's.
 */
void
tide_protocol_send_shaped (TideProtocol *self,
                           const TideEventShape *shape,
                           const char *name,
                           const char *payload,
                           gsize payload_length)
{
  g_autoptr (GString) quoted = g_string_new (NULL);
  TideSpan json;
  TideFrame *frame;
  gsize size;

  tide_json_append_string (quoted, name, -1);
  json = (TideSpan){ quoted->str, quoted->len };
  size = tide_protocol_get_event_size (shape, json, payload_length);
  frame = tide_frame_new (tide_websocket_header_size (size) + size, 0);
  tide_protocol_write_event (frame->bytes, shape, json, payload, payload_length);
  tide_protocol_send_frame (self, frame);
}

/*
 * tide_protocol_refuse:
 * @self: a protocol
 * @command: what can't be done; of its members only the name and the id count
 * @code: why, a word of docs/PROTOCOL.md
 * @message: why, for a person
 *
 * Answers a command with the event `error`. The connection stays.
 */
void
tide_protocol_refuse (TideProtocol *self,
                      const TideProtocolCommand *command,
                      const char *code,
                      const char *message)
{
  g_autoptr (GString) error = tide_protocol_make_error (message, code, command->name);

  tide_protocol_send_reply (self, command, "error", error->str, error->len);
}

/**
 * tide_protocol_send_event:
 * @self: a protocol
 * @name: (type utf8): the event's name
 * @payload: (array length=payload_length): JSON
 * @payload_length: its length in bytes
 *
 * Sends an event that is no producer's. Does nothing when @self is not ready.
 */
void
tide_protocol_send_event (TideProtocol *self,
                          const char *name,
                          const char *payload,
                          gsize payload_length)
{
  if (self->is_ready)
    tide_protocol_send_shaped (self,
                               &tide_protocol_get_form (self->form)->event_shape,
                               name,
                               payload,
                               payload_length);
}

/**
 * tide_protocol_send_event_with_ack:
 * @self: a protocol
 * @name: (type utf8): the event's name
 * @payload: (array length=payload_length): JSON
 * @payload_length: its length in bytes
 *
 * Sends an event that asks for an acknowledgement. Of those that were not answered the
 * last 64 are remembered.
 *
 * Nobody can acknowledge in the plain form: there the event goes out all the same.
 *
 * Returns: the id that the host's `acked` gets, or %TIDE_PROTOCOL_NO_ACK when none will
 *   come
 */
guint64
tide_protocol_send_event_with_ack (TideProtocol *self,
                                   const char *name,
                                   const char *payload,
                                   gsize payload_length)
{
  if (!self->is_ready || self->form != TIDE_WIRE_SOCKETIO)
    {
      tide_protocol_send_event (self, name, payload, payload_length);
      return TIDE_PROTOCOL_NO_ACK;
    }

  TideEventShape shape = tide_protocol_get_form (self->form)->event_shape;
  guint64 id = self->next_ack_id++;
  g_autofree char *head = g_strdup_printf ("42%" G_GUINT64_FORMAT "[", id);

  self->open_acks = self->open_acks << 1 | 1;
  shape.head = tide_span_of (head);
  tide_protocol_send_shaped (self, &shape, name, payload, payload_length);
  return id;
}

/**
 * tide_protocol_send_reply:
 * @self: a protocol
 * @command: the command that is answered; its payload is not looked at
 * @event: (type utf8): the name of the answer
 * @payload: (array length=payload_length): JSON
 * @payload_length: its length in bytes
 *
 * Answers a command: with an event, and where the client asked for an acknowledgement
 * with the same there. The plain form has one message for both, with the client's id.
 *
 * Does nothing when @self is not ready, unless the command came in another namespace than
 * `/`: the answer goes there too. Nor when a client of the plain form is to say who it is
 * first.
 */
void
tide_protocol_send_reply (TideProtocol *self,
                          const TideProtocolCommand *command,
                          const char *event,
                          const char *payload,
                          gsize payload_length)
{
  gboolean is_asked_in = self->is_unknown && self->form == TIDE_WIRE_PLAIN;

  if (self->is_ready || is_asked_in || command->namespace != NULL)
    tide_protocol_get_form (self->form)
        ->send_reply (self, command, event, payload, payload_length);
}

/**
 * tide_protocol_make_error:
 * @message: what went wrong and what to do about it, for a person
 * @code: a word of docs/PROTOCOL.md, see tide_error_get_nick()
 * @event: the name of the command that could not be done, or an empty string
 *
 * Makes the payload of the event `error`.
 *
 * Returns: (transfer full): one JSON object
 */
GString *
tide_protocol_make_error (const char *message, const char *code, const char *event)
{
  GString *error = g_string_new ("{\"message\":");

  tide_json_append_string (error, message, -1);
  g_string_append (error, ",\"code\":");
  tide_json_append_string (error, code, -1);
  g_string_append (error, ",\"event\":");
  tide_json_append_string (error, event, -1);
  g_string_append_c (error, '}');
  return error;
}
