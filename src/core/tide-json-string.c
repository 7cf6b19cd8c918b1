/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-json-string.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static inline gboolean
is_plain (guchar byte)
{
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Passes over ASCII that needs no look, eight bytes at a time. In each byte of @special
 * the top bit says: below 0x20, or a quote, or a backslash, or not ASCII. A borrow can
 * only come out of a byte that is itself one of these, so the lowest set bit is right. */
static inline const char *
skip_plain (const char *at, const char *end)
{
  const guint64 ones = G_GUINT64_CONSTANT (0x0101010101010101);

  while (end - at >= 8)
    {
      guint64 bytes;

      memcpy (&bytes, at, sizeof bytes);
      bytes = GUINT64_FROM_LE (bytes);

      guint64 quotes = (bytes ^ (ones * '"')) - ones;
      guint64 backslashes = (bytes ^ (ones * '\\')) - ones;
      guint64 controls = bytes - ones * 0x20;
      guint64 special = (quotes | backslashes | controls | bytes) & (ones * 0x80);

      if (special != 0)
        return at + __builtin_ctzll (special) / 8;
      at += 8;
    }
  while (at < end && is_plain (*at))
    at++;
  return at;
}

/* Length of the UTF-8 sequence of two to four bytes at @at; 0 when it is none: overlong,
 * a surrogate, above U+10FFFF, or cut short. */
static gsize
get_utf8_length (const char *at, const char *end)
{
  const guchar *bytes = (const guchar *) at;
  gsize n_left = end - at;
  guchar low = 0x80;
  guchar high = 0xbf;
  gsize length;

  if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
    return 0;
  length = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
  if (n_left < length)
    return 0;

  if (bytes[0] == 0xe0)
    low = 0xa0;
  else if (bytes[0] == 0xed)
    high = 0x9f;
  else if (bytes[0] == 0xf0)
    low = 0x90;
  else if (bytes[0] == 0xf4)
    high = 0x8f;

  if (bytes[1] < low || bytes[1] > high)
    return 0;
  for (gsize i = 2; i < length; i++)
    if ((bytes[i] & 0xc0) != 0x80)
      return 0;
  return length;
}

/* Length of the escape at @at, which is a backslash; 0 when it is none. */
static gsize
get_escape_length (const char *at, const char *end)
{
  switch (at + 1 < end ? at[1] : '\0')
    {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return 2;
    case 'u':
      if (end - at < 6)
        return 0;
      for (guint i = 2; i < 6; i++)
        if (!g_ascii_isxdigit (at[i]))
          return 0;
      return 6;
    default:
      return 0;
    }
}

/**
 * tide_json_string_skip:
 * @at: (inout): behind the opening quote; gets the place of the closing one, and on a
 * fault where it was found
 * @end: end of the text
 * @has_escapes: (out): whether the string holds a backslash
 *
 * Passes over the inside of a string and checks it.
 *
 * Lone surrogates are good as escapes (`"\ud800"`), since RFC 8259 and browsers take
 * them, and refused as bytes, since they are not UTF-8.
 *
 * Returns: %TIDE_JSON_OK, or what is wrong with it
 */
TideJsonFault
tide_json_string_skip (const char **at, const char *end, gboolean *has_escapes)
{
  const char *place = *at;
  TideJsonFault fault = TIDE_JSON_OK;

  *has_escapes = FALSE;
  for (;;)
    {
      gsize length = 0;

      place = skip_plain (place, end);
      if (place == end)
        fault = TIDE_JSON_FAULT_SYNTAX;
      if (place == end || *place == '"')
        break;

      if ((guchar) *place >= 0x80)
        {
          length = get_utf8_length (place, end);
          fault = length > 0 ? TIDE_JSON_OK : TIDE_JSON_FAULT_UTF8;
        }
      else
        {
          *has_escapes = TRUE;
          if (*place == '\\')
            length = get_escape_length (place, end);
          fault = length > 0 ? TIDE_JSON_OK : TIDE_JSON_FAULT_SYNTAX;
        }
      if (length == 0)
        break;
      place += length;
    }
  *at = place;
  return fault;
}

static guint
get_hex_value (const char *at)
{
  guint value = 0;

  for (guint i = 0; i < 4; i++)
    value = value * 16 + g_ascii_xdigit_value (at[i]);
  return value;
}

/* Reads the good escape at @at and gives the place behind it. A pair of surrogates is one
 * character; a lone one comes out as it is. */
static const char *
read_escape (const char *at, const char *end, gunichar *character)
{
  static const char letters[] = "bfnrt";
  static const char meanings[] = "\b\f\n\r\t";
  const char *letter;

  if (at[1] != 'u')
    {
      letter = strchr (letters, at[1]);
      *character = letter != NULL ? meanings[letter - letters] : at[1];
      return at + 2;
    }

  *character = get_hex_value (at + 2);
  at += 6;
  if (*character < 0xd800 || *character > 0xdbff || end - at < 6 || at[0] != '\\' ||
      at[1] != 'u')
    return at;

  guint low = get_hex_value (at + 2);

  if (low < 0xdc00 || low > 0xdfff)
    return at;
  *character = 0x10000 + ((*character - 0xd800) << 10) + (low - 0xdc00);
  return at + 6;
}

static gboolean
is_surrogate (gunichar character)
{
  return character >= 0xd800 && character <= 0xdfff;
}

/**
 * tide_json_string_equals:
 * @start: the inside of a string that tide_json_string_skip() took
 * @end: its end
 * @other: (type utf8): what to compare it with
 *
 * Compares what a JSON string reads as, its escapes decoded, with a text.
 *
 * A string with a lone surrogate or a `\u0000` equals nothing.
 *
 * Returns: whether they are the same
 */
gboolean
tide_json_string_equals (const char *start, const char *end, const char *other)
{
  const char *at = start;

  while (at < end)
    {
      gunichar character;
      char utf8[6];
      int n_bytes = 1;

      if (*at != '\\')
        utf8[0] = *at++;
      else
        {
          at = read_escape (at, end, &character);
          if (character == 0 || is_surrogate (character))
            return FALSE;
          n_bytes = g_unichar_to_utf8 (character, utf8);
        }
      if (strncmp (other, utf8, n_bytes) != 0)
        return FALSE;
      other += n_bytes;
    }
  return *other == '\0';
}

/**
 * tide_json_unescape:
 * @start: (array length=length): the inside of a string that tide_json_scan() took
 * @length: its length in bytes
 * @unescaped_length: (out) (nullable): length of what is returned, in bytes
 *
 * Decodes a JSON string.
 *
 * A lone surrogate becomes U+FFFD. `\u0000` becomes a NUL byte, so use the length.
 *
 * Returns: (transfer full): UTF-8, NUL-terminated
 */
char *
tide_json_unescape (const char *start, gsize length, gsize *unescaped_length)
{
  /* No escape is shorter than what it stands for. */
  char *unescaped = g_malloc (length + 1);
  const char *end = start + length;
  char *to = unescaped;

  for (const char *at = start; at < end;)
    {
      const char *escape = memchr (at, '\\', end - at);
      const char *plain_end = escape != NULL ? escape : end;
      gunichar character;

      memcpy (to, at, plain_end - at);
      to += plain_end - at;
      at = plain_end;
      if (escape == NULL)
        break;
      at = read_escape (at, end, &character);
      to += g_unichar_to_utf8 (is_surrogate (character) ? 0xfffd : character, to);
    }
  *to = '\0';
  if (unescaped_length != NULL)
    *unescaped_length = to - unescaped;
  return unescaped;
}

/* Appends the byte or character at @at, which cannot stand as it is or is not ASCII, and
 * gives the number of bytes that it takes in the input. */
static gsize
append_special (GString *out, const char *at, const char *end)
{
  static const char letters[0x20] = {
    ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'
  };
  guchar byte = *at;
  gsize length = 1;

  if (byte >= 0x80)
    {
      length = get_utf8_length (at, end);
      if (length > 0)
        g_string_append_len (out, at, length);
      else
        g_string_append (out, REPLACEMENT);
      return MAX (length, 1);
    }

  if (byte >= 0x20)
    {
      g_string_append_c (out, '\\');
      g_string_append_c (out, byte);
    }
  else if (letters[byte] != '\0')
    {
      g_string_append_c (out, '\\');
      g_string_append_c (out, letters[byte]);
    }
  else
    g_string_append_printf (out, "\\u%04x", byte);
  return length;
}

/**
 * tide_json_append_string:
 * @out: where to write
 * @text: (array length=length): any text; should be UTF-8
 * @length: its length in bytes, -1 when it is NUL-terminated
 *
 * Appends @text as a JSON string, quotes included.
 *
 * Each byte that does not belong to valid UTF-8 becomes U+FFFD.
 */
void
tide_json_append_string (GString *out, const char *text, gssize length)
{
  const char *end = text + (length < 0 ? strlen (text) : (gsize) length);
  const char *at = text;

  g_string_append_c (out, '"');
  while (at < end)
    {
      const char *special = skip_plain (at, end);

      g_string_append_len (out, at, special - at);
      at = special;
      if (at < end)
        at += append_special (out, at, end);
    }
  g_string_append_c (out, '"');
}
