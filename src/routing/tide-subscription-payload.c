/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is in the payloads of commands. They have passed tide_json_scan() before. */

#include "tide-subscription-payload.h"

#include "tide-error.h"
#include "tide-json-walk.h"

#include <string.h>

#define MAX_NAME_BYTES 64 /* of a type or a filter */
#define MAX_FILTERS 64    /* more than any type has */

static TideJsonField
find_member (const TideCommand *command, const char *name)
{
  TideJsonField field = { .name = name, .parent = -1 };

  tide_json_scan (command->payload, command->payload_length, &field, 1, NULL);
  return field;
}

static gboolean
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD, text);
  return FALSE;
}

/* Gives a string's text; %NULL when it is none, is longer than @max_bytes or holds a
 * NUL. */
static char *
get_text (const TideJsonField *field, gsize max_bytes)
{
  g_autofree char *text = NULL;
  gsize length;

  if (field->kind != TIDE_JSON_STRING || field->length > 6 * max_bytes)
    return NULL;
  text = tide_json_unescape (field->start, field->length, &length);
  if (length > max_bytes || strlen (text) != length)
    return NULL;
  return g_steal_pointer (&text);
}

/**
 * tide_subscription_payload_has:
 * @command: a command
 * @name: a member's name
 *
 * Returns: whether the payload has the member, and it is not `null`
 */
gboolean
tide_subscription_payload_has (const TideCommand *command, const char *name)
{
  TideJsonKind kind = find_member (command, name).kind;

  return kind != TIDE_JSON_NONE && kind != TIDE_JSON_NULL;
}

/**
 * tide_subscription_payload_check_user:
 * @command: a command
 * @user_name: (nullable): who sent it, %NULL for an anonymous user
 * @error: return location for an error
 *
 * Looks whether a payload speaks in the name of who sent it. A `user_id` is never
 * believed; it may be there when it is the sender's own, as a string or a number.
 *
 * Fails with [error@Error.FORBIDDEN].
 *
 * Returns: %TRUE when there is no `user_id`, or the right one
 */
gboolean
tide_subscription_payload_check_user (const TideCommand *command,
                                      const char *user_name,
                                      GError **error)
{
  TideJsonField field = find_member (command, "user_id");
  const char *own = user_name != NULL ? user_name : "anonymous";
  gsize own_length = strlen (own);

  switch (field.kind)
    {
    case TIDE_JSON_NONE:
    case TIDE_JSON_NULL:
      return TRUE;
    case TIDE_JSON_STRING:
      if (tide_json_string_equals (field.start, field.start + field.length, own))
        return TRUE;
      break;
    case TIDE_JSON_NUMBER:
      if (field.length == own_length && memcmp (field.start, own, own_length) == 0)
        return TRUE;
      break;
    case TIDE_JSON_BOOLEAN:
    case TIDE_JSON_ARRAY:
    case TIDE_JSON_OBJECT:
      break;
    }
  g_set_error_literal (error,
                       TIDE_ERROR,
                       TIDE_ERROR_FORBIDDEN,
                       "user_id is not yours; leave it away: the server knows who "
                       "you are");
  return FALSE;
}

/**
 * tide_subscription_payload_get_type:
 * @command: a command
 * @error: return location for an error
 *
 * Reads `subscription_type`.
 *
 * Fails with [error@Error.BAD_PAYLOAD] when it is no string, or longer than any type.
 *
 * Returns: (transfer full): the type, of which nobody knows yet whether it exists
 */
char *
tide_subscription_payload_get_type (const TideCommand *command, GError **error)
{
  TideJsonField field = find_member (command, "subscription_type");
  char *type = get_text (&field, MAX_NAME_BYTES);

  if (type == NULL)
    refuse (error,
            "subscription_type must be a string: send {\"subscription_type\":\"…\","
            "\"filters\":{…}}");
  return type;
}

/* Puts @at on the next member of an object, and gives its name; %NULL at the end. A name
 * that is longer than any filter's comes out empty. */
static char *
take_name (const char **at, const char *end)
{
  TideJsonField name;
  char *text;

  while (**at == ',' || g_ascii_isspace (**at))
    (*at)++;
  if (**at == '}')
    return NULL;
  *at = tide_json_value_pass (*at, end, &name);
  while (**at == ':' || g_ascii_isspace (**at))
    (*at)++;
  text = get_text (&name, MAX_NAME_BYTES);
  return text != NULL ? text : g_strdup ("");
}

/* A filter that is `null` accepts all, like one that is empty. */
static gboolean
add_filter (TideSubscriptionFilters *filters,
            const char *name,
            TideJsonField *value,
            guint max_values,
            GError **error)
{
  static const char *const all[] = { NULL };
  g_auto (GStrv) values = NULL;

  if (value->kind == TIDE_JSON_NULL)
    {
      tide_subscription_filters_set (filters, name, all);
      return TRUE;
    }
  value->name = "a filter";
  values = tide_value_list_parse (value, TIDE_VALUE_TEXT, max_values, error);
  if (values == NULL)
    return FALSE;
  tide_subscription_filters_set (filters, name, (const char *const *) values);
  return TRUE;
}

/**
 * tide_subscription_payload_get_filters:
 * @command: a command
 * @max_values: the most that a filter may have
 * @filters: (out) (nullable): the filters, %NULL when there is no `filters`; untouched on
 *   failure
 * @error: return location for an error
 *
 * Reads `filters`: an object of lists, or of single values. Of two members of one name
 * the last one counts.
 *
 * Fails with [error@Error.BAD_PAYLOAD] and [error@Error.LIMIT_EXCEEDED].
 *
 * Returns: %TRUE when they could be read
 */
gboolean
tide_subscription_payload_get_filters (const TideCommand *command,
                                       guint max_values,
                                       TideSubscriptionFilters **filters,
                                       GError **error)
{
  TideJsonField field = find_member (command, "filters");
  g_autoptr (TideSubscriptionFilters) found = NULL;
  const char *at;
  char *name;

  if (field.kind == TIDE_JSON_NONE || field.kind == TIDE_JSON_NULL)
    {
      *filters = NULL;
      return TRUE;
    }
  if (field.kind != TIDE_JSON_OBJECT)
    return refuse (error, "filters must be an object: send {\"symbols\":[\"AAPL\"]}");
  found = tide_subscription_filters_new ();
  at = field.start + 1;
  while ((name = take_name (&at, field.start + field.length)) != NULL)
    {
      g_autofree char *owned = name;
      TideJsonField value;

      at = tide_json_value_pass (at, field.start + field.length, &value);
      if (!add_filter (found, owned, &value, max_values, error))
        return FALSE;
      if (found->items->len > MAX_FILTERS)
        return refuse (error, "filters has more members than there are filters");
    }
  *filters = g_steal_pointer (&found);
  return TRUE;
}

/**
 * tide_subscription_payload_get_list:
 * @command: a command
 * @name: a member's name
 * @form: what its values are
 * @max_values: the most that it may have
 * @error: return location for an error
 *
 * Reads a list, see tide_value_list_parse().
 *
 * Fails with [error@Error.BAD_PAYLOAD] and [error@Error.LIMIT_EXCEEDED].
 *
 * Returns: (transfer full) (array zero-terminated=1): its values, each once
 */
char **
tide_subscription_payload_get_list (const TideCommand *command,
                                    const char *name,
                                    TideValueForm form,
                                    guint max_values,
                                    GError **error)
{
  TideJsonField field = find_member (command, name);

  return tide_value_list_parse (&field, form, max_values, error);
}

/**
 * tide_subscription_payload_get_symbol:
 * @command: a command
 * @error: return location for an error
 *
 * Reads `symbol`.
 *
 * Fails with [error@Error.BAD_PAYLOAD] when it is not a string of 1 to 32 printable ASCII
 * characters.
 *
 * Returns: (transfer full): the symbol
 */
char *
tide_subscription_payload_get_symbol (const TideCommand *command, GError **error)
{
  TideJsonField field = find_member (command, "symbol");
  TideValueReader reader;

  if (field.kind != TIDE_JSON_STRING)
    {
      refuse (error, "symbol must be a string: send {\"symbol\":\"AAPL\"}");
      return NULL;
    }
  if (!tide_value_reader_init (&reader, &field, TIDE_VALUE_TICKER, error))
    return NULL;
  return tide_value_reader_next (&reader, error);
}
