/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-sink.h"
#include "tide-subscription-filters.h"
#include "tide-value-list.h"

#include <glib.h>

G_BEGIN_DECLS

gboolean tide_subscription_payload_check_user (const TideCommand *command,
                                               const char *user_name,
                                               GError **error);
char *tide_subscription_payload_get_type (const TideCommand *command, GError **error);
gboolean tide_subscription_payload_get_filters (const TideCommand *command,
                                                guint max_values,
                                                TideSubscriptionFilters **filters,
                                                GError **error);
char *tide_subscription_payload_get_symbol (const TideCommand *command, GError **error);
char **tide_subscription_payload_get_list (const TideCommand *command,
                                           const char *name,
                                           TideValueForm form,
                                           guint max_values,
                                           GError **error);
gboolean tide_subscription_payload_has (const TideCommand *command, const char *name);

G_END_DECLS
