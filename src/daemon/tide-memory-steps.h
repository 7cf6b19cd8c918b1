/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-memory-budget.h"
#include "tide-stages.h"

G_BEGIN_DECLS

TideMemoryBudget *tide_memory_steps_new (TideStages *stages);

G_END_DECLS
