/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideJsonFault:
 * @TIDE_JSON_OK: the text is good
 * @TIDE_JSON_FAULT_SYNTAX: not JSON as RFC 8259 has it
 * @TIDE_JSON_FAULT_TOO_DEEP: nested deeper than %TIDE_JSON_MAX_DEPTH
 * @TIDE_JSON_FAULT_UTF8: a string holds bytes that are not UTF-8
 *
 * Why a text is refused: the first fault from its start.
 */
typedef enum
{
  TIDE_JSON_OK,
  TIDE_JSON_FAULT_SYNTAX,
  TIDE_JSON_FAULT_TOO_DEEP,
  TIDE_JSON_FAULT_UTF8,
} TideJsonFault;

TideJsonFault
tide_json_string_skip (const char **at, const char *end, gboolean *has_escapes);
gboolean tide_json_string_equals (const char *start, const char *end, const char *other);
char *tide_json_unescape (const char *start, gsize length, gsize *unescaped_length);
void tide_json_append_string (GString *out, const char *text, gssize length);

G_END_DECLS
