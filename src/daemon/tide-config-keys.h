/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config-forms.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideConfigType:
 * @TIDE_CONFIG_STRING: a text
 * @TIDE_CONFIG_LIST: texts with `;` between them
 * @TIDE_CONFIG_INTEGER: a whole number; its unit is in the key's name
 * @TIDE_CONFIG_DOUBLE: a number with or without a decimal point
 * @TIDE_CONFIG_BOOLEAN: `true` or `false`
 * @TIDE_CONFIG_ENUM: one of a few words
 * @TIDE_CONFIG_PATH: a file's path or nothing; a relative one counts from the directory
 * of the file that it is written in, in `--set` from the current directory
 *
 * What a key takes.
 */
typedef enum
{
  TIDE_CONFIG_STRING,
  TIDE_CONFIG_LIST,
  TIDE_CONFIG_INTEGER,
  TIDE_CONFIG_DOUBLE,
  TIDE_CONFIG_BOOLEAN,
  TIDE_CONFIG_ENUM,
  TIDE_CONFIG_PATH,
} TideConfigType;

/**
 * TideConfigKey:
 *
 * A key of the configuration. The table of all keys is the one place that knows them: the
 * loader, `--print-config`, the commented default file and the documentation go by it.
 */
typedef struct
{
  const char *group;
  const char *name;
  TideConfigType type;
  const char *default_text;  /* as it would stand in a file */
  const char *description;   /* one sentence */
  guint64 min, max;          /* for INTEGER; for LIST: the most entries, 0 for any */
  double min_real, max_real; /* for DOUBLE */
  gboolean can_be_zero;      /* for DOUBLE: 0 is good though it is below `min_real` */
  const char *words; /* (nullable), for ENUM and LIST: allowed words with `;` between */
  const char *form;  /* (nullable), what `check` accepts, in words */
  TideConfigCheck check;   /* (nullable), for STRING and for each entry of LIST */
  gboolean is_never_empty; /* for LIST: at least one entry */
} TideConfigKey;

const TideConfigKey *tide_config_keys_get_all (guint *n_keys);
const TideConfigKey *tide_config_keys_find (const char *group, const char *name);
gboolean tide_config_keys_has_group (const char *group);
gboolean tide_config_keys_is_near (const char *wanted, const char *name);
char *tide_config_keys_explain_group (const char *group);
char *tide_config_keys_explain_name (const char *group, const char *name);
char *tide_config_key_describe_values (const TideConfigKey *key);

G_END_DECLS
