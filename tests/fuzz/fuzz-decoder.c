/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Build with clang and -fsanitize=fuzzer,address,undefined, every .c of src/core, and
 * src/sources/tide-decoder.c. The first byte of an input chooses the channel. */

#include "tide-decoder.h"

#include <string.h>

#define MAX_EVENT_BYTES 3000

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static GLogWriterOutput
drop_line (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  for (gsize i = 0; i < n_fields; i++)
    g_assert_true (g_utf8_validate (fields[i].value, fields[i].length, NULL));
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

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const char *const channels[] = { "tickstock.all_ticks",
                                          "tickstock.events.health",
                                          "tickstock.events.patterns" };
  static gboolean is_set_up = FALSE;
  g_autoptr (TideRouteTable) routes = tide_route_table_new_tickstock ();
  g_autoptr (TideClock) clock = tide_clock_new_manual (1);
  TideCounters counters = { 0 };
  g_autoptr (TideDecoder) decoder =
      tide_decoder_new (routes, &counters, clock, MAX_EVENT_BYTES);
  const char *payload = (const char *) data + 1;
  const char *channel;
  gsize channel_length;

  if (!is_set_up)
    g_log_set_writer_func (drop_line, NULL, NULL);
  is_set_up = TRUE;
  if (size == 0)
    return 0;

  /* Some inputs are themselves the channel. */
  channel = data[0] < G_N_ELEMENTS (channels) * 64 ? channels[data[0] / 64] : payload;
  channel_length = channel == payload ? size - 1 : strlen (channel);

  g_autoptr (TideEvent) event =
      tide_decoder_decode (decoder, channel, channel_length, payload, size - 1);

  g_assert_cmpuint (counters.events_received, ==, 1);
  g_assert_cmpuint (count_drops (&counters), ==, event == NULL);
  if (event != NULL)
    {
      g_assert_cmpmem (event->payload, event->payload_length, payload, size - 1);
      g_assert_cmpint (event->key != NULL, ==, event->route->key_field >= 0);
      g_assert_cmpuint (event->key_length, <=, TIDE_DECODER_MAX_KEY_BYTES);
    }
  return 0;
}
