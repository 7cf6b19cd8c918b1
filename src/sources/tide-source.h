/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-sink.h"
#include "tide-timer-wheel.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TideSourceState:
 * @TIDE_SOURCE_IDLE: not started, stopped, or at the end of what there was to replay
 * @TIDE_SOURCE_CONNECTING: started, nothing reached yet
 * @TIDE_SOURCE_CONNECTED: messages of producers arrive
 * @TIDE_SOURCE_DISCONNECTED: out of reach; it is tried again and again
 *
 * How a source is.
 */
typedef enum
{
  TIDE_SOURCE_IDLE,
  TIDE_SOURCE_CONNECTING,
  TIDE_SOURCE_CONNECTED,
  TIDE_SOURCE_DISCONNECTED,
} TideSourceState;

/**
 * TideSourceOutage:
 *
 * When and how a source that was connected got lost.
 */
typedef struct
{
  gint64 proven_us; /* monotonic time: everything that was published before has come in */
  const char *reason; /* a static word: `connection_lost` or `no_answer` */
} TideSourceOutage;

/**
 * TideReadingFunc:
 * @user_data: of the outlet
 *
 * Is told that all messages of one reading have been passed on. Does not stop the source.
 *
 * Returns: whether messages that come close upon each other may wait for the wheel's next
 *   turn, so that they are taken together
 */
typedef gboolean (*TideReadingFunc) (gpointer user_data);

/**
 * TideSourceOutlet:
 *
 * Where a source is connected to the rest: what every kind of source needs at
 * construction. All of it must outlive the source.
 */
typedef struct
{
  TideTimerWheel *wheel;  /* (unowned), in the context that the source is started in */
  TideCounters *counters; /* (unowned) */
  TideMessageFunc func;
  gpointer user_data;   /* (unowned), for both functions */
  TideReadingFunc done; /* (nullable), for sources that read from afar */
} TideSourceOutlet;

/**
 * TideSource:
 *
 * Where the messages of producers come from.
 */
#define TIDE_TYPE_SOURCE (tide_source_get_type ())
G_DECLARE_INTERFACE (TideSource, tide_source, TIDE, SOURCE, GObject)

/**
 * TideSourceInterface:
 * @start: begins to pass messages on
 * @stop: passes no message on any more; may be called at any time, also from the outlet
 * @get_state: how the source is
 * @get_description: what it reads from, for people
 * @get_outage: (nullable): the latest outage; for one that goes on if it is not connected
 *
 * Where the messages of producers come from.
 */
struct _TideSourceInterface
{
  GTypeInterface parent_iface;

  gboolean (*start) (TideSource *self, GError **error);
  void (*stop) (TideSource *self);
  TideSourceState (*get_state) (TideSource *self);
  const char *(*get_description) (TideSource *self);
  void (*get_outage) (TideSource *self, TideSourceOutage *outage);
};

gboolean tide_source_start (TideSource *self, GError **error);
void tide_source_stop (TideSource *self);
TideSourceState tide_source_get_state (TideSource *self);
const char *tide_source_get_description (TideSource *self);
gboolean tide_source_get_outage (TideSource *self, TideSourceOutage *outage);
void tide_source_emit_state_changed (TideSource *self);

G_END_DECLS
