/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Publishes the benchmark's events to Redis at a fixed rate: ticks on one channel, urgent
 * events on another one. What is late is caught up with, so that the rate holds; what is
 * due at the same time goes in one piece. Prints one JSON object at the end. */

#include <hiredis/hiredis.h>

#include "bench-event.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MAX_PIECE 512 /* events at a time, for Redis to begin with before we are done */
/* Shorter sleeps would only cost time: events of one piece have the same age. At high
 * rates waking up, ourselves and Redis, would take a third of the core that clients are
 * on. */
#define MIN_SLEEP_US 250
#define MIN_SLEEP_AT_HIGH_RATE_US 1000
#define HIGH_RATE 4000 /* events a second, above which it holds */

typedef struct
{
  const char *channel; /* (unowned) (nullable), %NULL for none of them */
  char kind;
  double rate; /* a second, 0 for as many as can be */
  guint n_symbols;
  guint32 *sequences; /* (owned), the last one of each symbol */
  guint64 n_sent;
  guint64 n_all; /* to be sent, G_MAXUINT64 when time decides */
} Stream;

typedef struct
{
  redisContext *redis; /* (owned) */
  gsize n_bytes;
  GString *piece; /* (owned), commands to be sent */
  gint64 start_us;
  gint64 end_us;
  gint64 late_us;    /* the latest one was */
  guint64 n_unheard; /* answers that nobody had subscribed */
} Publisher;

static void
append_event (Publisher *self, Stream *stream)
{
  guint symbol = (guint) (stream->n_sent % stream->n_symbols);
  BenchEvent event = { .kind = stream->kind,
                       .symbol = symbol,
                       .sequence = ++stream->sequences[symbol],
                       .sent_us = g_get_monotonic_time () };
  gsize n_head;

  g_string_append_printf (self->piece,
                          "*3\r\n$7\r\nPUBLISH\r\n$%" G_GSIZE_FORMAT "\r\n%s\r\n"
                          "$%" G_GSIZE_FORMAT "\r\n",
                          strlen (stream->channel),
                          stream->channel,
                          self->n_bytes);
  n_head = self->piece->len;
  g_string_set_size (self->piece, n_head + self->n_bytes);
  bench_event_write (&event, self->piece->str + n_head, self->n_bytes);
  g_string_append (self->piece, "\r\n");
  stream->n_sent++;
}

static gint64
get_due_us (const Publisher *self, const Stream *stream)
{
  if (stream->channel == NULL || stream->n_sent >= stream->n_all)
    return G_MAXINT64;
  if (stream->rate <= 0)
    return self->start_us;
  return self->start_us + (gint64) ((double) stream->n_sent * 1e6 / stream->rate);
}

/* Appends what is due.
 *
 * Returns: how many events */
static guint
append_due (Publisher *self, Stream *stream, gint64 now_us)
{
  gint64 due_us = get_due_us (self, stream);
  guint n;

  if (due_us <= now_us && stream->rate > 0)
    self->late_us = MAX (self->late_us, now_us - due_us);
  for (n = 0; n < MAX_PIECE && get_due_us (self, stream) <= now_us; n++)
    append_event (self, stream);
  return n;
}

/* Sends the piece and takes the answers.
 *
 * Returns: %FALSE when Redis has a complaint, or has gone */
static gboolean
send_piece (Publisher *self, guint n_events)
{
  if (redisAppendFormattedCommand (self->redis, self->piece->str, self->piece->len) !=
      REDIS_OK)
    return FALSE;
  g_string_truncate (self->piece, 0);
  for (guint i = 0; i < n_events; i++)
    {
      redisReply *reply = NULL;
      gboolean is_good;

      if (redisGetReply (self->redis, (void **) &reply) != REDIS_OK)
        return FALSE;
      is_good = reply->type == REDIS_REPLY_INTEGER;
      if (!is_good)
        g_printerr ("bench-publisher: Redis says: %s\n", reply->str);
      else if (reply->integer == 0)
        self->n_unheard++;
      freeReplyObject (reply);
      if (!is_good)
        return FALSE;
    }
  return TRUE;
}

static void
sleep_until (gint64 until_us, double rate)
{
  gint64 min_us = rate > HIGH_RATE ? MIN_SLEEP_AT_HIGH_RATE_US : MIN_SLEEP_US;
  gint64 us = MAX (until_us, g_get_monotonic_time () + min_us);
  struct timespec time = { us / G_USEC_PER_SEC, us % G_USEC_PER_SEC * 1000 };

  clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

static gboolean
publish (Publisher *self, Stream *ticks, Stream *urgent)
{
  while (TRUE)
    {
      gint64 now_us = g_get_monotonic_time ();
      gint64 due_us = MIN (get_due_us (self, ticks), get_due_us (self, urgent));
      guint n;

      if (due_us == G_MAXINT64 || due_us >= self->end_us)
        return TRUE;
      /* Without a rate the clock ends it. */
      if (now_us >= self->end_us && due_us == self->start_us)
        return TRUE;
      n = append_due (self, urgent, now_us);
      n += append_due (self, ticks, now_us);
      if (n > 0 && !send_piece (self, n))
        return FALSE;
      due_us = MIN (get_due_us (self, ticks), get_due_us (self, urgent));
      if (due_us != G_MAXINT64 && due_us > g_get_monotonic_time ())
        sleep_until (due_us, ticks->rate + urgent->rate);
    }
}

static void
set_up_stream (Stream *stream, char kind, double seconds)
{
  stream->kind = kind;
  stream->sequences = g_new0 (guint32, stream->n_symbols);
  stream->n_all = stream->rate > 0 ? (guint64) (stream->rate * seconds) : G_MAXUINT64;
}

static int
run (Publisher *self, Stream *ticks, Stream *urgent, int port, double seconds)
{
  double took;

  self->redis = redisConnect ("127.0.0.1", port);
  if (self->redis == NULL || self->redis->err != 0)
    {
      g_printerr ("bench-publisher: no Redis at port %d\n", port);
      return 1;
    }
  self->piece = g_string_new (NULL);
  set_up_stream (ticks, 'S', seconds);
  set_up_stream (urgent, 'U', seconds);
  self->start_us = g_get_monotonic_time ();
  self->end_us = self->start_us + (gint64) (seconds * G_USEC_PER_SEC);
  if (!publish (self, ticks, urgent))
    {
      g_printerr ("bench-publisher: %s\n", self->redis->errstr);
      return 1;
    }
  took = (double) (g_get_monotonic_time () - self->start_us) / G_USEC_PER_SEC;
  printf ("{\"sent\":%" G_GUINT64_FORMAT ",\"sent_urgent\":%" G_GUINT64_FORMAT
          ",\"unheard\":%" G_GUINT64_FORMAT ",\"seconds\":%.3f,\"late_ms_max\":%.3f}\n",
          ticks->n_sent,
          urgent->n_sent,
          self->n_unheard,
          took,
          (double) self->late_us / 1000);
  return 0;
}

static void
clear (Publisher *self, Stream *ticks, Stream *urgent)
{
  g_clear_pointer (&self->redis, redisFree);
  if (self->piece != NULL)
    g_string_free (self->piece, TRUE);
  g_free (ticks->sequences);
  g_free (urgent->sequences);
}

int
main (int argc, char **argv)
{
  int port = 0;
  int n_bytes = 200;
  int n_symbols = 1;
  int n_urgent_symbols = 1;
  double seconds = 5;
  int result;
  g_autofree char *channel = NULL;
  g_autofree char *urgent_channel = NULL;
  Stream ticks = { .rate = 100 };
  Stream urgent = { .rate = 1 };
  Publisher publisher = { 0 };
  // clang-format off
  const GOptionEntry entries[] = {
    { "redis-port", 0, 0, G_OPTION_ARG_INT, &port, "Redis on 127.0.0.1", "P" },
    { "channel", 0, 0, G_OPTION_ARG_STRING, &channel, "Of ticks", "C" },
    { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &ticks.rate,
      "Ticks a second, 0 for as many as can be", "R" },
    { "symbols", 0, 0, G_OPTION_ARG_INT, &n_symbols, "In turn S0 to S(N-1)", "N" },
    { "bytes", 0, 0, G_OPTION_ARG_INT, &n_bytes, "Of an event", "B" },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds, "How long", "S" },
    { "urgent-channel", 0, 0, G_OPTION_ARG_STRING, &urgent_channel,
      "Of urgent events", "C" },
    { "urgent-rate", 0, 0, G_OPTION_ARG_DOUBLE, &urgent.rate, "The same for them", "R" },
    { "urgent-symbols", 0, 0, G_OPTION_ARG_INT, &n_urgent_symbols,
      "In turn U0 to U(N-1)", "N" },
    G_OPTION_ENTRY_NULL,
  };
  // clang-format on
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL) || port <= 0 ||
      channel == NULL || n_symbols <= 0 || n_urgent_symbols <= 0 ||
      n_bytes < BENCH_EVENT_MIN_BYTES || n_bytes > BENCH_EVENT_MAX_BYTES)
    return 2;
  publisher.n_bytes = n_bytes;
  ticks.channel = channel;
  ticks.n_symbols = n_symbols;
  urgent.channel = urgent_channel;
  urgent.n_symbols = n_urgent_symbols;
  result = run (&publisher, &ticks, &urgent, port, seconds);
  clear (&publisher, &ticks, &urgent);
  return result;
}
