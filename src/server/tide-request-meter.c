/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-request-meter.h"

#include <string.h>

/* A length of more digits is no body that anybody takes, and 15 fit into a double too. */
#define MAX_LENGTH_DIGITS 15
#define MAX_CHUNK_DIGITS 12

enum
{
  BEFORE_REQUEST, /* empty lines may come first */
  HEAD,
  BODY,
  CHUNK_SIZE,
  CHUNK,
  CHUNK_END,
  TRAILER,
};

static gboolean
is_digits (const char *text, gsize max_digits)
{
  gsize length = strspn (text, "0123456789");

  return length > 0 && length <= max_digits && text[length] == '\0';
}

/* Two lengths, or a length and chunks, are how a request is hidden in another one. */
static gboolean
take_length (TideRequestMeter *self, const char *value)
{
  if (self->is_cut || self->has_length || self->is_chunked ||
      !is_digits (value, MAX_LENGTH_DIGITS))
    return FALSE;
  self->has_length = TRUE;
  self->n_left = g_ascii_strtoull (value, NULL, 10);
  return TRUE;
}

static gboolean
take_encoding (TideRequestMeter *self, const char *value)
{
  if (self->is_cut || self->has_length || self->is_chunked ||
      g_ascii_strcasecmp (value, "chunked") != 0)
    return FALSE;
  self->is_chunked = TRUE;
  return TRUE;
}

/* Two hosts are how a request is for one site here and for another one elsewhere. */
static gboolean
take_host (TideRequestMeter *self)
{
  if (self->has_host)
    return FALSE;
  self->has_host = TRUE;
  return TRUE;
}

/* Looks at a line of the head, of which the beginning is enough. */
static gboolean
take_header (TideRequestMeter *self)
{
  char *colon = strchr (self->line, ':');

  /* A line that goes on with the one before could hide a length. */
  if (self->line[0] == ' ' || self->line[0] == '\t')
    return FALSE;
  if (colon == NULL)
    return TRUE;
  /* libsoup takes a name with a blank behind it for another one. */
  if (colon > self->line && g_ascii_isspace (colon[-1]))
    return FALSE;
  *colon = '\0';
  if (g_ascii_strcasecmp (self->line, "Content-Length") == 0)
    return take_length (self, g_strstrip (colon + 1));
  if (g_ascii_strcasecmp (self->line, "Transfer-Encoding") == 0)
    return take_encoding (self, g_strstrip (colon + 1));
  if (g_ascii_strcasecmp (self->line, "Host") == 0)
    return take_host (self);
  return TRUE;
}

static void
end_head (TideRequestMeter *self)
{
  if (self->is_chunked)
    self->state = CHUNK_SIZE;
  else
    self->state = self->n_left > 0 ? BODY : BEFORE_REQUEST;
  self->is_chunked = FALSE;
  self->has_length = FALSE;
  self->has_host = FALSE;
}

static gboolean
take_chunk_size (TideRequestMeter *self)
{
  gsize n_digits = strspn (self->line, "0123456789abcdefABCDEF");

  if (n_digits == 0 || n_digits > MAX_CHUNK_DIGITS ||
      (self->line[n_digits] != '\0' && strchr ("; \t", self->line[n_digits]) == NULL))
    return FALSE;
  self->n_left = g_ascii_strtoull (self->line, NULL, 16);
  self->state = self->n_left > 0 ? CHUNK : TRAILER;
  return TRUE;
}

static gboolean
take_line (TideRequestMeter *self)
{
  gboolean is_empty = self->n_kept == 0;

  switch (self->state)
    {
    case BEFORE_REQUEST:
      if (!is_empty)
        self->state = HEAD;
      return TRUE;
    case HEAD:
      if (!is_empty)
        return take_header (self);
      end_head (self);
      return TRUE;
    case CHUNK_SIZE:
      return take_chunk_size (self);
    case CHUNK_END:
      self->state = CHUNK_SIZE;
      return is_empty;
    case TRAILER:
      if (is_empty)
        self->state = BEFORE_REQUEST;
      return TRUE;
    default:
      g_return_val_if_reached (FALSE);
    }
}

/* Passes over bytes of a body; returns how many. */
static gsize
skip_body (TideRequestMeter *self, gsize n_bytes)
{
  gsize n = MIN (self->n_left, n_bytes);

  self->n_left -= n;
  if (self->n_left == 0)
    self->state = self->state == CHUNK ? CHUNK_END : BEFORE_REQUEST;
  return n;
}

static void
keep (TideRequestMeter *self, guint8 byte)
{
  if (self->n_kept < TIDE_REQUEST_METER_LINE_BYTES - 1)
    self->line[self->n_kept++] = byte;
  else
    self->is_cut = TRUE;
}

/* A line has ended: what is kept of it is a text without its end. */
static gboolean
end_line (TideRequestMeter *self)
{
  gboolean is_good;

  if (self->n_kept > 0 && !self->is_cut && self->line[self->n_kept - 1] == '\r')
    self->n_kept--;
  self->line[self->n_kept] = '\0';
  is_good = take_line (self);
  self->n_kept = 0;
  self->is_cut = FALSE;
  return is_good;
}

/**
 * tide_request_meter_feed:
 * @self: a meter that has not failed
 * @bytes: (array length=n_bytes): what came in
 * @n_bytes: how many bytes
 *
 * Follows more bytes of a connection's requests.
 *
 * What fails: a Content-Length that is no number of up to 15 digits, a Transfer-Encoding
 * other than `chunked`, more than one of these in a request, two Hosts, a header over
 * several lines, a blank before its colon, and chunks without a good size. RFC 9112 has a
 * server refuse such requests, since the next one in line may see another body in them;
 * and libsoup 3.2 never frees the path of some of them.
 *
 * Returns: %FALSE when a request is to be refused with 400
 */
gboolean
tide_request_meter_feed (TideRequestMeter *self, const guint8 *bytes, gsize n_bytes)
{
  gsize i = 0;

  while (i < n_bytes)
    {
      if (self->state == BODY || self->state == CHUNK)
        {
          i += skip_body (self, n_bytes - i);
          continue;
        }
      if (bytes[i] != '\n')
        keep (self, bytes[i]);
      else if (!end_line (self))
        return FALSE;
      i++;
    }
  return TRUE;
}
