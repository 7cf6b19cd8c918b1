/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config.h"
#include "tide-counters.h"
#include "tide-delivery-limits.h"
#include "tide-drain.h"
#include "tide-stages.h"
#include "tide-status.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TidePipeline:
 *
 * The stages, and who feeds whom: a source's messages become events, events find their
 * audience, the broadcaster makes batches, the sessions hand them to sockets.
 */
#define TIDE_TYPE_PIPELINE (tide_pipeline_get_type ())
G_DECLARE_FINAL_TYPE (TidePipeline, tide_pipeline, TIDE, PIPELINE, GObject)

/**
 * TidePipelineFunc:
 * @user_data: as given
 *
 * What tide_pipeline_prepare() calls.
 */
typedef void (*TidePipelineFunc) (gpointer user_data);

TidePipeline *tide_pipeline_new (TideConfig *config, TideStatus *status);
gboolean tide_pipeline_prepare (TidePipeline *self,
                                TideConfig *config,
                                TidePipelineFunc ready,
                                gpointer user_data,
                                GError **error);
gboolean tide_pipeline_start (TidePipeline *self, TideConfig *config, GError **error);
gboolean tide_pipeline_reload (TidePipeline *self, TideConfig *config, GError **error);
guint tide_pipeline_log_out (TidePipeline *self, const char *user_name);
gint64 tide_pipeline_drain (TidePipeline *self);
gboolean tide_pipeline_undrain (TidePipeline *self, GError **error);
TideDrain *tide_pipeline_get_drain (TidePipeline *self);
gboolean tide_pipeline_is_empty (TidePipeline *self);
const TideStages *tide_pipeline_get_stages (TidePipeline *self);
TideCounters *tide_pipeline_get_counters (TidePipeline *self);
gboolean tide_pipeline_set_delivery_limits (TidePipeline *self,
                                            const TideDeliveryLimits *limits,
                                            GError **error);

G_END_DECLS
