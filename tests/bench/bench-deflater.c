/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What compression saves and costs: events of the made-up market, each by itself and in
 * batches, as they go to WebSockets. */

#include "tide-decoder.h"
#include "tide-deflater.h"
#include "tide-market.h"
#include "tide-protocol.h"

#include <stdlib.h>
#include <string.h>

#define SEED 1
#define TICKS_PER_SECOND 1000
#define N_EVENTS 20000

typedef struct
{
  const char *name;
  const char *channel;
  guint n_in_batch;
  gboolean is_batched;
} Case;

static const Case cases[] = {
  { "a tick by itself", TIDE_MARKET_TICKS, 1, FALSE },
  { "a pattern by itself", TIDE_MARKET_PATTERNS, 1, FALSE },
  { "10 ticks of a window, each a message", TIDE_MARKET_TICKS, 10, FALSE },
  { "10 ticks in one event_batch", TIDE_MARKET_TICKS, 10, TRUE },
  { "50 ticks in one event_batch", TIDE_MARKET_TICKS, 50, TRUE },
};

/* Returns: (transfer full) (element-type TideEvent): what a market publishes */
static GPtrArray *
make_events (TideDecoder *decoder, const char *channel)
{
  g_autoptr (TideMarket) market = tide_market_new (SEED, TICKS_PER_SECOND, 0);
  GPtrArray *events = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_event_unref);

  for (guint i = 0; i < 50 * N_EVENTS && events->len < N_EVENTS; i++)
    {
      TideMarketMessage message;

      tide_market_next (market, &message);
      if (g_str_equal (message.channel, channel))
        g_ptr_array_add (events,
                         tide_decoder_decode (decoder,
                                              message.channel,
                                              strlen (message.channel),
                                              message.payload,
                                              message.payload_length));
    }
  return events;
}

static void
measure (TideDecoder *decoder, const Case *one)
{
  TideWireShape shape = { .form = TIDE_WIRE_SOCKETIO, .is_batched = one->is_batched };
  g_autoptr (GPtrArray) events = make_events (decoder, one->channel);
  TideDeflater *deflater = tide_deflater_new ();
  gsize n_plain_bytes = 0;
  gsize n_deflated_bytes = 0;
  gint64 spent_us = 0;
  guint n = 0;

  for (guint i = 0; i + one->n_in_batch <= events->len; i += one->n_in_batch)
    {
      g_autoptr (TideBatch) batch =
          tide_batch_new ((TideEvent **) &events->pdata[i], one->n_in_batch);
      g_autoptr (TideFrame) plain = tide_protocol_encode_batch (shape, batch, NULL);
      gint64 start_us = g_get_monotonic_time ();
      g_autoptr (TideFrame) deflated = tide_deflater_run (deflater, plain);

      spent_us += g_get_monotonic_time () - start_us;
      n_plain_bytes += plain->n_bytes;
      n_deflated_bytes += deflated->n_bytes;
      n++;
    }
  tide_deflater_free (deflater);
  g_print ("%-40s %6.0f -> %5.0f bytes, %.0f %% saved, %.1f us\n",
           one->name,
           (double) n_plain_bytes / n,
           (double) n_deflated_bytes / n,
           100.0 - 100.0 * n_deflated_bytes / n_plain_bytes,
           (double) spent_us / n);
}

int
main (void)
{
  g_autoptr (TideRouteTable) routes = tide_route_table_new_tickstock ();
  g_autoptr (TideClock) clock = tide_clock_new_monotonic ();
  TideCounters counters = { 0 };
  g_autoptr (TideDecoder) decoder = tide_decoder_new (routes, &counters, clock, 65536);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    measure (decoder, &cases[i]);
  return EXIT_SUCCESS;
}
