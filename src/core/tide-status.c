/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-status.h"

struct _TideStatus
{
  GObject parent_instance;

  char *version; /* (owned) */
  gint64 started_real_us;
  TideState state;
  char *source_description; /* (owned) */
  char *source_state;       /* (owned) */
  gboolean is_redis_connected;
  const char *offline_store; /* static */
  const char *history;       /* static */
  char **listeners;          /* (owned) */
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TideStatus, tide_status, G_TYPE_OBJECT)

static void
tide_status_finalize (GObject *object)
{
  TideStatus *self = TIDE_STATUS (object);

  g_free (self->version);
  g_free (self->source_description);
  g_free (self->source_state);
  g_strfreev (self->listeners);

  G_OBJECT_CLASS (tide_status_parent_class)->finalize (object);
}

static void
tide_status_class_init (TideStatusClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tide_status_finalize;

  /**
   * TideStatus::changed:
   * @self: the status
   *
   * A fact has changed.
   */
  signals[CHANGED] = g_signal_new ("changed",
                                   TIDE_TYPE_STATUS,
                                   G_SIGNAL_RUN_LAST,
                                   0,
                                   NULL,
                                   NULL,
                                   NULL,
                                   G_TYPE_NONE,
                                   0);
}

static void
tide_status_init (TideStatus *self)
{
  self->source_description = g_strdup ("");
  self->source_state = g_strdup ("idle");
  self->listeners = g_new0 (char *, 1);
}

/**
 * tide_status_new:
 * @version: the service's version
 * @started_real_us: when it was started, in microseconds since 1970
 *
 * Returns: (transfer full): a status, %TIDE_STATE_STARTING
 */
TideStatus *
tide_status_new (const char *version, gint64 started_real_us)
{
  TideStatus *self = g_object_new (TIDE_TYPE_STATUS, NULL);

  self->version = g_strdup (version);
  self->started_real_us = started_real_us;
  return self;
}

/**
 * tide_state_get_nick:
 * @state: a state
 *
 * Returns: the state as D-Bus and /health name it
 */
const char *
tide_state_get_nick (TideState state)
{
  switch (state)
    {
    case TIDE_STATE_STARTING:
      return "starting";
    case TIDE_STATE_RUNNING:
      return "running";
    case TIDE_STATE_DEGRADED:
      return "degraded";
    case TIDE_STATE_DRAINING:
      return "draining";
    }
  g_return_val_if_reached ("degraded");
}

/**
 * tide_status_set_state:
 * @self: a status
 * @state: how the service is now
 *
 * Sets a fact.
 */
void
tide_status_set_state (TideStatus *self, TideState state)
{
  if (self->state == state)
    return;
  self->state = state;
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * tide_status_set_source:
 * @self: a status
 * @description: what the source is, without secrets
 * @state: how it is, in one word
 * @is_redis: whether it is Redis
 * @is_connected: whether messages can come from it
 *
 * Sets the facts about the source.
 */
void
tide_status_set_source (TideStatus *self,
                        const char *description,
                        const char *state,
                        gboolean is_redis,
                        gboolean is_connected)
{
  if (g_str_equal (self->source_description, description) &&
      g_str_equal (self->source_state, state) &&
      self->is_redis_connected == (is_redis && is_connected))
    return;

  /* What is set may be our own strings: copied before they are freed. */
  g_autofree char *old_description G_GNUC_UNUSED = self->source_description;
  g_autofree char *old_state G_GNUC_UNUSED = self->source_state;

  self->source_description = g_strdup (description);
  self->source_state = g_strdup (state);
  self->is_redis_connected = is_redis && is_connected;
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * tide_status_set_listeners:
 * @self: a status
 * @listeners: (array zero-terminated=1): addresses, such as `http://127.0.0.1:5000/`
 *
 * Sets the addresses that the service listens on.
 */
void
tide_status_set_listeners (TideStatus *self, const char *const *listeners)
{
  g_auto (GStrv) old_listeners G_GNUC_UNUSED = self->listeners;

  self->listeners = g_strdupv ((char **) listeners);
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * tide_status_get_version:
 * @self: a status
 *
 * Returns: the service's version
 */
const char *
tide_status_get_version (TideStatus *self)
{
  return self->version;
}

/**
 * tide_status_get_started_real_us:
 * @self: a status
 *
 * Returns: when the service was started, in microseconds since 1970
 */
gint64
tide_status_get_started_real_us (TideStatus *self)
{
  return self->started_real_us;
}

/**
 * tide_status_get_state:
 * @self: a status
 *
 * Returns: how the service is
 */
TideState
tide_status_get_state (TideStatus *self)
{
  return self->state;
}

/**
 * tide_status_get_source_description:
 * @self: a status
 *
 * Returns: what the source is, such as `redis://127.0.0.1:6379/0`
 */
const char *
tide_status_get_source_description (TideStatus *self)
{
  return self->source_description;
}

/**
 * tide_status_get_source_state:
 * @self: a status
 *
 * Returns: how the source is, in one word
 */
const char *
tide_status_get_source_state (TideStatus *self)
{
  return self->source_state;
}

/**
 * tide_status_is_redis_connected:
 * @self: a status
 *
 * Returns: whether the source is Redis and connected
 */
gboolean
tide_status_is_redis_connected (TideStatus *self)
{
  return self->is_redis_connected;
}

/**
 * tide_status_get_listeners:
 * @self: a status
 *
 * Returns: (transfer none) (array zero-terminated=1): the addresses listened on
 */
const char *const *
tide_status_get_listeners (TideStatus *self)
{
  return (const char *const *) self->listeners;
}

/**
 * tide_status_set_offline_store:
 * @self: a status
 * @state: how the store of what waits for users who are away is; a static string
 *
 * Sets what keeps these over a restart: `memory` for nothing.
 */
void
tide_status_set_offline_store (TideStatus *self, const char *state)
{
  if (g_strcmp0 (self->offline_store, state) == 0)
    return;
  self->offline_store = state;
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * tide_status_get_offline_store:
 * @self: a status
 *
 * Returns: as set by tide_status_set_offline_store()
 */
const char *
tide_status_get_offline_store (TideStatus *self)
{
  return self->offline_store != NULL ? self->offline_store : "memory";
}

/**
 * tide_status_set_history:
 * @self: a status
 * @state: where bars of ticks are kept; a static string
 *
 * Sets how the history is: `off`, `memory`, `file`, or `degraded` when its file is out of
 * reach.
 */
void
tide_status_set_history (TideStatus *self, const char *state)
{
  if (g_strcmp0 (self->history, state) == 0)
    return;
  self->history = state;
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * tide_status_get_history:
 * @self: a status
 *
 * Returns: as set by tide_status_set_history()
 */
const char *
tide_status_get_history (TideStatus *self)
{
  return self->history != NULL ? self->history : "off";
}
