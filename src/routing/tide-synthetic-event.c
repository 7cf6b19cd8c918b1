/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-synthetic-event.h"

#include "tide-error.h"
#include "tide-json-scan.h"

#include <string.h>

/* Finds the field of a route that has @name among its names, -1 without one. */
static int
find_field (const TideRoute *route, const char *name)
{
  for (guint i = 0; i < route->fields->len; i++)
    if (g_strv_contains (g_ptr_array_index (route->fields, i), name))
      return i;
  return -1;
}

static gboolean
apply_criteria (const TideSyntheticEvent *self,
                const TideRoute *route,
                TideEventValue *values,
                GError **error)
{
  for (guint i = 0; i < self->n_criteria; i++)
    {
      int field = find_field (route, self->criteria[i].field);

      if (field < 0)
        {
          g_set_error (error,
                       TIDE_ERROR,
                       TIDE_ERROR_BAD_PAYLOAD,
                       "the route %s does not look at a field %s",
                       route->name,
                       self->criteria[i].field);
          return FALSE;
        }
      values[field] =
          (TideEventValue){ self->criteria[i].text, strlen (self->criteria[i].text) };
    }
  return TRUE;
}

/* Makes the list of what the scan is to find: each name of each field, at the top and in
 * `data`, whose place is the first. */
static GArray *
make_wanted (const TideRoute *route)
{
  GArray *wanted = g_array_new (FALSE, FALSE, sizeof (TideJsonField));
  TideJsonField field = { .name = "data", .parent = -1 };

  g_array_append_val (wanted, field);
  for (guint i = 0; i < route->fields->len; i++)
    for (char **name = g_ptr_array_index (route->fields, i); *name != NULL; name++)
      for (field.parent = -1; field.parent <= 0; field.parent++)
        {
          field.name = *name;
          g_array_append_val (wanted, field);
        }
  return wanted;
}

/* Gives what was found, unless it is no text. */
static TideEventValue
make_value (const TideJsonField *found, GPtrArray *texts)
{
  TideEventValue value = { found->start, found->length };

  if (found->kind != TIDE_JSON_STRING && found->kind != TIDE_JSON_NUMBER)
    return (TideEventValue){ NULL, 0 };
  if (found->has_escapes)
    {
      value.text = tide_json_unescape (found->start, found->length, &value.length);
      g_ptr_array_add (texts, (gpointer) value.text);
    }
  return value;
}

/* Fills in the values that the criteria have left open. As with published events, the
 * first that is there counts, whatever it is. */
static void
take_values (const TideRoute *route,
             const GArray *wanted,
             TideEventValue *values,
             GPtrArray *texts)
{
  guint next = 1;

  for (guint i = 0; i < route->fields->len; i++)
    {
      guint n_places = 2 * g_strv_length (g_ptr_array_index (route->fields, i));
      gboolean is_open = values[i].text == NULL;

      for (guint j = 0; j < n_places; j++)
        {
          const TideJsonField *found = &g_array_index (wanted, TideJsonField, next++);

          if (!is_open || found->kind == TIDE_JSON_NONE)
            continue;
          values[i] = make_value (found, texts);
          is_open = FALSE;
        }
    }
}

static gboolean
is_one_of (const TideEventValue *value, char **texts)
{
  for (; value->text != NULL && *texts != NULL; texts++)
    if (strlen (*texts) == value->length &&
        memcmp (*texts, value->text, value->length) == 0)
      return TRUE;
  return FALSE;
}

static TidePriority
find_priority (const TideRoute *route, const TideEventValue *values)
{
  for (guint i = 0; i < route->priority_rules->len; i++)
    {
      const TideRoutePriorityRule *rule =
          &g_array_index (route->priority_rules, TideRoutePriorityRule, i);

      if (is_one_of (&values[rule->field], rule->values) != rule->is_negated)
        return rule->priority;
    }
  return route->priority;
}

/* Whether the payload is one JSON object; @wanted is filled in then. */
static gboolean
scan (const TideSyntheticEvent *self, GArray *wanted, GError **error)
{
  TideJsonKind kind;

  tide_json_scan (self->payload,
                  self->payload_length,
                  &g_array_index (wanted, TideJsonField, 0),
                  wanted->len,
                  &kind);
  if (kind == TIDE_JSON_OBJECT)
    return TRUE;
  g_set_error_literal (
      error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD, "the payload must be one JSON object");
  return FALSE;
}

/**
 * tide_synthetic_event_make:
 * @self: what the event is
 * @route: the route that it goes by
 * @now_us: monotonic time
 * @error: return location for an error
 *
 * Makes an event that no producer has published. Its fields are what the criteria say,
 * and what the payload says where they do not: at its top, then in `data`. The payload
 * goes out as it is. The event is outside the count of those that came in.
 *
 * Fails with [error@Error.BAD_PAYLOAD] when the payload is no JSON object, the route's
 * key is nowhere, or the route does not look at a field of the criteria.
 *
 * Returns: (transfer full): the event
 */
TideEvent *
tide_synthetic_event_make (const TideSyntheticEvent *self,
                           TideRoute *route,
                           gint64 now_us,
                           GError **error)
{
  g_autoptr (GArray) wanted = make_wanted (route);
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_autofree TideEventValue *values = g_new0 (TideEventValue, route->fields->len);
  TideEventFacts facts = {
    .route = route,
    .payload = self->payload,
    .payload_length = self->payload_length,
    .values = values,
    .received_us = now_us,
    .timestamp_us = g_get_real_time (),
  };

  if (!scan (self, wanted, error) || !apply_criteria (self, route, values, error))
    return NULL;
  take_values (route, wanted, values, texts);
  if (route->key_field >= 0 && values[route->key_field].text == NULL)
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_BAD_PAYLOAD,
                   "the route %s needs its key in the payload or the criteria",
                   route->name);
      return NULL;
    }
  facts.priority = find_priority (route, values);
  return tide_event_new_full (&facts);
}
