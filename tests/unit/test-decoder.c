/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-decoder.h"

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
  ADD ("drops", test_drops);
  ADD ("log", test_log);
  ADD ("log-channel", test_log_channel);
#undef ADD
  return g_test_run ();
}
