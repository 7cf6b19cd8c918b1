/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Engine.IO v4: the layer that opens, pings and closes, and carries the messages of the
 * layer above. It knows nothing of Socket.IO. */

#include "tide-engineio.h"

#include "tide-protocol-private.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SID_BYTES (TIDE_SID_LENGTH / 4 * 3)
#define MAX_SIDS 4

/**
 * tide_engineio_parse_type:
 * @text: (array length=length): a text message
 * @length: its length in bytes
 *
 * Returns: what kind of packet it is
 */
TideEngineioType
tide_engineio_parse_type (const char *text, gsize length)
{
  if (length == 0 || text[0] < '0' || text[0] >= '0' + (int) TIDE_ENGINEIO_INVALID)
    return TIDE_ENGINEIO_INVALID;
  return text[0] - '0';
}

/**
 * tide_engineio_make_open:
 * @sid: the session's id
 * @upgrades: the transports that the client may go over to, as the inside of a JSON array
 * @settings: what the client is told of
 *
 * Makes the packet that opens a session. It has these members in this order and no more:
 * conformance suites compare them.
 *
 * Returns: (transfer full): the packet, type included
 */
char *
tide_engineio_make_open (const char *sid,
                         const char *upgrades,
                         const TideProtocolSettings *settings)
{
  return g_strdup_printf ("0{\"sid\":\"%s\",\"upgrades\":[%s],"
                          "\"pingInterval\":%" G_GINT64_FORMAT ","
                          "\"pingTimeout\":%" G_GINT64_FORMAT ","
                          "\"maxPayload\":%" G_GSIZE_FORMAT "}",
                          sid,
                          upgrades,
                          settings->ping_interval_us / 1000,
                          settings->ping_timeout_us / 1000,
                          settings->max_payload_bytes);
}

/**
 * tide_engineio_send_open:
 * @self: a protocol
 * @upgrades: the transports that the client may go over to, as the inside of a JSON array
 *
 * Sends the packet that opens a session.
 */
void
tide_engineio_send_open (TideProtocol *self, const char *upgrades)
{
  g_autofree char *packet =
      tide_engineio_make_open (self->engine_sid, upgrades, self->settings);
  TideSpan span = { packet, strlen (packet) };

  tide_protocol_send_text (self, &span, 1);
}

/**
 * tide_engineio_take_message:
 * @self: a protocol
 * @text: (inout) (array length=length): a packet; gets the message in it
 * @length: (inout): its length in bytes
 *
 * Deals with a packet that came over the session's WebSocket, unless it is a message.
 *
 * As the reference server does, open, upgrade and noop packets of a client are passed
 * over here, and a ping of a client ends the session: in version 4 only the server pings.
 * (A probe comes on a WebSocket that has not taken the session over yet.) Unlike there, a
 * close packet ends the session here too.
 *
 * Returns: %TRUE when the layer above has a message to take, %FALSE when all is done
 */
gboolean
tide_engineio_take_message (TideProtocol *self, const char **text, gsize *length)
{
  switch (tide_engineio_parse_type (*text, *length))
    {
    case TIDE_ENGINEIO_MESSAGE:
      *text += 1;
      *length -= 1;
      return TRUE;
    case TIDE_ENGINEIO_PONG:
    case TIDE_ENGINEIO_OPEN:
    case TIDE_ENGINEIO_UPGRADE:
    case TIDE_ENGINEIO_NOOP:
      return FALSE;
    case TIDE_ENGINEIO_CLOSE:
      tide_protocol_end (self, TIDE_CLOSE_CLIENT, "closed by the client");
      return FALSE;
    case TIDE_ENGINEIO_PING:
      tide_protocol_end (self, TIDE_CLOSE_PROTOCOL, "only the server sends pings");
      return FALSE;
    case TIDE_ENGINEIO_INVALID:
      tide_protocol_end (self, TIDE_CLOSE_PROTOCOL, "unknown Engine.IO packet");
      return FALSE;
    }
  return FALSE;
}

/**
 * tide_sid_generate:
 * @sids: (out caller-allocates) (array length=n_sids): where to put the ids, each
 *   NUL-terminated
 * @n_sids: how many, 1 to 4
 *
 * Makes ids that nobody can guess: 120 bits of the kernel's randomness each, in the
 * alphabet of base64url. One system call, however many.
 */
void
tide_sid_generate (char (*sids)[TIDE_SID_LENGTH + 1], guint n_sids)
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789-_";
  guint8 bytes[MAX_SIDS][SID_BYTES];

  g_return_if_fail (n_sids >= 1 && n_sids <= MAX_SIDS);

  /* Cannot fail for so few bytes on any kernel that has the call. Without it no session
   * could be kept secret, so there is nothing to go on with. */
  if (getentropy (bytes, n_sids * SID_BYTES) != 0)
    abort ();

  for (guint i = 0; i < n_sids; i++)
    {
      for (guint j = 0; j < TIDE_SID_LENGTH; j++)
        {
          guint bit = j * 6;
          guint low = bit / 8 + 1 < SID_BYTES ? bytes[i][bit / 8 + 1] : 0;
          guint pair = bytes[i][bit / 8] << 8 | low;

          sids[i][j] = alphabet[pair >> (10 - bit % 8) & 0x3f];
        }
      sids[i][TIDE_SID_LENGTH] = '\0';
    }
}
