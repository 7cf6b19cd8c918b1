/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-route-text.h"

#include "tide-error.h"
#include "tide-glob.h"
#include "tide-route-text-private.h"
#include "tide-route-words.h"

#include <string.h>

#define MAX_NAME_LENGTH 64
#define MAX_EVENT_BYTES 64
#define MAX_CHANNEL_BYTES 256
#define MAX_FIELDS 32
#define PROBE_PREFIX "tidewire.probe." /* channels of our own, in sources */

struct _TideRouteText
{
  char *name;                         /* (owned) */
  TideRoute *route;                   /* (owned), what is known of it so far */
  gboolean is_set[TIDE_N_ROUTE_KEYS]; /* has a value that is not empty */
  gboolean is_enabled;
};

static char *
is_not (TideRouteKeyId id)
{
  return g_strdup_printf ("is not %s", tide_route_key_get (id)->takes);
}

static char *
parse_boolean (TideRouteKeyId id, const char *text, gboolean *value)
{
  *value = g_str_equal (text, "true");
  return *value || g_str_equal (text, "false") ? NULL : is_not (id);
}

static char *
parse_channel (TideRoute *route, const char *text)
{
  if (strlen (text) > MAX_CHANNEL_BYTES)
    return g_strdup_printf ("is longer than %d bytes", MAX_CHANNEL_BYTES);
  if (g_str_has_prefix (text, PROBE_PREFIX))
    return g_strdup ("is a channel of Tidewire's own");
  g_free (route->channel);
  route->channel = g_strdup (text);
  return NULL;
}

static char *
parse_pattern (TideRoute *route, const char *text)
{
  const char *problem = tide_glob_check (text);

  if (problem != NULL)
    return g_strdup (problem);
  g_free (route->channel);
  route->channel = g_strdup (text);
  route->is_pattern = TRUE;
  return NULL;
}

/* The names are those of the JavaScript and Python clients' own events. */
static char *
parse_event (TideRoute *route, const char *text)
{
  static const char *const reserved[] = {
    "connect",     "connect_error",  "disconnect",         "disconnecting",
    "newListener", "removeListener", "__disconnect_final", NULL
  };

  if (strlen (text) > MAX_EVENT_BYTES)
    return is_not (TIDE_ROUTE_KEY_EVENT);
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isprint (*at))
      return is_not (TIDE_ROUTE_KEY_EVENT);
  if (g_strv_contains (reserved, text))
    return g_strdup ("is a name of Socket.IO's own; browsers could not tell them apart");
  tide_route_set_event_type (route, text);
  return NULL;
}

static char *
parse_fields (TideRoute *route, TideRouteKeyId id, const char *text)
{
  g_auto (GStrv) names = tide_route_words_get_names (text);

  if (names == NULL)
    return g_strdup_printf (
        "is not %s; a field is 1 to 64 bytes without blanks, quotes and ; | = ! \\",
        tide_route_key_get (id)->takes);
  if (id == TIDE_ROUTE_KEY_KEY)
    route->key_field = tide_route_add_field (route, (const char *const *) names);
  else
    route->time_field = tide_route_add_field (route, (const char *const *) names);
  return NULL;
}

static char *
parse_class (TideRoute *route, const char *text)
{
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    if (g_str_equal (text, tide_delivery_class_get_nick (i)))
      {
        route->delivery_class = i;
        return NULL;
      }
  return is_not (TIDE_ROUTE_KEY_CLASS);
}

static char *
parse_without (TideRoute *route, const char *text)
{
  route->is_for_unsubscribed = g_str_equal (text, "every");
  return route->is_for_unsubscribed || g_str_equal (text, "none")
             ? NULL
             : is_not (TIDE_ROUTE_KEY_WITHOUT);
}

static char *
parse_lift (TideRoute *route, const char *text)
{
  if (!tide_route_words_is_name (text))
    return g_strdup ("is not the name of a field: 1 to 64 bytes without blanks, quotes "
                     "and ; | = ! \\");
  g_free (route->lift);
  route->lift = g_strdup (text);
  return NULL;
}

static char *
parse_schema (TideRoute *route, const char *text)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 1, TIDE_ROUTE_MAX_SCHEMA, &number, NULL))
    return is_not (TIDE_ROUTE_KEY_SCHEMA);
  route->schema = number;
  return NULL;
}

static char *
parse (TideRouteText *self, TideRouteKeyId id, const char *key, const char *text)
{
  TideRoute *route = self->route;

  switch (id)
    {
    case TIDE_ROUTE_KEY_ENABLED:
      return parse_boolean (id, text, &self->is_enabled);
    case TIDE_ROUTE_KEY_CHANNEL:
      return parse_channel (route, text);
    case TIDE_ROUTE_KEY_PATTERN:
      return parse_pattern (route, text);
    case TIDE_ROUTE_KEY_EVENT:
      return parse_event (route, text);
    case TIDE_ROUTE_KEY_KEY:
    case TIDE_ROUTE_KEY_TIME:
      return parse_fields (route, id, text);
    case TIDE_ROUTE_KEY_HISTORY:
      return tide_route_parse_history (route, text);
    case TIDE_ROUTE_KEY_AUDIENCE:
      return tide_route_parse_audience (route, text);
    case TIDE_ROUTE_KEY_MATCH:
      return tide_route_parse_match (route, text);
    case TIDE_ROUTE_KEY_WITHOUT:
      return parse_without (route, text);
    case TIDE_ROUTE_KEY_CLASS:
      return parse_class (route, text);
    case TIDE_ROUTE_KEY_OFFLINE:
      return parse_boolean (id, text, &route->is_kept);
    case TIDE_ROUTE_KEY_PUBLIC:
      return parse_boolean (id, text, &route->is_public);
    case TIDE_ROUTE_KEY_PRIORITY:
      return tide_route_parse_priority (route, text);
    case TIDE_ROUTE_KEY_LIFT:
      return parse_lift (route, text);
    case TIDE_ROUTE_KEY_SCHEMA:
      return parse_schema (route, text);
    case TIDE_ROUTE_KEY_SCHEMA_OLDER:
      return tide_route_parse_older (route, tide_route_key_get_version (key), text);
    case TIDE_N_ROUTE_KEYS:
      break;
    }
  return NULL;
}

/**
 * tide_route_text_check_name:
 * @name: what may be a route's name
 *
 * Returns: (nullable): what is wrong with it, as the end of a sentence that begins with
 *   the name; %NULL when nothing is
 */
const char *
tide_route_text_check_name (const char *name)
{
  gsize length = strspn (name,
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789_-");

  if (length == 0 || length > MAX_NAME_LENGTH || name[length] != '\0')
    return "is not a route's name: 1 to 64 letters of ASCII, digits, _ and -";
  return NULL;
}

/**
 * tide_route_text_new:
 * @name: a name that tide_route_text_check_name() finds nothing wrong with
 *
 * Begins a route.
 *
 * Returns: (transfer full): a route without any key
 */
TideRouteText *
tide_route_text_new (const char *name)
{
  TideRouteText *self = g_new0 (TideRouteText, 1);

  self->name = g_strdup (name);
  self->route = tide_route_new ("?", name, NULL, 0);
  self->is_enabled = TRUE;
  return self;
}

/**
 * tide_route_text_free:
 * @self: (transfer full): a route
 *
 * Frees @self.
 */
void
tide_route_text_free (TideRouteText *self)
{
  g_free (self->name);
  tide_route_unref (self->route);
  g_free (self);
}

/**
 * tide_route_text_set:
 * @self: a route
 * @key: one of the route's keys, not set yet
 * @text: its value, valid UTF-8; when it is empty the key counts as not set
 * @error: return location for an error
 *
 * Sets a key, after looking at its value by itself.
 *
 * Fails with [error@Error.BAD_CONFIG]; the message is the end of a sentence that begins
 * with key and value, and @self can then only be freed.
 *
 * Returns: whether it is good
 */
gboolean
tide_route_text_set (TideRouteText *self,
                     const char *key,
                     const char *text,
                     GError **error)
{
  TideRouteKeyId id;
  g_autofree char *problem = NULL;

  if (!tide_route_key_find (key, &id))
    problem = g_strdup ("is not a key of a route");
  else if (*text == '\0')
    return TRUE;
  else if (self->is_set[id] && id != TIDE_ROUTE_KEY_SCHEMA_OLDER)
    problem = g_strdup ("is set already");
  else
    {
      self->is_set[id] = TRUE;
      problem = parse (self, id, key, text);
    }
  if (problem == NULL)
    return TRUE;
  g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG, problem);
  return FALSE;
}

/**
 * tide_route_text_is_enabled:
 * @self: a route
 *
 * Returns: whether it is to be in force
 */
gboolean
tide_route_text_is_enabled (TideRouteText *self)
{
  return self->is_enabled;
}

static int
compare_versions (gconstpointer a, gconstpointer b)
{
  const TideRouteVersion *first = *(const TideRouteVersion *const *) a;
  const TideRouteVersion *second = *(const TideRouteVersion *const *) b;

  return (first->version < second->version) - (first->version > second->version);
}

/* The older versions have to be those before the newest, without gaps. */
static const char *
check_versions (TideRoute *route)
{
  g_ptr_array_sort (route->versions, compare_versions);
  for (guint i = 0; i < route->versions->len; i++)
    {
      const TideRouteVersion *version = g_ptr_array_index (route->versions, i);

      if (version->version >= route->schema)
        return "is not newer than each schema-M; name the newest version here";
      if (version->version != route->schema - 1 - i)
        return "does not have all the versions between; each schema-M is made of the "
               "next";
    }
  return NULL;
}

static const char *
check_place (TideRouteText *self, TideRouteKeyId *bad)
{
  const gboolean *is_set = self->is_set;

  *bad = TIDE_N_ROUTE_KEYS;
  if (!is_set[TIDE_ROUTE_KEY_CHANNEL] && !is_set[TIDE_ROUTE_KEY_PATTERN])
    return "needs a channel or a pattern";
  if (!is_set[TIDE_ROUTE_KEY_AUDIENCE])
    return "needs an audience: everyone, subscribers, room:NAME, user:FIELD, or several "
           "of them";
  if (self->route->fields->len > MAX_FIELDS)
    return "looks for more than 32 different fields";
  *bad = TIDE_ROUTE_KEY_HISTORY;
  if (is_set[TIDE_ROUTE_KEY_HISTORY] && !is_set[TIDE_ROUTE_KEY_KEY])
    return "needs key=, the field that names the symbol; history= alone takes it away";
  *bad = TIDE_ROUTE_KEY_PATTERN;
  if (is_set[TIDE_ROUTE_KEY_CHANNEL] && is_set[TIDE_ROUTE_KEY_PATTERN])
    return "is there besides a channel; a route has one of them";
  return NULL;
}

/* What must hold between keys; @bad gets the key to blame, or TIDE_N_ROUTE_KEYS. */
static const char *
check (TideRouteText *self, TideRouteKeyId *bad)
{
  const gboolean *is_set = self->is_set;
  TideRoute *route = self->route;
  gboolean is_for_subscribers = (route->audience & TIDE_AUDIENCE_SUBSCRIBERS) != 0;
  const char *problem = check_place (self, bad);

  if (problem != NULL)
    return problem;
  *bad = TIDE_ROUTE_KEY_AUDIENCE;
  if (is_for_subscribers && !is_set[TIDE_ROUTE_KEY_MATCH])
    return "names subscribers, so it needs match=";
  *bad = TIDE_ROUTE_KEY_MATCH;
  if (!is_for_subscribers && is_set[TIDE_ROUTE_KEY_MATCH])
    return "counts only with subscribers in audience=";
  *bad = TIDE_ROUTE_KEY_WITHOUT;
  if (!is_for_subscribers && route->is_for_unsubscribed)
    return "counts only with subscribers in audience=";
  *bad = TIDE_ROUTE_KEY_OFFLINE;
  if (route->is_kept && route->delivery_class != TIDE_CLASS_LOSSLESS)
    return "counts only with class=lossless";
  *bad = is_set[TIDE_ROUTE_KEY_SCHEMA] ? TIDE_ROUTE_KEY_SCHEMA : TIDE_N_ROUTE_KEYS;
  problem = check_versions (route);
  if (problem != NULL && *bad == TIDE_N_ROUTE_KEYS)
    return "has schema-M, so it needs schema=, the number of the newest version";
  if (problem != NULL)
    return problem;

  *bad = TIDE_N_ROUTE_KEYS;
  g_autofree char *reserved =
      is_set[TIDE_ROUTE_KEY_EVENT] ? NULL : parse_event (route, self->name);

  return reserved != NULL ? "is called like an event of Socket.IO's own, so it needs "
                            "event=, the name that browsers see"
                          : NULL;
}

/**
 * tide_route_text_finish:
 * @self: a route whose keys are all set
 * @bad_key: (out) (optional) (nullable): on an error the key to blame, or %NULL when it
 *   is the route as a whole
 * @error: return location for an error
 *
 * Looks at what must hold between keys, and hands over the route.
 *
 * Fails with [error@Error.BAD_CONFIG]; the message is the end of a sentence that begins
 * with @bad_key, or with the route.
 *
 * Returns: (transfer full): the route
 */
TideRoute *
tide_route_text_finish (TideRouteText *self, const char **bad_key, GError **error)
{
  TideRouteKeyId bad;
  const char *problem = check (self, &bad);

  if (problem == NULL)
    return tide_route_ref (self->route);
  if (bad_key != NULL)
    *bad_key = bad < TIDE_N_ROUTE_KEYS ? tide_route_key_get (bad)->name : NULL;
  g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG, problem);
  return NULL;
}
