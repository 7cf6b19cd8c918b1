/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-status.h"

#include <glib.h>

G_BEGIN_DECLS

void tide_figures_append (GString *out, TideCounters *counters, TideStatus *status);
void tide_figures_append_counters (GString *out, TideCounters *counters);
void tide_figures_append_percentiles (GString *out, const TideCounters *counters);
void tide_figures_append_buckets (GString *out, const TideCounters *counters);

G_END_DECLS
