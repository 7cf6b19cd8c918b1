/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideConfigLine:
 *
 * A line of a configuration file that is no comment: a group heading, a key with its
 * value, or neither.
 */
typedef struct
{
  guint number; /* from 1 */
  char *group;  /* (owned) (nullable), of the heading, or above the key; NULL: unusable */
  char *key;    /* (owned) (nullable), NULL in a heading */
  char *value;  /* (owned) (nullable), with its escapes; NULL in a heading */
  char *problem; /* (owned) (nullable), why the line can't be used */
} TideConfigLine;

gboolean
tide_config_read_file (const char *path, char **data, gsize *length, GError **error);
GPtrArray *tide_config_scan (const char *data, gsize length);

G_END_DECLS
