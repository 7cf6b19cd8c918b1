/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-source.h"

G_BEGIN_DECLS

/**
 * TideRedisSettings:
 *
 * Which Redis to subscribe to, and to what. Copied by the source.
 */
typedef struct
{
  const char *uri;             /* as tide_redis_address_parse() takes it */
  const char *password_file;   /* (nullable), read at each connect */
  guint probe_interval_ms;     /* 0: no probes */
  guint probe_limit_ms;        /* how late a probe may be; 0: as the interval wants it */
  const char *const *channels; /* (nullable) (array zero-terminated=1) */
  const char *const
      *patterns; /* (nullable) (array zero-terminated=1), as for PSUBSCRIBE */
} TideRedisSettings;

/**
 * TideRedisSource:
 *
 * Subscribes to channels of a Redis server, and keeps at it.
 */
#define TIDE_TYPE_REDIS_SOURCE (tide_redis_source_get_type ())
G_DECLARE_FINAL_TYPE (TideRedisSource, tide_redis_source, TIDE, REDIS_SOURCE, GObject)

TideRedisSource *tide_redis_source_new (const TideSourceOutlet *outlet,
                                        const TideRedisSettings *settings,
                                        GError **error);
gint64 tide_redis_source_get_probe_us (TideRedisSource *self);
gboolean tide_redis_source_publish (TideRedisSource *self,
                                    const char *channel,
                                    const char *payload,
                                    gsize payload_length,
                                    GError **error);

G_END_DECLS
