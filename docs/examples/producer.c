/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Publishes ticks on Redis with hiredis. To build and run it on Debian:
 *
 *     apt-get install gcc libc6-dev libhiredis-dev pkg-config
 *     cc -O2 -Wall -o producer producer.c $(pkg-config --cflags --libs hiredis)
 *     ./producer 127.0.0.1 6379 1000
 *
 * The last word is how many ticks to publish, as fast as Redis takes them. A path instead
 * of address and port is that of a Unix socket. */

#include <hiredis.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

/* So many commands are under way at once: waiting for each answer alone would cost a
 * round trip a tick. */
#define WINDOW 100

static const char *const symbols[] = { "AAPL", "MSFT", "NVDA", "TSLA" };

static double
get_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_REALTIME, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

/* Puts a tick into what hiredis sends next. */
static int
append_tick (redisContext *link, long number)
{
  char payload[256];
  int length = snprintf (payload,
                         sizeof payload,
                         "{\"event_type\":\"tick_data\",\"symbol\":\"%s\",\"price\":%.2f,"
                         "\"volume\":%ld,\"timestamp\":%.6f}",
                         symbols[number % 4],
                         100 + number % 1000 / 100.0,
                         1 + number % 500,
                         get_time ());

  /* %b takes bytes and their number, so nothing in them has to be quoted. */
  return redisAppendCommand (
      link, "PUBLISH tickstock.all_ticks %b", payload, (size_t) length);
}

/* Sends what was appended, if that is still to be done, and takes one answer. */
static int
take_answer (redisContext *link)
{
  redisReply *reply = NULL;
  int is_good = redisGetReply (link, (void **) &reply) == REDIS_OK &&
                reply->type == REDIS_REPLY_INTEGER;

  if (reply != NULL && reply->type == REDIS_REPLY_ERROR)
    fprintf (stderr, "producer: Redis says %s\n", reply->str);
  if (reply != NULL)
    freeReplyObject (reply);
  return is_good;
}

static redisContext *
open_link (int argc, char **argv)
{
  struct timeval limit = { .tv_sec = 5 };

  if (argc == 3)
    return redisConnectUnixWithTimeout (argv[1], limit);
  return redisConnectWithTimeout (argv[1], atoi (argv[2]), limit);
}

int
main (int argc, char **argv)
{
  redisContext *link;
  long n_ticks;
  long n_open = 0;

  if (argc != 3 && argc != 4)
    {
      fprintf (stderr, "Usage: producer ADDRESS PORT TICKS, or producer SOCKET TICKS\n");
      return 2;
    }
  n_ticks = atol (argv[argc - 1]);
  link = open_link (argc, argv);
  if (link == NULL || link->err)
    {
      fprintf (stderr, "producer: %s\n", link != NULL ? link->errstr : "no memory");
      return 1;
    }
  for (long i = 0; i < n_ticks; i++)
    {
      if (append_tick (link, i) != REDIS_OK)
        break;
      if (++n_open < WINDOW)
        continue;
      if (!take_answer (link))
        break;
      n_open--;
    }
  while (n_open > 0 && take_answer (link))
    n_open--;
  if (link->err)
    fprintf (stderr, "producer: %s\n", link->errstr);
  redisFree (link);
  return n_open == 0 ? 0 : 1;
}
