/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An input is a text that may be JSON, and any bytes that are to be written as a string.
 */

#include "tide-json-scan.h"

#include <string.h>

#define N_FIELDS 6

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* A string of the text survives decoding and writing: it reads the same, and is good. */
static void
check_string (const TideJsonField *field)
{
  g_autoptr (GString) written = g_string_new (NULL);
  g_autofree char *again = NULL;
  gsize length;
  gsize again_length;
  g_autofree char *unescaped = tide_json_unescape (field->start, field->length, &length);
  TideJsonKind kind;

  g_assert_cmpuint (length, <=, field->length);
  tide_json_append_string (written, unescaped, length);
  g_assert_cmpint (
      tide_json_scan (written->str, written->len, NULL, 0, &kind), ==, TIDE_JSON_OK);
  g_assert_cmpint (kind, ==, TIDE_JSON_STRING);
  again = tide_json_unescape (written->str + 1, written->len - 2, &again_length);
  g_assert_cmpmem (again, again_length, unescaped, length);
  /* GLib takes no NUL in UTF-8, JSON does. */
  if (memchr (unescaped, '\0', length) == NULL)
    g_assert_true (g_utf8_validate (unescaped, length, NULL));
}

static void
check_field (const TideJsonField *field, const char *text, gsize size)
{
  TideJsonKind kind = TIDE_JSON_NONE;

  if (field->kind == TIDE_JSON_NONE)
    return;
  g_assert_true (field->start >= text);
  g_assert_true (field->start + field->length <= text + size);
  if (field->kind == TIDE_JSON_STRING)
    {
      g_assert_cmpint (
          field->has_escapes, ==, memchr (field->start, '\\', field->length) != NULL);
      check_string (field);
      return;
    }
  g_assert_cmpint (
      tide_json_scan (field->start, field->length, NULL, 0, &kind), ==, TIDE_JSON_OK);
  g_assert_cmpint (kind, ==, field->kind);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const char *text = (const char *) data;
  TideJsonField fields[N_FIELDS] = { { "data", -1 }, { "a", -1 }, { "symbol", -1 },
                                     { "a", 0 },     { "b", 0 },  { "c", 4 } };
  TideJsonKind kind;
  TideJsonKind kind_alone;
  TideJsonFault fault = tide_json_scan (text, size, fields, N_FIELDS, &kind);

  g_assert_cmpint (fault, ==, tide_json_scan (text, size, NULL, 0, &kind_alone));
  g_assert_cmpint (kind, ==, kind_alone);
  g_assert_cmpint (kind == TIDE_JSON_NONE, ==, fault != TIDE_JSON_OK);

  for (guint i = 0; i < N_FIELDS; i++)
    {
      gboolean is_there = fields[i].kind != TIDE_JSON_NONE;

      if (fault != TIDE_JSON_OK || kind != TIDE_JSON_OBJECT)
        g_assert_false (is_there);
      if (is_there && fields[i].parent >= 0)
        g_assert_cmpint (fields[fields[i].parent].kind, ==, TIDE_JSON_OBJECT);
      check_field (&fields[i], text, size);
    }

  /* Any bytes can be written as a string. */
  g_autoptr (GString) written = g_string_new (NULL);

  tide_json_append_string (written, text, size);
  g_assert_cmpint (
      tide_json_scan (written->str, written->len, NULL, 0, NULL), ==, TIDE_JSON_OK);
  return 0;
}
