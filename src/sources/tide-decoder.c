/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-decoder.h"

#include "tide-json-scan.h"

#include <string.h>

#define WRAPPER "data" /* where producers may put the fields */
#define LOG_INTERVAL_US (10 * G_USEC_PER_SEC)
#define MAX_LOGGED_CHARACTERS 64

/* The longest escape, `\u0041`, stands for one byte at least. */
#define MAX_ESCAPED_KEY_BYTES (TIDE_DECODER_MAX_KEY_BYTES * 6)

/* Where one of the route's key fields may be found, as indices of scanned fields. */
typedef struct
{
  guint top;
  guint wrapped;
} KeyPlace;

/* What to look for in the events of a route. */
typedef struct
{
  TideRoute *route;      /* (owned) */
  TideJsonField *fields; /* (owned), names are the route's; the scan writes into them */
  guint n_fields;
  KeyPlace *places; /* (owned), one for each of the route's key fields, in their order */
  guint n_places;
} Template;

struct _TideDecoder
{
  TideRouteTable *routes; /* (owned) */
  TideCounters *counters; /* (unowned) */
  TideClock *clock;       /* (owned) */
  gsize max_event_bytes;
  GPtrArray *templates; /* (owned) (element-type Template), made when first needed */
  gint64 next_log_us;   /* no line before this */
  guint64 n_unlogged;   /* events dropped since the last line */
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
  g_free (self);
}

/* The scan gives a member to the first field of its name only, so a key field that is
 * called like the wrapper shares the wrapper's. */
static Template *
template_new (TideRoute *route)
{
  Template *self = g_new0 (Template, 1);
  char **key_fields =
      route->key_field >= 0 ? g_ptr_array_index (route->fields, route->key_field) : NULL;
  guint n_names = key_fields != NULL ? g_strv_length (key_fields) : 0;

  self->route = tide_route_ref (route);
  if (n_names == 0)
    return self;

  self->fields = g_new0 (TideJsonField, 1 + 2 * n_names);
  self->places = g_new0 (KeyPlace, n_names);
  self->n_places = n_names;
  self->fields[self->n_fields++] = (TideJsonField){ .name = WRAPPER, .parent = -1 };
  for (guint i = 0; i < n_names; i++)
    {
      const char *name = key_fields[i];

      if (strcmp (name, WRAPPER) != 0)
        {
          self->places[i].top = self->n_fields;
          self->fields[self->n_fields++] = (TideJsonField){ .name = name, .parent = -1 };
        }
      self->places[i].wrapped = self->n_fields;
      self->fields[self->n_fields++] = (TideJsonField){ .name = name, .parent = 0 };
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

/* The value that is the key: the first of the route's key fields that is there, at the
 * top or else in the wrapper. */
static const TideJsonField *
find_key (const Template *template)
{
  for (guint i = 0; i < template->n_places; i++)
    {
      const TideJsonField *top = &template->fields[template->places[i].top];
      const TideJsonField *wrapped = &template->fields[template->places[i].wrapped];

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

/* Makes the event of a scanned payload whose key is @key. Gives NULL when that can't be
 * one: neither string nor number, empty, or too long. */
static TideEvent *
make_event_with_key (TideDecoder *self,
                     TideRoute *route,
                     const char *payload,
                     gsize payload_length,
                     const TideJsonField *key)
{
  g_autofree char *unescaped = NULL;
  const char *start = key->start;
  gsize length = key->length;

  if (key->kind != TIDE_JSON_STRING && key->kind != TIDE_JSON_NUMBER)
    return NULL;
  if (key->has_escapes && length <= MAX_ESCAPED_KEY_BYTES)
    start = unescaped = tide_json_unescape (key->start, key->length, &length);
  if (length == 0 || length > TIDE_DECODER_MAX_KEY_BYTES)
    return NULL;
  return tide_event_new (
      route, payload, payload_length, start, length, tide_clock_now_us (self->clock));
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
  tide_clock_unref (self->clock);
  tide_route_table_unref (self->routes);
  g_free (self);
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
 * The payload has to be one JSON object; its bytes go into the event untouched. On a
 * route with key fields, the first of them that the object has is the key, at its top or
 * else in its member `data`: the text of a string, or a number as it is written, 1 to
 * %TIDE_DECODER_MAX_KEY_BYTES bytes.
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
  TideJsonKind kind;

  counters->events_received++;

  TideRoute *route = tide_route_table_find (self->routes, channel, channel_length);

  if (route == NULL)
    return drop (self, &where, &counters->events_dropped_no_route, "no_route");
  if (payload_length > self->max_event_bytes)
    return drop (self, &where, &counters->events_dropped_too_large, "too_large");

  Template *template = get_template (self, route);
  TideJsonFault fault = tide_json_scan (
      payload, payload_length, template->fields, template->n_fields, &kind);

  if (fault != TIDE_JSON_OK)
    return drop_fault (self, &where, fault);
  if (kind != TIDE_JSON_OBJECT)
    return drop (self, &where, &counters->events_dropped_not_object, "not_object");
  if (template->n_places == 0)
    return tide_event_new (
        route, payload, payload_length, NULL, 0, tide_clock_now_us (self->clock));

  const TideJsonField *key = find_key (template);

  if (key == NULL)
    return drop (self, &where, &counters->events_dropped_no_key, "no_key");

  TideEvent *event = make_event_with_key (self, route, payload, payload_length, key);

  if (event == NULL)
    return drop (self, &where, &counters->events_dropped_wrong_type, "wrong_type");
  return event;
}
