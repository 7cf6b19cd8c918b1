/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-lines.h"

#include "tide-ctl-error.h"

#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>

#include <string.h>
#include <unistd.h>

#define BLOCK_BYTES (256 * 1024)
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct _TideCtlLines
{
  GInputStream *input; /* (owned) */
  GString *block;      /* (owned), what was read and is not a line yet, from @at on */
  gsize at;
  guint64 number;  /* of the line that was given last, from 1 on */
  guint64 n_next;  /* of the one behind it */
  guint n_spanned; /* how many lines of a text editor it was */
  goffset n_bytes;
  goffset size; /* of the file; 0: not known */
  gboolean is_csv;
  gboolean is_at_end;
};

/**
 * tide_ctl_lines_open:
 * @name: the name of a file; `-` stands for standard input
 * @error: return location for an error
 *
 * Opens a file to read lines from.
 *
 * Returns: (transfer full): a reader
 */
TideCtlLines *
tide_ctl_lines_open (const char *name, GError **error)
{
  gboolean is_stdin = g_str_equal (name, "-");
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (name);
  g_autoptr (GInputStream) input = is_stdin
                                       ? g_unix_input_stream_new (STDIN_FILENO, FALSE)
                                       : G_INPUT_STREAM (g_file_read (file, NULL, error));
  g_autoptr (GFileInfo) info = NULL;
  TideCtlLines *self;

  if (input == NULL)
    return NULL;
  self = g_new0 (TideCtlLines, 1);
  self->n_next = 1;
  self->block = g_string_new (NULL);
  if (!is_stdin)
    info = g_file_input_stream_query_info (
        G_FILE_INPUT_STREAM (input), G_FILE_ATTRIBUTE_STANDARD_SIZE, NULL, NULL);
  if (info != NULL)
    self->size = g_file_info_get_size (info);
  self->input = g_steal_pointer (&input);
  return self;
}

/**
 * tide_ctl_lines_free:
 * @self: (transfer full): a reader
 *
 * Frees @self, and closes its file.
 */
void
tide_ctl_lines_free (TideCtlLines *self)
{
  g_object_unref (self->input);
  g_string_free (self->block, TRUE);
  g_free (self);
}

/**
 * tide_ctl_lines_set_csv:
 * @self: a reader
 * @is_csv: whether it is CSV
 *
 * Has the end of a line that is in quotes not end it.
 */
void
tide_ctl_lines_set_csv (TideCtlLines *self, gboolean is_csv)
{
  self->is_csv = is_csv;
}

/* Reads on; at the end it says so in @is_at_end. */
static gboolean
fill (TideCtlLines *self, GError **error)
{
  gsize length;
  gssize n;

  g_string_erase (self->block, 0, (gssize) self->at);
  self->at = 0;
  length = self->block->len;
  g_string_set_size (self->block, length + BLOCK_BYTES);
  n = g_input_stream_read (
      self->input, self->block->str + length, BLOCK_BYTES, NULL, error);
  g_string_set_size (self->block, length + MAX (n, 0));
  self->is_at_end = n == 0;
  if (self->n_bytes == 0 && g_str_has_prefix (self->block->str, BYTE_ORDER_MARK))
    self->at = strlen (BYTE_ORDER_MARK);
  self->n_bytes += MAX (n, 0);
  return n >= 0;
}

/**
 * tide_ctl_lines_peek:
 * @self: a reader that no line was taken from
 * @error: return location for an error
 *
 * Looks at the first character that is no blank.
 *
 * Returns: that, 0 when there is none, -1 on an error
 */
int
tide_ctl_lines_peek (TideCtlLines *self, GError **error)
{
  while (TRUE)
    {
      for (gsize i = self->at; i < self->block->len; i++)
        if (!g_ascii_isspace (self->block->str[i]))
          return (guchar) self->block->str[i];
      if (self->is_at_end || self->block->len > TIDE_CTL_LINE_MAX_BYTES)
        return 0;
      if (!fill (self, error))
        return -1;
    }
}

/* Finds the end of the next line.
 *
 * Returns: whether it is there; @n_ends tells how many ends of lines are in it */
static gboolean
find_end (const TideCtlLines *self, gsize *end, guint *n_ends)
{
  gboolean is_quoted = FALSE;
  char last = ','; /* a quote opens a field, or is the second of two within one */

  *n_ends = 0;
  for (gsize i = self->at; i < self->block->len; i++)
    {
      char c = self->block->str[i];

      if (self->is_csv && c == '"')
        is_quoted = !is_quoted && (last == ',' || last == '"');
      *n_ends += c == '\n';
      *end = i;
      if (c == '\n' && !is_quoted)
        return TRUE;
      last = c;
    }
  *end = self->block->len;
  return FALSE;
}

/**
 * tide_ctl_lines_next:
 * @self: a reader
 * @length: (out): how many bytes it has
 * @error: return location for an error of %TIDE_CTL_ERROR, or for one of reading
 *
 * Reads the next line.
 *
 * Returns: (transfer none) (nullable): the line, without its end, until the next call;
 *   %NULL at the end, or with an error
 */
const char *
tide_ctl_lines_next (TideCtlLines *self, gsize *length, GError **error)
{
  const char *line;
  gsize end;
  guint n_ends;

  while (!find_end (self, &end, &n_ends) && !self->is_at_end)
    {
      if (end - self->at > TIDE_CTL_LINE_MAX_BYTES)
        break;
      if (!fill (self, error))
        return NULL;
    }
  if (end - self->at > TIDE_CTL_LINE_MAX_BYTES)
    {
      g_set_error (
          error,
          TIDE_CTL_ERROR,
          TIDE_CTL_EXIT_REFUSED,
          _ ("The line %lu is longer than 64 KiB: is this a file of bars, and is each "
             "quote (\") closed?"),
          (gulong) self->n_next);
      return NULL;
    }
  if (self->at == self->block->len)
    return NULL;
  line = self->block->str + self->at;
  *length = end - self->at;
  self->at = MIN (end + 1, self->block->len);
  self->number = self->n_next;
  self->n_next += n_ends;
  if (*length > 0 && line[*length - 1] == '\r')
    --*length;
  self->n_spanned = MAX (n_ends, 1);
  return line;
}

/**
 * tide_ctl_lines_get_number:
 * @self: a reader
 *
 * Returns: the number of the line that was read last; its first one, when it has several
 */
guint64
tide_ctl_lines_get_number (const TideCtlLines *self)
{
  return self->number;
}

/**
 * tide_ctl_lines_get_n_spanned:
 * @self: a reader
 *
 * Returns: how many lines of the file the line is that was read last: more than one when
 *   an end of a line is in quotes
 */
guint
tide_ctl_lines_get_n_spanned (const TideCtlLines *self)
{
  return self->n_spanned;
}

/**
 * tide_ctl_lines_get_fraction:
 * @self: a reader
 *
 * Returns: how much of the file was read, from 0 to 1; below 0 when it is not known
 */
double
tide_ctl_lines_get_fraction (const TideCtlLines *self)
{
  if (self->size <= 0)
    return -1;
  return CLAMP ((double) (self->n_bytes - (goffset) (self->block->len - self->at)) /
                    self->size,
                0,
                1);
}
