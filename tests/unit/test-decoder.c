/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-decoder.h"
#include "tide-error.h"
#include "tide-route-text.h"

#include <string.h>

#define TICKS "tickstock.all_ticks"
#define PATTERNS "tickstock.events.patterns"
#define MAX_EVENT_BYTES 2000

/* A line of the log, as the decoder wrote it. */
typedef struct
{
  char *message;
  char *channel;
  char *reason;
} LogLine;

static GPtrArray *log_lines; /* (element-type LogLine), since the test began */

typedef struct
{
  TideRouteTable *routes;
  TideCounters counters;
  TideClock *clock;
  TideDecoder *decoder;
} Fixture;

static void
log_line_free (LogLine *self)
{
  g_free (self->message);
  g_free (self->channel);
  g_free (self->reason);
  g_free (self);
}

static GLogWriterOutput
keep_line (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  LogLine *line;

  if (level != G_LOG_LEVEL_WARNING)
    return g_log_writer_default (level, fields, n_fields, data);

  line = g_new0 (LogLine, 1);
  for (gsize i = 0; i < n_fields; i++)
    {
      if (strcmp (fields[i].key, "MESSAGE") == 0)
        line->message = g_strdup (fields[i].value);
      else if (strcmp (fields[i].key, "TIDE_CHANNEL") == 0)
        line->channel = g_strdup (fields[i].value);
      else if (strcmp (fields[i].key, "TIDE_REASON") == 0)
        line->reason = g_strdup (fields[i].value);
    }
  g_ptr_array_add (log_lines, line);
  return G_LOG_WRITER_HANDLED;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->routes = tide_route_table_new_tickstock ();
  self->clock = tide_clock_new_manual (5000);
  self->decoder =
      tide_decoder_new (self->routes, &self->counters, self->clock, MAX_EVENT_BYTES);
  log_lines = g_ptr_array_new_with_free_func ((GDestroyNotify) log_line_free);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  tide_decoder_free (self->decoder);
  tide_clock_unref (self->clock);
  tide_route_table_unref (self->routes);
  g_clear_pointer (&log_lines, g_ptr_array_unref);
}

static TideEvent *
decode (Fixture *self, const char *channel, const char *payload)
{
  return tide_decoder_decode (
      self->decoder, channel, strlen (channel), payload, strlen (payload));
}

static void
assert_key (Fixture *self, const char *payload, const char *key, gsize key_length)
{
  g_autoptr (TideEvent) event = decode (self, TICKS, payload);

  g_assert_nonnull (event);
  g_assert_cmpstr (event->payload, ==, payload);
  g_assert_cmpuint (event->payload_length, ==, strlen (payload));
  g_assert_cmpmem (event->key, event->key_length, key, key_length);
}

static void
assert_dropped (Fixture *self, const char *channel, const char *payload, guint64 *counter)
{
  guint64 n_received = self->counters.events_received;
  guint64 n_dropped = *counter;

  g_assert_null (decode (self, channel, payload));
  g_assert_cmpuint (self->counters.events_received, ==, n_received + 1);
  g_assert_cmpuint (*counter, ==, n_dropped + 1);
}

static void
test_event (Fixture *self, gconstpointer data)
{
  const char *payload = " {\"symbol\":\"AAPL\",\"n\":12345678901234567890.10} ";
  g_autoptr (TideEvent) event = decode (self, TICKS, payload);

  g_test_summary ("An event has its route, key, time, and the payload to the last byte");

  g_assert_cmpstr (event->payload, ==, payload);
  g_assert_cmpstr (event->route->event_type, ==, "tick_data");
  g_assert_cmpmem (event->key, event->key_length, "AAPL", 4);
  g_assert_cmpint (event->received_us, ==, 5000);
  g_assert_cmpuint (self->counters.events_received, ==, 1);
  g_assert_cmpuint (log_lines->len, ==, 0);
}

static void
test_no_key_fields (Fixture *self, gconstpointer data)
{
  g_autoptr (TideEvent) event = decode (self, PATTERNS, "{\"symbol\":[]}");

  g_test_summary ("On a route without key fields an event has no key");

  g_assert_nonnull (event);
  g_assert_null (event->key);
  g_assert_cmpuint (event->key_length, ==, 0);
}

static void
test_keys (Fixture *self, gconstpointer data)
{
  g_test_summary ("The first key field that is there decides, at the top before in data");

  assert_key (self, "{\"symbol\":\"A\"}", "A", 1);
  assert_key (self, "{\"ticker\":\"B\"}", "B", 1);
  assert_key (self, "{\"ticker\":\"B\",\"symbol\":\"A\"}", "A", 1);
  assert_key (self, "{\"data\":{\"symbol\":\"C\"}}", "C", 1);
  assert_key (self, "{\"data\":{\"symbol\":\"C\"},\"symbol\":\"A\"}", "A", 1);
  assert_key (self, "{\"data\":{\"symbol\":\"C\"},\"ticker\":\"B\"}", "C", 1);
  assert_key (self, "{\"data\":{\"ticker\":\"D\"},\"x\":1}", "D", 1);
  assert_key (self, "{\"data\":[],\"ticker\":\"B\"}", "B", 1);
  assert_key (self, "{\"symbol\":\"A\",\"symbol\":\"B\"}", "B", 1);
  assert_key (self, "{\"symbol\":-12.50e1}", "-12.50e1", 8);
  assert_key (self, "{\"s\\u0079mbol\":\"\\u0041\\u20ac\\u0000\"}", "A\xe2\x82\xac\0", 5);
}

static void
test_key_called_data (Fixture *self, gconstpointer data)
{
  static const char *const key_fields[] = { "data", "id", NULL };
  g_autoptr (TideEvent) top = NULL;
  g_autoptr (TideEvent) wrapped = NULL;

  g_test_summary ("A key field may be called data itself, on a route that is added late");

  tide_route_table_add (self->routes,
                        tide_route_new ("c", "t", key_fields, TIDE_AUDIENCE_EVERYONE));
  top = decode (self, "c", "{\"id\":\"x\",\"data\":\"y\"}");
  g_assert_cmpmem (top->key, top->key_length, "y", 1);
  wrapped = decode (self, "c", "{\"id\":\"x\"}");
  g_assert_cmpmem (wrapped->key, wrapped->key_length, "x", 1);
  assert_dropped (self,
                  "c",
                  "{\"id\":\"x\",\"data\":{\"id\":\"z\"}}",
                  &self->counters.events_dropped_wrong_type);
}

/* Puts a route for channel `c`, made of lines KEY=VALUE, into the table. */
static void
add_route (Fixture *self, const char *lines)
{
  g_autoptr (TideRouteText) text = tide_route_text_new ("r");
  g_auto (GStrv) all = g_strsplit (lines, "\n", -1);
  g_autoptr (GError) error = NULL;

  tide_route_text_set (text, "channel", "c", &error);
  tide_route_text_set (text, "audience", "everyone", &error);
  for (guint i = 0; all[i] != NULL; i++)
    {
      char *equals = strchr (all[i], '=');

      *equals = '\0';
      tide_route_text_set (text, all[i], equals + 1, &error);
      g_assert_no_error (error);
    }
  tide_route_table_add (self->routes, tide_route_text_finish (text, NULL, &error));
  g_assert_no_error (error);
}

/* Expects the values of an event, in the order of its route's fields, a blank behind each
 * and - for none. */
static void
assert_values (Fixture *self, const char *payload, const char *expected)
{
  g_autoptr (TideEvent) event = decode (self, "c", payload);
  g_autoptr (GString) values = g_string_new (NULL);

  g_assert_nonnull (event);
  for (guint i = 0; i < event->route->fields->len; i++)
    {
      const TideEventValue *value = &event->values[i];

      if (value->text != NULL)
        g_string_append_len (values, value->text, value->length);
      g_string_append (values, value->text != NULL ? " " : "- ");
    }
  g_assert_cmpstr (values->str, ==, expected);
}

static void
test_values (Fixture *self, gconstpointer data)
{
  g_autofree char *longest = g_strnfill (256, 'x');
  g_autofree char *good = g_strdup_printf ("{\"a\":\"%s\"}", longest);
  g_autofree char *too_long = g_strdup_printf ("{\"a\":\"x%s\"}", longest);
  g_autofree char *expected = g_strdup_printf ("%s - ", longest);

  g_test_summary ("Each field is the first of its names, a string's text or a number");

  add_route (self, "priority=high if a|b=1;high if b|c=1;low");
  assert_values (self, "{}", "- - ");
  assert_values (self, "{\"a\":\"x\",\"b\":2.50e1}", "x 2.50e1 ");
  assert_values (self, "{\"b\":\"\\u0041\\n\"}", "A\n A\n ");
  assert_values (self, "{\"data\":{\"a\":\"x\",\"c\":3},\"b\":1}", "x 1 ");
  assert_values (self, "{\"data\":{\"b\":2},\"b\":1}", "1 1 ");
  assert_values (self, "{\"a\":null,\"b\":1}", "- 1 ");
  assert_values (self, "{\"a\":true,\"c\":[1]}", "- - ");
  assert_values (self, "{\"a\":\"\"}", " - ");
  assert_values (self, good, expected);
  assert_values (self, too_long, "- - ");
}

static void
assert_priority (Fixture *self, const char *payload, TidePriority priority)
{
  g_autoptr (TideEvent) event = decode (self, "c", payload);

  g_assert_nonnull (event);
  g_assert_cmpint (event->priority, ==, priority);
}

static void
test_priority (Fixture *self, gconstpointer data)
{
  g_test_summary ("The first priority whose condition fits counts, else the last one");

  add_route (self, "priority=critical if status!=healthy|ok;high if level=3;low");
  assert_priority (self, "{\"status\":\"down\"}", TIDE_PRIORITY_CRITICAL);
  assert_priority (self, "{}", TIDE_PRIORITY_CRITICAL);
  assert_priority (self, "{\"status\":null}", TIDE_PRIORITY_CRITICAL);
  assert_priority (self, "{\"status\":\"o\\u006b\"}", TIDE_PRIORITY_LOW);
  assert_priority (self, "{\"status\":\"okay\"}", TIDE_PRIORITY_CRITICAL);
  assert_priority (self, "{\"data\":{\"status\":\"healthy\"}}", TIDE_PRIORITY_LOW);
  assert_priority (self, "{\"status\":\"ok\",\"level\":3}", TIDE_PRIORITY_HIGH);
  assert_priority (self, "{\"status\":\"ok\",\"level\":3.0}", TIDE_PRIORITY_LOW);
  assert_priority (self, "{\"status\":\"ok\",\"level\":\"3\"}", TIDE_PRIORITY_HIGH);
}

static void
assert_time (Fixture *self, const char *payload, gint64 time_us)
{
  g_autoptr (TideEvent) event = decode (self, "c", payload);

  g_assert_nonnull (event);
  g_assert_cmpint (event->timestamp_us, ==, time_us);
}

static void
test_time (Fixture *self, gconstpointer data)
{
  gint64 before_us = g_get_real_time ();
  g_autoptr (TideEvent) event = NULL;

  g_test_summary ("The time is the field's, in any of its forms, or else now");

  add_route (self, "time=at|timestamp");
  assert_time (
      self, "{\"timestamp\":1700000000.25}", G_GINT64_CONSTANT (1700000000250000));
  assert_time (self,
               "{\"at\":\"1700000000000\",\"timestamp\":5}",
               G_GINT64_CONSTANT (1700000000000000));
  assert_time (self, "{\"data\":{\"at\":\"1970-01-01T00:00:02\"}}", 2 * G_USEC_PER_SEC);
  event = decode (self, "c", "{\"at\":\"soon\"}");
  g_assert_cmpint (event->timestamp_us, >=, before_us);
  g_assert_cmpint (event->timestamp_us, <=, g_get_real_time ());
  g_assert_cmpint (event->received_us, ==, 5000);
}

static void
test_ids (Fixture *self, gconstpointer data)
{
  g_test_summary ("Events are numbered from 1; what is refused takes no number");

  for (guint64 id = 1; id <= 3; id++)
    {
      g_autoptr (TideEvent) event = decode (self, TICKS, "{\"symbol\":\"A\"}");

      g_assert_cmpuint (event->id, ==, id);
      g_assert_null (decode (self, TICKS, "{}"));
    }
}

static void
assert_payload (Fixture *self, const char *payload, const char *expected)
{
  g_autoptr (TideEvent) event = decode (self, "c", payload);

  g_assert_nonnull (event);
  g_assert_cmpmem (event->payload, event->payload_length, expected, strlen (expected));
  g_assert_cmpmem (event->key, event->key_length, "k", 1);
}

static void
test_lift (Fixture *self, gconstpointer data)
{
  g_autofree char *filler = g_strnfill (MAX_EVENT_BYTES - 26, 'x');
  g_autofree char *large =
      g_strdup_printf ("{\"body\":{\"id\":\"k\",\"f\":\"%s\"}}", filler);
  g_autofree char *lifted =
      g_strdup_printf ("{\"id\":\"k\",\"f\":\"%s\",%s", filler, large + 1);

  g_test_summary ("The member that lift names is where fields may be, and is copied up");

  add_route (self, "key=id\nlift=body");
  assert_payload (self,
                  " {\"body\":{\"id\":\"k\",\"n\":1.0}}",
                  " {\"id\":\"k\",\"n\":1.0,\"body\":{\"id\":\"k\",\"n\":1.0}}");
  assert_payload (self, "{\"id\":\"k\",\"body\":[]}", "{\"id\":\"k\",\"body\":[]}");
  assert_payload (
      self, "{\"data\":{\"n\":1},\"id\":\"k\"}", "{\"data\":{\"n\":1},\"id\":\"k\"}");
  assert_dropped (
      self, "c", "{\"data\":{\"id\":\"k\"}}", &self->counters.events_dropped_no_key);

  g_assert_cmpuint (strlen (large), ==, MAX_EVENT_BYTES);
  g_assert_cmpuint (strlen (lifted), <, 2 * MAX_EVENT_BYTES);
  assert_payload (self, large, lifted);
  assert_dropped (self, "c", lifted, &self->counters.events_dropped_too_large);
}

static void
test_patterns (Fixture *self, gconstpointer data)
{
  TideRoute *route = tide_route_new ("chat.*", "chat", NULL, TIDE_AUDIENCE_EVERYONE);
  g_autoptr (TideEvent) event = NULL;

  g_test_summary ("A channel may be found by a pattern");

  route->is_pattern = TRUE;
  tide_route_table_add (self->routes, route);
  event = decode (self, "chat.42", "{}");
  g_assert_true (event->route == route);
  assert_dropped (self, "chat", "{}", &self->counters.events_dropped_no_route);
}

static void
test_key_length (Fixture *self, gconstpointer data)
{
  g_autofree char *longest = g_strnfill (256, 'k');
  g_autofree char *digits = g_strnfill (257, '1');
  g_autofree char *good = g_strdup_printf ("{\"symbol\":\"%s\"}", longest);
  g_autofree char *long_one = g_strdup_printf ("{\"symbol\":\"%sk\"}", longest);
  g_autofree char *number = g_strdup_printf ("{\"symbol\":%s}", digits);
  g_autoptr (GString) escaped = g_string_new ("{\"symbol\":\"");

  g_test_summary ("A key has 1 to 256 bytes after decoding");

  for (guint i = 0; i < 256; i++)
    g_string_append (escaped, "\\u006b");
  g_string_append (escaped, "\"}");

  assert_key (self, good, longest, 256);
  assert_key (self, escaped->str, longest, 256);
  g_string_insert (escaped, strlen ("{\"symbol\":\""), "k");
  assert_dropped (self, TICKS, escaped->str, &self->counters.events_dropped_wrong_type);
  assert_dropped (self, TICKS, long_one, &self->counters.events_dropped_wrong_type);
  assert_dropped (self, TICKS, number, &self->counters.events_dropped_wrong_type);
  assert_dropped (
      self, TICKS, "{\"symbol\":\"\"}", &self->counters.events_dropped_wrong_type);
}

static void
test_drops (Fixture *self, gconstpointer data)
{
  TideCounters *counters = &self->counters;
  g_autofree char *brackets = g_strnfill (100, '[');
  g_autofree char *large = g_strnfill (MAX_EVENT_BYTES + 1, ' ');
  g_autofree char *largest = g_strnfill (MAX_EVENT_BYTES, ' ');
  g_autoptr (TideEvent) event = NULL;

  g_test_summary ("What is no good event is counted by its reason");

  assert_dropped (self, "other", "{}", &counters->events_dropped_no_route);
  assert_dropped (self, TICKS "x", "{}", &counters->events_dropped_no_route);
  assert_dropped (self, "", "", &counters->events_dropped_no_route);
  assert_dropped (self, TICKS, "", &counters->events_dropped_not_json);
  assert_dropped (self, TICKS, "{\"symbol\":'A'}", &counters->events_dropped_not_json);
  assert_dropped (self, TICKS, "{}{}", &counters->events_dropped_not_json);
  assert_dropped (self, TICKS, brackets, &counters->events_dropped_too_deep);
  assert_dropped (self, TICKS, "[\"\xff\"]", &counters->events_dropped_bad_utf8);
  assert_dropped (self, TICKS, "[]", &counters->events_dropped_not_object);
  assert_dropped (self, TICKS, "\"symbol\"", &counters->events_dropped_not_object);
  assert_dropped (self, PATTERNS, "null", &counters->events_dropped_not_object);
  assert_dropped (self, TICKS, "{}", &counters->events_dropped_no_key);
  assert_dropped (self,
                  TICKS,
                  "{\"x\":{\"symbol\":\"A\"},\"data\":[{\"symbol\":\"A\"}]}",
                  &counters->events_dropped_no_key);
  assert_dropped (self, TICKS, "{\"symbol\":null}", &counters->events_dropped_wrong_type);
  assert_dropped (self,
                  TICKS,
                  "{\"symbol\":[\"A\"],\"ticker\":\"A\"}",
                  &counters->events_dropped_wrong_type);
  assert_dropped (
      self, TICKS, "{\"data\":{\"symbol\":true}}", &counters->events_dropped_wrong_type);
  assert_dropped (self, TICKS, large, &counters->events_dropped_too_large);

  memcpy (largest, "{\"symbol\":1}", strlen ("{\"symbol\":1}"));
  event = decode (self, TICKS, largest);
  g_assert_nonnull (event);
}

static const LogLine *
get_line (guint index)
{
  g_assert_cmpuint (index, <, log_lines->len);
  return g_ptr_array_index (log_lines, index);
}

static void
test_log (Fixture *self, gconstpointer data)
{
  g_test_summary ("At most one line in 10 s tells of drops, and never shows a payload");

  for (guint i = 0; i < 100; i++)
    g_assert_null (decode (self, TICKS, "{\"secret\":"));
  g_assert_cmpuint (log_lines->len, ==, 1);
  g_assert_cmpstr (get_line (0)->channel, ==, TICKS);
  g_assert_cmpstr (get_line (0)->reason, ==, "not_json");
  g_assert_nonnull (strstr (get_line (0)->message, " 1 event"));
  g_assert_null (strstr (get_line (0)->message, "secret"));

  tide_clock_advance (self->clock, 10 * G_USEC_PER_SEC - 1);
  g_assert_null (decode (self, TICKS, "[]"));
  g_assert_cmpuint (log_lines->len, ==, 1);

  tide_clock_advance (self->clock, 1);
  g_assert_null (decode (self, "nobody", "{}"));
  g_assert_cmpuint (log_lines->len, ==, 2);
  g_assert_cmpstr (get_line (1)->channel, ==, "nobody");
  g_assert_cmpstr (get_line (1)->reason, ==, "no_route");
  g_assert_nonnull (strstr (get_line (1)->message, " 101 event"));
}

static void
assert_logged_channel (Fixture *self,
                       const char *name,
                       gsize length,
                       const char *expected)
{
  guint n_lines = log_lines->len;

  g_assert_null (tide_decoder_decode (self->decoder, name, length, "{}", 2));
  g_assert_cmpstr (get_line (n_lines)->channel, ==, expected);
  tide_clock_advance (self->clock, 10 * G_USEC_PER_SEC);
}

static void
test_log_channel (Fixture *self, gconstpointer data)
{
  g_autofree char *name = g_strnfill (1000, 'n');
  g_autofree char *cut = g_strnfill (64, 'n');

  g_test_summary ("Of a channel's name only what prints is logged, 64 characters");

  assert_logged_channel (self, "", 0, "");
  assert_logged_channel (self, name, 1000, cut);
  assert_logged_channel (self, "\xe2\x82\xac", 3, "\xe2\x82\xac");
  assert_logged_channel (self, "\xe2\x82", 2, "\xef\xbf\xbd\xef\xbf\xbd");
  assert_logged_channel (self,
                         "a\nb\x1b"
                         "c",
                         5,
                         "a\xef\xbf\xbd"
                         "b\xef\xbf\xbd"
                         "c");
  assert_logged_channel (self,
                         "a\0b",
                         3,
                         "a\xef\xbf\xbd"
                         "b");
}

static void
test_try (Fixture *self, gconstpointer data)
{
  static const char *const wrong[][2] = {
    { "", "not JSON" },
    { "[1]", "not a JSON object" },
    { "{}", "has not the key" },
    { "{\"symbol\":[]}", "neither a string nor a number" },
    { "{\"symbol\":\"\xff\"}", "not UTF-8" },
  };
  TideRoute *route = tide_route_table_find (self->routes, TICKS, strlen (TICKS));
  const char *payload = "{\"symbol\":\"A\\u0041\"}";
  g_autoptr (TideEvent) tried = NULL;
  g_autoptr (TideEvent) made = NULL;
  g_autoptr (TideEvent) next = NULL;
  g_autoptr (GError) none = NULL;
  TideCounters before = self->counters;

  g_test_summary ("To try is to make the same event, and to leave no trace");

  tried = tide_decoder_try (self->decoder, route, payload, &none);
  g_assert_no_error (none);
  g_assert_cmpmem (tried->key, tried->key_length, "AA", 2);
  g_assert_cmpuint (tried->id, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (tide_decoder_try (self->decoder, route, wrong[i][0], &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD);
      g_assert_nonnull (strstr (error->message, wrong[i][1]));
    }
  g_assert_cmpmem (&before, sizeof before, &self->counters, sizeof before);
  g_assert_cmpuint (log_lines->len, ==, 0);
  made = tide_decoder_make (self->decoder, route, payload);
  g_assert_cmpuint (made->id, ==, 1);
  g_assert_cmpuint (self->counters.events_received, ==, 1);
  next = decode (self, TICKS, payload);
  g_assert_cmpuint (next->id, ==, 2);
  g_assert_null (decode (self, TICKS, "{}"));
  g_assert_cmpuint (log_lines->len, ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (keep_line, NULL, NULL);
#define ADD(name, func)                                                                  \
  g_test_add ("/sources/decoder/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("event", test_event);
  ADD ("no-key-fields", test_no_key_fields);
  ADD ("keys", test_keys);
  ADD ("key-called-data", test_key_called_data);
  ADD ("key-length", test_key_length);
  ADD ("values", test_values);
  ADD ("priority", test_priority);
  ADD ("time", test_time);
  ADD ("ids", test_ids);
  ADD ("lift", test_lift);
  ADD ("patterns", test_patterns);
  ADD ("drops", test_drops);
  ADD ("log", test_log);
  ADD ("log-channel", test_log_channel);
  ADD ("try", test_try);
#undef ADD
  return g_test_run ();
}
