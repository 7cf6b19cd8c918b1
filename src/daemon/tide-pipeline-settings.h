/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config.h"
#include "tide-http-server.h"
#include "tide-redis-store.h"
#include "tide-scalable-broadcaster.h"
#include "tide-subscription-manager.h"
#include "tide-websocket-manager.h"

G_BEGIN_DECLS

TideSessionSettings tide_pipeline_get_session_settings (TideConfig *config);
TideSubscriptionSettings tide_pipeline_get_subscription_settings (TideConfig *config);
TideDeliverySettings tide_pipeline_get_delivery_settings (TideConfig *config);
TideRedisStoreSettings tide_pipeline_get_store_settings (TideConfig *config);
TideHttpSettings tide_pipeline_get_http_settings (TideConfig *config);

G_END_DECLS
