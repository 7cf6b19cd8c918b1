/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first byte of an input chooses the channel, the rest is what comes on it. */

#include "tide-decoder.h"
#include "tide-json-scan.h"

#include <string.h>

#define MAX_EVENT_BYTES 3000

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static GLogWriterOutput
drop_line (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  for (gsize i = 0; i < n_fields; i++)
    g_assert_true (g_utf8_validate (fields[i].value, fields[i].length, NULL));
  g_assert_cmpint (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL), ==, 0);
  return G_LOG_WRITER_HANDLED;
}

static guint64
count_drops (const TideCounters *counters)
{
  return counters->events_dropped_not_json + counters->events_dropped_not_object +
         counters->events_dropped_too_deep + counters->events_dropped_too_large +
         counters->events_dropped_bad_utf8 + counters->events_dropped_no_key +
         counters->events_dropped_wrong_type + counters->events_dropped_no_route;
}

/* The payload is what came, or with other members before it. */
static void
check_payload (const TideEvent *event, const char *payload, gsize length)
{
  gsize n_added = event->payload_length - length;
  gsize n_head = (const char *) memchr (payload, '{', length) + 1 - payload;
  TideJsonKind kind;

  g_assert_cmpuint (event->payload_length, >=, length);
  g_assert_cmpuint (event->payload_length, <=, 2 * length);
  g_assert_true (n_added == 0 || event->route->lift != NULL);
  g_assert_cmpmem (event->payload, n_head, payload, n_head);
  g_assert_cmpmem (event->payload + n_head + n_added,
                   length - n_head,
                   payload + n_head,
                   length - n_head);
  g_assert_cmpint (tide_json_scan (event->payload, event->payload_length, NULL, 0, &kind),
                   ==,
                   TIDE_JSON_OK);
  g_assert_cmpint (kind, ==, TIDE_JSON_OBJECT);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const char *const channels[] = { "tickstock.all_ticks",
                                          "tickstock.events.health",
                                          "tickstock.events.patterns",
                                          "tickstock.events.backtest.results" };
  static TideRouteTable *routes = NULL; /* takes long to make, one serves all */
  g_autoptr (TideClock) clock = tide_clock_new_manual (1);
  TideCounters counters = { 0 };
  const char *payload = (const char *) data + 1;
  const char *channel;
  gsize channel_length;

  if (routes == NULL)
    {
      g_log_set_writer_func (drop_line, NULL, NULL);
      routes = tide_route_table_new_tickstock ();
    }
  if (size == 0)
    return 0;

  /* Some inputs are themselves the channel. */
  channel = data[0] < G_N_ELEMENTS (channels) * 50 ? channels[data[0] / 50] : payload;
  channel_length = channel == payload ? size - 1 : strlen (channel);

  g_autoptr (TideDecoder) decoder =
      tide_decoder_new (routes, &counters, clock, MAX_EVENT_BYTES);
  g_autoptr (TideEvent) event =
      tide_decoder_decode (decoder, channel, channel_length, payload, size - 1);

  g_assert_cmpuint (counters.events_received, ==, 1);
  g_assert_cmpuint (count_drops (&counters), ==, event == NULL);
  if (event != NULL)
    {
      check_payload (event, payload, size - 1);
      g_assert_cmpint (event->key != NULL, ==, event->route->key_field >= 0);
      for (guint i = 0; i < event->route->fields->len; i++)
        g_assert_cmpuint (event->values[i].length, <=, TIDE_DECODER_MAX_KEY_BYTES);
    }
  return 0;
}
