/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How the service is: all that an operator's page asks for again and again, and what it
 * asks for once. */

#include "tide-console-private.h"
#include "tide-event-filter.h"
#include "tide-figures.h"
#include "tide-json-string.h"
#include "tide-process-figures.h"
#include "tide-timeframe.h"

#define PROC_FOLDER "/proc/self"
#define N_USERS 10
#define N_KEYS 20

/* Appends a member whose value is a text; none is null. */
static void
append_text (GString *out, const char *name, const char *value)
{
  g_string_append_printf (out, ",\"%s\":", name);
  if (value != NULL)
    tide_json_append_string (out, value, -1);
  else
    g_string_append (out, "null");
}

static void
append_listeners (GString *out, TideStatus *status)
{
  const char *const *listeners = tide_status_get_listeners (status);
  const char *separator = "";

  g_string_append (out, ",\"listeners\":[");
  for (; listeners != NULL && *listeners != NULL; listeners++)
    {
      g_string_append (out, separator);
      tide_json_append_string (out, *listeners, -1);
      separator = ",";
    }
  g_string_append_c (out, ']');
}

static void
append_users (GString *out, TideConsole *self, const char *name, TideBusOrder order)
{
  TideRowInfo info = tide_inspector_lanes.info;
  TideRows *rows;

  info.name = name;
  rows = tide_rows_new (&info, out);
  tide_inspector_write_busiest (self->stages, order, N_USERS, rows);
  tide_rows_finish (rows);
}

/* What can't be read is left out. */
static void
append_process (GString *out)
{
  TideProcessFigures figures;
  guint n_fds;

  g_string_append (out, ",\"process\":{");
  if (tide_process_figures_read (&figures, PROC_FOLDER))
    g_string_append_printf (out,
                            "\"resident_bytes\":%" G_GUINT64_FORMAT
                            ",\"cpu_usec\":%" G_GUINT64_FORMAT ",",
                            figures.resident_bytes,
                            figures.cpu_us);
  if (tide_process_figures_count_fds (PROC_FOLDER, &n_fds))
    g_string_append_printf (out, "\"open_fds\":%u,", n_fds);
  if (out->str[out->len - 1] == ',')
    g_string_truncate (out, out->len - 1);
  g_string_append_c (out, '}');
}

/* With batch-mode=direct there are none. */
static void
append_limits (GString *out, TideConsole *self)
{
  TideDeliveryLimits limits;

  if (self->stages->scalable == NULL)
    {
      g_string_append (out, ",\"limits\":{}");
      return;
    }
  tide_drain_get_limits (self->drain, &limits);
  g_string_append_printf (
      out,
      ",\"limits\":{\"events_per_second\":%u,\"urgent_events_per_second\":%u,"
      "\"batch_window_ms\":%" G_GINT64_FORMAT ",\"batch_max_events\":%u,\"leading\":%s}",
      limits.events_per_second,
      limits.urgent_events_per_second,
      limits.batch_window_us / 1000,
      limits.batch_max_events,
      limits.is_leading ? "true" : "false");
}

/**
 * tide_console_show_overview:
 * @self: a console
 * @request: what is asked for
 * @name: empty
 * @answer: what to fill
 *
 * Answers with all figures, and who and what is the busiest.
 */
void
tide_console_show_overview (TideConsole *self,
                            const TideConsoleRequest *request,
                            const char *name,
                            TideConsoleAnswer *answer)
{
  const TideStages *stages = self->stages;
  GString *out = answer->body;

  g_string_append_printf (out,
                          "{\"time_ms\":%" G_GINT64_FORMAT
                          ",\"started_ms\":%" G_GINT64_FORMAT ",\"state\":\"%s\"",
                          g_get_real_time () / 1000,
                          tide_status_get_started_real_us (stages->status) / 1000,
                          tide_state_get_nick (tide_status_get_state (stages->status)));
  append_listeners (out, stages->status);
  tide_figures_append (out, stages->counters, stages->status);
  tide_figures_append_buckets (out, stages->counters);
  append_users (out, self, "busiest_users", TIDE_BUS_ORDER_RATE);
  append_users (out, self, "slow_users", TIDE_BUS_ORDER_UNREAD);
  g_string_append (out, ",\"busiest_keys\":");
  tide_busy_keys_append (self->keys, N_KEYS, out);
  tide_samples_want (self->samples);
  append_process (out);
  append_limits (out, self);
  g_string_append_c (out, '}');
}

static void
append_channels (GString *out, TideConsole *self)
{
  const GPtrArray *routes = tide_route_table_get_routes (
      tide_subscription_manager_get_routes (self->stages->subscriptions));

  g_string_append (out, ",\"channels\":[");
  for (guint i = 0; i < routes->len; i++)
    {
      const TideRoute *route = g_ptr_array_index (routes, i);

      g_string_append (out, i > 0 ? ",{\"channel\":" : "{\"channel\":");
      tide_json_append_string (out, route->channel, -1);
      append_text (out, "event", route->event_type);
      append_text (out, "route", route->name);
      g_string_append_c (out, '}');
    }
  g_string_append_c (out, ']');
}

/**
 * tide_console_show_session:
 * @self: a console
 * @request: what is asked for
 * @name: empty
 * @answer: what to fill
 *
 * Answers with who asks, and what a page has to know of the service only once.
 */
void
tide_console_show_session (TideConsole *self,
                           const TideConsoleRequest *request,
                           const char *name,
                           TideConsoleAnswer *answer)
{
  TideStatus *status = self->stages->status;
  GString *out = answer->body;

  g_string_append (out, "{\"user\":");
  if (request->user_name != NULL)
    tide_json_append_string (out, request->user_name, -1);
  else
    g_string_append (out, "null");
  append_text (
      out, "mode", tide_config_get_string (self->inspector.config, "auth", "mode"));
  append_text (out, "version", tide_status_get_version (status));
  append_text (out, "host", g_get_host_name ());
  append_channels (out, self);
  for (guint i = 0; i < TIDE_N_TIMEFRAMES; i++)
    g_string_append_printf (
        out, "%s\"%s\"", i > 0 ? "," : ",\"timeframes\":[", tide_timeframe_get_nick (i));
  g_string_append_c (out, ']');
  append_text (out, "history", tide_status_get_history (status));
  for (guint i = 0; i < TIDE_N_EVENT_FILTER_FIELDS; i++)
    g_string_append_printf (out,
                            "%s\"%s\"",
                            i > 0 ? "," : ",\"filter_fields\":[",
                            tide_event_filter_field_get_nick (i));
  g_string_append (out, "]}");
}
