/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events and acknowledgements with any arguments, binary ones too, in any namespace: for
 * hosts that want them as they are. Tidewire's own events do not pass here. */

#include "tide-json-scan.h"
#include "tide-json-walk.h"
#include "tide-socketio-private.h"

/* Fills in all that an event says but its namespace, name and attachments. */
void
tide_socketio_describe_event (TideProtocolEvent *event, const TideSocketioPacket *packet)
{
  const char *end = packet->json + packet->json_length;
  const char *args = tide_json_skip_space (packet->args, end);

  /* Back over the end of the array, and what may stand behind it. */
  while (end[-1] != ']')
    end--;
  end--;
  if (args < end && *args == ',')
    args++;
  event->args = args;
  event->args_length = end - args;
  event->has_ack_id = packet->has_id;
  event->ack_id = packet->id;
}

static void
send_attachments (TideProtocol *self, const TideProtocolEvent *event)
{
  for (guint i = 0; i < event->n_attachments; i++)
    {
      gsize length;
      const char *bytes = g_bytes_get_data (event->attachments[i], &length);
      TideSpan span = { bytes, length };

      tide_protocol_send_frame (
          self, tide_websocket_frame_new (TIDE_WEBSOCKET_BINARY, &span, 1, 0));
    }
}

static gboolean
can_send (TideProtocol *self, const TideProtocolEvent *event)
{
  return self->form == TIDE_WIRE_SOCKETIO && !self->is_closed &&
         tide_socketio_has_joined (self, event->namespace);
}

/**
 * tide_protocol_send_raw_event:
 * @self: a protocol
 * @event: what to send; it has a name, and its arguments hold one placeholder for each
 *   attachment
 *
 * Sends an event as it is. Does nothing unless the client is in that namespace of
 * Socket.IO.
 */
void
tide_protocol_send_raw_event (TideProtocol *self, const TideProtocolEvent *event)
{
  gboolean is_binary = event->n_attachments > 0;
  g_autofree char *head = NULL;
  g_autoptr (GString) name = NULL;

  g_return_if_fail (event->name != NULL);

  if (!can_send (self, event))
    return;
  head = tide_socketio_make_head (is_binary ? TIDE_SOCKETIO_BINARY_EVENT
                                            : TIDE_SOCKETIO_EVENT,
                                  event->namespace,
                                  event->n_attachments,
                                  event->has_ack_id ? &event->ack_id : NULL);
  name = g_string_new ("[");
  tide_json_append_string (name, event->name, -1);
  if (event->args_length > 0)
    g_string_append_c (name, ',');

  TideSpan spans[] = { tide_span_of (head),
                       { name->str, name->len },
                       { event->args, event->args_length },
                       tide_span_of ("]") };

  tide_protocol_send_text (self, spans, G_N_ELEMENTS (spans));
  send_attachments (self, event);
}

/**
 * tide_protocol_send_raw_ack:
 * @self: a protocol
 * @event: what to send; it has the id of the client's event, and its arguments hold one
 *   placeholder for each attachment; its name is not looked at
 *
 * Sends an acknowledgement as it is. Does nothing unless the client is in that namespace
 * of Socket.IO.
 */
void
tide_protocol_send_raw_ack (TideProtocol *self, const TideProtocolEvent *event)
{
  gboolean is_binary = event->n_attachments > 0;
  g_autofree char *head = NULL;

  g_return_if_fail (event->has_ack_id);

  if (!can_send (self, event))
    return;
  head =
      tide_socketio_make_head (is_binary ? TIDE_SOCKETIO_BINARY_ACK : TIDE_SOCKETIO_ACK,
                               event->namespace,
                               event->n_attachments,
                               &event->ack_id);

  TideSpan spans[] = { tide_span_of (head),
                       tide_span_of ("["),
                       { event->args, event->args_length },
                       tide_span_of ("]") };

  tide_protocol_send_text (self, spans, G_N_ELEMENTS (spans));
  send_attachments (self, event);
}
