/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-events.h"

#include <string.h>

#define LABEL "\"seq\":"
#define N_LABEL (sizeof LABEL - 1)
#define N_BEFORE_Q 3
#define MAX_SHIFT 8 /* how far off a guess may be: numbers grow by a digit */
#define EACH_BYTE(byte) (G_GUINT64_CONSTANT (0x0101010101010101) * (byte))
/* From the beginning of `"symbol"` to the label, spaces included. */
#define MAX_HEAD 48
/* From there to the end of the last number. */
#define MAX_BEHIND (LOAD_EVENTS_MAX_KEPT - MAX_HEAD)

typedef struct
{
  const char *at;
  const char *end;
  gboolean is_cut; /* could go on if more was there: a number at the end may be longer */
} Cursor;

/* Begins to look through a text, or with the other parts of one, through what the last
 * part was not done with and what has come behind it. */
void
load_events_begin (LoadEvents *self, const char *text, gsize n_bytes, gboolean is_first)
{
  self->start = text;
  self->end = text + n_bytes;
  self->at = text;
  self->label = NULL;
  self->guess = is_first ? text + self->first : NULL;
}

static inline gboolean
is_label (const LoadEvents *self, const char *p)
{
  return p >= self->at && p + N_LABEL <= self->end && memcmp (p, LABEL, N_LABEL) == 0;
}

/* Of the letters of the label, `q` is the one that other names hardly have: looking for
 * it alone is faster than memmem(), which sets up a table each time. */
static const char *
search_label (const LoadEvents *self)
{
  const char *p = self->at;

  while ((p = memchr (p, 'q', self->end - p)) != NULL)
    {
      if (is_label (self, p - N_BEFORE_Q))
        return p - N_BEFORE_Q;
      p++;
    }
  return NULL;
}

/* Whether a label is possible about there at all: mostly the last event of a text is
 * followed by none. */
static inline gboolean
is_near (const LoadEvents *self, const char *p)
{
  return p != NULL && p + MAX_SHIFT >= self->at && p <= self->end + MAX_SHIFT;
}

static const char *
find_label (const LoadEvents *self)
{
  gboolean is_guessed = is_near (self, self->guess);

  if (is_guessed && is_label (self, self->guess))
    return self->guess;
  for (int shift = 1; is_guessed && shift <= MAX_SHIFT; shift++)
    {
      if (is_label (self, self->guess + shift))
        return self->guess + shift;
      if (is_label (self, self->guess - shift))
        return self->guess - shift;
    }
  return search_label (self);
}

static inline void
skip_spaces (Cursor *self)
{
  while (self->at < self->end && *self->at == ' ')
    self->at++;
}

/* Reads up to eight digits at once: two at a time become a number below 100, two of these
 * one below 10,000, and so on. What is behind the last one moves out, and zeros in. */
static inline guint
read_digits (const Cursor *self, guint64 *number)
{
  static const guint32 powers[] = { 1,      10,      100,      1000,     10000,
                                    100000, 1000000, 10000000, 100000000 };
  guint64 digits;
  guint64 others;
  guint n = 8;

  memcpy (&digits, self->at, 8);
  digits = GUINT64_FROM_LE (digits) ^ EACH_BYTE (0x30);
  others = ((digits + EACH_BYTE (0x76)) | digits) & EACH_BYTE (0x80);
  if (others != 0)
    n = __builtin_ctzll (others) / 8;
  if (n == 0)
    return 0;
  digits <<= 8 * (8 - n);
  digits = (digits * 10 + (digits >> 8)) & G_GUINT64_CONSTANT (0x00ff00ff00ff00ff);
  digits = (digits * 100 + (digits >> 16)) & G_GUINT64_CONSTANT (0x0000ffff0000ffff);
  digits = (digits * 10000 + (digits >> 32)) & G_GUINT64_CONSTANT (0xffffffff);
  *number = *number * powers[n] + digits;
  return n;
}

static inline gboolean
read_number (Cursor *self, guint64 *number)
{
  const char *start;
  guint n;

  skip_spaces (self);
  start = self->at;
  *number = 0;
  do
    {
      n = self->end - self->at >= 8 ? read_digits (self, number) : 0;
      self->at += n;
    }
  while (n == 8);
  for (; self->at < self->end && g_ascii_isdigit (*self->at); self->at++)
    *number = *number * 10 + (*self->at - '0');
  self->is_cut = self->at == self->end;
  return !self->is_cut && self->at > start;
}

static inline gboolean
skip (Cursor *self, const char *text, gsize n_bytes)
{
  skip_spaces (self);
  self->is_cut = (gsize) (self->end - self->at) < n_bytes;
  if (self->is_cut || memcmp (self->at, text, n_bytes) != 0)
    return FALSE;
  self->at += n_bytes;
  return TRUE;
}

/* Reads `"S17", ` from behind: up to the label at @p. */
static inline gboolean
read_symbol (const char *start, const char *p, BenchEvent *event)
{
  guint32 symbol = 0;
  guint32 power = 1;

  while (p > start && p[-1] == ' ')
    p--;
  if (p - start < 5 || p[-1] != ',' || p[-2] != '"' || !g_ascii_isdigit (p[-3]))
    return FALSE;
  for (p -= 3; p > start && g_ascii_isdigit (*p); p--)
    {
      symbol += power * (*p - '0');
      power *= 10;
    }
  event->kind = *p;
  event->symbol = symbol;
  return *p == 'S' || *p == 'U';
}

/* Reads the event whose label is before the cursor. */
static gboolean
read_event (const LoadEvents *self, Cursor *cursor, BenchEvent *event)
{
  guint64 sequence;
  guint64 sent_us;

  if (!read_symbol (self->start, cursor->at - N_LABEL, event) ||
      !read_number (cursor, &sequence) || !skip (cursor, ",", 1) ||
      !skip (cursor, "\"t\":", 4) || !read_number (cursor, &sent_us))
    return FALSE;
  event->sequence = (guint32) sequence;
  event->sent_us = (gint64) sent_us;
  return TRUE;
}

/* Returns: %FALSE when there is no other one */
gboolean
load_events_next (LoadEvents *self, BenchEvent *event)
{
  const char *p;

  while ((p = find_label (self)) != NULL)
    {
      Cursor cursor = { .at = p + N_LABEL, .end = self->end };

      if (read_event (self, &cursor, event))
        {
          if (self->label != NULL)
            self->stride = p - self->label;
          else if (self->guess != NULL)
            self->first = p - self->start;
          self->label = p;
          self->guess = p + self->stride;
          self->at = cursor.at;
          return TRUE;
        }
      if (cursor.is_cut && self->end - p < MAX_BEHIND)
        {
          /* The rest of it comes with the next part. */
          self->at = MAX (self->at, p - MIN (p - self->start, MAX_HEAD));
          return FALSE;
        }
      self->at = p + N_LABEL;
    }
  self->at = MAX (self->at, self->end - MIN (self->end - self->start, MAX_HEAD));
  return FALSE;
}

/* To be asked when there is no other one.
 *
 * Returns: how many bytes of this part are of no use any more, all but
 *   LOAD_EVENTS_MAX_KEPT at most */
gsize
load_events_get_done (const LoadEvents *self)
{
  return self->at - self->start;
}
