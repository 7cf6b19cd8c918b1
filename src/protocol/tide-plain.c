/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The plain form of `/ws`: one JSON object a message, both ways. */

#include "tide-ack-id.h"
#include "tide-error.h"
#include "tide-json-walk.h"
#include "tide-protocol-private.h"

#include <string.h>

#define MIDDLE ",\"data\":"

enum
{
  FIELD_TYPE,
  FIELD_ID,
  N_FIELDS,
};

static const guint8 ping_frame[] = { 0x80 | TIDE_WEBSOCKET_PING, 0x00 };

/* A client that the server does not know yet has to say who it is first. */
static void
become_ready (TideProtocol *self, const char *upgrades)
{
  if (!self->is_unknown)
    tide_protocol_become_ready (self);
}

/* Decodes the name of a command; NULL when it has none that can be one. */
static char *
dup_name (const TideJsonField *type)
{
  gsize length;
  g_autofree char *name = NULL;

  /* An escape has six bytes at most and stands for one at least. */
  if (type->kind != TIDE_JSON_STRING || type->length > 6 * TIDE_PROTOCOL_MAX_NAME)
    return NULL;
  name = tide_json_unescape (type->start, type->length, &length);
  if (length == 0 || length > TIDE_PROTOCOL_MAX_NAME || strlen (name) != length)
    return NULL;
  return g_steal_pointer (&name);
}

/* For pages in browsers, which can't send WebSocket's own pings. */
static void
answer_ping (TideProtocol *self, const TideProtocolCommand *command)
{
  g_autofree char *pong =
      command->wants_ack
          ? g_strdup_printf ("{\"type\":\"pong\",\"id\":%" G_GUINT64_FORMAT "}",
                             command->ack_id)
          : g_strdup ("{\"type\":\"pong\"}");
  TideSpan span = { pong, strlen (pong) };

  tide_protocol_send_text (self, &span, 1);
}

/* A command of a client that is not known: the one that says who it is may be done. */
static void
receive_from_unknown (TideProtocol *self, const TideProtocolCommand *command)
{
  g_autoptr (GError) error = NULL;

  if (!g_str_equal (command->name, "authenticate"))
    tide_protocol_refuse (
        self, command, "login_required", "Log in first: send authenticate with a token");
  else if (self->host->admit (self, command->payload, command->payload_length, &error))
    {
      tide_protocol_become_ready (self);
      if (!self->is_closed)
        self->host->command (self, command);
    }
  else
    tide_protocol_refuse (self, command, tide_error_get_nick (error), error->message);
}

static void
receive_text (TideProtocol *self, const char *text, gsize length)
{
  TideJsonField fields[N_FIELDS] = {
    [FIELD_TYPE] = { .name = "type", .parent = -1 },
    [FIELD_ID] = { .name = "id", .parent = -1 },
  };
  const TideJsonField *id = &fields[FIELD_ID];
  TideJsonKind kind;
  TideJsonFault fault = tide_json_scan (text, length, fields, N_FIELDS, &kind);
  g_autofree char *name = dup_name (&fields[FIELD_TYPE]);
  TideProtocolCommand command = {
    .name = name != NULL ? name : "",
    .payload = text,
    .payload_length = length,
  };

  command.wants_ack = id->kind == TIDE_JSON_NUMBER &&
                      tide_ack_id_parse (id->start, id->length, &command.ack_id);

  if (fault != TIDE_JSON_OK || kind != TIDE_JSON_OBJECT)
    tide_protocol_refuse (
        self, &command, "bad_payload", "A message must be one JSON object in UTF-8");
  else if (name == NULL)
    tide_protocol_refuse (self,
                          &command,
                          "bad_payload",
                          "A message must have a \"type\", a string of 1 to 64 bytes");
  else if (id->kind != TIDE_JSON_NONE && !command.wants_ack)
    tide_protocol_refuse (self,
                          &command,
                          "bad_payload",
                          "An \"id\" must be a whole number from 0 to 2^53 - 1");
  else if (strcmp (name, "ping") == 0)
    answer_ping (self, &command);
  else if (self->is_unknown)
    receive_from_unknown (self, &command);
  else
    self->host->command (self, &command);
}

static void
receive_binary (TideProtocol *self, GBytes *message)
{
  const TideProtocolCommand command = { .name = "" };

  tide_protocol_refuse (self,
                        &command,
                        "unsupported",
                        "This server takes no binary data; send JSON as text");
}

static void
send_reply (TideProtocol *self,
            const TideProtocolCommand *command,
            const char *event,
            const char *payload,
            gsize payload_length)
{
  TideEventShape shape = tide_plain_form.event_shape;
  char middle[48];

  if (command->wants_ack)
    {
      shape.middle.bytes = middle;
      shape.middle.length = g_snprintf (
          middle, sizeof middle, ",\"id\":%" G_GUINT64_FORMAT MIDDLE, command->ack_id);
    }
  tide_protocol_send_shaped (self, &shape, event, payload, payload_length);
}

const TideProtocolForm tide_plain_form = {
  .event_shape = { TIDE_SPAN ("{\"type\":"), TIDE_SPAN (MIDDLE), TIDE_SPAN ("}") },
  .ping = ping_frame,
  .ping_length = sizeof ping_frame,
  .open = become_ready,
  .receive_text = receive_text,
  .receive_binary = receive_binary,
  .send_reply = send_reply,
};
