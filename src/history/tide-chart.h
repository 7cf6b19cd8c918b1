/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bar.h"
#include "tide-chart-source.h"

#include <glib.h>

G_BEGIN_DECLS

GArray *
tide_chart_merge (const TideChartRequest *request, GArray *stored, GArray *minutes);
GString *tide_chart_to_json (const TideChartRequest *request, const GArray *bars);

G_END_DECLS
