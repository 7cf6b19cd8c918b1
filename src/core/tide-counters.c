/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-counters.h"

#include <string.h>

static const TideCounterInfo infos[] = {
#define TIDE_COUNTER_INFO(field, name, meaning)                                          \
  { name, #field, meaning, G_STRUCT_OFFSET (TideCounters, field) },
  TIDE_COUNTERS (TIDE_COUNTER_INFO)
#undef TIDE_COUNTER_INFO

#define TIDE_BOOK_INFO(class, CLASS, prefix, field, name, meaning)                       \
  { prefix name,                                                                         \
    class "_" #field,                                                                    \
    class ": " meaning,                                                                  \
    G_STRUCT_OFFSET (TideCounters, books[CLASS].field) },
#define LOSSLESS(field, name, meaning)                                                   \
  TIDE_BOOK_INFO ("lossless", TIDE_CLASS_LOSSLESS, "Lossless", field, name, meaning)
      TIDE_BOOK (LOSSLESS)
#define CONFLATE(field, name, meaning)                                                   \
  TIDE_BOOK_INFO ("conflate", TIDE_CLASS_CONFLATE, "Conflate", field, name, meaning)
          TIDE_BOOK (CONFLATE)
#define LATEST(field, name, meaning)                                                     \
  TIDE_BOOK_INFO ("latest", TIDE_CLASS_LATEST, "Latest", field, name, meaning)
              TIDE_BOOK (LATEST)
#define DROPPABLE(field, name, meaning)                                                  \
  TIDE_BOOK_INFO ("droppable", TIDE_CLASS_DROPPABLE, "Droppable", field, name, meaning)
                  TIDE_BOOK (DROPPABLE)
};

/**
 * tide_counters_get_infos:
 * @n_infos: (out): how many there are
 *
 * Gets the names of all counters.
 *
 * Returns: (transfer none) (array length=n_infos): the names, gauges first
 */
const TideCounterInfo *
tide_counters_get_infos (gsize *n_infos)
{
  *n_infos = G_N_ELEMENTS (infos);
  return infos;
}

static guint64
get_difference (guint64 one, guint64 other)
{
  return one > other ? one - other : other - one;
}

/* Events: received = refused + no audience + routed. */
static guint64
get_events_error (const TideCounters *self)
{
  return get_difference (
      self->events_received,
      self->events_dropped_not_json + self->events_dropped_not_object +
          self->events_dropped_too_deep + self->events_dropped_too_large +
          self->events_dropped_bad_utf8 + self->events_dropped_no_key +
          self->events_dropped_wrong_type + self->events_dropped_no_route +
          self->events_no_audience + self->events_routed);
}

/* Pairs of events and users: offered = what became of them + what still waits. */
static guint64
get_book_error (const TideBook *book)
{
  return get_difference (book->offered,
                         book->delivered + book->conflated + book->expired +
                             book->dropped_rate + book->dropped_slow +
                             book->dropped_left + book->dropped_full + book->in_lanes +
                             book->in_outboxes + book->in_offline);
}

static void
refresh_latencies (TideCounters *self)
{
  guint64 *out = &self->latency_low_p50_usec;

  for (guint i = 0; i < TIDE_N_PRIORITIES; i++)
    {
      *out++ = tide_histogram_get_percentile (&self->latency[i], 50);
      *out++ = tide_histogram_get_percentile (&self->latency[i], 99);
      *out++ = tide_histogram_get_percentile (&self->latency[i], 99.9);
    }
}

/**
 * tide_counters_refresh:
 * @self: counters
 *
 * Works the gauges out that are made of others: means, latencies, and the sum by which
 * the books do not balance. To be called before they are shown.
 */
void
tide_counters_refresh (TideCounters *self)
{
  self->mean_batch_hundredths =
      self->batches > 0 ? self->batched_events * 100 / self->batches : 0;
  refresh_latencies (self);
  self->balance_error = get_events_error (self) +
                        get_difference (self->frames_made,
                                        self->frames_delivered + self->frames_discarded +
                                            self->frames_queued);
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    self->balance_error += get_book_error (&self->books[i]);
}

/**
 * tide_counters_get:
 * @self: counters
 * @info: one of tide_counters_get_infos()
 *
 * Returns: the value of that counter
 */
guint64
tide_counters_get (const TideCounters *self, const TideCounterInfo *info)
{
  return G_STRUCT_MEMBER (guint64, self, info->offset);
}

/* What waits now is what was offered so far, as far as the books know. */
static void
reset_book (TideBook *book)
{
  *book = (TideBook){
    .offered = book->in_lanes + book->in_outboxes + book->in_offline,
    .in_lanes = book->in_lanes,
    .in_outboxes = book->in_outboxes,
    .in_offline = book->in_offline,
  };
}

/**
 * tide_counters_reset:
 * @self: counters
 *
 * Sets what only grows back to 0, and the latencies. Gauges stay, and the books balance:
 * what waits now counts as offered, made and put into outboxes.
 */
void
tide_counters_reset (TideCounters *self)
{
  guint64 n_deliveries_open =
      self->deliveries - self->deliveries_taken - self->deliveries_discarded;
  gsize first = G_STRUCT_OFFSET (TideCounters, sockets_accepted);

  memset ((char *) self + first, 0, G_STRUCT_OFFSET (TideCounters, books) - first);
  self->largest_batch = 0;
  self->frames_made = self->frames_queued;
  self->deliveries = n_deliveries_open;
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    reset_book (&self->books[i]);
  for (guint i = 0; i < TIDE_N_PRIORITIES; i++)
    tide_histogram_clear (&self->latency[i]);
  tide_counters_refresh (self);
}
