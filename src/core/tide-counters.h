/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-histogram.h"
#include "tide-route.h"

#include <glib.h>

G_BEGIN_DECLS

/* Every counter, once: X (field, D-Bus and metric name, what it counts).
 * Names keep their meaning for ever; `docs/DBUS.md` lists them.
 *
 * Gauges first, then what only grows. Then come the books of the four classes, from
 * TIDE_BOOK(). */
#define TIDE_COUNTERS(X)                                                                 \
  X (connections, "Connections", "connections open now")                                 \
  X (users, "Users", "users with a connection now")                                      \
  X (rooms, "Rooms", "rooms with a member now")                                          \
  X (outbox_bytes, "OutboxBytes", "bytes that connections have not taken yet")           \
  X (tls_connections, "TlsConnections", "sockets that speak TLS now")                    \
  X (lanes, "Lanes", "users that delivery keeps something for now")                      \
  X (slow_users, "SlowUsers", "users who read too slowly now")                           \
  X (users_away, "UsersAway", "users who are away and expected back")                    \
  X (subscriptions, "Subscriptions", "subscriptions in force, of users away too")        \
  X (index_entries, "IndexEntries", "values that users hold in the index")               \
  X (index_lookup_nsec, "IndexLookupNSec", "time of a look-up in the index, of late")    \
  X (frames_queued, "FramesQueued", "frames of events that wait in outboxes")            \
  X (largest_batch, "LargestBatch", "most events that left at once")                     \
  X (mean_batch_hundredths, "MeanBatchHundredths", "events a batch, times 100")          \
  X (latency_low_p50_usec, "LatencyLowP50USec", "from source to kernel: low, median")    \
  X (latency_low_p99_usec, "LatencyLowP99USec", "from source to kernel: low, 99 %")      \
  X (latency_low_p999_usec, "LatencyLowP999USec", "from source to kernel: low, 99.9 %")  \
  X (latency_medium_p50_usec,                                                            \
     "LatencyMediumP50USec",                                                             \
     "from source to kernel: medium, median")                                            \
  X (latency_medium_p99_usec,                                                            \
     "LatencyMediumP99USec",                                                             \
     "from source to kernel: medium, 99 %")                                              \
  X (latency_medium_p999_usec,                                                           \
     "LatencyMediumP999USec",                                                            \
     "from source to kernel: medium, 99.9 %")                                            \
  X (latency_high_p50_usec, "LatencyHighP50USec", "from source to kernel: high, median") \
  X (latency_high_p99_usec, "LatencyHighP99USec", "from source to kernel: high, 99 %")   \
  X (latency_high_p999_usec,                                                             \
     "LatencyHighP999USec",                                                              \
     "from source to kernel: high, 99.9 %")                                              \
  X (latency_critical_p50_usec,                                                          \
     "LatencyCriticalP50USec",                                                           \
     "from source to kernel: critical, median")                                          \
  X (latency_critical_p99_usec,                                                          \
     "LatencyCriticalP99USec",                                                           \
     "from source to kernel: critical, 99 %")                                            \
  X (latency_critical_p999_usec,                                                         \
     "LatencyCriticalP999USec",                                                          \
     "from source to kernel: critical, 99.9 %")                                          \
  X (history_waiting, "HistoryWaiting", "minutes of history that are in memory")         \
  X (memory_bytes, "MemoryBytes", "memory in use, where there is a limit")               \
  X (memory_step, "MemoryStep", "how much is shed for want of memory now, 0 to 4")       \
  X (balance_error, "BalanceError", "0, or the books are wrong")                         \
  X (sockets_accepted, "SocketsAccepted", "sockets accepted")                            \
  X (sockets_refused_limit, "SocketsRefusedLimit", "closed at once: a limit is reached") \
  X (sockets_refused_rate,                                                               \
     "SocketsRefusedRate",                                                               \
     "closed at once: too many a second from one address")                               \
  X (sockets_closed_waiting,                                                             \
     "SocketsClosedWaiting",                                                             \
     "closed: more than max-half-open had asked for nothing")                            \
  X (requests_timed_out, "RequestsTimedOut", "requests that were not complete in time")  \
  X (requests_too_large, "RequestsTooLarge", "requests over a limit of their size")      \
  X (requests_broken, "RequestsBroken", "requests that can be read in several ways")     \
  X (accepts_paused,                                                                     \
     "AcceptsPaused",                                                                    \
     "times that accepting paused: no descriptors left")                                 \
  X (tls_handshakes, "TlsHandshakes", "TLS was agreed on")                               \
  X (tls_handshakes_failed,                                                              \
     "TlsHandshakesFailed",                                                              \
     "closed: no TLS, or none that we speak")                                            \
  X (tls_handshakes_timed_out, "TlsHandshakesTimedOut", "closed: too slow a handshake")  \
  X (tls_connections_refused_limit,                                                      \
     "TlsConnectionsRefusedLimit",                                                       \
     "closed: max-tls-connections is reached")                                           \
  X (handshakes_refused_origin, "HandshakesRefusedOrigin", "refused: foreign Origin")    \
  X (handshakes_refused_user, "HandshakesRefusedUser", "refused: no or wrong log-in")    \
  X (handshakes_refused_limit, "HandshakesRefusedLimit", "refused: a limit is reached")  \
  X (handshakes_refused_memory, "HandshakesRefusedMemory", "refused: memory is short")   \
  X (handshakes_refused_request, "HandshakesRefusedRequest", "refused: wrong request")   \
  X (logins_refused, "LoginsRefused", "refused: no log-in, or one that is not believed") \
  X (connections_opened, "ConnectionsOpened", "connections opened")                      \
  X (connections_timed_out, "ConnectionsTimedOut", "closed: no sign of life in time")    \
  X (connections_closed_protocol, "ConnectionsClosedProtocol", "closed: broken packet")  \
  X (connections_closed_rate,                                                            \
     "ConnectionsClosedRate",                                                            \
     "closed: too many messages, and it did not stop")                                   \
  X (connections_closed_unfinished,                                                      \
     "ConnectionsClosedUnfinished",                                                      \
     "closed: a message was not complete in time")                                       \
  X (connections_closed_slow, "ConnectionsClosedSlow", "closed: outbox over its limit")  \
  X (connections_closed_memory,                                                          \
     "ConnectionsClosedMemory",                                                          \
     "closed: most waited there when memory was short")                                  \
  X (connections_closed_stale,                                                           \
     "ConnectionsClosedStale",                                                           \
     "closed: nothing came for too long")                                                \
  X (connections_closed_expired,                                                         \
     "ConnectionsClosedExpired",                                                         \
     "closed: the log-in has run out")                                                   \
  X (connections_logged_out, "ConnectionsLoggedOut", "closed: the user was logged out")  \
  X (messages_received, "MessagesReceived", "messages taken from clients")               \
  X (messages_over_rate, "MessagesOverRate", "messages over client-events-per-second")   \
  X (commands_refused, "CommandsRefused", "commands answered with an error")             \
  X (events_received, "EventsReceived", "messages taken from the source")                \
  X (events_dropped_not_json, "EventsDroppedNotJson", "dropped: not JSON")               \
  X (events_dropped_not_object, "EventsDroppedNotObject", "dropped: not a JSON object")  \
  X (events_dropped_too_deep, "EventsDroppedTooDeep", "dropped: nested too deeply")      \
  X (events_dropped_too_large, "EventsDroppedTooLarge", "dropped: over max-event-bytes") \
  X (events_dropped_bad_utf8, "EventsDroppedBadUtf8", "dropped: broken UTF-8")           \
  X (events_dropped_no_key, "EventsDroppedNoKey", "dropped: the route's key is missing") \
  X (events_dropped_wrong_type, "EventsDroppedWrongType", "dropped: key of wrong type")  \
  X (events_dropped_no_route,                                                            \
     "EventsDroppedNoRoute",                                                             \
     "dropped: no route for its channel")                                                \
  X (events_no_audience, "EventsNoAudience", "good, but nobody wanted them")             \
  X (events_routed, "EventsRouted", "good, and wanted by somebody")                      \
  X (events_lossless, "EventsLossless", "routed, of class lossless")                     \
  X (events_conflate, "EventsConflate", "routed, of class conflate")                     \
  X (events_latest, "EventsLatest", "routed, of class latest")                           \
  X (events_droppable, "EventsDroppable", "routed, of class droppable")                  \
  X (events_low, "EventsLow", "routed, of priority low")                                 \
  X (events_medium, "EventsMedium", "routed, of priority medium")                        \
  X (events_high, "EventsHigh", "routed, of priority high")                              \
  X (events_critical, "EventsCritical", "routed, of priority critical")                  \
  X (batches, "Batches", "batches made")                                                 \
  X (batched_events, "BatchedEvents", "events in them")                                  \
  X (rate_limited, "RateLimited", "times that a user was at its rate")                   \
  X (offline_queued, "OfflineQueued", "events kept for users who were away")             \
  X (offline_shed, "OfflineShed", "of these, dropped when memory was short")             \
  X (offline_delivered, "OfflineDelivered", "of these, handed over when they came back") \
  X (offline_restored, "OfflineRestored", "of these, kept from before the last start")   \
  X (offline_store_errors,                                                               \
     "OfflineStoreErrors",                                                               \
     "times that the store of these refused or was lost")                                \
  X (deliveries, "Deliveries", "events put into connections' outboxes")                  \
  X (deliveries_taken,                                                                   \
     "DeliveriesTaken",                                                                  \
     "events taken by the kernel or a poll, per connection")                             \
  X (deliveries_discarded, "DeliveriesDiscarded", "events still in outboxes at a close") \
  X (frames_made, "FramesMade", "frames of events put into outboxes")                    \
  X (frames_delivered, "FramesDelivered", "of these, taken by the kernel")               \
  X (frames_discarded, "FramesDiscarded", "of these, in an outbox at its close")         \
  X (frames_taken, "FramesTaken", "frames taken by the kernel, of any kind")             \
  X (bytes_sent, "BytesSent", "bytes taken by the kernel")                               \
  X (bytes_received, "BytesReceived", "bytes taken from clients")                        \
  X (ticks_taken, "TicksTaken", "ticks that went into the history")                      \
  X (ticks_late,                                                                         \
     "TicksLate",                                                                        \
     "of these, those before the newest minute of their symbol")                         \
  X (ticks_refused, "TicksRefused", "events of a route with ticks that can be none")     \
  X (history_written, "HistoryWritten", "minutes of history that are done with")         \
  X (history_lost, "HistoryLost", "minutes of history dropped: no room in memory")       \
  X (history_errors, "HistoryErrors", "times that the history's file was out of reach")  \
  X (charts_sent, "ChartsSent", "charts that clients were given")                        \
  X (orders_taken, "OrdersTaken", "orders to the service on the control channel")        \
  X (orders_refused, "OrdersRefused", "of the channel's messages, those that were none") \
  X (memory_shortages, "MemoryShortages", "times that memory was over its limit")        \
  X (source_reconnects, "SourceReconnects", "times that the source was connected anew")  \
  X (source_gaps, "SourceGaps", "times that clients were told of a gap")

/* What is counted of each class: pairs of an event and a user who is to get it. The first
 * is the sum of all others. X (field, name behind that of the class, what it counts). */
#define TIDE_BOOK(X)                                                                     \
  X (offered, "Offered", "offered")                                                      \
  X (delivered, "Delivered", "taken by the kernel for one tab at least")                 \
  X (conflated, "Conflated", "replaced by a newer one")                                  \
  X (expired, "Expired", "too old when the user came back")                              \
  X (dropped_rate, "DroppedRate", "dropped: the user is at its rate")                    \
  X (dropped_slow, "DroppedSlow", "dropped: the user reads too slowly")                  \
  X (dropped_left, "DroppedLeft", "dropped: the user has gone")                          \
  X (dropped_full, "DroppedFull", "dropped: too much is kept for the user")              \
  X (in_lanes, "InLanes", "waiting in lanes now")                                        \
  X (in_outboxes, "InOutboxes", "waiting in outboxes now")                               \
  X (in_offline, "InOffline", "kept for users who are away now")

/**
 * TideBook:
 *
 * The books of one class: what became of each pair of an event and a user.
 */
typedef struct
{
#define TIDE_BOOK_FIELD(field, name, meaning) guint64 field;
  TIDE_BOOK (TIDE_BOOK_FIELD)
#undef TIDE_BOOK_FIELD
} TideBook;

/**
 * TideCounters:
 *
 * What the service counts, shared by all stages. Whoever does a thing counts it; the
 * control folder only reads.
 */
typedef struct
{
#define TIDE_COUNTER_FIELD(field, name, meaning) guint64 field;
  TIDE_COUNTERS (TIDE_COUNTER_FIELD)
#undef TIDE_COUNTER_FIELD
  TideBook books[TIDE_N_CLASSES];
  TideHistogram latency[TIDE_N_PRIORITIES]; /* in microseconds, from the source's taking
                                               an event to the kernel's taking it */
} TideCounters;

/**
 * TideCounterInfo:
 *
 * What a counter is called.
 */
typedef struct
{
  const char *name;    /* as on D-Bus, such as `EventsReceived` */
  const char *key;     /* as in /health, such as `events_received` */
  const char *meaning; /* one phrase */
  gsize offset;        /* of the field in #TideCounters */
} TideCounterInfo;

const TideCounterInfo *tide_counters_get_infos (gsize *n_infos);
void tide_counters_refresh (TideCounters *self);
void tide_counters_reset (TideCounters *self);
guint64 tide_counters_get (const TideCounters *self, const TideCounterInfo *info);

G_END_DECLS
