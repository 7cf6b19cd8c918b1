/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config.h"
#include "tide-stages.h"

G_BEGIN_DECLS

TideHistory *tide_history_factory_make (const TideStages *stages, TideConfig *config);
void tide_history_factory_reload (TideHistory *history, TideConfig *config);

G_END_DECLS
