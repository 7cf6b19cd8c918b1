/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-route-text.h"

#include <string.h>

/* Makes a route of lines KEY=VALUE. On a failure @bad_key is the key that was refused. */
static TideRoute *
make (const char *lines, const char **bad_key, GError **error)
{
  g_autoptr (TideRouteText) text = tide_route_text_new ("news");
  g_auto (GStrv) all = g_strsplit (lines, "\n", -1);

  for (guint i = 0; all[i] != NULL; i++)
    {
      char *equals = strchr (all[i], '=');

      *equals = '\0';
      *bad_key = g_intern_string (all[i]);
      if (!tide_route_text_set (text, all[i], equals + 1, error))
        return NULL;
    }
  return tide_route_text_finish (text, bad_key, error);
}

static TideRoute *
make_good (const char *lines)
{
  g_autoptr (GError) error = NULL;
  const char *bad_key;
  TideRoute *route = make (lines, &bad_key, &error);

  g_assert_no_error (error);
  return route;
}

/* Expects the route with channel, audience and @lines to be refused at @key, with @part
 * in the message. */
static void
assert_bad (const char *lines, const char *key, const char *part)
{
  g_autoptr (GError) error = NULL;
  const char *bad_key = NULL;
  TideRoute *route = make (lines, &bad_key, &error);

  g_assert_null (route);
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  g_assert_cmpstr (bad_key, ==, key);
  if (strstr (error->message, part) == NULL)
    g_error ("%s: %s", lines, error->message);
}

static void
assert_bad_value (const char *key, const char *value, const char *part)
{
  g_autofree char *line = g_strdup_printf ("%s=%s", key, value);

  assert_bad (line, key, part);
}

static void
test_defaults (void)
{
  g_autoptr (TideRoute) route = make_good ("channel=c\naudience=everyone\nkey=\nmatch=");

  g_test_summary ("Channel and audience are enough, and empty values count as not there");

  g_assert_cmpstr (route->name, ==, "news");
  g_assert_cmpstr (route->channel, ==, "c");
  g_assert_false (route->is_pattern);
  g_assert_cmpstr (route->event_type, ==, "news");
  g_assert_cmpuint (route->fields->len, ==, 0);
  g_assert_cmpint (route->key_field, ==, -1);
  g_assert_cmpint (route->time_field, ==, -1);
  g_assert_cmpuint (route->audience, ==, TIDE_AUDIENCE_EVERYONE);
  g_assert_null (route->rooms);
  g_assert_cmpuint (route->matches->len, ==, 0);
  g_assert_false (route->is_for_unsubscribed);
  g_assert_cmpint (route->delivery_class, ==, TIDE_CLASS_LOSSLESS);
  g_assert_false (route->is_kept);
  g_assert_cmpint (route->priority, ==, TIDE_PRIORITY_MEDIUM);
  g_assert_null (route->lift);
  g_assert_cmpuint (route->schema, ==, 1);
}

static void
test_plain_keys (void)
{
  g_autoptr (TideRoute) route = make_good (
      "pattern=chat.*\nevent=chat message\nkey=id\ntime=at|id\nclass=lossless\n"
      "offline=true\nlift=body\naudience=everyone\nenabled=true");
  g_autoptr (TideRoute) latest = make_good ("channel=c\naudience=everyone\nclass=latest");

  g_test_summary ("Keys with one value set what they say");

  g_assert_cmpstr (route->channel, ==, "chat.*");
  g_assert_true (route->is_pattern);
  g_assert_cmpstr (route->event_type, ==, "chat message");
  g_assert_cmpint (route->key_field, ==, 0);
  g_assert_cmpint (route->time_field, ==, 1);
  g_assert_true (route->is_kept);
  g_assert_cmpstr (route->lift, ==, "body");
  g_assert_cmpint (latest->delivery_class, ==, TIDE_CLASS_LATEST);
}

static void
test_audience (void)
{
  g_autoptr (TideRoute) route =
      make_good ("channel=c\naudience=room:a; user:owner|user_id ;room:'b;c';subscribers;"
                 "user:to;\nmatch=kind");

  g_test_summary ("An audience is the union of its entries");

  g_assert_cmpuint (route->audience, ==, TIDE_AUDIENCE_SUBSCRIBERS);
  g_assert_cmpuint (g_strv_length (route->rooms), ==, 2);
  g_assert_cmpstr (route->rooms[0], ==, "a");
  g_assert_cmpstr (route->rooms[1], ==, "b;c");
  g_assert_cmpuint (route->user_fields->len, ==, 2);
  g_assert_cmpint (g_array_index (route->user_fields, int, 1), ==, 1);
  g_assert_cmpstr (((char **) g_ptr_array_index (route->fields, 0))[1], ==, "user_id");
}

static void
test_match (void)
{
  g_autoptr (TideRoute) route = make_good (
      "channel=c\naudience=subscribers\nkey=symbol|ticker\n"
      "match=tickers  tickers=symbol|ticker ; watchlist kinds='a; b' symbols=symbol;all");
  const TideRouteMatch *match = g_ptr_array_index (route->matches, 1);
  const TideRouteFilter *first = &g_array_index (match->filters, TideRouteFilter, 0);
  const TideRouteFilter *second = &g_array_index (match->filters, TideRouteFilter, 1);

  g_test_summary (
      "Types of subscriptions have filters, compared with fields or constants");

  g_assert_cmpuint (route->matches->len, ==, 3);
  g_assert_cmpstr (match->type, ==, "watchlist");
  g_assert_cmpstr (first->filter, ==, "kinds");
  g_assert_cmpint (first->field, ==, -1);
  g_assert_cmpstr (first->constant, ==, "a; b");
  g_assert_cmpint (second->field, ==, 1);
  g_assert_null (second->constant);
  match = g_ptr_array_index (route->matches, 0);
  g_assert_cmpint (
      g_array_index (match->filters, TideRouteFilter, 0).field, ==, route->key_field);
  match = g_ptr_array_index (route->matches, 2);
  g_assert_cmpuint (match->filters->len, ==, 0);
}

static void
test_priority (void)
{
  g_autoptr (TideRoute) route = make_good (
      "channel=c\naudience=everyone\n"
      "priority=critical if status!=healthy|'all right'; high if level | lvl = 1|2 ;low");
  const TideRoutePriorityRule *first =
      &g_array_index (route->priority_rules, TideRoutePriorityRule, 0);
  const TideRoutePriorityRule *second =
      &g_array_index (route->priority_rules, TideRoutePriorityRule, 1);

  g_test_summary ("A priority has conditions, and a last word without any");

  g_assert_cmpuint (route->priority_rules->len, ==, 2);
  g_assert_cmpint (first->priority, ==, TIDE_PRIORITY_CRITICAL);
  g_assert_true (first->is_negated);
  g_assert_cmpstr (first->values[1], ==, "all right");
  g_assert_cmpint (second->priority, ==, TIDE_PRIORITY_HIGH);
  g_assert_false (second->is_negated);
  g_assert_cmpint (second->field, ==, 1);
  g_assert_cmpstr (second->values[1], ==, "2");
  g_assert_cmpint (route->priority, ==, TIDE_PRIORITY_LOW);
}

static void
test_schema (void)
{
  g_autoptr (TideRoute) route =
      make_good ("channel=c\naudience=everyone\nschema-1=drop a\n"
                 "schema-2=rename b c; rename c b;drop d\nschema=3");
  const TideRouteVersion *version = g_ptr_array_index (route->versions, 0);

  g_test_summary (
      "Older versions stand in order, newest first, however they are written");

  g_assert_cmpuint (route->schema, ==, 3);
  g_assert_cmpuint (route->versions->len, ==, 2);
  g_assert_cmpuint (version->version, ==, 2);
  g_assert_cmpuint (version->renames->len, ==, 4);
  g_assert_cmpstr (g_ptr_array_index (version->renames, 1), ==, "c");
  g_assert_cmpstr (g_ptr_array_index (version->drops, 0), ==, "d");
  version = g_ptr_array_index (route->versions, 1);
  g_assert_cmpuint (version->version, ==, 1);
}

static void
test_disabled (void)
{
  g_autoptr (TideRouteText) text = tide_route_text_new ("x");
  g_autoptr (GError) error = NULL;

  g_test_summary ("A route can be told to be off");

  g_assert_true (tide_route_text_is_enabled (text));
  g_assert_true (tide_route_text_set (text, "enabled", "false", &error));
  g_assert_no_error (error);
  g_assert_false (tide_route_text_is_enabled (text));
}

static void
test_history (void)
{
  g_autoptr (TideRoute) route = make_good ("channel=c\naudience=everyone\nkey=symbol\n"
                                           "history=price:last|price  volume:size");
  g_autoptr (TideRoute) bare =
      make_good ("channel=c\naudience=everyone\nkey=s\nhistory=price:s");
  g_autoptr (TideRoute) none = make_good ("channel=c\naudience=everyone");
  char **price = g_ptr_array_index (route->fields, route->price_field);
  char **volume = g_ptr_array_index (route->fields, route->volume_field);

  g_test_summary ("history says which fields the price and the volume of a tick are");

  g_assert_cmpstr (price[0], ==, "last");
  g_assert_cmpstr (price[1], ==, "price");
  g_assert_cmpstr (volume[0], ==, "size");
  g_assert_cmpint (bare->price_field, ==, bare->key_field);
  g_assert_cmpint (bare->volume_field, ==, -1);
  g_assert_cmpint (none->price_field, ==, -1);
  assert_bad ("channel=c\naudience=everyone\nhistory=price:p", "history", "needs key=");
}

static void
test_bad_values (void)
{
  g_autofree char *longer = g_strnfill (257, 'x');
  g_autofree char *many = g_strnfill (40, ';');

  g_test_summary ("A value that is bad by itself is refused with what is allowed");

  assert_bad_value ("chanel", "c", "not a key");
  assert_bad_value ("enabled", "yes", "true or false");
  assert_bad_value ("channel", longer, "256");
  assert_bad_value ("channel", "tidewire.probe.x", "own");
  assert_bad_value ("pattern", "a[", "without its ]");
  assert_bad_value ("event", "disconnect", "Socket.IO");
  assert_bad_value ("event", "\xc3\xa4", "printable ASCII");
  assert_bad_value ("event", longer, "1 to 64");
  assert_bad_value ("key", "a b", "FIELD|FIELD");
  assert_bad_value ("time", "a|", "FIELD|FIELD");
  assert_bad_value ("history", "volume:v", "names no price");
  assert_bad_value ("history", "price:p price:q", "\"price:q\"");
  assert_bad_value ("history", "price:", "\"price:\"");
  assert_bad_value ("history", "price:p size:s", "\"size:s\"");
  assert_bad_value ("history", "price:p 'x", "without the other one");
  assert_bad_value ("class", "fast", "lossless, conflate, latest, droppable");
  assert_bad_value ("offline", "1", "true or false");
  assert_bad_value ("without-subscription", "all", "none or every");
  assert_bad_value ("lift", "a.b|c", "name of a field");
  assert_bad_value ("schema", "0", "1 to 1000");
  assert_bad_value ("schema", "1001", "1 to 1000");
  assert_bad_value ("schema-0", "drop a", "not a key");
  assert_bad_value ("schema-01", "drop a", "not a key");
  assert_bad_value ("schema-1000", "drop a", "not a key");
  assert_bad_value ("schema-M", "drop a", "not a key");
  assert_bad_value ("audience", many, "more than 32");
}

static void
test_bad_lists (void)
{
  g_test_summary ("A bad entry of a list is shown with what an entry is");

  assert_bad_value ("audience", "all", "\"all\", which is not everyone");
  assert_bad_value ("audience", "everyone;;room:a", "empty entry");
  assert_bad_value ("audience", "everyone;everyone", "twice");
  assert_bad_value ("audience", "room:", "room:NAME");
  assert_bad_value ("audience", "room:user_1", "belongs to one user");
  assert_bad_value ("audience", "room:'a", "without the other");
  assert_bad_value ("audience", "user:", "user:FIELD");
  assert_bad_value ("match", "a b", "TYPE FILTER");
  assert_bad_value ("match", "a=b", "TYPE FILTER");
  assert_bad_value ("match", "a b=c b=d", "TYPE FILTER");
  assert_bad_value ("match", "a b=''", "TYPE FILTER");
  assert_bad_value ("match", "a b= c", "TYPE FILTER");
  assert_bad_value ("priority", "urgent", "low, medium, high, critical");
  assert_bad_value ("priority", "high if a=b", "last");
  assert_bad_value ("priority", "low;high", "never count");
  assert_bad_value ("priority", "high when a=b;low", "WORD if");
  assert_bad_value ("priority", "high if a;low", "WORD if");
  assert_bad_value ("priority", "high if =b;low", "WORD if");
  assert_bad_value ("priority", "high if a=;low", "WORD if");
  assert_bad_value ("priority", "high if a=b c;low", "WORD if");
  assert_bad_value ("schema-1", "rename a", "rename NEW OLD");
  assert_bad_value ("schema-1", "remove a", "drop FIELD");
  assert_bad_value ("schema-1", "rename a b;drop a", "two ways");
  assert_bad_value ("schema-1", "rename a b;rename a c", "two ways");
  assert_bad_value ("schema-1", "rename a c;rename b c", "fields one");
}

static void
test_bad_routes (void)
{
  g_autoptr (GString) fields = g_string_new ("channel=c\naudience=everyone\npriority=");

  g_test_summary ("What must hold between keys is looked at, with the key to blame");

#define BASE "channel=c\naudience=everyone\n"
  assert_bad ("audience=everyone", NULL, "channel or a pattern");
  assert_bad ("channel=c", NULL, "needs an audience");
  assert_bad (BASE "pattern=d", "pattern", "one of them");
  assert_bad (BASE "class=lossless\nclass=latest", "class", "already");
  assert_bad ("channel=c\naudience=subscribers", "audience", "needs match=");
  assert_bad (BASE "match=a", "match", "subscribers");
  assert_bad (BASE "without-subscription=every", "without-subscription", "subscribers");
  assert_bad (BASE "class=conflate\noffline=true", "offline", "lossless");
  assert_bad (BASE "schema-1=drop a", NULL, "needs schema=");
  assert_bad (BASE "schema=3\nschema-1=drop a", "schema", "between");
  assert_bad (BASE "schema=2\nschema-2=drop a", "schema", "newer");
#undef BASE
  for (guint i = 0; i < 31; i++)
    g_string_append_printf (fields, "low if f%u=1;", i);
  g_string_append (fields, "low\nkey=k1\ntime=k2");
  assert_bad (fields->str, NULL, "32 different fields");
}

static void
test_names (void)
{
  g_autofree char *longer = g_strnfill (65, 'x');
  g_autoptr (TideRouteText) text = tide_route_text_new ("connect");
  g_autoptr (GError) error = NULL;
  const char *bad_key = "untouched";

  g_test_summary ("A route's name is checked, and needs an event when it can't be one");

  g_assert_null (tide_route_text_check_name ("tick_data-2"));
  g_assert_nonnull (tide_route_text_check_name (""));
  g_assert_nonnull (tide_route_text_check_name ("a.b"));
  g_assert_nonnull (tide_route_text_check_name ("a b"));
  g_assert_nonnull (tide_route_text_check_name (longer));

  tide_route_text_set (text, "channel", "c", NULL);
  tide_route_text_set (text, "audience", "everyone", NULL);
  g_assert_null (tide_route_text_finish (text, &bad_key, &error));
  g_assert_null (bad_key);
  g_assert_nonnull (strstr (error->message, "event="));
}

static void
test_keys (void)
{
  guint n_keys;
  const TideRouteKey *keys = tide_route_text_get_keys (&n_keys);

  g_test_summary ("Each key of the table is known and explained");

  for (guint i = 0; i < n_keys; i++)
    {
      g_assert_true (g_str_equal (keys[i].name, "schema-M") ||
                     tide_route_text_has_key (keys[i].name));
      g_assert_true (g_str_has_suffix (keys[i].description, "."));
      g_assert_cmpstr (keys[i].takes, !=, "");
    }
  g_assert_true (tide_route_text_has_key ("schema-1"));
  g_assert_true (tide_route_text_has_key ("schema-999"));
  g_assert_false (tide_route_text_has_key ("schema-x"));
  g_assert_false (tide_route_text_has_key (""));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/route-text/defaults", test_defaults);
  g_test_add_func ("/core/route-text/plain-keys", test_plain_keys);
  g_test_add_func ("/core/route-text/audience", test_audience);
  g_test_add_func ("/core/route-text/match", test_match);
  g_test_add_func ("/core/route-text/priority", test_priority);
  g_test_add_func ("/core/route-text/schema", test_schema);
  g_test_add_func ("/core/route-text/disabled", test_disabled);
  g_test_add_func ("/core/route-text/history", test_history);
  g_test_add_func ("/core/route-text/bad-values", test_bad_values);
  g_test_add_func ("/core/route-text/bad-lists", test_bad_lists);
  g_test_add_func ("/core/route-text/bad-routes", test_bad_routes);
  g_test_add_func ("/core/route-text/names", test_names);
  g_test_add_func ("/core/route-text/keys", test_keys);
  return g_test_run ();
}
