/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Engine.IO without Socket.IO: whatever a client sends goes to the host as it is. The
 * daemon offers no such way in; it is there to show by itself what Socket.IO stands on.
 */

#include "tide-engineio.h"
#include "tide-protocol-private.h"

#include <string.h>

static const guint8 ping_frame[] = { 0x81, 0x01, '2' };

static void
open_and_become_ready (TideProtocol *self, const char *upgrades)
{
  tide_engineio_send_open (self, upgrades);
  tide_protocol_become_ready (self);
}

static void
hand_on (TideProtocol *self, const char *bytes, gsize length, gboolean is_text)
{
  if (self->host->raw.message != NULL)
    self->host->raw.message (self, bytes, length, is_text);
  else
    tide_protocol_end (self, TIDE_CLOSE_PROTOCOL, "no messages are taken here");
}

/* A text frame of a WebSocket is UTF-8 already; long-polling has nobody else to look. A
 * NUL is a character like any other here, but not to GLib. */
static gboolean
is_utf8 (const char *text, gsize length)
{
  const char *end = text + length;
  const char *at = text;

  while (!g_utf8_validate_len (at, end - at, &at))
    if (*at++ != '\0')
      return FALSE;
  return TRUE;
}

static void
receive_text (TideProtocol *self, const char *text, gsize length)
{
  if (!tide_engineio_take_message (self, &text, &length))
    return;
  if (is_utf8 (text, length))
    hand_on (self, text, length, TRUE);
  else
    tide_protocol_end (self, TIDE_CLOSE_PROTOCOL, "a text message is not UTF-8");
}

static void
receive_binary (TideProtocol *self, GBytes *message)
{
  gsize length;
  const char *bytes = g_bytes_get_data (message, &length);

  hand_on (self, bytes, length, FALSE);
}

static void
send_reply (TideProtocol *self,
            const TideProtocolCommand *command,
            const char *event,
            const char *payload,
            gsize payload_length)
{
  tide_protocol_send_shaped (
      self, &tide_engineio_form.event_shape, event, payload, payload_length);
}

const TideProtocolForm tide_engineio_form = {
  .event_shape = { TIDE_SPAN ("4{\"type\":"), TIDE_SPAN (",\"data\":"), TIDE_SPAN ("}") },
  .ping = ping_frame,
  .ping_length = sizeof ping_frame,
  .open = open_and_become_ready,
  .receive_text = receive_text,
  .receive_binary = receive_binary,
  .send_reply = send_reply,
};

/**
 * tide_protocol_send_raw_message:
 * @self: a protocol of the form %TIDE_WIRE_ENGINEIO
 * @bytes: (array length=length): a message, UTF-8 when it is text
 * @length: its length in bytes
 * @is_text: whether it is text
 *
 * Sends a message as it is. Does nothing in other forms.
 */
void
tide_protocol_send_raw_message (TideProtocol *self,
                                const char *bytes,
                                gsize length,
                                gboolean is_text)
{
  TideSpan spans[] = { { "4", 1 }, { bytes, length } };

  if (self->form != TIDE_WIRE_ENGINEIO || !self->is_ready)
    return;
  if (is_text)
    tide_protocol_send_text (self, spans, G_N_ELEMENTS (spans));
  else
    tide_protocol_send_frame (
        self, tide_websocket_frame_new (TIDE_WEBSOCKET_BINARY, &spans[1], 1, 0));
}
