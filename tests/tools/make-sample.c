/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Writes a minute of the made-up market to standard output, in the form that the replay
 * source reads: data/samples/market.ndjson was made by it. With the name of a file,
 * checks that it holds just that. */

#include "tide-market.h"

#include <stdio.h>
#include <string.h>

#define SEED 20240102
#define TICKS_PER_SECOND 20
#define LENGTH_US (60 * G_GINT64_CONSTANT (1000000))
/* 2024-01-02 14:30:00 UTC */
#define EPOCH_US (G_GINT64_CONSTANT (1704205800) * 1000000)

static char *
make_sample (void)
{
  g_autoptr (TideMarket) market = tide_market_new (SEED, TICKS_PER_SECOND, EPOCH_US);
  GString *sample = g_string_new (NULL);

  while (tide_market_get_next_us (market) < LENGTH_US)
    {
      TideMarketMessage message;

      tide_market_next (market, &message);
      g_string_append_printf (sample,
                              "{\"t_ms\":%" G_GINT64_FORMAT
                              ",\"channel\":\"%s\",\"payload\":%s}\n",
                              message.t_us / 1000,
                              message.channel,
                              message.payload);
    }
  return g_string_free (sample, FALSE);
}

int
main (int argc, char *argv[])
{
  g_autofree char *sample = make_sample ();
  g_autofree char *shipped = NULL;

  if (argc < 2)
    return fputs (sample, stdout) < 0 || fflush (stdout) != 0;

  if (!g_file_get_contents (argv[1], &shipped, NULL, NULL) ||
      strcmp (shipped, sample) != 0)
    {
      g_printerr ("%s is not what the market gives: write it anew with %s > %s\n",
                  argv[1],
                  argv[0],
                  argv[1]);
      return 1;
    }
  return 0;
}
