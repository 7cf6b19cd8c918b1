/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Every counter, once: X (field, D-Bus and metric name, what it counts).
 * Names keep their meaning for ever; `docs/DBUS.md` lists them.
 *
 * Gauges first, then what only grows. */
#define TIDE_COUNTERS(X)                                                                 \
  X (connections, "Connections", "connections open now")                                 \
  X (users, "Users", "users with a connection now")                                      \
  X (rooms, "Rooms", "rooms with a member now")                                          \
  X (outbox_bytes, "OutboxBytes", "bytes that connections have not taken yet")           \
  X (sockets_accepted, "SocketsAccepted", "sockets accepted")                            \
  X (sockets_refused_limit, "SocketsRefusedLimit", "closed at once: a limit is reached") \
  X (handshakes_refused_origin, "HandshakesRefusedOrigin", "refused: foreign Origin")    \
  X (handshakes_refused_user, "HandshakesRefusedUser", "refused: no or wrong log-in")    \
  X (handshakes_refused_limit, "HandshakesRefusedLimit", "refused: a limit is reached")  \
  X (handshakes_refused_request, "HandshakesRefusedRequest", "refused: wrong request")   \
  X (connections_opened, "ConnectionsOpened", "connections opened")                      \
  X (connections_timed_out, "ConnectionsTimedOut", "closed: no sign of life in time")    \
  X (connections_closed_protocol, "ConnectionsClosedProtocol", "closed: broken packet")  \
  X (connections_closed_slow, "ConnectionsClosedSlow", "closed: outbox over its limit")  \
  X (messages_received, "MessagesReceived", "messages taken from clients")               \
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
  X (deliveries, "Deliveries", "events put into connections' outboxes")                  \
  X (deliveries_taken,                                                                   \
     "DeliveriesTaken",                                                                  \
     "events taken by the kernel or a poll, per connection")                             \
  X (deliveries_discarded, "DeliveriesDiscarded", "events still in outboxes at a close") \
  X (frames_taken, "FramesTaken", "frames taken by the kernel or a poll")                \
  X (bytes_sent, "BytesSent", "bytes taken by the kernel")                               \
  X (bytes_received, "BytesReceived", "bytes taken from clients")                        \
  X (source_reconnects, "SourceReconnects", "times that the source was connected anew")

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
guint64 tide_counters_get (const TideCounters *self, const TideCounterInfo *info);

G_END_DECLS
