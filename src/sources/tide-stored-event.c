/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An event as an entry of a Redis stream: the route that it came in by, and what can't be
 * found in that. */

#include "tide-stored-event.h"

#include "tide-json-scan.h"

#include <string.h>

#define ROUTE "route"
#define KEY "key"
#define PRIORITY "priority"
#define EVENT_ID "event"
#define TIME "time"
#define QUEUED "queued"
#define ATTEMPTS "attempts"
#define PAYLOAD "payload"

static void
add_bytes (GPtrArray *words, const char *text, gsize length)
{
  g_ptr_array_add (words, g_bytes_new (text, length));
}

static void
add_text (GPtrArray *words, const char *name, const char *text)
{
  add_bytes (words, name, strlen (name));
  add_bytes (words, text, strlen (text));
}

static void
add_number (GPtrArray *words, const char *name, gint64 number)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, number);
  add_text (words, name, text);
}

/**
 * tide_stored_event_make_command:
 * @key: the stream
 * @event: an event
 *
 * Makes the command that appends an event.
 *
 * Returns: (transfer full) (element-type GBytes): the words of an XADD
 */
GPtrArray *
tide_stored_event_make_command (const char *key, const TideStoredEvent *event)
{
  GPtrArray *words = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autofree char *id = g_strdup_printf ("%" G_GUINT64_FORMAT "-0", event->id);

  add_text (words, "XADD", key);
  add_bytes (words, id, strlen (id));
  add_text (words, ROUTE, event->event->route->name);
  if (event->event->key != NULL)
    {
      add_bytes (words, KEY, strlen (KEY));
      add_bytes (words, event->event->key, event->event->key_length);
    }
  add_number (words, PRIORITY, event->event->priority);
  add_number (words, EVENT_ID, event->event->id);
  add_number (words, TIME, event->event->timestamp_us);
  add_number (words, QUEUED, event->queued_real_us);
  add_number (words, ATTEMPTS, event->n_attempts);
  add_bytes (words, PAYLOAD, strlen (PAYLOAD));
  add_bytes (words, event->event->payload, event->event->payload_length);
  return words;
}

static gboolean
is_string (const redisReply *reply)
{
  return reply != NULL && reply->type == REDIS_REPLY_STRING && reply->str != NULL;
}

/* Whether an entry of a stream has the form of one. */
static gboolean
is_entry (const redisReply *entry)
{
  return entry != NULL && entry->type == REDIS_REPLY_ARRAY && entry->elements == 2 &&
         is_string (entry->element[0]) && entry->element[1] != NULL &&
         entry->element[1]->type == REDIS_REPLY_ARRAY;
}

static const redisReply *
find (const redisReply *entry, const char *name)
{
  const redisReply *fields = entry->element[1];

  for (gsize i = 0; i + 1 < fields->elements; i += 2)
    if (is_string (fields->element[i]) && is_string (fields->element[i + 1]) &&
        g_str_equal (fields->element[i]->str, name))
      return fields->element[i + 1];
  return NULL;
}

static gint64
find_number (const redisReply *entry, const char *name)
{
  const redisReply *text = find (entry, name);

  return text != NULL ? g_ascii_strtoll (text->str, NULL, 10) : 0;
}

static TideRoute *
find_route (TideRouteTable *routes, const redisReply *name)
{
  const GPtrArray *all = tide_route_table_get_routes (routes);

  for (guint i = 0; name != NULL && i < all->len; i++)
    {
      TideRoute *route = g_ptr_array_index (all, i);

      if (g_strcmp0 (route->name, name->str) == 0)
        return route;
    }
  return NULL;
}

/* What browsers would get has to be as good as what a producer sends. */
static gboolean
is_good_payload (const redisReply *payload)
{
  TideJsonKind kind = TIDE_JSON_NONE;

  return payload != NULL &&
         tide_json_scan (payload->str, payload->len, NULL, 0, &kind) == TIDE_JSON_OK &&
         kind == TIDE_JSON_OBJECT;
}

/**
 * tide_stored_event_parse_id:
 * @entry: (nullable): an entry of a stream, whatever it is
 *
 * Returns: its id; 0 when it is none
 */
guint64
tide_stored_event_parse_id (const redisReply *entry)
{
  return is_entry (entry) ? g_ascii_strtoull (entry->element[0]->str, NULL, 10) : 0;
}

/**
 * tide_stored_event_parse:
 * @entry: an entry of a stream, whatever it is
 * @routes: the routes in force
 * @now_us: monotonic time
 * @event: (out): the event, with a reference; untouched on failure
 *
 * Makes an event of an entry.
 *
 * Returns: %FALSE when it is none, or there is no such route any more that keeps events
 */
gboolean
tide_stored_event_parse (const redisReply *entry,
                         TideRouteTable *routes,
                         gint64 now_us,
                         TideStoredEvent *event)
{
  const redisReply *payload;
  const redisReply *key;
  TideRoute *route;
  gint64 priority;

  if (tide_stored_event_parse_id (entry) == 0)
    return FALSE;
  route = find_route (routes, find (entry, ROUTE));
  payload = find (entry, PAYLOAD);
  key = find (entry, KEY);
  priority = find_number (entry, PRIORITY);
  if (route == NULL || !route->is_kept || route->delivery_class != TIDE_CLASS_LOSSLESS ||
      !is_good_payload (payload) || priority < 0 || priority >= TIDE_N_PRIORITIES)
    return FALSE;

  g_autofree TideEventValue *values = g_new0 (TideEventValue, route->fields->len + 1);
  TideEventFacts facts = { .route = route,
                           .payload = payload->str,
                           .payload_length = payload->len,
                           .values = values,
                           .priority = priority,
                           .id = find_number (entry, EVENT_ID),
                           .received_us = now_us,
                           .timestamp_us = find_number (entry, TIME) };

  if (key != NULL && route->key_field >= 0)
    values[route->key_field] = (TideEventValue){ key->str, key->len };
  *event = (TideStoredEvent){
    .id = tide_stored_event_parse_id (entry),
    .event = tide_event_new_full (&facts),
    .queued_real_us = find_number (entry, QUEUED),
    .n_attempts = MAX (find_number (entry, ATTEMPTS), 0),
  };
  return TRUE;
}
