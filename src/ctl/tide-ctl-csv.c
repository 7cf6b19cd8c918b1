/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-csv.h"

#include "tide-ctl-error.h"

#include <glib/gi18n.h>

#include <string.h>

/* Takes what is in quotes, behind the first one.
 *
 * Returns: (nullable): where it goes on behind the last quote */
static const char *
take_quoted (const char *at, const char *end, GString *field)
{
  for (; at < end; at++)
    {
      if (*at == '"' && (++at == end || *at != '"'))
        return at;
      g_string_append_c (field, *at);
    }
  return NULL;
}

static const char *
take_plain (const char *at, const char *end, GString *field)
{
  const char *start = at;

  while (at < end && *at != ',' && *at != '"')
    at++;
  g_string_append_len (field, start, at - start);
  while (field->len > 0 && g_ascii_isspace (field->str[field->len - 1]))
    g_string_truncate (field, field->len - 1);
  while (field->len > 0 && g_ascii_isspace (field->str[0]))
    g_string_erase (field, 0, 1);
  return at;
}

/**
 * tide_ctl_csv_take:
 * @at: (inout) (nullable): where the field begins; %NULL behind the last one
 * @end: the end of the line
 * @field: gets the field
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Takes the next field of a line as RFC 4180 has it: what is in quotes may hold commas,
 * ends of lines, and quotes, doubled. Blanks around a field without quotes do not belong
 * to it.
 *
 * Returns: whether it is well-formed
 */
gboolean
tide_ctl_csv_take (const char **at, const char *end, GString *field, GError **error)
{
  const char *next;

  g_string_truncate (field, 0);
  if (*at < end && **at == '"')
    next = take_quoted (*at + 1, end, field);
  else
    next = take_plain (*at, end, field);
  if (next == NULL || (next < end && *next != ','))
    {
      g_set_error_literal (
          error,
          TIDE_CTL_ERROR,
          TIDE_CTL_EXIT_REFUSED,
          next == NULL ? _ ("a quote (\") is not closed")
                       : _ ("a quote (\") has to be around a whole field, and doubled "
                            "within it"));
      return FALSE;
    }
  *at = next < end ? next + 1 : NULL;
  return TRUE;
}

/**
 * tide_ctl_csv_append:
 * @out: where to write
 * @field: a field
 *
 * Writes a field, in quotes if it needs them.
 */
void
tide_ctl_csv_append (GString *out, const char *field)
{
  if (strpbrk (field, ",\" \r\n") == NULL)
    {
      g_string_append (out, field);
      return;
    }
  g_string_append_c (out, '"');
  for (; *field != '\0'; field++)
    {
      if (*field == '"')
        g_string_append_c (out, '"');
      g_string_append_c (out, *field);
    }
  g_string_append_c (out, '"');
}
