/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-stages.h"

G_BEGIN_DECLS

guint tide_intake_take (const TideStages *stages,
                        const char *channel,
                        gsize channel_length,
                        const char *payload,
                        gsize payload_length);

G_END_DECLS
