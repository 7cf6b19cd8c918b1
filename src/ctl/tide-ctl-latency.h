/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define TIDE_CTL_N_PRIORITIES 4
#define TIDE_CTL_N_PERCENTILES 3

/**
 * TideCtlLatency:
 *
 * How long events took, by priority, since the start of the service.
 */
typedef struct
{
  gboolean is_known[TIDE_CTL_N_PRIORITIES]; /* there were events */
  guint64 latency_us[TIDE_CTL_N_PRIORITIES][TIDE_CTL_N_PERCENTILES];
} TideCtlLatency;

gboolean
tide_ctl_latency_fetch (GDBusConnection *bus, TideCtlLatency *latency, GError **error);
char *tide_ctl_latency_describe (const TideCtlLatency *latency, guint priority);
JsonNode *tide_ctl_latency_make_json (const TideCtlLatency *latency);

G_END_DECLS
