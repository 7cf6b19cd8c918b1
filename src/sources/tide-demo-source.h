/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-source.h"

G_BEGIN_DECLS

#define TIDE_DEMO_TICKS_PER_SECOND 100

/**
 * TideDemoSettings:
 *
 * How the made-up market is. Copied by the source.
 */
typedef struct
{
  guint64 seed;           /* the same seed gives the same market */
  guint ticks_per_second; /* 1 to 100,000; 0 for the default of 100 */
  gint64 epoch_us; /* wall time of the start since 1970; 0 for the time of making */
} TideDemoSettings;

/**
 * TideDemoSource:
 *
 * Makes up a market, so that Tidewire can be seen at work without Redis.
 */
#define TIDE_TYPE_DEMO_SOURCE (tide_demo_source_get_type ())
G_DECLARE_FINAL_TYPE (TideDemoSource, tide_demo_source, TIDE, DEMO_SOURCE, GObject)

TideDemoSource *tide_demo_source_new (const TideSourceOutlet *outlet,
                                      const TideDemoSettings *settings);

G_END_DECLS
