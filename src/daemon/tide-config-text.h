/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config.h"

G_BEGIN_DECLS

/* Between these lines docs/CONFIGURATION.md holds what tide_config_make_table() makes. */
#define TIDE_CONFIG_TABLE_BEGIN "<!-- keys: begin -->\n"
#define TIDE_CONFIG_TABLE_END "<!-- keys: end -->\n"

char *tide_config_print (TideConfig *self);
char *tide_config_make_default_file (void);
char *tide_config_make_table (void);

G_END_DECLS
