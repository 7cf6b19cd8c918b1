/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-event-streams.h"
#include "tide-timer-wheel.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_READER_STREAMS_PATIENCE_US:
 *
 * A stream that nobody reads for so long is closed, in microseconds.
 */
#define TIDE_READER_STREAMS_PATIENCE_US (15 * G_USEC_PER_SEC)

/**
 * TIDE_READER_STREAMS_MAX_BYTES:
 *
 * How much is read at once; only a single line may be longer.
 */
#define TIDE_READER_STREAMS_MAX_BYTES (512 * 1024)

/**
 * TideReaderStreams:
 *
 * Event streams for those who come back for more, and can't keep a descriptor: each has
 * an id that nobody can guess.
 */
typedef struct _TideReaderStreams TideReaderStreams;

TideReaderStreams *tide_reader_streams_new (TideEventStreams *streams,
                                            TideTimerWheel *wheel);
void tide_reader_streams_free (TideReaderStreams *self);
const char *
tide_reader_streams_open (TideReaderStreams *self, const char *filter, GError **error);
gboolean
tide_reader_streams_read (TideReaderStreams *self, const char *id, GString *lines);
gboolean tide_reader_streams_close (TideReaderStreams *self, const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideReaderStreams, tide_reader_streams_free)

G_END_DECLS
