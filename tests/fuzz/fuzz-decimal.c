/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An input is what should be a number. One that is taken is what the C library reads, and
 * JSON. */

#include "tide-decimal.h"
#include "tide-json-scan.h"

#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *exact = g_memdup2 (data, size);
  double value = 42;
  double expected;
  char *end;
  TideJsonKind kind = TIDE_JSON_NONE;
  gboolean is_number =
      tide_json_scan (text, strlen (text), NULL, 0, &kind) == TIDE_JSON_OK &&
      kind == TIDE_JSON_NUMBER && !g_ascii_isspace (text[0]) &&
      !g_ascii_isspace (text[strlen (text) - 1]);

  if (!tide_decimal_parse (exact != NULL ? exact : "", size, &value))
    {
      g_assert_cmpfloat_with_epsilon (value, 42, 1e-9);
      expected = g_ascii_strtod (text, NULL);
      g_assert_true (!is_number || strlen (text) != size || size > 64 ||
                     !isfinite (expected));
      return 0;
    }
  g_assert_true (is_number);
  g_assert_cmpuint (strlen (text), ==, size);
  expected = g_ascii_strtod (text, &end);
  g_assert_true (*end == '\0');
  g_assert_cmpmem (&value, sizeof value, &expected, sizeof expected);
  return 0;
}
