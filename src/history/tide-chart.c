/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a client gets of bars. Nothing here knows of threads: it is run in one. */

#include "tide-chart.h"

#include "tide-json-string.h"

/* Adds a bar to those that are there, in the order of their starts. */
static void
add_bar (GArray *bars, const TideBar *bar)
{
  TideBar *last = bars->len > 0 ? &g_array_index (bars, TideBar, bars->len - 1) : NULL;

  if (last != NULL && last->start_s == bar->start_s)
    tide_bar_merge (last, bar);
  else
    g_array_append_vals (bars, bar, 1);
}

/**
 * tide_chart_merge:
 * @request: what is asked for
 * @stored: (element-type TideBar): bars of its timeframe, oldest first
 * @minutes: (element-type TideBar): minutes that are not in @stored, oldest first; those
 *   of a bar that @stored has are of later coming
 *
 * Makes bars of minutes, puts them to those that are there, and cuts off what is over the
 * request's limit, the oldest ones.
 *
 * Returns: (transfer full) (element-type TideBar): the bars of the chart, oldest first
 */
GArray *
tide_chart_merge (const TideChartRequest *request, GArray *stored, GArray *minutes)
{
  GArray *bars = g_array_sized_new (FALSE, FALSE, sizeof (TideBar), stored->len + 1);
  guint next = 0;

  for (guint i = 0; i < minutes->len; i++)
    {
      TideBar bar = g_array_index (minutes, TideBar, i);

      bar.start_s = tide_timeframe_floor (request->timeframe, bar.start_s);
      for (; next < stored->len &&
             g_array_index (stored, TideBar, next).start_s <= bar.start_s;
           next++)
        add_bar (bars, &g_array_index (stored, TideBar, next));
      add_bar (bars, &bar);
    }
  if (next < stored->len)
    g_array_append_vals (
        bars, &g_array_index (stored, TideBar, next), stored->len - next);
  if (bars->len > request->limit)
    g_array_remove_range (bars, 0, bars->len - request->limit);
  return bars;
}

/**
 * tide_chart_to_json:
 * @request: what is asked for
 * @bars: (element-type TideBar): the bars, oldest first
 *
 * Returns: (transfer full): `{"symbol":…,"timeframe":…,"chart_data":[…]}`
 */
GString *
tide_chart_to_json (const TideChartRequest *request, const GArray *bars)
{
  GString *out = g_string_sized_new (64 + 100 * (gsize) bars->len);

  g_string_append (out, "{\"symbol\":");
  tide_json_append_string (out, request->symbol, -1);
  g_string_append_printf (out,
                          ",\"timeframe\":\"%s\",\"chart_data\":[",
                          tide_timeframe_get_nick (request->timeframe));
  for (guint i = 0; i < bars->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      tide_bar_append_json (&g_array_index (bars, TideBar, i), out);
    }
  g_string_append (out, "]}");
  return out;
}
