/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-redis-source.h"

#include <glib.h>

/* A Redis source on the default main context, and what has come out of it. */
typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideCounters counters;
  TideSource *source;
  GPtrArray *channels; /* (element-type utf8), of the messages */
  GPtrArray *payloads; /* (element-type GBytes) */
  gboolean is_patient; /* messages may wait to be read together */
  GPtrArray *lines;    /* (unowned) (element-type utf8), what was logged */
} Harness;

/* Has a harness reached what a test waits for? */
typedef gboolean (*HarnessCheck) (Harness *self);

void harness_init (Harness *self, GPtrArray *lines);
void harness_stop_clock (Harness *self);
void harness_clear (Harness *self);
void harness_start (Harness *self, const TideRedisSettings *settings);
void harness_wait (Harness *self, HarnessCheck check, guint timeout_ms);
void harness_wait_state (Harness *self, TideSourceState state);
void harness_wait_messages (Harness *self, guint n_messages);
void harness_wait_line (Harness *self, const char *part);
void harness_run (Harness *self, guint n_ms);
const char *harness_get_channel (Harness *self, guint index);
const char *harness_get_payload (Harness *self, guint index, gsize *length);
guint harness_count_lines (Harness *self, const char *part);
