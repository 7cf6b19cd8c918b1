/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config.h"

G_BEGIN_DECLS

/* What the rules between keys are checked with. Only for the files of the rules. */
typedef struct
{
  TideConfig *config;   /* (unowned) */
  GHashTable *bad_keys; /* (unowned) (element-type TideConfigKey) */
  GPtrArray *problems;  /* (unowned) (element-type utf8) */
} TideConfigChecker;

gboolean tide_config_checker_can_check (TideConfigChecker *self,
                                        const char *group,
                                        const char *name);
gboolean tide_config_checker_is_mode (TideConfigChecker *self, const char *mode);
void tide_config_checker_complain (TideConfigChecker *self,
                                   const char *const *key,
                                   const char *const *other,
                                   char *problem);

void tide_config_check_admin_rules (TideConfigChecker *self);

G_END_DECLS
