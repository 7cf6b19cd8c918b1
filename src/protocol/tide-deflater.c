/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* permessage-deflate, RFC 7692, without context takeover: every message is compressed by
 * itself, so that one compression serves all who get the frame, and one compressor and
 * one decompressor all connections. */

#include "tide-deflater.h"

#include "tide-websocket-frame.h"
#include "tide-websocket-header.h"

#include <gio/gio.h>

#include <string.h>

/* Deflate finds little to say shorter in less. */
#define MIN_BYTES 64
#define LEVEL 1 /* docs/decisions/0003-compression.md */
#define CHUNK_BYTES 4096

/* What a flushed stream ends with, and RFC 7692, section 7.2.1, leaves away. */
static const guint8 flush_mark[] = { 0x00, 0x00, 0xff, 0xff };

struct _TideDeflater
{
  GConverter *converter; /* (owned) */
  GByteArray *scratch;   /* (owned), the frame being made */
};

struct _TideInflater
{
  GConverter *converter; /* (owned) */
};

/**
 * tide_deflater_new:
 *
 * Returns: (transfer full): a compressor; takes about 256 KiB
 */
TideDeflater *
tide_deflater_new (void)
{
  TideDeflater *self = g_new0 (TideDeflater, 1);

  self->converter =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW, LEVEL));
  self->scratch = g_byte_array_new ();
  return self;
}

/**
 * tide_deflater_free:
 * @self: (transfer full): a compressor
 *
 * Frees @self.
 */
void
tide_deflater_free (TideDeflater *self)
{
  g_object_unref (self->converter);
  g_byte_array_unref (self->scratch);
  g_free (self);
}

/* Compresses into as many bytes as there are. Returns: how many it took, 0 when there is
 * nothing to win. */
static gsize
deflate_into (TideDeflater *self, const TideSpan *payload, guint8 *out)
{
  gsize n_read = 0;
  gsize n_written = 0;
  GConverterResult result;

  g_converter_reset (self->converter);
  do
    {
      gsize n_more_read = 0;
      gsize n_more_written = 0;

      if (n_written == payload->length)
        return 0;
      result = g_converter_convert (self->converter,
                                    (const guint8 *) payload->bytes + n_read,
                                    payload->length - n_read,
                                    out + n_written,
                                    payload->length - n_written,
                                    G_CONVERTER_FLUSH,
                                    &n_more_read,
                                    &n_more_written,
                                    NULL);
      n_read += n_more_read;
      n_written += n_more_written;
    }
  while (result == G_CONVERTER_CONVERTED);
  if (result != G_CONVERTER_FLUSHED || n_written <= sizeof flush_mark ||
      memcmp (out + n_written - sizeof flush_mark, flush_mark, sizeof flush_mark) != 0)
    return 0;
  return n_written - sizeof flush_mark;
}

static void
append_message (TideDeflater *self, TideWebSocketOpcode opcode, const TideSpan *payload)
{
  GByteArray *out = self->scratch;
  gsize start = out->len;
  gsize room = tide_websocket_header_size (payload->length);
  gsize n_deflated = 0;
  gsize n_header;

  g_byte_array_set_size (out, start + room + payload->length);
  if (payload->length >= MIN_BYTES)
    n_deflated = deflate_into (self, payload, out->data + start + room);
  if (n_deflated == 0)
    {
      tide_websocket_write_header (out->data + start, opcode, payload->length);
      memcpy (out->data + start + room, payload->bytes, payload->length);
      return;
    }
  n_header = tide_websocket_header_size (n_deflated);
  memmove (out->data + start + n_header, out->data + start + room, n_deflated);
  tide_websocket_write_header (out->data + start, opcode, n_deflated);
  out->data[start] |= COMPRESSED_BIT;
  g_byte_array_set_size (out, start + n_header + n_deflated);
}

/**
 * tide_deflater_run:
 * @self: a compressor
 * @frame: a frame without compression
 *
 * Compresses the messages in a frame, each by itself; those that would not get shorter
 * stay as they are.
 *
 * Returns: (transfer full): a new frame with as many events and no batch
 */
TideFrame *
tide_deflater_run (TideDeflater *self, const TideFrame *frame)
{
  const guint8 *cursor = frame->bytes;
  const guint8 *end = frame->bytes + frame->n_bytes;
  TideWebSocketOpcode opcode;
  TideSpan payload;
  TideFrame *result;

  g_byte_array_set_size (self->scratch, 0);
  while (tide_websocket_frame_next (&cursor, end, &opcode, &payload))
    append_message (self, opcode, &payload);
  result = tide_frame_new (self->scratch->len, frame->n_events);
  memcpy (result->bytes, self->scratch->data, self->scratch->len);
  return result;
}

/**
 * tide_inflater_new:
 *
 * Returns: (transfer full): a decompressor; takes about 40 KiB
 */
TideInflater *
tide_inflater_new (void)
{
  TideInflater *self = g_new0 (TideInflater, 1);

  self->converter = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW));
  return self;
}

/**
 * tide_inflater_free:
 * @self: (transfer full): a decompressor
 *
 * Frees @self.
 */
void
tide_inflater_free (TideInflater *self)
{
  g_object_unref (self->converter);
  g_free (self);
}

/* Returns: whether there may be more */
static gboolean
inflate_some (TideInflater *self,
              TideSpan *input,
              GByteArray *out,
              TideInflateResult *result)
{
  g_autoptr (GError) error = NULL;
  gsize start = out->len;
  gsize n_read = 0;
  gsize n_written = 0;
  GConverterResult converted;

  g_byte_array_set_size (out, start + CHUNK_BYTES);
  converted = g_converter_convert (self->converter,
                                   input->bytes,
                                   input->length,
                                   out->data + start,
                                   CHUNK_BYTES,
                                   G_CONVERTER_NO_FLAGS,
                                   &n_read,
                                   &n_written,
                                   &error);
  g_byte_array_set_size (out, start + n_written);
  input->bytes = (const guint8 *) input->bytes + n_read;
  input->length -= n_read;
  if (converted == G_CONVERTER_ERROR)
    *result = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT)
                  ? TIDE_INFLATE_DONE
                  : TIDE_INFLATE_BROKEN;
  return converted == G_CONVERTER_CONVERTED;
}

/**
 * tide_inflater_run:
 * @self: a decompressor
 * @message: (inout): a compressed message, then what was in it
 * @max_bytes: how much may be in it
 *
 * Decompresses a message. No more than @max_bytes and a little is ever made of it,
 * whatever it says.
 *
 * Returns: what came of it; unless it is done, @message is of no use
 */
TideInflateResult
tide_inflater_run (TideInflater *self, GByteArray *message, gsize max_bytes)
{
  g_autoptr (GByteArray) compressed = g_byte_array_sized_new (message->len + 4);
  TideInflateResult result = TIDE_INFLATE_DONE;
  TideSpan input;

  g_byte_array_append (compressed, message->data, message->len);
  g_byte_array_append (compressed, flush_mark, sizeof flush_mark);
  input = (TideSpan){ compressed->data, compressed->len };
  g_byte_array_set_size (message, 0);
  g_converter_reset (self->converter);
  while (inflate_some (self, &input, message, &result))
    if (message->len > max_bytes)
      return TIDE_INFLATE_TOO_LARGE;
  return message->len > max_bytes ? TIDE_INFLATE_TOO_LARGE : result;
}
