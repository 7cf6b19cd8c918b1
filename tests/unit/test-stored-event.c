/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-stored-event.h"

#include <string.h>

typedef struct
{
  TideRouteTable *routes;
  TideRoute *route;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  const char *const symbol[] = { "symbol", NULL };

  self->route = tide_route_new ("p", "pattern_alert", symbol, TIDE_AUDIENCE_SUBSCRIBERS);
  self->route->delivery_class = TIDE_CLASS_LOSSLESS;
  self->route->is_kept = TRUE;
  g_free (self->route->name);
  self->route->name = g_strdup ("alerts");
  self->routes = tide_route_table_new ();
  tide_route_table_add (self->routes, self->route);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  tide_route_table_unref (self->routes);
}

static void
append_bulk (GString *out, const char *text, gsize length)
{
  g_string_append_printf (out, "$%" G_GSIZE_FORMAT "\r\n", length);
  g_string_append_len (out, text, length);
  g_string_append (out, "\r\n");
}

static redisReply *
parse_reply (const GString *bytes)
{
  redisReader *reader = redisReaderCreate ();
  void *reply = NULL;

  g_assert_cmpint (redisReaderFeed (reader, bytes->str, bytes->len), ==, REDIS_OK);
  g_assert_cmpint (redisReaderGetReply (reader, &reply), ==, REDIS_OK);
  g_assert_nonnull (reply);
  redisReaderFree (reader);
  return reply;
}

/* What Redis would give back of a command that appends. */
static redisReply *
make_entry (const GPtrArray *words)
{
  g_autoptr (GString) out = g_string_new ("*2\r\n");

  for (guint i = 2; i < words->len; i++)
    {
      gsize length;
      const char *text = g_bytes_get_data (g_ptr_array_index (words, i), &length);

      append_bulk (out, text, length);
      if (i == 2)
        g_string_append_printf (out, "*%u\r\n", words->len - 3);
    }
  return parse_reply (out);
}

static GPtrArray *
make_command (Fixture *self, const char *payload)
{
  TideEventValue key = { "A\"B", 3 };
  TideEventFacts facts = { .route = self->route,
                           .payload = payload,
                           .payload_length = strlen (payload),
                           .values = &key,
                           .priority = TIDE_PRIORITY_CRITICAL,
                           .id = 77,
                           .received_us = 1,
                           .timestamp_us = 1234567 };
  g_autoptr (TideEvent) event = tide_event_new_full (&facts);
  TideStoredEvent stored = {
    .id = 9007199254740993, .event = event, .queued_real_us = 5, .n_attempts = 2
  };

  return tide_stored_event_make_command ("key", &stored);
}

static void
test_round_trip (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) words = make_command (self, "{\"a\":\"\\u0000\"}");
  redisReply *entry = make_entry (words);
  TideStoredEvent found;

  g_test_summary ("An event that is read is the one that was written");

  g_assert_true (tide_stored_event_parse (entry, self->routes, 99, &found));
  freeReplyObject (entry);
  g_assert_cmpuint (found.id, ==, 9007199254740993);
  g_assert_cmpint (found.queued_real_us, ==, 5);
  g_assert_cmpuint (found.n_attempts, ==, 2);
  g_assert_true (found.event->route == self->route);
  g_assert_cmpstr (found.event->payload, ==, "{\"a\":\"\\u0000\"}");
  g_assert_cmpmem (found.event->key, found.event->key_length, "A\"B", 3);
  g_assert_cmpint (found.event->priority, ==, TIDE_PRIORITY_CRITICAL);
  g_assert_cmpuint (found.event->id, ==, 77);
  g_assert_cmpint (found.event->timestamp_us, ==, 1234567);
  g_assert_cmpint (found.event->received_us, ==, 99);
  tide_event_unref (found.event);
}

static void
test_bad_payload (Fixture *self, gconstpointer data)
{
  static const char *const payloads[] = {
    "", "[]", "{\"a\":", "{} {}", "{\"a\":\"\xFF\"}"
  };

  g_test_summary ("What is no JSON object any more is left out");

  for (guint i = 0; i < G_N_ELEMENTS (payloads); i++)
    {
      g_autoptr (GPtrArray) words = make_command (self, payloads[i]);
      redisReply *entry = make_entry (words);
      TideStoredEvent found;

      g_assert_false (tide_stored_event_parse (entry, self->routes, 0, &found));
      g_assert_cmpuint (tide_stored_event_parse_id (entry), ==, 9007199254740993);
      freeReplyObject (entry);
    }
}

static void
test_other_routes (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) words = make_command (self, "{}");
  g_autoptr (TideRouteTable) none = tide_route_table_new ();
  redisReply *entry = make_entry (words);
  TideStoredEvent found;

  g_test_summary (
      "An event is left out when its route is there no more, or keeps nothing");

  g_assert_false (tide_stored_event_parse (entry, none, 0, &found));
  self->route->is_kept = FALSE;
  g_assert_false (tide_stored_event_parse (entry, self->routes, 0, &found));
  self->route->is_kept = TRUE;
  self->route->delivery_class = TIDE_CLASS_LATEST;
  g_assert_false (tide_stored_event_parse (entry, self->routes, 0, &found));
  freeReplyObject (entry);
}

static void
test_odd_replies (Fixture *self, gconstpointer data)
{
  static const char *const replies[] = {
    ":1\r\n",
    "$-1\r\n",
    "*0\r\n",
    "*-1\r\n",
    "*2\r\n$3\r\n1-0\r\n$1\r\na\r\n",
    "*2\r\n:1\r\n*0\r\n",
    "*2\r\n$3\r\n1-0\r\n*-1\r\n",
    "*2\r\n$3\r\n1-0\r\n*0\r\n",
    "*2\r\n$3\r\n1-0\r\n*1\r\n$5\r\nroute\r\n",
    "*2\r\n$3\r\n1-0\r\n*2\r\n$5\r\nroute\r\n:7\r\n",
    "*2\r\n$3\r\n1-0\r\n*4\r\n$5\r\nroute\r\n$6\r\nalerts\r\n$7\r\npayload\r\n*0\r\n",
    "*2\r\n$3\r\n1-0\r\n*6\r\n$5\r\nroute\r\n$6\r\nalerts\r\n$7\r\npayload\r\n$2\r\n{}"
    "\r\n"
    "$8\r\npriority\r\n$1\r\n9\r\n",
  };

  g_test_summary ("Whatever else Redis may say is no event, and no harm");

  for (guint i = 0; i < G_N_ELEMENTS (replies); i++)
    {
      g_autoptr (GString) bytes = g_string_new (replies[i]);
      redisReply *reply = parse_reply (bytes);
      TideStoredEvent found;

      g_assert_false (tide_stored_event_parse (reply, self->routes, 0, &found));
      freeReplyObject (reply);
    }
  g_assert_false (tide_stored_event_parse (NULL, self->routes, 0, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                  \
  g_test_add ("/sources/stored-event/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("round-trip", test_round_trip);
  ADD ("bad-payload", test_bad_payload);
  ADD ("other-routes", test_other_routes);
  ADD ("odd-replies", test_odd_replies);
#undef ADD
  return g_test_run ();
}
