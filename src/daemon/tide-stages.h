/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-broadcaster.h"
#include "tide-decoder.h"
#include "tide-event-router.h"
#include "tide-event-streams.h"
#include "tide-history.h"
#include "tide-http-server.h"
#include "tide-scalable-broadcaster.h"
#include "tide-status.h"
#include "tide-subscription-manager.h"
#include "tide-websocket-manager.h"

G_BEGIN_DECLS

/**
 * TideStages:
 *
 * The stages of a pipeline, for what has to do with several of them and is on nobody's
 * way: what looks at them, and what orders them about. The pipeline owns all.
 */
typedef struct
{
  TideStatus *status;
  TideClock *clock;
  TideTimerWheel *wheel;
  TideUserTable *users;
  TideCounters *counters;
  TideDecoder *decoder;
  TideSubscriptionManager *subscriptions;
  TideEventRouter *router;
  TideBroadcaster *direct;           /* (nullable), one of these two */
  TideScalableBroadcaster *scalable; /* (nullable) */
  TideWebSocketManager *sessions;
  TideHttpServer *server;
  TideEventStreams *streams; /* who reads events along */
  TideHistory *history;      /* (nullable) */
} TideStages;

G_END_DECLS
