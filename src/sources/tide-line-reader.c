/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-line-reader.h"

#include "tide-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_BYTES (64 * 1024)
#define BUFFER_BYTES (TIDE_LINE_MAX_BYTES + READ_BYTES)

struct _TideLineReader
{
  int fd;
  guint64 number;       /* of the last line, from 1 */
  gsize start;          /* where in @buffer the next line begins */
  gsize scanned;        /* up to where there is no newline after @start */
  gsize end;            /* where the bytes that were read end */
  gboolean is_skipping; /* the rest of a line that is too long */
  gboolean is_at_end;
  char *buffer; /* (owned), BUFFER_BYTES */
};

static gboolean
open_regular (const char *path, int *fd, const char **fault)
{
  struct stat info;

  *fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (*fd < 0 || fstat (*fd, &info) != 0)
    {
      *fault = g_strerror (errno);
      return FALSE;
    }
  if (!S_ISREG (info.st_mode))
    {
      *fault = "it is not a regular file";
      return FALSE;
    }
  return TRUE;
}

/**
 * tide_line_reader_open:
 * @path: a regular file
 * @error: return location for an error
 *
 * Opens a file. Fails with %TIDE_ERROR_BAD_CONFIG; the message names the file.
 *
 * Returns: (transfer full): a reader before the first line
 */
TideLineReader *
tide_line_reader_open (const char *path, GError **error)
{
  const char *fault = NULL;
  int fd;

  if (!open_regular (path, &fd, &fault))
    {
      g_set_error (
          error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG, "cannot read %s: %s", path, fault);
      if (fd >= 0)
        close (fd);
      return NULL;
    }

  TideLineReader *self = g_new0 (TideLineReader, 1);

  self->fd = fd;
  self->buffer = g_malloc (BUFFER_BYTES);
  return self;
}

/**
 * tide_line_reader_free:
 * @self: (transfer full): a line reader
 *
 * Closes the file.
 */
void
tide_line_reader_free (TideLineReader *self)
{
  close (self->fd);
  g_free (self->buffer);
  g_free (self);
}

/* Reads on. A file that can't be read to its end ends there. */
static void
fill (TideLineReader *self)
{
  if (self->start > 0)
    {
      memmove (self->buffer, self->buffer + self->start, self->end - self->start);
      self->scanned -= self->start;
      self->end -= self->start;
      self->start = 0;
    }

  ssize_t n_read;

  do
    n_read = read (
        self->fd, self->buffer + self->end, MIN (READ_BYTES, BUFFER_BYTES - self->end));
  while (n_read < 0 && errno == EINTR);

  if (n_read <= 0)
    self->is_at_end = TRUE;
  else
    self->end += n_read;
}

/* Returns: where the next line ends, or %NULL when that has not been read yet. */
static const char *
find_line_end (TideLineReader *self)
{
  const char *newline =
      memchr (self->buffer + self->scanned, '\n', self->end - self->scanned);

  if (newline == NULL)
    self->scanned = self->end;
  if (newline == NULL && self->is_at_end && self->start < self->end)
    return self->buffer + self->end;
  return newline;
}

/**
 * tide_line_reader_next:
 * @self: a line reader
 * @line: (out) (transfer none): the line, without its newline, not NUL-terminated; valid
 *   until the next call
 * @length: (out): its length in bytes
 *
 * Reads a line. The last one need not end with a newline.
 *
 * Returns: what was found; @line and @length are set with %TIDE_LINE_GOOD only
 */
TideLineResult
tide_line_reader_next (TideLineReader *self, const char **line, gsize *length)
{
  for (;;)
    {
      const char *line_end = find_line_end (self);

      if (line_end != NULL)
        {
          const char *line_start = self->buffer + self->start;
          gboolean is_rest = self->is_skipping;

          self->start = MIN ((gsize) (line_end + 1 - self->buffer), self->end);
          self->scanned = self->start;
          self->is_skipping = FALSE;
          self->number++;
          if (is_rest || line_end - line_start > TIDE_LINE_MAX_BYTES)
            return TIDE_LINE_TOO_LONG;
          *line = line_start;
          *length = line_end - line_start;
          return TIDE_LINE_GOOD;
        }
      if (self->is_at_end)
        {
          gboolean is_rest = self->is_skipping;

          self->is_skipping = FALSE;
          self->number += is_rest;
          return is_rest ? TIDE_LINE_TOO_LONG : TIDE_LINE_END;
        }
      if (self->end - self->start > TIDE_LINE_MAX_BYTES)
        {
          self->is_skipping = TRUE;
          self->start = self->scanned = self->end;
        }
      fill (self);
    }
}

/**
 * tide_line_reader_get_number:
 * @self: a line reader
 *
 * Returns: the number of the line that was found last, from 1; 0 before the first
 */
guint64
tide_line_reader_get_number (TideLineReader *self)
{
  return self->number;
}

/**
 * tide_line_reader_rewind:
 * @self: a line reader
 *
 * Goes back before the first line.
 */
void
tide_line_reader_rewind (TideLineReader *self)
{
  if (lseek (self->fd, 0, SEEK_SET) < 0)
    return;
  self->number = 0;
  self->start = self->scanned = self->end = 0;
  self->is_at_end = FALSE;
  self->is_skipping = FALSE;
}
