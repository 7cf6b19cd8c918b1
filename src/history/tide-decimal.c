/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Numbers as they stand in JSON. Prices are read for each tick, so the usual ones, of few
 * digits, are read without the C library. */

#include "tide-decimal.h"

#include <math.h>
#include <string.h>

#define MAX_LENGTH 64
#define MAX_QUICK_DIGITS 15 /* each such whole number is a double */
#define MAX_QUICK_POWER 22  /* each such power of ten is a double */

static const double powers[MAX_QUICK_POWER + 1] = {
  1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

/* Passes digits, and puts them behind those that @number has. */
static const char *
pass_digits (const char *at, const char *end, guint64 *number)
{
  for (; at < end && g_ascii_isdigit (*at); at++)
    *number = *number * 10 + (*at - '0');
  return at;
}

/* Passes what may stand behind the digits of a number: `e`, a sign, digits. */
static const char *
pass_exponent (const char *at, const char *end)
{
  guint64 unused = 0;
  const char *digits;

  if (at == end || (*at != 'e' && *at != 'E'))
    return at;
  at++;
  if (at < end && (*at == '+' || *at == '-'))
    at++;
  digits = at;
  at = pass_digits (at, end, &unused);
  return at > digits ? at : NULL;
}

static gboolean
parse_slowly (const char *text, gsize length, double *value)
{
  char copy[MAX_LENGTH + 1];
  double parsed;

  memcpy (copy, text, length);
  copy[length] = '\0';
  parsed = g_ascii_strtod (copy, NULL);
  if (!isfinite (parsed))
    return FALSE;
  *value = parsed;
  return TRUE;
}

/**
 * tide_decimal_parse:
 * @text: (array length=length): what should be a number, any bytes
 * @length: how many
 * @value: (out): the number; untouched on failure
 *
 * Reads a number by the rules of JSON, at most 64 bytes of it, as the double next to it:
 * `187.25`, `-1e3`. Neither blanks nor `+`, hexadecimal digits, `inf` or `nan` belong to
 * one, whatever the locale is, nor does what is too large for a double.
 *
 * Returns: whether it is one
 */
gboolean
tide_decimal_parse (const char *text, gsize length, double *value)
{
  const char *end = text + length;
  const char *at = text;
  const char *point;
  guint64 digits = 0;
  gsize n_fraction = 0;
  gsize n_digits;
  gboolean is_negative;

  if (length == 0 || length > MAX_LENGTH)
    return FALSE;
  is_negative = *at == '-';
  at += is_negative;
  point = pass_digits (at, end, &digits);
  n_digits = point - at;
  if (n_digits == 0 || (n_digits > 1 && *at == '0'))
    return FALSE;
  at = point;
  if (at < end && *at == '.')
    {
      at = pass_digits (point + 1, end, &digits);
      n_fraction = at - point - 1;
      if (n_fraction == 0)
        return FALSE;
    }
  if (at == end && n_digits + n_fraction <= MAX_QUICK_DIGITS)
    {
      double quick = (double) digits;

      if (n_fraction > 0)
        quick /= powers[n_fraction];

      *value = is_negative ? -quick : quick;
      return TRUE;
    }
  at = pass_exponent (at, end);
  return at == end && parse_slowly (text, length, value);
}
