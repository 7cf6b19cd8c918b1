/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TIDE_LINE_MAX_BYTES (1024 * 1024)

/**
 * TideLineReader:
 *
 * Reads a regular file line by line, whatever its size, in a bounded buffer.
 */
typedef struct _TideLineReader TideLineReader;

/**
 * TideLineResult:
 * @TIDE_LINE_GOOD: a line was read
 * @TIDE_LINE_TOO_LONG: a line was passed over: it is longer than %TIDE_LINE_MAX_BYTES
 * @TIDE_LINE_END: there is no further line
 *
 * What tide_line_reader_next() found.
 */
typedef enum
{
  TIDE_LINE_GOOD,
  TIDE_LINE_TOO_LONG,
  TIDE_LINE_END,
} TideLineResult;

TideLineReader *tide_line_reader_open (const char *path, GError **error);
void tide_line_reader_free (TideLineReader *self);
TideLineResult
tide_line_reader_next (TideLineReader *self, const char **line, gsize *length);
guint64 tide_line_reader_get_number (TideLineReader *self);
void tide_line_reader_rewind (TideLineReader *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideLineReader, tide_line_reader_free)

G_END_DECLS
