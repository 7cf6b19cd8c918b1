/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-source.h"

G_BEGIN_DECLS

/**
 * TideReplaySettings:
 *
 * What to replay, and how. Copied by the source.
 */
typedef struct
{
  const char *path;     /* a regular file */
  double speed;         /* 1.0 as it was, 2.0 twice as fast; 0 as fast as can be */
  gboolean should_loop; /* begin again at the end */
} TideReplaySettings;

/**
 * TideReplaySource:
 *
 * Replays messages from a file.
 *
 * Each line is a JSON object: `{"t_ms": 1500, "channel": "…", "payload": {…}}`, where
 * `t_ms` counts milliseconds from the start of the file. The bytes of the payload are
 * passed on as they stand; a payload that is a string stands for the bytes of its text.
 */
#define TIDE_TYPE_REPLAY_SOURCE (tide_replay_source_get_type ())
G_DECLARE_FINAL_TYPE (TideReplaySource, tide_replay_source, TIDE, REPLAY_SOURCE, GObject)

TideReplaySource *tide_replay_source_new (const TideSourceOutlet *outlet,
                                          const TideReplaySettings *settings,
                                          GError **error);
guint64 tide_replay_source_get_n_bad_lines (TideReplaySource *self);

G_END_DECLS
