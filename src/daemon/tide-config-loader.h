/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config.h"

G_BEGIN_DECLS

/**
 * TideConfigLoader:
 *
 * What a load carries from file to file: the values so far, and every problem found.
 */
typedef struct _TideConfigLoader TideConfigLoader;

TideConfigLoader *tide_config_loader_new (void);
void tide_config_loader_free (TideConfigLoader *self);
void tide_config_loader_add_file (TideConfigLoader *self,
                                  const char *file,
                                  gboolean can_be_absent);
void tide_config_loader_add_drop_ins (TideConfigLoader *self, const char *file);
void tide_config_loader_add_data (TideConfigLoader *self,
                                  const char *name,
                                  const char *data,
                                  gsize length);
void tide_config_loader_add_setting (TideConfigLoader *self, const char *setting);
TideConfig *tide_config_loader_finish (TideConfigLoader *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideConfigLoader, tide_config_loader_free)

G_END_DECLS
