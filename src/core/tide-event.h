/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-route.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideEventValue:
 *
 * What a field of an event is: the text of a string, escapes decoded, or a number as it
 * is written.
 */
typedef struct
{
  const char
      *text;    /* (nullable), not NUL-terminated; NULL: the event has no such field */
  gsize length; /* in bytes */
} TideEventValue;

/**
 * TideEvent:
 *
 * One message from a producer; immutable once made, but for @alone.
 */
typedef struct
{
  guint ref_count;
  TidePriority priority;
  TideRoute *route;       /* (owned), names the event's type */
  guint64 id;             /* grows from event to event; 0 for those outside the count */
  gint64 received_us;     /* monotonic time at which the source took it */
  gint64 timestamp_us;    /* wall-clock time at which it happened, as far as known */
  TideEventValue *values; /* (owned), one for each of the route's fields */
  gpointer alone;         /* (unowned) (nullable), the batch of just this event, kept by
                             that: who sends the event alone shares it */
  const char *key;        /* (unowned) (nullable), among @values; not NUL-terminated */
  gsize key_length;
  gsize payload_length;
  char payload[]; /* what browsers get, then a NUL: the producer's bytes, untouched, but
                     for what a route's `lift` has put in front */
} TideEvent;

/**
 * TideEventFacts:
 *
 * What an event is made of; copied.
 */
typedef struct
{
  TideRoute *route;
  const char *payload; /* one JSON object, already scanned */
  gsize payload_length;
  const TideEventValue *values; /* (nullable), one for each of the route's fields */
  TidePriority priority;
  guint64 id;
  gint64 received_us;
  gint64 timestamp_us;
} TideEventFacts;

TideEvent *tide_event_new (TideRoute *route,
                           const char *payload,
                           gsize payload_length,
                           const char *key,
                           gsize key_length,
                           gint64 received_us);
TideEvent *tide_event_new_full (const TideEventFacts *facts);
TideEvent *tide_event_ref (TideEvent *self);
void tide_event_unref (TideEvent *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideEvent, tide_event_unref)

G_END_DECLS
