/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-event.h"
#include "tide-timeframe.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TIDE_CHART_MAX_BARS:
 *
 * How many bars a chart has at most.
 */
#define TIDE_CHART_MAX_BARS 5000

/**
 * TideChartRequest:
 *
 * A chart that a browser asks for.
 */
typedef struct
{
  guint64 ticket;     /* of the command, see #TideCommand */
  const char *symbol; /* 1 to 32 printable ASCII characters */
  TideTimeframe timeframe;
  gint64 from_s; /* seconds since 1970: bars that begin then or later */
  gint64 to_s;   /* seconds since 1970: and before this */
  guint limit;   /* of these the newest so many, 1 to TIDE_CHART_MAX_BARS */
} TideChartRequest;

/**
 * TideChartSource:
 *
 * What charts and newest ticks can be asked of.
 */
#define TIDE_TYPE_CHART_SOURCE (tide_chart_source_get_type ())
G_DECLARE_INTERFACE (TideChartSource, tide_chart_source, TIDE, CHART_SOURCE, GObject)

/**
 * TideChartSourceInterface:
 * @request: takes a request, which is answered later, never within the call; or sets an
 *   error of %TIDE_ERROR
 * @make_last: makes an event of the newest tick of a symbol, if it is known, as it came
 *
 * Where charts come from: the history.
 */
struct _TideChartSourceInterface
{
  GTypeInterface parent_iface;

  gboolean (*request) (TideChartSource *self,
                       const TideChartRequest *request,
                       GError **error);
  TideEvent *(*make_last) (TideChartSource *self, const char *symbol, gint64 received_us);
};

gboolean tide_chart_source_request (TideChartSource *self,
                                    const TideChartRequest *request,
                                    GError **error);
TideEvent *tide_chart_source_make_last (TideChartSource *self,
                                        const char *symbol,
                                        gint64 received_us);

G_END_DECLS
