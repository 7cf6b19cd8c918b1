/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-status.h"

#include <glib.h>

G_BEGIN_DECLS

/* Of the format that tide_metrics_append() writes. */
#define TIDE_METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

void tide_metrics_append (GString *text, TideCounters *counters, TideStatus *status);

G_END_DECLS
