/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-cookie.h"

#include <string.h>

/* Values that Python's http.cookies has quoted: `"`, with `\"`, `\\` and `\ooo` in it. */
static char *
unquote (const char *value, gsize length)
{
  GString *text;

  if (length < 2 || value[0] != '"' || value[length - 1] != '"')
    return g_strndup (value, length);
  text = g_string_sized_new (length);
  for (gsize i = 1; i < length - 1; i++)
    {
      char c = value[i];

      if (c == '\\' && i + 1 < length - 1)
        {
          const char *digits = value + i + 1;

          c = *digits;
          i++;
          if (i + 2 < length - 1 && digits[0] >= '0' && digits[0] <= '3' &&
              digits[1] >= '0' && digits[1] <= '7' && digits[2] >= '0' &&
              digits[2] <= '7')
            {
              c = (digits[0] - '0') << 6 | (digits[1] - '0') << 3 | (digits[2] - '0');
              i += 2;
            }
        }
      g_string_append_c (text, c);
    }
  return g_string_free (text, FALSE);
}

/**
 * tide_cookie_dup:
 * @header: (nullable): the value of a request's header Cookie
 * @name: a cookie's name
 *
 * Finds a cookie. Of several with one name the first counts: browsers send the one with
 * the longest path first (RFC 6265, section 5.4).
 *
 * Returns: (transfer full) (nullable): its value, without the quotes that some servers
 *   put around it; %NULL when there is none
 */
char *
tide_cookie_dup (const char *header, const char *name)
{
  gsize name_length = strlen (name);

  while (header != NULL && *header != '\0')
    {
      gsize length;

      header += strspn (header, "; \t");
      length = strcspn (header, ";");
      if (length > name_length && header[name_length] == '=' &&
          memcmp (header, name, name_length) == 0)
        {
          const char *value = header + name_length + 1;

          length -= name_length + 1;
          while (length > 0 && g_ascii_isspace (value[length - 1]))
            length--;
          return unquote (value, length);
        }
      header += length;
    }
  return NULL;
}
