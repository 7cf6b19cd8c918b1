/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-alerts.h"

/* A limit that is hit all the time is told of this often. */
#define LIMIT_PAUSE_US (10 * G_USEC_PER_SEC)

/* Which counters grow when which limit is hit. One that stands for several limits has all
 * of their keys: docs/LIMITS.md tells them apart. */
static const struct
{
  const char *counter; /* as on D-Bus */
  const char *limit;   /* the keys of the configuration */
} limits[] = {
  { "SocketsRefusedLimit", "server.max-connections,server.max-connections-per-address" },
  { "SocketsRefusedRate", "server.max-accepts-per-second" },
  { "SocketsClosedWaiting", "server.max-half-open" },
  { "RequestsTimedOut", "server.header-timeout-ms" },
  { "TlsConnectionsRefusedLimit", "server.max-tls-connections" },
  { "HandshakesRefusedLimit",
    "server.max-connections,server.max-connections-per-address,"
    "server.max-connections-per-user" },
  { "MemoryShortages", "server.max-memory-bytes" },
  { "MessagesOverRate", "sessions.client-events-per-second" },
  { "ConnectionsClosedUnfinished", "engineio.message-timeout-ms" },
  { "ConnectionsClosedSlow", "delivery.outbox-hard-bytes" },
  { "ConnectionsClosedStale", "sessions.idle-timeout-s" },
  { "EventsDroppedTooLarge", "source.max-event-bytes" },
  { "RateLimited", "delivery.events-per-second" },
  { "LosslessDroppedFull",
    "delivery.offline-max-events,delivery.offline-max-bytes,"
    "delivery.offline-total-bytes" },
};

typedef struct
{
  const TideCounterInfo *info;
  guint64 last;     /* what the counter was at the last look */
  guint64 n_untold; /* how often it was hit since the last signal */
  gint64 next_us;   /* no signal before */
} Limit;

struct _TideBusAlerts
{
  const TideCounters *counters; /* (unowned) */
  TideBusAlertFuncs funcs;
  guint64 n_slow; /* as told last */
  Limit limits[G_N_ELEMENTS (limits)];
};

static const TideCounterInfo *
find_info (const char *name)
{
  gsize n_infos;
  const TideCounterInfo *infos = tide_counters_get_infos (&n_infos);

  for (gsize i = 0; i < n_infos; i++)
    if (g_str_equal (infos[i].name, name))
      return &infos[i];
  g_assert_not_reached ();
}

/**
 * tide_bus_alerts_new:
 * @counters: what to look at; must outlive the result
 * @funcs: what to call; copied
 *
 * Begins to look: what was counted before is no news.
 *
 * Returns: (transfer full): alerts
 */
TideBusAlerts *
tide_bus_alerts_new (const TideCounters *counters, const TideBusAlertFuncs *funcs)
{
  TideBusAlerts *self = g_new0 (TideBusAlerts, 1);

  self->counters = counters;
  self->funcs = *funcs;
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      self->limits[i].info = find_info (limits[i].counter);
      self->limits[i].last = tide_counters_get (counters, self->limits[i].info);
      self->limits[i].next_us = G_MININT64;
    }
  return self;
}

/**
 * tide_bus_alerts_free:
 * @self: (transfer full): alerts
 *
 * Frees @self.
 */
void
tide_bus_alerts_free (TideBusAlerts *self)
{
  g_free (self);
}

/* A counter that is smaller than it was has been set to 0 meanwhile. */
static void
look_at (Limit *self, const TideCounters *counters)
{
  guint64 now = tide_counters_get (counters, self->info);

  self->n_untold += now >= self->last ? now - self->last : now;
  self->last = now;
}

/**
 * tide_bus_alerts_look:
 * @self: alerts
 * @now_us: monotonic time in microseconds
 *
 * Tells what has happened since the last look. For each limit it is told at most once in
 * ten seconds, with all that came meanwhile.
 */
void
tide_bus_alerts_look (TideBusAlerts *self, gint64 now_us)
{
  guint64 n_slow = self->counters->slow_users;

  if (n_slow != self->n_slow)
    {
      self->n_slow = n_slow;
      self->funcs.slow_clients (n_slow, self->funcs.user_data);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      Limit *limit = &self->limits[i];

      look_at (limit, self->counters);
      if (limit->n_untold == 0 || now_us < limit->next_us)
        continue;
      self->funcs.limit_hit (limits[i].limit, limit->n_untold, self->funcs.user_data);
      limit->n_untold = 0;
      limit->next_us = now_us + LIMIT_PAUSE_US;
    }
}
