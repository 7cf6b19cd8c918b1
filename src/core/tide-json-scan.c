/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every text from outside passes here before anything else looks at it. */

#include "tide-json-scan.h"

#include <string.h>

#define NOT_WANTED -2
#define OUTERMOST -1

/* An array or object that is open. */
typedef struct
{
  char closer; /* what ends it */
  int owner;   /* what the fields in it have as parent; NOT_WANTED: there are none */
  int field;   /* the wanted field whose value it is, or NOT_WANTED */
} Level;

typedef struct
{
  const char *end;
  TideJsonField *fields; /* (unowned) */
  guint n_fields;
  guint depth; /* levels in use */
  TideJsonFault fault;
  Level levels[TIDE_JSON_MAX_DEPTH];
} Scan;

static const char *
fail (Scan *self, TideJsonFault fault)
{
  self->fault = fault;
  return NULL;
}

static inline const char *
skip_space (const char *at, const char *end)
{
  while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
    at++;
  return at;
}

/* NUL stands for the end as well: it is good nowhere between values. */
static inline char
peek (const char *at, const char *end)
{
  return at < end ? *at : '\0';
}

/* Passes over one digit or more; NULL when there is none. */
static inline const char *
skip_digits (const char *at, const char *end)
{
  const char *first = at;

  while (at < end && *at >= '0' && *at <= '9')
    at++;
  return at > first ? at : NULL;
}

static const char *
skip_number (Scan *self, const char *at)
{
  const char *end = self->end;

  if (*at == '-')
    at++;
  /* A zero stands alone: the digit behind it is then what no value may be followed by. */
  at = peek (at, end) == '0' ? at + 1 : skip_digits (at, end);
  if (at != NULL && peek (at, end) == '.')
    at = skip_digits (at + 1, end);
  if (at != NULL && (peek (at, end) == 'e' || peek (at, end) == 'E'))
    {
      at++;
      if (peek (at, end) == '+' || peek (at, end) == '-')
        at++;
      at = skip_digits (at, end);
    }
  return at != NULL ? at : fail (self, TIDE_JSON_FAULT_SYNTAX);
}

static const char *
skip_word (Scan *self, const char *at, const char *word)
{
  gsize length = strlen (word);

  if ((gsize) (self->end - at) < length || memcmp (at, word, length) != 0)
    return fail (self, TIDE_JSON_FAULT_SYNTAX);
  return at + length;
}

/* Compares a member's name without escapes. Neither side holds a NUL. */
static inline gboolean
is_name (const char *name, const char *start, const char *end)
{
  while (start < end && *name == *start)
    {
      name++;
      start++;
    }
  return start == end && *name == '\0';
}

/* The field that wants the member of that name in the innermost object. */
static inline int
find_field (Scan *self, const char *start, const char *end, gboolean has_escapes)
{
  int owner = self->levels[self->depth - 1].owner;

  for (guint i = 0; i < self->n_fields; i++)
    {
      const char *name = self->fields[i].name;

      if (self->fields[i].parent == owner &&
          (has_escapes ? tide_json_string_equals (start, end, name)
                       : is_name (name, start, end)))
        return i;
    }
  return NOT_WANTED;
}

static inline void
clear_field (TideJsonField *field)
{
  field->kind = TIDE_JSON_NONE;
  field->has_escapes = FALSE;
  field->start = NULL;
  field->length = 0;
}

static gboolean
is_inside (Scan *self, int field, int object)
{
  while (field > object)
    field = self->fields[field].parent;
  return field == object;
}

/* Notes that the value of @field starts; what an earlier value held is forgotten. */
static inline void
start_field (Scan *self, int field, TideJsonKind kind, const char *start)
{
  if (field == NOT_WANTED)
    return;
  if (self->fields[field].kind == TIDE_JSON_OBJECT)
    for (guint i = field + 1; i < self->n_fields; i++)
      if (is_inside (self, i, field))
        clear_field (&self->fields[i]);
  self->fields[field].kind = kind;
  self->fields[field].has_escapes = FALSE;
  self->fields[field].start = start;
}

static inline void
end_field (Scan *self, int field, const char *end)
{
  if (field != NOT_WANTED)
    self->fields[field].length = end - self->fields[field].start;
}

static inline const char *
skip_string (Scan *self, const char *at, gboolean *has_escapes)
{
  self->fault = tide_json_string_skip (&at, self->end, has_escapes);
  return self->fault == TIDE_JSON_OK ? at : NULL;
}

/* Passes over a string, number or word that is the value of @field. */
static inline const char *
scan_scalar (Scan *self, const char *at, int field)
{
  TideJsonKind kind = tide_json_get_kind (*at);
  const char *start = at;
  gboolean has_escapes;

  if (kind == TIDE_JSON_STRING)
    {
      at = skip_string (self, ++start, &has_escapes);
      if (at == NULL)
        return NULL;
      start_field (self, field, kind, start);
      end_field (self, field, at);
      if (field != NOT_WANTED)
        self->fields[field].has_escapes = has_escapes;
      return at + 1;
    }

  if (kind == TIDE_JSON_NUMBER)
    at = skip_number (self, at);
  else
    at = skip_word (self, at, *at == 't' ? "true" : *at == 'f' ? "false" : "null");
  if (at == NULL)
    return NULL;
  start_field (self, field, kind, start);
  end_field (self, field, at);
  return at;
}

static inline const char *
open_level (Scan *self, const char *at, int field)
{
  gboolean is_object = *at == '{';
  Level *level;

  if (self->depth == TIDE_JSON_MAX_DEPTH)
    return fail (self, TIDE_JSON_FAULT_TOO_DEEP);
  level = &self->levels[self->depth];
  level->closer = is_object ? '}' : ']';
  level->owner = !is_object ? NOT_WANTED : self->depth == 0 ? OUTERMOST : field;
  level->field = field;
  self->depth++;
  start_field (self, field, is_object ? TIDE_JSON_OBJECT : TIDE_JSON_ARRAY, at);
  return at + 1;
}

/* Passes over what comes before a value in the innermost level: in an object its name and
 * the colon. @field gets the field that wants the value. */
static inline const char *
start_value (Scan *self, const char *at, int *field)
{
  const Level *level = &self->levels[self->depth - 1];
  const char *start = at + 1;
  gboolean has_escapes;

  *field = NOT_WANTED;
  if (level->closer == ']')
    return at;

  if (peek (at, self->end) != '"')
    return fail (self, TIDE_JSON_FAULT_SYNTAX);
  at = skip_string (self, start, &has_escapes);
  if (at == NULL)
    return NULL;
  if (level->owner != NOT_WANTED)
    *field = find_field (self, start, at, has_escapes);

  at = skip_space (at + 1, self->end);
  if (peek (at, self->end) != ':')
    return fail (self, TIDE_JSON_FAULT_SYNTAX);
  return skip_space (at + 1, self->end);
}

/* Passes over what comes behind a value, up to where the next one starts; gives the
 * text's end when that was the last. */
static inline const char *
end_value (Scan *self, const char *at, int *field)
{
  for (;;)
    {
      at = skip_space (at, self->end);
      if (self->depth == 0)
        return at == self->end ? at : fail (self, TIDE_JSON_FAULT_SYNTAX);

      const Level *level = &self->levels[self->depth - 1];

      if (peek (at, self->end) == ',')
        return start_value (self, skip_space (at + 1, self->end), field);
      if (peek (at, self->end) != level->closer)
        return fail (self, TIDE_JSON_FAULT_SYNTAX);
      at++;
      end_field (self, level->field, at);
      self->depth--;
    }
}

static void
scan_text (Scan *self, const char *at)
{
  int field = NOT_WANTED; /* which wants the value that starts at @at */

  do
    {
      if (at == self->end)
        at = fail (self, TIDE_JSON_FAULT_SYNTAX);
      else if (*at != '{' && *at != '[')
        at = scan_scalar (self, at, field);
      else
        {
          at = open_level (self, at, field);
          if (at == NULL)
            return;
          at = skip_space (at, self->end);
          if (peek (at, self->end) != self->levels[self->depth - 1].closer)
            {
              at = start_value (self, at, &field);
              continue;
            }
        }
      if (at != NULL)
        at = end_value (self, at, &field);
    }
  while (at != NULL && (at != self->end || self->depth > 0));
}

/**
 * tide_json_scan:
 * @text: (array length=length): what may be JSON; need not be NUL-terminated
 * @length: its length in bytes
 * @fields: (nullable) (array length=n_fields): the members to find, a parent before what
 * is in it
 * @n_fields: how many, 0 for none
 * @kind: (out) (nullable): what the outermost value is; %TIDE_JSON_NONE on a fault
 *
 * Checks that a text is one JSON value by RFC 8259, in UTF-8, and finds members in it.
 *
 * White space around the value is good, a byte order mark is not. Of members with the
 * same name the last one counts; names are compared as they read without escapes. On a
 * fault the kind of every field is %TIDE_JSON_NONE.
 *
 * One pass over the bytes; no recursion and no allocation.
 *
 * Returns: %TIDE_JSON_OK, or the first fault
 */
TideJsonFault
tide_json_scan (const char *text,
                gsize length,
                TideJsonField *fields,
                guint n_fields,
                TideJsonKind *kind)
{
  Scan scan;
  const char *start;

  scan.end = text + length;
  scan.fields = fields;
  scan.n_fields = n_fields;
  scan.depth = 0;
  scan.fault = TIDE_JSON_OK;
  for (guint i = 0; i < n_fields; i++)
    clear_field (&fields[i]);

  start = skip_space (text, scan.end);
  scan_text (&scan, start);

  if (scan.fault != TIDE_JSON_OK)
    for (guint i = 0; i < n_fields; i++)
      clear_field (&fields[i]);
  if (kind != NULL)
    *kind = scan.fault == TIDE_JSON_OK ? tide_json_get_kind (*start) : TIDE_JSON_NONE;
  return scan.fault;
}
