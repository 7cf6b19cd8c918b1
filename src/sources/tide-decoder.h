/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-clock.h"
#include "tide-counters.h"
#include "tide-event.h"
#include "tide-route.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_DECODER_MAX_KEY_BYTES:
 *
 * How long an event's key, or another of its fields, may be.
 */
#define TIDE_DECODER_MAX_KEY_BYTES 256

/**
 * TideDecoder:
 *
 * Makes events of what producers publish, or counts why it does not.
 */
typedef struct _TideDecoder TideDecoder;

TideDecoder *tide_decoder_new (TideRouteTable *routes,
                               TideCounters *counters,
                               TideClock *clock,
                               gsize max_event_bytes);
void tide_decoder_free (TideDecoder *self);
void tide_decoder_set_last_id (TideDecoder *self, guint64 last_id);
TideEvent *tide_decoder_decode (TideDecoder *self,
                                const char *channel,
                                gsize channel_length,
                                const char *payload,
                                gsize payload_length);

TideEvent *tide_decoder_try (TideDecoder *self,
                             TideRoute *route,
                             const char *payload,
                             GError **error);
TideEvent *tide_decoder_make (TideDecoder *self, TideRoute *route, const char *payload);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideDecoder, tide_decoder_free)

G_END_DECLS
