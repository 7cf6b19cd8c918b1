/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-route.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideEvent:
 *
 * One message from a producer; immutable once made.
 */
typedef struct
{
  guint ref_count;
  guint key_length;   /* bytes of @key */
  TideRoute *route;   /* (owned), names the event's type */
  gint64 received_us; /* monotonic time at which the source took it */
  const char *key;    /* (owned) (nullable), not NUL-terminated, escapes decoded */
  gsize payload_length;
  char payload[]; /* the producer's bytes, untouched, then a NUL */
} TideEvent;

TideEvent *tide_event_new (TideRoute *route,
                           const char *payload,
                           gsize payload_length,
                           const char *key,
                           gsize key_length,
                           gint64 received_us);
TideEvent *tide_event_ref (TideEvent *self);
void tide_event_unref (TideEvent *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideEvent, tide_event_unref)

G_END_DECLS
