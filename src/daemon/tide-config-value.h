/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config-keys.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideConfigValue:
 *
 * A value in force, and where it came from. Which field of the middle part counts goes by
 * the type of the key. A zeroed one holds nothing.
 */
typedef struct
{
  char *text;   /* (owned), as it would stand in a file */
  char *origin; /* (owned) (nullable), `FILE:LINE` or `--set`; NULL for the default */

  char *string; /* (owned) (nullable), for STRING, ENUM and PATH */
  char **list;  /* (owned) (nullable), for LIST */
  guint64 integer;
  double real;
  gboolean boolean;
} TideConfigValue;

gboolean tide_config_value_parse (TideConfigValue *self,
                                  const TideConfigKey *key,
                                  const char *text,
                                  const char *directory,
                                  GError **error);
void tide_config_value_clear (TideConfigValue *self);
char *tide_config_show (const char *text);
char *tide_config_show_path (const char *path);

G_END_DECLS
