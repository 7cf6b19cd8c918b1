/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-chart-source.h"

G_DEFINE_INTERFACE (TideChartSource, tide_chart_source, G_TYPE_OBJECT)

static void
tide_chart_source_default_init (TideChartSourceInterface *iface)
{
}

/**
 * tide_chart_source_request:
 * @self: a source of charts
 * @request: what is asked for; copied
 * @error: return location for an error
 *
 * Asks for a chart. It comes later, by the function that the source was given.
 *
 * Fails with [error@Error.UNAVAILABLE] when too many have been asked for.
 *
 * Returns: %TRUE when an answer will come, which may be an error
 */
gboolean
tide_chart_source_request (TideChartSource *self,
                           const TideChartRequest *request,
                           GError **error)
{
  return TIDE_CHART_SOURCE_GET_IFACE (self)->request (self, request, error);
}

/**
 * tide_chart_source_make_last:
 * @self: a source of charts
 * @symbol: a symbol
 * @received_us: monotonic time that the event is to have come at
 *
 * Makes an event for who comes late: that it is old is in its payload, and no delay of
 * ours.
 *
 * Returns: (transfer full) (nullable): the newest tick of the symbol, as it came
 */
TideEvent *
tide_chart_source_make_last (TideChartSource *self,
                             const char *symbol,
                             gint64 received_us)
{
  return TIDE_CHART_SOURCE_GET_IFACE (self)->make_last (self, symbol, received_us);
}
