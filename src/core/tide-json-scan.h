/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-json-string.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_JSON_MAX_DEPTH:
 *
 * How deeply arrays and objects may be nested in a text.
 */
#define TIDE_JSON_MAX_DEPTH 32

/**
 * TideJsonKind:
 * @TIDE_JSON_NONE: there is no value
 * @TIDE_JSON_NULL: `null`
 * @TIDE_JSON_BOOLEAN: `true` or `false`
 * @TIDE_JSON_NUMBER: a number, of any length
 * @TIDE_JSON_STRING: a string
 * @TIDE_JSON_ARRAY: an array
 * @TIDE_JSON_OBJECT: an object
 *
 * What a JSON value is.
 */
typedef enum
{
  TIDE_JSON_NONE,
  TIDE_JSON_NULL,
  TIDE_JSON_BOOLEAN,
  TIDE_JSON_NUMBER,
  TIDE_JSON_STRING,
  TIDE_JSON_ARRAY,
  TIDE_JSON_OBJECT,
} TideJsonKind;

/**
 * TideJsonField:
 *
 * A member that the caller wants to find in the scanned object, and where it is.
 *
 * The caller sets @name and @parent, the scan the rest. @start and @length name the
 * value's bytes in the text: for a string without its quotes, else the whole value.
 * Fields with the same parent have different names.
 */
typedef struct
{
  const char *name;  /* (unowned), UTF-8, without escapes */
  int parent;        /* index of the field whose object it is in, -1 for the outermost */
  TideJsonKind kind; /* TIDE_JSON_NONE when it is not there */
  gboolean has_escapes; /* of a string: it holds a backslash */
  const char *start;    /* (unowned) (nullable), into the text; NULL when not there */
  gsize length;
} TideJsonField;

TideJsonFault tide_json_scan (const char *text,
                              gsize length,
                              TideJsonField *fields,
                              guint n_fields,
                              TideJsonKind *kind);

/**
 * tide_json_get_kind:
 * @first: the first byte of a value
 *
 * Returns: what the value is, if it is good JSON
 */
static inline TideJsonKind
tide_json_get_kind (char first)
{
  switch (first)
    {
    case '{':
      return TIDE_JSON_OBJECT;
    case '[':
      return TIDE_JSON_ARRAY;
    case '"':
      return TIDE_JSON_STRING;
    case 't':
    case 'f':
      return TIDE_JSON_BOOLEAN;
    case 'n':
      return TIDE_JSON_NULL;
    default:
      return TIDE_JSON_NUMBER;
    }
}

G_END_DECLS
