/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The server's side of Socket.IO v5 over Engine.IO v4, as far as one connection goes.
 * Tidewire's events and commands are in the namespace `/`. */

#include "tide-engineio.h"
#include "tide-json-walk.h"
#include "tide-socketio-private.h"

static const guint8 ping_frame[] = { 0x81, 0x01, '2' };

static void
fail (TideProtocol *self, const char *text)
{
  tide_protocol_end (self, TIDE_CLOSE_PROTOCOL, text);
}

static void
refuse_connect (TideProtocol *self, const TideSocketioPacket *packet)
{
  TideSpan refusal[] = {
    { "44", 2 },
    { packet->namespace, packet->namespace_length },
    tide_span_of (",{\"message\":\"Invalid namespace\"}"),
  };

  tide_protocol_send_text (self, refusal, G_N_ELEMENTS (refusal));
}

/* Decodes an event's name; NULL when no command can have it. */
char *
tide_socketio_dup_name (const TideSocketioPacket *packet)
{
  const TideJsonField *name = &packet->name;
  gsize length = name->length;
  g_autofree char *text = NULL;

  /* An escape has six bytes at most and stands for one at least. */
  if (length == 0 || length > 6 * TIDE_PROTOCOL_MAX_NAME)
    return NULL;
  if (name->has_escapes)
    text = tide_json_unescape (name->start, name->length, &length);
  else
    text = g_strndup (name->start, length);
  if (length > TIDE_PROTOCOL_MAX_NAME || strlen (text) != length)
    return NULL;
  return g_steal_pointer (&text);
}

/* Finds the payload of an event: its only argument, an object, or `{}` for none. */
static char *
dup_payload (const TideSocketioPacket *packet)
{
  const char *cursor = packet->args;
  const char *end = packet->json + packet->json_length;
  TideJsonField payload;
  TideJsonField more;

  if (!tide_json_array_next (&cursor, end, &payload))
    return g_strdup ("{}");
  if (payload.kind != TIDE_JSON_OBJECT || tide_json_array_next (&cursor, end, &more))
    return NULL;
  return g_strndup (payload.start, payload.length);
}

/* A command of a client that is in `/`. */
static void
receive_command (TideProtocol *self, const TideSocketioPacket *packet, const char *name)
{
  g_autofree char *payload = dup_payload (packet);
  TideProtocolCommand command = {
    .name = name != NULL ? name : "",
    .payload = payload,
    .payload_length = payload != NULL ? strlen (payload) : 0,
    .wants_ack = packet->has_id,
    .ack_id = packet->id,
  };

  if (name == NULL)
    tide_protocol_refuse (
        self, &command, "bad_payload", "The name of an event must be 1 to 64 bytes long");
  else if (payload == NULL)
    tide_protocol_refuse (self,
                          &command,
                          "bad_payload",
                          "An event must have one argument, a JSON object, or none");
  else
    self->host->command (self, &command);
}

/* An event in a namespace where Tidewire has no commands. */
static void
refuse_event (TideProtocol *self,
              const TideSocketioPacket *packet,
              const char *namespace,
              const char *name)
{
  TideProtocolCommand command = {
    .name = name != NULL ? name : "",
    .wants_ack = packet->has_id,
    .ack_id = packet->id,
    .namespace = namespace,
  };

  tide_protocol_refuse (self,
                        &command,
                        "unsupported",
                        "This namespace has no commands; send them in the namespace /");
}

static void
receive_event (TideProtocol *self,
               const TideSocketioPacket *packet,
               const char *namespace)
{
  g_autofree char *name = tide_socketio_dup_name (packet);
  TideProtocolEvent event = { .namespace = namespace, .name = name };

  if (self->host->raw.event != NULL)
    {
      tide_socketio_describe_event (&event, packet);
      self->host->raw.event (self, &event);
    }
  else if (g_str_equal (namespace, "/"))
    receive_command (self, packet, name);
  else
    refuse_event (self, packet, namespace, name);
}

/* Takes @id off the open ones; FALSE when it is not one of them. */
static gboolean
close_ack (TideProtocol *self, guint64 id)
{
  if (id >= self->next_ack_id || self->next_ack_id - id > 64)
    return FALSE;

  guint64 bit = G_GUINT64_CONSTANT (1) << (self->next_ack_id - 1 - id);

  if ((self->open_acks & bit) == 0)
    return FALSE;
  self->open_acks &= ~bit;
  return TRUE;
}

/* Only in `/` do we ask for acknowledgements. */
static void
receive_ack (TideProtocol *self, const TideSocketioPacket *packet, const char *namespace)
{
  if (!g_str_equal (namespace, "/") || !close_ack (self, packet->id))
    return;
  if (packet->type == TIDE_SOCKETIO_ACK)
    self->host->acked (self, packet->id, packet->json, packet->json_length);
}

static void
receive_packet (TideProtocol *self, const TideSocketioPacket *packet)
{
  const char *namespace = tide_socketio_find_namespace (self, packet);
  gboolean has_joined = namespace != NULL && tide_socketio_has_joined (self, namespace);

  if (!has_joined && packet->type != TIDE_SOCKETIO_CONNECT)
    {
      fail (self, "not connected to that namespace");
      return;
    }

  switch (packet->type)
    {
    case TIDE_SOCKETIO_CONNECT:
      /* The reference server takes a second one for an invalid state and closes. */
      if (has_joined)
        fail (self, "connected twice");
      else if (namespace == NULL)
        refuse_connect (self, packet);
      else
        tide_socketio_join (self, namespace, packet);
      break;
    case TIDE_SOCKETIO_DISCONNECT:
      tide_socketio_leave (self, namespace);
      break;
    case TIDE_SOCKETIO_EVENT:
      receive_event (self, packet, namespace);
      break;
    case TIDE_SOCKETIO_ACK:
      receive_ack (self, packet, namespace);
      break;
    case TIDE_SOCKETIO_CONNECT_ERROR:
      fail (self, "only the server refuses connections");
      break;
    case TIDE_SOCKETIO_BINARY_ACK:
      /* Its arguments can't be had, and no other acknowledgement will come. */
      receive_ack (self, packet, namespace);
      tide_socketio_begin_binary (self, packet, namespace);
      break;
    case TIDE_SOCKETIO_BINARY_EVENT:
      tide_socketio_begin_binary (self, packet, namespace);
      break;
    }
}

static void
receive_text (TideProtocol *self, const char *text, gsize length)
{
  TideSocketioPacket packet;

  if (!tide_engineio_take_message (self, &text, &length))
    return;
  if (self->pending != NULL)
    fail (self, "an attachment is missing");
  else if (!tide_socketio_packet_parse (&packet, text, length))
    fail (self, "malformed Socket.IO packet");
  else
    receive_packet (self, &packet);
}

static void
send_reply (TideProtocol *self,
            const TideProtocolCommand *command,
            const char *event,
            const char *payload,
            gsize payload_length)
{
  const char *namespace = command->namespace != NULL ? command->namespace : "/";
  TideEventShape shape = tide_socketio_form.event_shape;
  g_autofree char *shape_head = NULL;

  if (command->namespace != NULL)
    shape.head = tide_span_of (shape_head = g_strdup_printf ("42%s,[", namespace));
  tide_protocol_send_shaped (self, &shape, event, payload, payload_length);
  if (!command->wants_ack)
    return;

  g_autofree char *head =
      tide_socketio_make_head (TIDE_SOCKETIO_ACK, namespace, 0, &command->ack_id);
  TideSpan ack[] = { tide_span_of (head),
                     tide_span_of ("["),
                     { payload, payload_length },
                     tide_span_of ("]") };

  tide_protocol_send_text (self, ack, G_N_ELEMENTS (ack));
}

const TideProtocolForm tide_socketio_form = {
  .event_shape = { TIDE_SPAN ("42["), TIDE_SPAN (","), TIDE_SPAN ("]") },
  .ping = ping_frame,
  .ping_length = sizeof ping_frame,
  .has_connect_timeout = TRUE,
  .open = tide_engineio_send_open,
  .receive_text = receive_text,
  .receive_binary = tide_socketio_receive_binary,
  .send_reply = send_reply,
  .say_goodbye = tide_socketio_say_goodbye,
  .free_pending = tide_socketio_free_pending,
};
