/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who would get an event that an operator pastes, and why others would not. */

#include "tide-console-private.h"
#include "tide-delivery-explanation.h"
#include "tide-dict-json.h"
#include "tide-json-scan.h"
#include "tide-json-string.h"

#include <string.h>

#define STATUS_BAD_REQUEST 400

enum
{
  FIELD_CHANNEL,
  FIELD_PAYLOAD,
  N_FIELDS,
};

/* Returns: (transfer full) (nullable): the text of a string; of anything else as it is
 * written, so that numbers keep all their digits */
static char *
dup_text (const TideJsonField *field)
{
  g_autofree char *text = NULL;
  gsize length = field->length;

  if (field->kind == TIDE_JSON_STRING)
    text = tide_json_unescape (field->start, field->length, &length);
  else if (field->kind != TIDE_JSON_NONE)
    text = g_strndup (field->start, field->length);
  return text != NULL && strlen (text) == length ? g_steal_pointer (&text) : NULL;
}

static gboolean
read_body (const TideConsoleRequest *request, char **channel, char **payload)
{
  TideJsonField fields[N_FIELDS] = {
    [FIELD_CHANNEL] = { .name = "channel", .parent = -1 },
    [FIELD_PAYLOAD] = { .name = "payload", .parent = -1 },
  };
  TideJsonKind kind;

  if (tide_json_scan (request->body, request->body_length, fields, N_FIELDS, &kind) !=
          TIDE_JSON_OK ||
      kind != TIDE_JSON_OBJECT || fields[FIELD_CHANNEL].kind != TIDE_JSON_STRING)
    return FALSE;
  *channel = dup_text (&fields[FIELD_CHANNEL]);
  *payload = dup_text (&fields[FIELD_PAYLOAD]);
  return *channel != NULL && *payload != NULL;
}

/* Appends the rows of an array of tuples of strings as a member. */
static void
append_rows (GString *out, const char *member, GVariant *rows, const char *const *names)
{
  GVariantIter iter;
  GVariant *row;
  const char *separator = "";

  g_string_append_printf (out, ",\"%s\":[", member);
  g_variant_iter_init (&iter, rows);
  while ((row = g_variant_iter_next_value (&iter)) != NULL)
    {
      g_string_append (out, separator);
      for (guint i = 0; names[i] != NULL; i++)
        {
          g_autoptr (GVariant) value = g_variant_get_child_value (row, i);

          g_string_append_printf (out, "%c\"%s\":", i > 0 ? ',' : '{', names[i]);
          tide_json_append_string (out, g_variant_get_string (value, NULL), -1);
        }
      g_string_append_c (out, '}');
      separator = ",";
      g_variant_unref (row);
    }
  g_string_append_c (out, ']');
}

static void
append_explanation (GString *out, GVariant *explanation)
{
  static const char *const recipient[] = { "user", "why", "state", NULL };
  static const char *const other[] = { "user", "why", NULL };
  g_autoptr (GVariant) facts = g_variant_get_child_value (explanation, 0);
  g_autoptr (GVariant) recipients = g_variant_get_child_value (explanation, 1);
  g_autoptr (GVariant) others = g_variant_get_child_value (explanation, 2);

  g_string_append (out, "{\"event\":");
  tide_dict_json_append (tide_dict_json_new (facts), out);
  append_rows (out, "recipients", recipients, recipient);
  append_rows (out, "others", others, other);
  g_string_append_c (out, '}');
}

/**
 * tide_console_explain:
 * @self: a console
 * @request: what is asked for
 * @name: empty
 * @answer: what to fill
 *
 * Answers with who would get an event that came now, and why others would not.
 */
void
tide_console_explain (TideConsole *self,
                      const TideConsoleRequest *request,
                      const char *name,
                      TideConsoleAnswer *answer)
{
  g_autofree char *channel = NULL;
  g_autofree char *payload = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) explanation = NULL;

  if (!read_body (request, &channel, &payload))
    {
      tide_console_refuse (answer,
                           STATUS_BAD_REQUEST,
                           "bad_request",
                           "the body has to be a JSON object such as "
                           "{\"channel\":\"tickstock.all_ticks\",\"payload\":{…}}, its "
                           "payload an object or a text");
      return;
    }
  explanation = tide_delivery_explanation_make (self->stages, channel, payload, &error);
  if (explanation == NULL)
    {
      tide_console_refuse_error (answer, error);
      return;
    }
  g_variant_ref_sink (explanation);
  append_explanation (answer->body, explanation);
}
