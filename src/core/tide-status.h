/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TideState:
 * @TIDE_STATE_STARTING: not listening yet, or the source was not tried yet
 * @TIDE_STATE_RUNNING: all is well
 * @TIDE_STATE_DEGRADED: serving, but without its source
 * @TIDE_STATE_DRAINING: ending
 *
 * How the service is.
 */
typedef enum
{
  TIDE_STATE_STARTING,
  TIDE_STATE_RUNNING,
  TIDE_STATE_DEGRADED,
  TIDE_STATE_DRAINING,
} TideState;

/**
 * TideStatus:
 *
 * What the service says about itself: few facts that rarely change. The daemon sets them,
 * D-Bus and /health show them. Emits `changed` when one has changed.
 */
#define TIDE_TYPE_STATUS (tide_status_get_type ())
G_DECLARE_FINAL_TYPE (TideStatus, tide_status, TIDE, STATUS, GObject)

TideStatus *tide_status_new (const char *version, gint64 started_real_us);
const char *tide_state_get_nick (TideState state);

void tide_status_set_state (TideStatus *self, TideState state);
void tide_status_set_source (TideStatus *self,
                             const char *description,
                             const char *state,
                             gboolean is_redis,
                             gboolean is_connected);
void tide_status_set_offline_store (TideStatus *self, const char *state);
void tide_status_set_history (TideStatus *self, const char *state);
void tide_status_set_listeners (TideStatus *self, const char *const *listeners);

const char *tide_status_get_version (TideStatus *self);
gint64 tide_status_get_started_real_us (TideStatus *self);
TideState tide_status_get_state (TideStatus *self);
const char *tide_status_get_source_description (TideStatus *self);
const char *tide_status_get_source_state (TideStatus *self);
const char *tide_status_get_offline_store (TideStatus *self);
const char *tide_status_get_history (TideStatus *self);
gboolean tide_status_is_redis_connected (TideStatus *self);
const char *const *tide_status_get_listeners (TideStatus *self);

G_END_DECLS
