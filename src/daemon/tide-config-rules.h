/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config.h"

G_BEGIN_DECLS

void
tide_config_check_rules (TideConfig *self, GHashTable *bad_keys, GPtrArray *problems);

G_END_DECLS
