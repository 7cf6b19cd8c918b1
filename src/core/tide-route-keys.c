/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-route-text-private.h"

#include <string.h>

#define OLDER_PREFIX "schema-"

/* In the order of TideRouteKeyId. */
static const TideRouteKey keys[TIDE_N_ROUTE_KEYS] = {
  { .name = "enabled",
    .default_text = "true",
    .takes = "true or false",
    .description =
        "Whether the route is in force; false takes one of the preset's away." },
  { .name = "channel",
    .default_text = "",
    .takes = "the name of a Redis channel",
    .description = "The channel that the route is for; this or pattern, not both." },
  { .name = "pattern",
    .default_text = "",
    .takes = "a pattern with *, ?, [abc] and \\ as PSUBSCRIBE takes it",
    .description = "The channels that the route is for, in place of channel." },
  { .name = "event",
    .default_text = "the route's name",
    .takes = "1 to 64 printable ASCII characters",
    .description = "The name that browsers see." },
  { .name = "key",
    .default_text = "",
    .takes = "FIELD|FIELD",
    .description =
        "The field that says what an event is about; an event without it is refused." },
  { .name = "time",
    .default_text = "",
    .takes = "FIELD|FIELD",
    .description = "The field that says when it happened, in ISO 8601 or seconds or "
                   "milliseconds since 1970; else it is when it was taken." },
  { .name = "history",
    .default_text = "",
    .takes = "price:FIELD|FIELD, or with volume:FIELD|FIELD behind a blank",
    .description = "The fields that make the events ticks, of which bars are kept: the "
                   "price, and how much was traded in this tick. Needs key." },
  { .name = "audience",
    .default_text = "",
    .takes = "a list with ; between: everyone, subscribers, room:NAME, user:FIELD|FIELD",
    .description = "Who gets the events: the union of these." },
  { .name = "match",
    .default_text = "",
    .takes = "a list with ; between: TYPE FILTER=FIELD|FIELD FILTER='CONSTANT'",
    .description = "For audience=subscribers: the types of subscriptions that are looked "
                   "at, and which field or constant each filter is compared with." },
  { .name = "without-subscription",
    .default_text = "none",
    .takes = "none or every",
    .description = "What users get who have no subscription of these types at all." },
  { .name = "class",
    .default_text = "lossless",
    .takes = "one of lossless, conflate, latest, droppable",
    .description = "What may happen to an event that can't go out at once." },
  { .name = "offline",
    .default_text = "false",
    .takes = "true or false",
    .description = "For class=lossless: whether events wait for users who are away." },
  { .name = "public",
    .default_text = "false",
    .takes = "true or false",
    .description = "With [auth] guest=true: whether guests get the events too." },
  { .name = "priority",
    .default_text = "medium",
    .takes = "a list with ; between: WORD if FIELD=VALUE|VALUE, WORD if "
             "FIELD!=VALUE|VALUE, last WORD; WORD is one of low, medium, high, critical",
    .description = "What goes first; the first entry that fits counts." },
  { .name = "lift",
    .default_text = "",
    .takes = "FIELD",
    .description = "The member whose own members are copied to the top, where they are "
                   "missing there." },
  { .name = "schema",
    .default_text = "1",
    .takes = "a whole number from 1 to 1000",
    .description = "The version of the payloads." },
  { .name = "schema-M",
    .default_text = "",
    .takes = "a list with ; between: rename NEW OLD, drop FIELD",
    .description =
        "How version M is made of version M + 1, for clients that ask for it." },
};

guint
tide_route_key_get_version (const char *key)
{
  guint64 number;

  if (!g_str_has_prefix (key, OLDER_PREFIX) || key[strlen (OLDER_PREFIX)] == '0' ||
      !g_ascii_string_to_unsigned (
          key + strlen (OLDER_PREFIX), 10, 1, TIDE_ROUTE_MAX_SCHEMA - 1, &number, NULL))
    return 0;
  return number;
}

gboolean
tide_route_key_find (const char *key, TideRouteKeyId *id)
{
  for (guint i = 0; i < TIDE_ROUTE_KEY_SCHEMA_OLDER; i++)
    if (g_str_equal (keys[i].name, key))
      {
        *id = i;
        return TRUE;
      }
  *id = TIDE_ROUTE_KEY_SCHEMA_OLDER;
  return tide_route_key_get_version (key) > 0;
}

const TideRouteKey *
tide_route_key_get (TideRouteKeyId id)
{
  return &keys[id];
}

/**
 * tide_route_text_get_keys:
 * @n_keys: (out): the number of keys
 *
 * Gets the table of all keys.
 *
 * Returns: (transfer none) (array length=n_keys): the keys, in the order for people
 */
const TideRouteKey *
tide_route_text_get_keys (guint *n_keys)
{
  *n_keys = G_N_ELEMENTS (keys);
  return keys;
}

/**
 * tide_route_text_has_key:
 * @key: a name
 *
 * Returns: whether a route has such a key
 */
gboolean
tide_route_text_has_key (const char *key)
{
  TideRouteKeyId id;

  return tide_route_key_find (key, &id);
}
