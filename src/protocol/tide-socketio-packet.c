/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The packets of Socket.IO v5: <type>[<n>-][<namespace>,][<id>][<json>]. */

#include "tide-socketio-packet.h"

#include "tide-ack-id.h"
#include "tide-json-walk.h"

#include <string.h>

/* What is known of an object that is open while attachments are looked for. */
typedef struct
{
  gboolean is_placeholder;
  guint number; /* of the attachment, when it is one that can be */
} OpenObject;

static gsize
count_digits (const char *at, const char *end)
{
  const char *first = at;

  while (at < end && g_ascii_isdigit (*at))
    at++;
  return at - first;
}

/* Reads `<n>-`. */
static const char *
parse_attachments (TideSocketioPacket *self, const char *at, const char *end)
{
  gsize n_digits = count_digits (at, end);
  guint64 n;

  if (!tide_ack_id_parse (at, n_digits, &n) || n < 1 || n > TIDE_SOCKETIO_MAX_ATTACHMENTS)
    return NULL;
  at += n_digits;
  if (at == end || *at != '-')
    return NULL;
  self->n_attachments = n;
  return at + 1;
}

/* A namespace is sent back in answers: nothing may be in it that could end a packet. */
static gboolean
is_good_namespace (const char *start, gsize length)
{
  if (length > TIDE_SOCKETIO_MAX_NAMESPACE || !g_utf8_validate_len (start, length, NULL))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (g_ascii_iscntrl (start[i]))
      return FALSE;
  return TRUE;
}

/* Reads `<namespace>,`; the comma may be missing when nothing follows. */
static const char *
parse_namespace (TideSocketioPacket *self, const char *at, const char *end)
{
  self->namespace = "/";
  self->namespace_length = 1;
  if (at == end || *at != '/')
    return at;

  const char *comma = memchr (at, ',', end - at);
  const char *namespace_end = comma != NULL ? comma : end;

  self->namespace = at;
  self->namespace_length = namespace_end - at;
  if (!is_good_namespace (self->namespace, self->namespace_length))
    return NULL;
  return comma != NULL ? comma + 1 : end;
}

static const char *
parse_id (TideSocketioPacket *self, const char *at, const char *end)
{
  gsize n_digits = count_digits (at, end);

  self->id = 0;
  self->has_id = n_digits > 0;
  if (self->has_id && !tide_ack_id_parse (at, n_digits, &self->id))
    return NULL;
  return at + n_digits;
}

/* If the string that starts at @at is the name of a member of @object that tells a
 * placeholder, notes what the member says. Gives the place behind the string. */
static const char *
note_member (OpenObject *object, const char *at, const char *end)
{
  const char *name = at + 1;
  const char *name_end = name;
  gboolean has_escapes;

  tide_json_string_skip (&name_end, end, &has_escapes);

  const char *value = tide_json_skip_space (name_end + 1, end);
  gsize length = name_end - name;

  if (value == end || *value != ':')
    return name_end + 1;
  value = tide_json_skip_space (value + 1, end);

  if (length == strlen ("_placeholder") && memcmp (name, "_placeholder", length) == 0)
    object->is_placeholder = value < end && *value == 't';
  else if (length == strlen ("num") && memcmp (name, "num", length) == 0)
    {
      /* One digit: there are ten at most. */
      const char *next = tide_json_skip_space (value + count_digits (value, end), end);
      gboolean is_digit =
          count_digits (value, end) == 1 && (*next == ',' || *next == '}');

      object->number = is_digit ? (guint) (*value - '0') : G_MAXUINT;
    }
  return name_end + 1;
}

/* Whether the placeholders in a scanned text name each attachment once. */
static gboolean
has_all_placeholders (const char *text, const char *end, guint n_attachments)
{
  OpenObject levels[TIDE_JSON_MAX_DEPTH + 1];
  guint depth = 0;
  guint seen = 0;

  for (const char *at = text; at < end;)
    {
      if (*at == '"')
        {
          at = note_member (&levels[depth], at, end);
          continue;
        }
      if (*at == '{' || *at == '[')
        levels[++depth] = (OpenObject){ .number = G_MAXUINT };
      else if (*at == ']' || *at == '}')
        {
          const OpenObject *object = &levels[depth--];

          if (object->is_placeholder &&
              (object->number >= n_attachments || (seen & (1u << object->number)) != 0))
            return FALSE;
          if (object->is_placeholder)
            seen |= 1u << object->number;
        }
      at++;
    }
  return seen == (1u << n_attachments) - 1;
}

/* Names that mean something to Socket.IO's own event emitters; none may be sent. */
static gboolean
is_reserved (const TideJsonField *name)
{
  static const char *const reserved[] = { "connect",     "connect_error",
                                          "disconnect",  "disconnecting",
                                          "newListener", "removeListener" };

  for (guint i = 0; i < G_N_ELEMENTS (reserved); i++)
    if (tide_json_string_equals (name->start, name->start + name->length, reserved[i]))
      return TRUE;
  return FALSE;
}

static gboolean
parse_event (TideSocketioPacket *self)
{
  const char *end = self->json + self->json_length;

  self->args = self->json;
  if (!tide_json_array_next (&self->args, end, &self->name))
    return FALSE;
  if (self->name.kind == TIDE_JSON_STRING)
    return !is_reserved (&self->name);
  return self->name.kind == TIDE_JSON_NUMBER;
}

/* Whether what follows the id is what a packet of this type has there. */
static gboolean
parse_json (TideSocketioPacket *self)
{
  TideJsonKind kind = TIDE_JSON_NONE;

  if (self->json != NULL &&
      (strchr ("[{\"", *self->json) == NULL ||
       tide_json_scan (self->json, self->json_length, NULL, 0, &kind) != TIDE_JSON_OK))
    return FALSE;

  switch (self->type)
    {
    case TIDE_SOCKETIO_CONNECT:
      return !self->has_id && (kind == TIDE_JSON_NONE || kind == TIDE_JSON_OBJECT);
    case TIDE_SOCKETIO_DISCONNECT:
      return !self->has_id && kind == TIDE_JSON_NONE;
    case TIDE_SOCKETIO_CONNECT_ERROR:
      return !self->has_id && (kind == TIDE_JSON_STRING || kind == TIDE_JSON_OBJECT);
    case TIDE_SOCKETIO_EVENT:
    case TIDE_SOCKETIO_BINARY_EVENT:
      return kind == TIDE_JSON_ARRAY && parse_event (self);
    case TIDE_SOCKETIO_ACK:
    case TIDE_SOCKETIO_BINARY_ACK:
      return kind == TIDE_JSON_ARRAY && self->has_id;
    }
  return FALSE;
}

/**
 * tide_socketio_packet_parse:
 * @self: (out caller-allocates): what the packet says; undefined on failure
 * @text: (array length=length): a packet, without Engine.IO's type
 * @length: its length in bytes
 *
 * Reads a packet.
 *
 * As strict as the reference parser (socket.io-parser 4.2), and a little more: an event
 * has a name, an acknowledgement has an id, other packets have none, ids are below 2^53,
 * and the placeholders of a binary packet name each attachment once.
 *
 * Returns: %FALSE when it is malformed; the connection is then to be closed
 */
gboolean
tide_socketio_packet_parse (TideSocketioPacket *self, const char *text, gsize length)
{
  const char *end = text + length;
  const char *at = text;

  if (length == 0 || *at < '0' || *at > '0' + (int) TIDE_SOCKETIO_BINARY_ACK)
    return FALSE;
  self->type = *at++ - '0';
  self->n_attachments = 0;
  self->name.kind = TIDE_JSON_NONE;
  self->args = NULL;

  if (self->type == TIDE_SOCKETIO_BINARY_EVENT || self->type == TIDE_SOCKETIO_BINARY_ACK)
    at = parse_attachments (self, at, end);
  if (at != NULL)
    at = parse_namespace (self, at, end);
  if (at != NULL)
    at = parse_id (self, at, end);
  if (at == NULL)
    return FALSE;

  self->json = at < end ? at : NULL;
  self->json_length = end - at;
  return parse_json (self) &&
         (self->n_attachments == 0 ||
          has_all_placeholders (self->json, end, self->n_attachments));
}

/**
 * tide_socketio_packet_is_in:
 * @self: a packet
 * @namespace: a namespace, such as `/`
 *
 * Returns: whether the packet belongs to the namespace
 */
gboolean
tide_socketio_packet_is_in (const TideSocketioPacket *self, const char *namespace)
{
  return self->namespace_length == strlen (namespace) &&
         memcmp (self->namespace, namespace, self->namespace_length) == 0;
}
