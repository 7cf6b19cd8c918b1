/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The server's side of Socket.IO v5 over Engine.IO v4, as far as one connection goes. It
 * has one namespace, `/`; whether a packet's namespace is joined is asked in one place.
 */

#include "tide-engineio.h"
#include "tide-json-walk.h"
#include "tide-protocol-private.h"
#include "tide-socketio-packet.h"

#include <string.h>

#define NO_UPGRADES ""

/* A binary packet whose attachments are still to come. Nothing of Tidewire's takes binary
 * data, so only what the answer needs is kept; attachments are counted and let go. */
typedef struct
{
  char *name; /* (owned) (nullable), of the event; NULL when it can't be a command */
  guint n_attachments_left;
  gsize n_bytes_left; /* how much more they may hold together */
  gboolean wants_ack;
  guint64 ack_id;
} PendingPacket;

static const guint8 ping_frame[] = { 0x81, 0x01, '2' };

static inline TideSpan
span_of (const char *text)
{
  return (TideSpan){ text, strlen (text) };
}

static void
pending_packet_free (gpointer data)
{
  PendingPacket *pending = data;

  g_free (pending->name);
  g_free (pending);
}

static void
fail (TideProtocol *self, const char *text)
{
  tide_protocol_end (self, TIDE_CLOSE_PROTOCOL, text);
}

static void
send_open (TideProtocol *self)
{
  g_autofree char *packet =
      tide_engineio_make_open (self->engine_sid, NO_UPGRADES, self->settings);
  TideSpan span = span_of (packet);

  tide_protocol_send_text (self, &span, 1);
}

static gboolean
has_joined (TideProtocol *self, const TideSocketioPacket *packet)
{
  return self->is_ready && tide_socketio_packet_is_in (packet, "/");
}

static void
receive_connect (TideProtocol *self, const TideSocketioPacket *packet)
{
  if (!tide_socketio_packet_is_in (packet, "/"))
    {
      TideSpan refusal[] = {
        { "44", 2 },
        { packet->namespace, packet->namespace_length },
        span_of (",{\"message\":\"Invalid namespace\"}"),
      };

      tide_protocol_send_text (self, refusal, G_N_ELEMENTS (refusal));
      return;
    }

  /* The reference server takes this for an invalid state and closes. */
  if (self->is_ready)
    {
      fail (self, "connected twice");
      return;
    }

  TideSpan answer[] = {
    span_of ("40{\"sid\":\""),
    span_of (self->socket_sid),
    span_of ("\"}"),
  };

  tide_protocol_send_text (self, answer, G_N_ELEMENTS (answer));
  tide_protocol_become_ready (self);
}

/* Decodes an event's name; NULL when no command can have it. */
static char *
dup_name (const TideSocketioPacket *packet)
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

static void
receive_event (TideProtocol *self, const TideSocketioPacket *packet)
{
  g_autofree char *name = dup_name (packet);
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

static void
receive_ack (TideProtocol *self, const TideSocketioPacket *packet)
{
  if (close_ack (self, packet->id))
    self->host->acked (self, packet->id, packet->json, packet->json_length);
}

/* Waits for the attachments of a binary packet. */
static void
receive_binary_packet (TideProtocol *self, const TideSocketioPacket *packet)
{
  gsize max_bytes = self->settings->max_payload_bytes;
  PendingPacket *pending = g_new0 (PendingPacket, 1);

  pending->n_attachments_left = packet->n_attachments;
  pending->n_bytes_left = max_bytes - MIN (packet->json_length, max_bytes);
  if (packet->type == TIDE_SOCKETIO_BINARY_EVENT)
    {
      pending->name = dup_name (packet);
      pending->wants_ack = packet->has_id;
      pending->ack_id = packet->id;
    }
  else
    /* Its arguments can't be had, and no other acknowledgement will come. */
    close_ack (self, packet->id);
  self->pending = pending;
}

static void
receive_packet (TideProtocol *self, const TideSocketioPacket *packet)
{
  gboolean is_joined = has_joined (self, packet);

  if (!is_joined && packet->type != TIDE_SOCKETIO_CONNECT)
    {
      fail (self, "not connected to that namespace");
      return;
    }

  switch (packet->type)
    {
    case TIDE_SOCKETIO_CONNECT:
      receive_connect (self, packet);
      break;
    case TIDE_SOCKETIO_DISCONNECT:
      tide_protocol_end (self, TIDE_CLOSE_CLIENT, "disconnected by the client");
      break;
    case TIDE_SOCKETIO_EVENT:
      receive_event (self, packet);
      break;
    case TIDE_SOCKETIO_ACK:
      receive_ack (self, packet);
      break;
    case TIDE_SOCKETIO_CONNECT_ERROR:
      fail (self, "only the server refuses connections");
      break;
    case TIDE_SOCKETIO_BINARY_EVENT:
    case TIDE_SOCKETIO_BINARY_ACK:
      receive_binary_packet (self, packet);
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
receive_binary (TideProtocol *self, GBytes *message)
{
  PendingPacket *pending = self->pending;

  if (pending == NULL)
    {
      fail (self, "unexpected binary message");
      return;
    }
  if (g_bytes_get_size (message) > pending->n_bytes_left)
    {
      tide_protocol_end (self, TIDE_CLOSE_TOO_LARGE, "attachments too large");
      return;
    }
  pending->n_bytes_left -= g_bytes_get_size (message);
  if (--pending->n_attachments_left > 0)
    return;

  TideProtocolCommand command = {
    .name = pending->name != NULL ? pending->name : "",
    .wants_ack = pending->wants_ack,
    .ack_id = pending->ack_id,
  };

  /* What the answer sets off may bring the next packet or the end. */
  self->pending = NULL;
  tide_protocol_refuse (
      self, &command, "unsupported", "This server takes no binary data; send JSON");
  pending_packet_free (pending);
}

static void
send_reply (TideProtocol *self,
            const TideProtocolCommand *command,
            const char *event,
            const char *payload,
            gsize payload_length)
{
  tide_protocol_send_shaped (
      self, &tide_socketio_form.event_shape, event, payload, payload_length);
  if (!command->wants_ack)
    return;

  g_autofree char *head = g_strdup_printf ("43%" G_GUINT64_FORMAT "[", command->ack_id);
  TideSpan ack[] = { span_of (head), { payload, payload_length }, span_of ("]") };

  tide_protocol_send_text (self, ack, G_N_ELEMENTS (ack));
}

static void
say_goodbye (TideProtocol *self)
{
  TideSpan disconnect = span_of ("41");

  if (self->is_ready)
    tide_protocol_send_text (self, &disconnect, 1);
}

const TideProtocolForm tide_socketio_form = {
  .event_shape = { "42[", ",", "]" },
  .ping = ping_frame,
  .ping_length = sizeof ping_frame,
  .has_connect_timeout = TRUE,
  .open = send_open,
  .receive_text = receive_text,
  .receive_binary = receive_binary,
  .send_reply = send_reply,
  .say_goodbye = say_goodbye,
  .free_pending = pending_packet_free,
};
