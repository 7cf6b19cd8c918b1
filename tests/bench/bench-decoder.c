/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How many messages a second become events. Takes the least a tick may come to as its
 * argument, in events a second, and fails below it. */

#include "tide-decoder.h"

#include <stdlib.h>
#include <string.h>

#define N_ROUNDS 5
#define N_EVENTS 400000

typedef struct
{
  const char *name;
  const char *channel;
  const char *payload;
} Case;

static const Case cases[] = {
  { "tick of 120 bytes",
    "tickstock.all_ticks",
    "{\"symbol\":\"AAPL\",\"price\":187.42,\"volume\":1200,\"change\":1.25,"
    "\"change_percent\":0.67,\"sequence\":12345,\"ts\":1732549200.25}" },
  { "tick with a time by ISO 8601",
    "tickstock.all_ticks",
    "{\"symbol\":\"AAPL\",\"price\":187.42,\"volume\":1200,\"change\":1.25,"
    "\"timestamp\":\"2026-01-31T12:00:00.123456+00:00\"}" },
  { "pattern in an envelope, lifted",
    "tickstock.events.patterns",
    "{\"event_type\":\"pattern_detected\",\"source\":\"x\",\"timestamp\":1732549200.25,"
    "\"data\":{\"symbol\":\"AAPL\",\"pattern\":\"BullFlag\",\"confidence\":0.87,"
    "\"tier\":\"daily\",\"price\":187.42}}" },
};

/* Gives events a second in the best round. */
static double
measure (TideDecoder *decoder, const Case *one)
{
  gsize channel_length = strlen (one->channel);
  gsize payload_length = strlen (one->payload);
  gint64 best_us = G_MAXINT64;

  for (guint round = 0; round < N_ROUNDS; round++)
    {
      gint64 start_us = g_get_monotonic_time ();

      for (guint i = 0; i < N_EVENTS; i++)
        tide_event_unref (tide_decoder_decode (
            decoder, one->channel, channel_length, one->payload, payload_length));
      best_us = MIN (best_us, g_get_monotonic_time () - start_us);
    }
  return N_EVENTS * 1e6 / best_us;
}

int
main (int argc, char *argv[])
{
  g_autoptr (TideRouteTable) routes = tide_route_table_new_tickstock ();
  g_autoptr (TideClock) clock = tide_clock_new_monotonic ();
  TideCounters counters = { 0 };
  g_autoptr (TideDecoder) decoder = tide_decoder_new (routes, &counters, clock, 65536);
  double least = argc > 1 ? g_ascii_strtod (argv[1], NULL) : 0;
  int code = EXIT_SUCCESS;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double per_sec = measure (decoder, &cases[i]);

      g_print ("%s (%u bytes): %.0f a second\n",
               cases[i].name,
               (guint) strlen (cases[i].payload),
               per_sec);
      if (i == 0 && per_sec < least)
        code = EXIT_FAILURE;
    }
  return code;
}
