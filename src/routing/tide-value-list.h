/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-json-scan.h"

#include <glib.h>

G_BEGIN_DECLS

#define TIDE_TICKER_MAX_BYTES 32
#define TIDE_VALUE_MAX_BYTES 64

/**
 * TideValueForm:
 * @TIDE_VALUE_TICKER: a string of 1 to 32 printable ASCII characters
 * @TIDE_VALUE_TEXT: a string of 1 to 64 bytes of printable UTF-8, or a number, which
 *   counts as it is written
 *
 * What a value of a list may be.
 */
typedef enum
{
  TIDE_VALUE_TICKER,
  TIDE_VALUE_TEXT,
} TideValueForm;

/**
 * TideValueReader:
 *
 * A place in a member of a command's payload that is a list of values, or a single one.
 */
typedef struct
{
  TideValueForm form;
  gboolean is_array;
  const char *at;  /* (unowned), the next item */
  const char *end; /* (unowned), of the member */
} TideValueReader;

gboolean tide_value_reader_init (TideValueReader *self,
                                 const TideJsonField *field,
                                 TideValueForm form,
                                 GError **error);
char *tide_value_reader_next (TideValueReader *self, GError **error);

char **tide_value_list_parse (const TideJsonField *field,
                              TideValueForm form,
                              guint max_values,
                              GError **error);
void tide_value_list_append_json (const char *const *values, GString *out);

G_END_DECLS
