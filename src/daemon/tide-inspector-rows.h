/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideRowInfo:
 *
 * What the rows of a list are.
 */
typedef struct
{
  const char *name;           /* of the list, in the dump */
  const char *type;           /* of a row: a tuple of `t`, `u`, `s` and `b` */
  const char *const *members; /* what the dump calls what is in a row */
} TideRowInfo;

/**
 * TideRows:
 *
 * The rows of a list, as they are written: for the bus, or as JSON.
 */
typedef struct _TideRows TideRows;

TideRows *tide_rows_new (const TideRowInfo *info, GString *json);
void tide_rows_add (TideRows *self, ...);
GVariant *tide_rows_finish (TideRows *self);

G_END_DECLS
