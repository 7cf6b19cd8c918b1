/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a client sends, by RFC 6455: frames are unmasked and put together to messages.
 * Everything that the standard forbids, or that is over a limit, ends the reading with
 * the close code that the standard has for it, before the bytes of it are kept. */

#include "tide-websocket-reader.h"

#include "tide-websocket-header.h"

#include <string.h>

#define MAX_CONTROL_BYTES 125

static gboolean
fail (TideWebSocketMessage *message, guint16 close_code, const char *reason)
{
  message->close_code = close_code;
  message->reason = reason;
  return FALSE;
}

static inline gboolean
is_control (const TideWebSocketReader *self)
{
  return (self->header[0] & CONTROL_BIT) != 0;
}

static inline gboolean
is_final (const TideWebSocketReader *self)
{
  return (self->header[0] & FIN_BIT) != 0;
}

/* Judges the header of a ping, a pong or a close. */
static gboolean
begin_control (TideWebSocketReader *self, guint64 length, TideWebSocketMessage *message)
{
  guint8 opcode = self->header[0] & OPCODE_BITS;

  if (opcode > TIDE_WEBSOCKET_PONG)
    return fail (message, TIDE_WEBSOCKET_PROTOCOL_ERROR, "unknown opcode");
  if (!is_final (self))
    return fail (message, TIDE_WEBSOCKET_PROTOCOL_ERROR, "a control frame in fragments");
  if (length > MAX_CONTROL_BYTES)
    return fail (
        message, TIDE_WEBSOCKET_PROTOCOL_ERROR, "a control frame is over 125 bytes");
  self->control = g_byte_array_sized_new (length + 1);
  return TRUE;
}

/* Judges the header of a piece of a message. */
static gboolean
begin_data (TideWebSocketReader *self,
            guint64 length,
            const TideWebSocketRules *rules,
            TideWebSocketMessage *message)
{
  guint8 opcode = self->header[0] & OPCODE_BITS;
  gsize n_so_far = self->message != NULL ? self->message->len : 0;

  if (opcode > TIDE_WEBSOCKET_BINARY)
    return fail (message, TIDE_WEBSOCKET_PROTOCOL_ERROR, "unknown opcode");
  if ((opcode == TIDE_WEBSOCKET_CONTINUATION) != (self->message != NULL))
    return fail (message,
                 TIDE_WEBSOCKET_PROTOCOL_ERROR,
                 self->message != NULL ? "a message inside another one"
                                       : "a continuation of nothing");
  if (length > rules->max_message_bytes || n_so_far > rules->max_message_bytes - length)
    return fail (
        message, TIDE_WEBSOCKET_TOO_LARGE, "the message is over max-payload-bytes");
  if (self->n_fragments >= rules->max_fragments)
    return fail (message, TIDE_WEBSOCKET_TOO_LARGE, "the message has too many fragments");
  if (self->message == NULL)
    {
      self->opcode = opcode;
      self->is_compressed = (self->header[0] & COMPRESSED_BIT) != 0;
      self->message = g_byte_array_new ();
    }
  self->n_fragments++;
  return TRUE;
}

/* The first frame of a message says that all of it is compressed. */
static guint8
get_allowed_bits (const TideWebSocketReader *self, const TideWebSocketRules *rules)
{
  guint8 opcode = self->header[0] & OPCODE_BITS;

  return rules->inflater != NULL &&
                 (opcode == TIDE_WEBSOCKET_TEXT || opcode == TIDE_WEBSOCKET_BINARY)
             ? COMPRESSED_BIT
             : 0;
}

static gboolean
begin_frame (TideWebSocketReader *self,
             const TideWebSocketRules *rules,
             TideWebSocketMessage *message)
{
  guint64 length = tide_websocket_read_length (self->header);

  if ((self->header[0] & RESERVED_BITS & ~get_allowed_bits (self, rules)) != 0)
    return fail (message, TIDE_WEBSOCKET_PROTOCOL_ERROR, "a reserved bit is set");
  if ((self->header[1] & MASK_BIT) == 0)
    return fail (message, TIDE_WEBSOCKET_PROTOCOL_ERROR, "a frame is not masked");
  if (!tide_websocket_is_length_short (self->header))
    return fail (message,
                 TIDE_WEBSOCKET_PROTOCOL_ERROR,
                 "a length takes more bytes than it needs");
  self->is_in_frame = TRUE;
  self->payload_left = length;
  self->payload_taken = 0;
  return is_control (self) ? begin_control (self, length, message)
                           : begin_data (self, length, rules, message);
}

/* Collects a header. Returns: %FALSE when what it says is refused. */
static gboolean
take_header (TideWebSocketReader *self,
             TideSpan *input,
             const TideWebSocketRules *rules,
             TideWebSocketMessage *message)
{
  gsize n_wanted = tide_websocket_get_header_size (self->header, self->n_header);
  gsize n_taken = MIN (n_wanted - self->n_header, input->length);

  memcpy (self->header + self->n_header, input->bytes, n_taken);
  self->n_header += n_taken;
  input->bytes = (const guint8 *) input->bytes + n_taken;
  input->length -= n_taken;
  if (self->n_header < tide_websocket_get_header_size (self->header, self->n_header))
    return TRUE;
  return begin_frame (self, rules, message);
}

static void
take_payload (TideWebSocketReader *self, TideSpan *input)
{
  GByteArray *out = is_control (self) ? self->control : self->message;
  const guint8 *mask = self->header + self->n_header - MASK_SIZE;
  gsize n_taken = MIN (self->payload_left, input->length);
  gsize start = out->len;

  g_byte_array_append (out, input->bytes, n_taken);
  for (gsize i = 0; i < n_taken; i++)
    out->data[start + i] ^= mask[(self->payload_taken + i) % MASK_SIZE];
  self->payload_left -= n_taken;
  self->payload_taken += n_taken;
  input->bytes = (const guint8 *) input->bytes + n_taken;
  input->length -= n_taken;
}

/* U+0000 is a character like others here, to GLib it is the end of a text. */
static gboolean
is_utf8 (const char *text, gsize length)
{
  const char *end;

  while (!g_utf8_validate_len (text, length, &end))
    {
      gsize n_good = end - text;

      if (n_good == length || *end != '\0')
        return FALSE;
      text += n_good + 1;
      length -= n_good + 1;
    }
  return TRUE;
}

/* RFC 6455, section 7.4: what may stand in a close frame, and what IANA added. */
static gboolean
is_close_code (guint16 code)
{
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

static gboolean
check_close (const GByteArray *payload, TideWebSocketMessage *message)
{
  if (payload->len == 0)
    return TRUE;
  if (payload->len == 1 || !is_close_code (tide_websocket_get_close_code (payload)))
    return fail (message, TIDE_WEBSOCKET_PROTOCOL_ERROR, "no good close code");
  if (!is_utf8 ((const char *) payload->data + 2, payload->len - 2))
    return fail (message, TIDE_WEBSOCKET_BAD_DATA, "the close reason is no UTF-8");
  return TRUE;
}

static gboolean
inflate (TideWebSocketMessage *message, const TideWebSocketRules *rules)
{
  switch (tide_inflater_run (rules->inflater, message->payload, rules->max_message_bytes))
    {
    case TIDE_INFLATE_TOO_LARGE:
      return fail (
          message, TIDE_WEBSOCKET_TOO_LARGE, "the message is over max-payload-bytes");
    case TIDE_INFLATE_BROKEN:
      return fail (message, TIDE_WEBSOCKET_BAD_DATA, "a message can't be decompressed");
    case TIDE_INFLATE_DONE:
      break;
    }
  return TRUE;
}

/* Hands out what is complete. Returns: %FALSE when it is no good after all. */
static gboolean
finish (TideWebSocketReader *self,
        const TideWebSocketRules *rules,
        TideWebSocketMessage *message)
{
  if (is_control (self))
    {
      message->opcode = self->header[0] & OPCODE_BITS;
      message->payload = g_steal_pointer (&self->control);
    }
  else
    {
      message->opcode = self->opcode;
      message->payload = g_steal_pointer (&self->message);
      self->opcode = 0;
      self->n_fragments = 0;
      if (self->is_compressed && !inflate (message, rules))
        return FALSE;
    }
  g_byte_array_append (message->payload, (const guint8 *) "", 1);
  message->payload->len--;
  if (message->opcode == TIDE_WEBSOCKET_CLOSE)
    return check_close (message->payload, message);
  if (message->opcode == TIDE_WEBSOCKET_TEXT &&
      !is_utf8 ((const char *) message->payload->data, message->payload->len))
    return fail (message, TIDE_WEBSOCKET_BAD_DATA, "a text is no UTF-8");
  return TRUE;
}

/**
 * tide_websocket_reader_next:
 * @self: a reader
 * @input: (inout): what came from the client; moves on to what is not read yet
 * @rules: what the client may send
 * @message: (out): what was found; its payload is the caller's then, when there is one
 *
 * Takes the next message or control frame out of some bytes. Control frames come between
 * the fragments of a message.
 *
 * A message is refused as soon as a header announces too much, before its bytes come.
 * After a failure @self is not to be used any more, but cleared; the close code is then
 * 1002, 1007 or 1009, as RFC 6455, section 7.4, has it.
 *
 * Returns: whether there is something in @message: %FALSE when all of @input is read
 */
gboolean
tide_websocket_reader_next (TideWebSocketReader *self,
                            TideSpan *input,
                            const TideWebSocketRules *rules,
                            TideWebSocketMessage *message)
{
  *message = (TideWebSocketMessage){ 0 };
  for (;;)
    {
      if (!self->is_in_frame)
        {
          if (input->length == 0)
            return FALSE;
          if (!take_header (self, input, rules, message))
            return TRUE;
        }
      if (!self->is_in_frame)
        continue;
      take_payload (self, input);
      if (self->payload_left > 0)
        return FALSE;
      self->is_in_frame = FALSE;
      self->n_header = 0;
      if (!is_control (self) && !is_final (self))
        continue;
      if (!finish (self, rules, message))
        g_clear_pointer (&message->payload, g_byte_array_unref);
      return TRUE;
    }
}

/**
 * tide_websocket_reader_is_unfinished:
 * @self: a reader whose input is all read
 *
 * Returns: whether a message or a frame has begun and is not complete
 */
gboolean
tide_websocket_reader_is_unfinished (const TideWebSocketReader *self)
{
  return self->message != NULL || self->is_in_frame || self->n_header > 0;
}

/**
 * tide_websocket_reader_clear:
 * @self: a reader
 *
 * Frees what is unfinished.
 */
void
tide_websocket_reader_clear (TideWebSocketReader *self)
{
  g_clear_pointer (&self->message, g_byte_array_unref);
  g_clear_pointer (&self->control, g_byte_array_unref);
}

/**
 * tide_websocket_get_close_code:
 * @payload: the payload of a close frame that was read
 *
 * Returns: the code in it, 1005 when there is none
 */
guint16
tide_websocket_get_close_code (const GByteArray *payload)
{
  return payload->len < 2 ? TIDE_WEBSOCKET_NO_CODE
                          : payload->data[0] << 8 | payload->data[1];
}
