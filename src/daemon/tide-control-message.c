/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-control-message.h"

#include "tide-error.h"
#include "tide-json-scan.h"

#include <string.h>

#define FORM "an order must be {\"action\":\"log_out\",\"user\":\"NAME\"}"

enum
{
  FIELD_ACTION,
  FIELD_USER,
  N_FIELDS,
};

/* The name of a user: a string, or a number as producers may have it. */
static char *
dup_user (const TideJsonField *field)
{
  g_autofree char *name = NULL;
  gsize length = 0;

  if (field->kind == TIDE_JSON_NUMBER)
    return g_strndup (field->start, field->length);
  if (field->kind == TIDE_JSON_STRING)
    name = tide_json_unescape (field->start, field->length, &length);
  if (name == NULL || length == 0 || strlen (name) != length)
    return NULL;
  return g_steal_pointer (&name);
}

/**
 * tide_control_message_parse_log_out:
 * @payload: (array length=length): what came on the channel for orders to the service
 * @length: its length in bytes
 * @error: return location for an error
 *
 * Reads an order to log a user out: the JSON object
 * `{"action":"log_out","user":"NAME"}`. There are no other orders.
 *
 * Fails with [error@Error.BAD_PAYLOAD].
 *
 * Returns: (transfer full): the user's name
 */
char *
tide_control_message_parse_log_out (const char *payload, gsize length, GError **error)
{
  TideJsonField fields[N_FIELDS] = {
    [FIELD_ACTION] = { .name = "action", .parent = -1 },
    [FIELD_USER] = { .name = "user", .parent = -1 },
  };
  const TideJsonField *action = &fields[FIELD_ACTION];
  TideJsonKind kind;
  char *user = NULL;

  if (tide_json_scan (payload, length, fields, N_FIELDS, &kind) == TIDE_JSON_OK &&
      kind == TIDE_JSON_OBJECT && action->kind == TIDE_JSON_STRING &&
      tide_json_string_equals (action->start, action->start + action->length, "log_out"))
    user = dup_user (&fields[FIELD_USER]);
  if (user == NULL)
    g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD, FORM);
  return user;
}
