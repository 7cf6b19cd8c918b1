/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-decoder.h"

#include "tide-error.h"
#include "tide-event-time.h"
#include "tide-json-scan.h"
#include "tide-lift.h"

#include <string.h>

#define WRAPPER "data" /* where producers may put the fields, unless `lift` says else */
#define LOG_INTERVAL_US (10 * G_USEC_PER_SEC)
#define MAX_LOGGED_CHARACTERS 64

/* The longest escape, `\u0041`, stands for one byte at least. */
#define MAX_ESCAPED_VALUE_BYTES (TIDE_DECODER_MAX_KEY_BYTES * 6)

/* Where a member that a route looks for may be, as indices of scanned fields. */
typedef struct
{
  guint top;
  guint wrapped;
} Place;

/* What to look for in the events of a route. */
typedef struct
{
  TideRoute *route;      /* (owned) */
  TideJsonField *fields; /* (owned), names are the route's; the scan writes into them.
                            The first is the wrapper */
  guint n_fields;
  Place *places; /* (owned), one for each name of each of the route's fields, in order */
  guint *n_places;        /* (owned), how many of these each of the route's fields has */
  TideEventValue *values; /* (owned), of the event that is being made, one for each of the
                             route's fields */
} Template;

struct _TideDecoder
{
  TideRouteTable *routes; /* (owned) */
  TideCounters *counters; /* (unowned) */
  TideClock *clock;       /* (owned) */
  gsize max_event_bytes;
  GPtrArray *templates; /* (owned) (element-type Template), made when first needed */
  GPtrArray *decoded;   /* (owned) (element-type utf8), texts of the event that is being
                           made that are not in its payload */
  GString *lifted;      /* (owned), the payload that is being made by `lift` */
  guint64 n_events;     /* made so far; the last one's id */
  gint64 next_log_us;   /* no line before this */
  guint64 n_unlogged;   /* events dropped since the last line */
  const char *reason;   /* (nullable), static: why the last one was dropped */
};

typedef struct
{
  const char *name;
  gsize name_length;
} Channel;

static void
template_free (Template *self)
{
  tide_route_unref (self->route);
  g_free (self->fields);
  g_free (self->places);
  g_free (self->n_places);
  g_free (self->values);
  g_free (self);
}

/* The index of the scanned field @name in @parent, which is added when it is new. */
static guint
template_add_field (Template *self, const char *name, int parent)
{
  for (guint i = 0; i < self->n_fields; i++)
    if (self->fields[i].parent == parent && strcmp (self->fields[i].name, name) == 0)
      return i;
  self->fields[self->n_fields] = (TideJsonField){ .name = name, .parent = parent };
  return self->n_fields++;
}

/* The scan gives a member to the first field of its name only, so what several of the
 * route's fields name is there once. */
static Template *
template_new (TideRoute *route)
{
  Template *self = g_new0 (Template, 1);
  guint n_fields = route->fields->len;
  guint n_names = 0;
  guint next = 0;

  for (guint i = 0; i < n_fields; i++)
    n_names += g_strv_length (g_ptr_array_index (route->fields, i));
  self->route = tide_route_ref (route);
  self->fields = g_new0 (TideJsonField, 1 + 2 * n_names);
  self->places = g_new0 (Place, n_names);
  self->n_places = g_new0 (guint, n_fields);
  self->values = g_new0 (TideEventValue, n_fields);
  if (n_fields > 0 || route->lift != NULL)
    template_add_field (self, route->lift != NULL ? route->lift : WRAPPER, -1);
  for (guint i = 0; i < n_fields; i++)
    {
      char **names = g_ptr_array_index (route->fields, i);

      self->n_places[i] = g_strv_length (names);
      for (guint j = 0; names[j] != NULL; j++, next++)
        {
          self->places[next].top = template_add_field (self, names[j], -1);
          self->places[next].wrapped = template_add_field (self, names[j], 0);
        }
    }
  return self;
}

static Template *
get_template (TideDecoder *self, TideRoute *route)
{
  Template *template;

  for (guint i = 0; i < self->templates->len; i++)
    {
      template = g_ptr_array_index (self->templates, i);
      if (template->route == route)
        return template;
    }
  template = template_new (route);
  g_ptr_array_add (self->templates, template);
  return template;
}

/* The first of @n_places members that is there, each at the top or else in the wrapper.
 */
static const TideJsonField *
find_member (const Template *template, const Place *places, guint n_places)
{
  for (guint i = 0; i < n_places; i++)
    {
      const TideJsonField *top = &template->fields[places[i].top];
      const TideJsonField *wrapped = &template->fields[places[i].wrapped];

      if (top->kind != TIDE_JSON_NONE)
        return top;
      if (wrapped->kind != TIDE_JSON_NONE)
        return wrapped;
    }
  return NULL;
}

/* A channel's name is whatever a producer chose: only what prints goes into the log. */
static char *
make_printable (const Channel *channel)
{
  gsize n_bytes = MIN (channel->name_length, MAX_LOGGED_CHARACTERS * 4);
  g_autofree char *valid = g_utf8_make_valid (channel->name, n_bytes);
  GString *printable = g_string_new (NULL);
  guint n_characters = 0;

  for (const char *at = valid; *at != '\0' && n_characters < MAX_LOGGED_CHARACTERS;
       at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      g_string_append_unichar (printable,
                               g_unichar_isprint (character) ? character : 0xfffd);
      n_characters++;
    }
  return g_string_free (printable, FALSE);
}

/* Counts a refused event and says so, at most once in a while for all of them together.
 */
static TideEvent *
drop (TideDecoder *self, const Channel *channel, guint64 *counter, const char *reason)
{
  gint64 now_us = tide_clock_now_us (self->clock);

  (*counter)++;
  self->n_unlogged++;
  self->reason = reason;
  if (now_us < self->next_log_us)
    return NULL;

  g_autofree char *printable = make_printable (channel);

  g_log_structured (G_LOG_DOMAIN,
                    G_LOG_LEVEL_WARNING,
                    "TIDE_CHANNEL",
                    printable,
                    "TIDE_REASON",
                    reason,
                    "MESSAGE",
                    "Dropped %" G_GUINT64_FORMAT
                    " event(s) since the last such line; the latest, on channel '%s': %s",
                    self->n_unlogged,
                    printable,
                    reason);
  self->n_unlogged = 0;
  self->next_log_us = now_us + LOG_INTERVAL_US;
  return NULL;
}

static TideEvent *
drop_fault (TideDecoder *self, const Channel *channel, TideJsonFault fault)
{
  TideCounters *counters = self->counters;

  switch (fault)
    {
    case TIDE_JSON_FAULT_TOO_DEEP:
      return drop (self, channel, &counters->events_dropped_too_deep, "too_deep");
    case TIDE_JSON_FAULT_UTF8:
      return drop (self, channel, &counters->events_dropped_bad_utf8, "bad_utf8");
    case TIDE_JSON_OK:
    case TIDE_JSON_FAULT_SYNTAX:
      break;
    }
  return drop (self, channel, &counters->events_dropped_not_json, "not_json");
}

/* What a member is as a value: nothing when it is neither string nor number, or too long
 * for one. */
static TideEventValue
make_value (TideDecoder *self, const TideJsonField *member)
{
  TideEventValue value = { member->start, member->length };

  if (member->kind != TIDE_JSON_STRING && member->kind != TIDE_JSON_NUMBER)
    return (TideEventValue){ NULL, 0 };
  if (member->has_escapes && value.length <= MAX_ESCAPED_VALUE_BYTES)
    {
      char *decoded = tide_json_unescape (member->start, member->length, &value.length);

      g_ptr_array_add (self->decoded, decoded);
      value.text = decoded;
    }
  if (value.length > TIDE_DECODER_MAX_KEY_BYTES)
    return (TideEventValue){ NULL, 0 };
  return value;
}

/* Fills in the values of a scanned payload; gives the member that is the key. */
static const TideJsonField *
make_values (TideDecoder *self, Template *template)
{
  const TideRoute *route = template->route;
  const Place *places = template->places;
  const TideJsonField *key = NULL;

  for (guint i = 0; i < route->fields->len; i++)
    {
      const TideJsonField *member = find_member (template, places, template->n_places[i]);

      places += template->n_places[i];
      template->values[i] =
          member != NULL ? make_value (self, member) : (TideEventValue){ NULL, 0 };
      if ((int) i == route->key_field)
        key = member;
    }
  return key;
}

static gboolean
has_value (char **values, const TideEventValue *value)
{
  for (guint i = 0; values[i] != NULL; i++)
    if (strlen (values[i]) == value->length &&
        memcmp (values[i], value->text, value->length) == 0)
      return TRUE;
  return FALSE;
}

static TidePriority
choose_priority (const TideRoute *route, const TideEventValue *values)
{
  for (guint i = 0; i < route->priority_rules->len; i++)
    {
      const TideRoutePriorityRule *rule =
          &g_array_index (route->priority_rules, TideRoutePriorityRule, i);
      const TideEventValue *value = &values[rule->field];
      gboolean is_one = value->text != NULL && has_value (rule->values, value);

      if (is_one != rule->is_negated)
        return rule->priority;
    }
  return route->priority;
}

static gint64
choose_time (const TideRoute *route, const TideEventValue *values)
{
  const TideEventValue *value =
      route->time_field >= 0 ? &values[route->time_field] : NULL;
  gint64 time_us;

  if (value != NULL && value->text != NULL &&
      tide_event_time_parse (value->text, value->length, &time_us))
    return time_us;
  return g_get_real_time ();
}

/* Makes the event of a scanned payload whose values are known. */
static TideEvent *
make_event (TideDecoder *self,
            const Template *template,
            const char *payload,
            gsize payload_length)
{
  TideRoute *route = template->route;
  const TideJsonField *wrapper = &template->fields[0];
  TideEventFacts facts = {
    .route = route,
    .payload = payload,
    .payload_length = payload_length,
    .values = template->values,
    .priority = choose_priority (route, template->values),
    .id = ++self->n_events,
    .received_us = tide_clock_now_us (self->clock),
    .timestamp_us = choose_time (route, template->values),
  };

  if (route->lift != NULL && wrapper->kind == TIDE_JSON_OBJECT &&
      tide_lift_splice (
          self->lifted, payload, payload_length, wrapper->start, wrapper->length))
    {
      facts.payload = self->lifted->str;
      facts.payload_length = self->lifted->len;
    }
  return tide_event_new_full (&facts);
}

/* Takes a scanned payload on. */
static TideEvent *
take_object (TideDecoder *self,
             const Channel *where,
             Template *template,
             const char *payload,
             gsize payload_length)
{
  const TideJsonField *key = make_values (self, template);
  int key_field = template->route->key_field;

  if (key_field >= 0 && key == NULL)
    return drop (self, where, &self->counters->events_dropped_no_key, "no_key");
  if (key_field >= 0 && template->values[key_field].length == 0)
    return drop (self, where, &self->counters->events_dropped_wrong_type, "wrong_type");
  return make_event (self, template, payload, payload_length);
}

/**
 * tide_decoder_new:
 * @routes: the routes in force; more may be added to them later
 * @counters: what to count in, must outlive the decoder
 * @clock: the time that events are stamped with
 * @max_event_bytes: longest payload to take
 *
 * Creates a decoder.
 *
 * Returns: (transfer full): a decoder
 */
TideDecoder *
tide_decoder_new (TideRouteTable *routes,
                  TideCounters *counters,
                  TideClock *clock,
                  gsize max_event_bytes)
{
  TideDecoder *self = g_new0 (TideDecoder, 1);

  self->routes = tide_route_table_ref (routes);
  self->counters = counters;
  self->clock = tide_clock_ref (clock);
  self->max_event_bytes = max_event_bytes;
  self->templates = g_ptr_array_new_with_free_func ((GDestroyNotify) template_free);
  self->decoded = g_ptr_array_new_with_free_func (g_free);
  self->lifted = g_string_new (NULL);
  self->next_log_us = G_MININT64;
  return self;
}

/**
 * tide_decoder_free:
 * @self: (transfer full): a decoder
 *
 * Frees @self.
 */
void
tide_decoder_free (TideDecoder *self)
{
  g_ptr_array_unref (self->templates);
  g_ptr_array_unref (self->decoded);
  g_string_free (self->lifted, TRUE);
  tide_clock_unref (self->clock);
  tide_route_table_unref (self->routes);
  g_free (self);
}

/* Takes the payload of a message on, whose route is known. */
static TideEvent *
decode_by (TideDecoder *self,
           const Channel *where,
           Template *template,
           const char *payload,
           gsize payload_length)
{
  TideJsonFault fault;
  TideJsonKind kind;
  TideEvent *event;

  if (payload_length > self->max_event_bytes)
    return drop (self, where, &self->counters->events_dropped_too_large, "too_large");
  fault = tide_json_scan (
      payload, payload_length, template->fields, template->n_fields, &kind);
  if (fault != TIDE_JSON_OK)
    return drop_fault (self, where, fault);
  if (kind != TIDE_JSON_OBJECT)
    return drop (self, where, &self->counters->events_dropped_not_object, "not_object");
  event = take_object (self, where, template, payload, payload_length);
  g_ptr_array_set_size (self->decoded, 0);
  return event;
}

/**
 * tide_decoder_decode:
 * @self: a decoder
 * @channel: (array length=channel_length): where it was published, not NUL-terminated
 * @channel_length: length of @channel in bytes
 * @payload: (array length=payload_length): what was published, any bytes
 * @payload_length: length of @payload in bytes
 *
 * Makes an event of a producer's message.
 *
 * The payload has to be one JSON object; its bytes go into the event untouched, but for
 * the members that `lift` copies to its front. Each of the route's fields is the first of
 * its names that the object has, at its top or else in its member `data`, or the one that
 * `lift` names: the text of a string, or a number as it is written, at most
 * %TIDE_DECODER_MAX_KEY_BYTES bytes; anything else counts as not there. An event on a
 * route with a key has to have it, at least one byte.
 *
 * Events are numbered from 1. The time at which it happened is that of the route's time
 * field, or else now.
 *
 * Counts the message as received. What is refused is counted by its reason, and logged at
 * most once in 10 s, without its payload.
 *
 * Returns: (transfer full) (nullable): an event, %NULL when it was refused
 */
TideEvent *
tide_decoder_decode (TideDecoder *self,
                     const char *channel,
                     gsize channel_length,
                     const char *payload,
                     gsize payload_length)
{
  TideCounters *counters = self->counters;
  Channel where = { channel, channel_length };

  counters->events_received++;

  TideRoute *route = tide_route_table_find (self->routes, channel, channel_length);

  if (route == NULL)
    return drop (self, &where, &counters->events_dropped_no_route, "no_route");
  return decode_by (self, &where, get_template (self, route), payload, payload_length);
}

/* What a reason means for who wrote the payload. */
static const char *
explain (const char *reason)
{
  static const char *const texts[][2] = {
    { "not_json", "the payload is not JSON" },
    { "not_object", "the payload is not a JSON object" },
    { "too_deep", "the payload is nested too deeply" },
    { "too_large", "the payload is longer than [source] max-event-bytes" },
    { "bad_utf8", "the payload has a string that is not UTF-8" },
    { "no_key", "the payload has not the key that the route wants" },
    { "wrong_type", "the key of the route is neither a string nor a number, or empty" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (g_str_equal (texts[i][0], reason))
      return texts[i][1];
  return reason;
}

/**
 * tide_decoder_try:
 * @self: a decoder
 * @route: a route, which needs not be one of those in force
 * @payload: one JSON object, or not
 * @error: return location for an error
 *
 * Makes the event that tide_decoder_decode() would make of the payload, by the same
 * rules. Nothing is counted and nothing logged; the event has the id 0.
 *
 * Fails with [error@Error.BAD_PAYLOAD]; the message says what is wrong.
 *
 * Returns: (transfer full): an event
 */
TideEvent *
tide_decoder_try (TideDecoder *self,
                  TideRoute *route,
                  const char *payload,
                  GError **error)
{
  g_autofree TideCounters *scratch = g_new0 (TideCounters, 1);
  g_autoptr (GPtrArray) decoded = g_ptr_array_new_with_free_func (g_free);
  TideDecoder trial = *self;
  Template *template = template_new (route);
  Channel where = { "", 0 };
  TideEvent *event;

  trial.counters = scratch;
  trial.decoded = decoded;
  trial.n_events = G_MAXUINT64; /* and the next one is 0 */
  trial.next_log_us = G_MAXINT64;
  event = decode_by (&trial, &where, template, payload, strlen (payload));
  template_free (template);
  if (event == NULL)
    g_set_error_literal (
        error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD, explain (trial.reason));
  return event;
}

/**
 * tide_decoder_make:
 * @self: a decoder
 * @route: a route, which needs not be one of those in force
 * @payload: a payload that tide_decoder_try() has taken
 *
 * Makes an event as if a producer had published it. It is counted as received.
 *
 * Returns: (transfer full): an event
 */
TideEvent *
tide_decoder_make (TideDecoder *self, TideRoute *route, const char *payload)
{
  Template *template = template_new (route);
  Channel where = { "", 0 };
  TideEvent *event;

  self->counters->events_received++;
  event = decode_by (self, &where, template, payload, strlen (payload));
  template_free (template);
  return event;
}

/**
 * tide_decoder_set_last_id:
 * @self: a decoder
 * @last_id: events have higher ids from now on
 *
 * Sets where the ids of events begin.
 */
void
tide_decoder_set_last_id (TideDecoder *self, guint64 last_id)
{
  self->n_events = last_id;
}
