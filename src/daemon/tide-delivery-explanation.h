/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-stages.h"

G_BEGIN_DECLS

/**
 * TIDE_DELIVERY_EXPLANATION_MAX:
 *
 * How many recipients, and how many others, an explanation lists.
 */
#define TIDE_DELIVERY_EXPLANATION_MAX 500

GVariant *tide_delivery_explanation_make (const TideStages *stages,
                                          const char *channel,
                                          const char *payload,
                                          GError **error);

G_END_DECLS
