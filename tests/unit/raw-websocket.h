/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-websocket-frame.h"

#include <glib.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The browser's end of a WebSocket, on a non-blocking socket. What comes in is written
 * down, one line a frame:
 *
 *   > TEXT
 *   [OPCODE] TEXT
 *   [close CODE] TEXT
 *   end | reset
 */

typedef struct
{
  int fd;
  GByteArray *input; /* (owned), what is no whole frame yet */
  GString *log;      /* (owned) */
  gboolean has_ended;
  gboolean may_be_cut; /* the end may come in the middle of a frame */
  guint n_frames;
} RawWebSocket;

static inline void
raw_websocket_init (RawWebSocket *self, int fd)
{
  memset (self, 0, sizeof *self);
  self->fd = fd;
  self->input = g_byte_array_new ();
  self->log = g_string_new (NULL);
}

static inline void
raw_websocket_clear (RawWebSocket *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_byte_array_unref (self->input);
  g_string_free (self->log, TRUE);
}

/* Appends a masked frame; @first is the header's first byte. */
static inline void
raw_websocket_append_frame (GByteArray *out,
                            guint8 first,
                            gconstpointer payload,
                            gsize length)
{
  static const guint8 mask[4] = { 0x12, 0xa7, 0x5c, 0xe1 };
  guint8 header[14] = { first };
  gsize n_header = tide_websocket_header_size (length);
  const guint8 *bytes = payload;

  tide_websocket_write_header (header, TIDE_WEBSOCKET_TEXT, length);
  header[0] = first;
  header[1] |= 0x80;
  memcpy (header + n_header, mask, sizeof mask);
  g_byte_array_append (out, header, n_header + sizeof mask);
  for (gsize i = 0; i < length; i++)
    {
      guint8 byte = bytes[i] ^ mask[i % 4];

      g_byte_array_append (out, &byte, 1);
    }
}

static inline void
raw_websocket_send_bytes (RawWebSocket *self, gconstpointer bytes, gsize n_bytes)
{
  g_assert_cmpint (send (self->fd, bytes, n_bytes, MSG_NOSIGNAL), ==, n_bytes);
}

static inline void
raw_websocket_send (RawWebSocket *self, guint8 first, gconstpointer payload, gsize length)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  raw_websocket_append_frame (frame, first, payload, length);
  raw_websocket_send_bytes (self, frame->data, frame->len);
}

static inline void
raw_websocket_send_text (RawWebSocket *self, const char *text)
{
  raw_websocket_send (self, 0x80 | TIDE_WEBSOCKET_TEXT, text, strlen (text));
}

static inline void
raw_websocket_send_close (RawWebSocket *self, guint16 code)
{
  const guint8 payload[] = { code >> 8, code & 0xff };

  raw_websocket_send (self, 0x80 | TIDE_WEBSOCKET_CLOSE, payload, sizeof payload);
}

static inline void
raw_websocket_note (RawWebSocket *self,
                    TideWebSocketOpcode opcode,
                    const TideSpan *payload)
{
  const guint8 *bytes = payload->bytes;
  gsize skip = 0;

  if (opcode == TIDE_WEBSOCKET_TEXT)
    g_string_append (self->log, "> ");
  else if (opcode == TIDE_WEBSOCKET_CLOSE && payload->length >= 2)
    {
      skip = 2;
      g_string_append_printf (self->log, "[close %u] ", bytes[0] << 8 | bytes[1]);
    }
  else
    g_string_append_printf (self->log, "[%x] ", opcode);
  g_string_append_len (self->log, (const char *) bytes + skip, payload->length - skip);
  g_string_append_c (self->log, '\n');
  self->n_frames++;
}

/* Writes down what has come. Returns: whether it was anything. */
static inline gboolean
raw_websocket_take (RawWebSocket *self)
{
  guint8 buffer[16 * 1024];
  gboolean is_new = FALSE;
  const guint8 *cursor;
  const guint8 *end;
  TideWebSocketOpcode opcode;
  TideSpan payload;
  gssize n = -1;

  while (!self->has_ended && (n = recv (self->fd, buffer, sizeof buffer, 0)) > 0)
    {
      g_byte_array_append (self->input, buffer, n);
      is_new = TRUE;
    }
  cursor = self->input->data;
  end = self->input->len > 0 ? cursor + self->input->len : cursor;
  while (tide_websocket_frame_next (&cursor, end, &opcode, &payload))
    raw_websocket_note (self, opcode, &payload);
  if (self->input->len > 0)
    g_byte_array_remove_range (self->input, 0, cursor - self->input->data);
  if (!self->has_ended && (n == 0 || errno != EAGAIN))
    {
      self->has_ended = is_new = TRUE;
      g_string_append (self->log, n == 0 ? "end\n" : "reset\n");
      if (!self->may_be_cut)
        g_assert_cmpuint (self->input->len, ==, 0);
    }
  return is_new;
}

/* Compares what was written down since the last time. */
#define raw_websocket_assert_log(self, expected)                                         \
  G_STMT_START                                                                           \
  {                                                                                      \
    g_assert_cmpstr ((self)->log->str, ==, expected);                                    \
    g_string_truncate ((self)->log, 0);                                                  \
  }                                                                                      \
  G_STMT_END
