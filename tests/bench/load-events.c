/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-events.h"

#include <string.h>

#define LABEL "\"seq\":"
#define N_LABEL (sizeof LABEL - 1)
#define MAX_SHIFT 8 /* how far off a guess may be: numbers grow by a digit */
/* From the beginning of `"symbol"` to the label, spaces included. */
#define MAX_HEAD 48
/* From there to the end of the last number. */
#define MAX_BEHIND (LOAD_EVENTS_MAX_KEPT - MAX_HEAD)

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

static const char *
find_label (const LoadEvents *self)
{
  if (self->guess != NULL && is_label (self, self->guess))
    return self->guess;
  for (int shift = 1; self->guess != NULL && shift <= MAX_SHIFT; shift++)
    {
      if (is_label (self, self->guess + shift))
        return self->guess + shift;
      if (is_label (self, self->guess - shift))
        return self->guess - shift;
    }
  return memmem (self->at, self->end - self->at, LABEL, N_LABEL);
}

/* Reads a number, and has @at behind it. At the end of what is there a number does not
 * count: more digits may come. */
static inline gboolean
read_number (const char **at, const char *end, guint64 *number)
{
  const char *p = *at;
  guint64 n = 0;

  while (p < end && *p == ' ')
    p++;
  *at = p;
  for (; p < end && g_ascii_isdigit (*p); p++)
    n = n * 10 + (*p - '0');
  if (p == end || p == *at)
    return FALSE;
  *at = p;
  *number = n;
  return TRUE;
}

static inline gboolean
skip (const char **at, const char *end, const char *text, gsize n_bytes)
{
  const char *p = *at;

  while (p < end && *p == ' ')
    p++;
  if ((gsize) (end - p) < n_bytes || memcmp (p, text, n_bytes) != 0)
    return FALSE;
  *at = p + n_bytes;
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

/* Reads the event whose label is at @p.
 *
 * Returns: what is behind the part that was read, %NULL when it is not all there or is
 *   not an event of ours */
static const char *
read_event (const LoadEvents *self, const char *p, BenchEvent *event)
{
  const char *at = p + N_LABEL;
  guint64 sequence;
  guint64 sent_us;

  if (!read_symbol (self->start, p, event) || !read_number (&at, self->end, &sequence) ||
      !skip (&at, self->end, ",", 1) || !skip (&at, self->end, "\"t\":", 4) ||
      !read_number (&at, self->end, &sent_us))
    return NULL;
  event->sequence = (guint32) sequence;
  event->sent_us = (gint64) sent_us;
  return at;
}

/* Returns: %FALSE when there is no other one */
gboolean
load_events_next (LoadEvents *self, BenchEvent *event)
{
  const char *p;

  while ((p = find_label (self)) != NULL)
    {
      const char *behind = read_event (self, p, event);

      if (behind != NULL)
        {
          if (self->label != NULL)
            self->stride = p - self->label;
          else if (self->guess != NULL)
            self->first = p - self->start;
          self->label = p;
          self->guess = p + self->stride;
          self->at = behind;
          return TRUE;
        }
      if (self->end - p < MAX_BEHIND)
        {
          /* Perhaps the rest of it has not come yet. */
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
