/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GKeyFile reads the same format but knows no lines, stops at its first complaint and
 * lets a later duplicate win without a word. So lines are told apart here, by its rules;
 * what a value's escapes mean is still GKeyFile's business (tide-config-value.c). */

#include "tide-config-scan.h"

#include "tide-config-value.h"
#include "tide-error.h"

#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* More is no configuration but a wrong name, such as that of a device. */
#define MAX_FILE_BYTES (4 * 1024 * 1024)
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static gboolean
fail_read (GError **error, const char *path, int saved_errno)
{
  g_autofree char *shown = tide_config_show_path (path);

  g_set_error (error,
               G_FILE_ERROR,
               g_file_error_from_errno (saved_errno),
               "%s: can't be read: %s",
               shown,
               g_strerror (saved_errno));
  return FALSE;
}

static gboolean
read_all (int fd, GByteArray *bytes)
{
  guint8 buffer[4096];
  gssize n_read;

  do
    {
      n_read = read (fd, buffer, sizeof buffer);
      if (n_read > 0)
        g_byte_array_append (bytes, buffer, n_read);
      if (bytes->len > MAX_FILE_BYTES)
        errno = EFBIG;
    }
  while ((n_read > 0 && bytes->len <= MAX_FILE_BYTES) || (n_read < 0 && errno == EINTR));
  return n_read == 0;
}

/**
 * tide_config_read_file:
 * @path: a file's path
 * @data: (out) (array length=length) (transfer full): what is in it, NUL-terminated
 * @length: (out): its length in bytes, at most 4 MiB
 * @error: return location for an error
 *
 * Reads a file, which may be a pipe.
 *
 * Fails with a #GFileError whose message begins with the path.
 *
 * Returns: whether it worked
 */
gboolean
tide_config_read_file (const char *path, char **data, gsize *length, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  int fd = g_open (path, O_RDONLY | O_CLOEXEC);

  if (fd < 0)
    return fail_read (error, path, errno);

  gboolean is_read = read_all (fd, bytes);
  int saved_errno = errno;

  close (fd);
  if (!is_read)
    return fail_read (error, path, saved_errno);
  *length = bytes->len;
  g_byte_array_append (bytes, (const guint8 *) "", 1);
  *data = (char *) g_byte_array_free (g_steal_pointer (&bytes), FALSE);
  return TRUE;
}

static void
free_line (TideConfigLine *line)
{
  g_free (line->group);
  g_free (line->key);
  g_free (line->value);
  g_free (line->problem);
  g_free (line);
}

static TideConfigLine *
add_line (GPtrArray *lines, guint number)
{
  TideConfigLine *line = g_new0 (TideConfigLine, 1);

  line->number = number;
  g_ptr_array_add (lines, line);
  return line;
}

/* Remembers the line where @name stands first, and complains when it stands again. */
static void
check_duplicate (GHashTable *seen, TideConfigLine *line, const char *what)
{
  char *name = g_strconcat (line->group, "\n", line->key, NULL);
  guint first = GPOINTER_TO_UINT (g_hash_table_lookup (seen, name));

  if (first == 0)
    {
      g_hash_table_insert (seen, name, GUINT_TO_POINTER (line->number));
      return;
    }
  g_free (name);

  g_autofree char *shown = tide_config_show (what);

  line->problem = g_strdup_printf (
      "%s is here a second time; it is in line %u already", shown, first);
}

static void
scan_heading (TideConfigLine *line, const char *text, GHashTable *seen)
{
  gsize length = strlen (text);

  if (length < 3 || text[length - 1] != ']' || strcspn (text + 1, "[]") != length - 2)
    {
      line->problem = g_strdup ("is not a group; write [GROUP]");
      return;
    }
  line->group = g_strndup (text + 1, length - 2);
  check_duplicate (seen, line, text);
}

static void
scan_entry (TideConfigLine *line, const char *text, const char *group, GHashTable *seen)
{
  const char *equals = strchr (text, '=');

  if (equals == NULL || equals == text)
    {
      line->problem = g_strdup ("is neither [GROUP] nor KEY=VALUE nor a comment with #");
      return;
    }
  line->group = g_strdup (group);
  line->key = g_strchomp (g_strndup (text, equals - text));
  line->value = g_strstrip (g_strdup (equals + 1));

  g_autofree char *name = g_strdup_printf ("[%s] %s", group, line->key);

  check_duplicate (seen, line, name);
}

/* A file of another kind gets one complaint, not one for each of its lines. */
static gboolean
check_is_text (GPtrArray *lines, const char *data, gsize length)
{
  const char *end;
  guint number = 1;

  if (g_utf8_validate_len (data, length, &end))
    return TRUE;
  for (const char *at = data; at < end; at++)
    number += *at == '\n';
  add_line (lines, number)->problem =
      *end == '\0' ? g_strdup ("has a zero byte; this is no text file")
                   : g_strdup ("is not valid UTF-8 text");
  return FALSE;
}

/**
 * tide_config_scan:
 * @data: (array length=length): what is in a configuration file
 * @length: its length in bytes
 *
 * Tells the lines of a configuration file apart.
 *
 * The format is that of GKeyFile. Blanks around names and values do not count; a byte
 * order mark and carriage returns at the ends of lines are passed over. A group or key
 * that stands twice is a problem of its second line. Keys under a heading that can't be
 * read are left out: the heading is what must be corrected.
 *
 * Returns: (transfer full) (element-type TideConfigLine): the lines, in order
 */
GPtrArray *
tide_config_scan (const char *data, gsize length)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func ((GDestroyNotify) free_line);
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *group = NULL; /* (unowned) (nullable), NULL before or under a bad heading */
  gboolean has_heading = FALSE;
  const char *end = data + length;

  if (!check_is_text (lines, data, length))
    return lines;
  if (length >= strlen (BYTE_ORDER_MARK) &&
      memcmp (data, BYTE_ORDER_MARK, strlen (BYTE_ORDER_MARK)) == 0)
    data += strlen (BYTE_ORDER_MARK);

  for (guint number = 1; data < end; number++)
    {
      const char *newline = memchr (data, '\n', end - data);
      const char *line_end = newline != NULL ? newline : end;
      g_autofree char *text = g_strstrip (g_strndup (data, line_end - data));

      data = newline != NULL ? newline + 1 : end;
      if (*text == '\0' || *text == '#')
        continue;
      if (*text == '[')
        {
          TideConfigLine *line = add_line (lines, number);

          scan_heading (line, text, seen);
          group = line->group;
          has_heading = TRUE;
        }
      else if (group != NULL)
        scan_entry (add_line (lines, number), text, group, seen);
      else if (!has_heading)
        add_line (lines, number)->problem = g_strdup ("stands before the first [GROUP]");
    }
  return lines;
}
