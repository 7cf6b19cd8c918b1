/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-memo.h"

#include <string.h>

/* What a few windows bring one connection, and no more than the second cache holds beside
 * what is being read. */
#define MAX_BYTES (128 * 1024)

typedef struct
{
  gsize start;
  gsize n_bytes;
  BenchEvent event;
} Text;

/* Looks whether a text is the one after that which was found or added last, or the first:
 * another connection begins.
 *
 * Returns: (transfer none) (nullable): its event, %NULL when it is neither; good until
 *   the next call of load_memo_add() */
const BenchEvent *
load_memo_find (LoadMemo *self, const char *text, gsize n_bytes)
{
  const guint places[] = { self->next, 0 };

  for (guint i = 0; self->texts != NULL && i < G_N_ELEMENTS (places); i++)
    {
      const Text *known = &g_array_index (self->texts, Text, places[i]);

      if (places[i] >= self->texts->len || known->n_bytes != n_bytes ||
          memcmp (self->bytes->data + known->start, text, n_bytes) != 0)
        continue;
      self->next = places[i] + 1;
      return &known->event;
    }
  return NULL;
}

/* Adds a text that was not found, in the place of the one that was expected and of all
 * behind it. */
void
load_memo_add (LoadMemo *self, const char *text, gsize n_bytes, const BenchEvent *event)
{
  Text known = { .n_bytes = n_bytes, .event = *event };

  if (self->texts == NULL)
    {
      self->texts = g_array_new (FALSE, FALSE, sizeof (Text));
      self->bytes = g_byte_array_new ();
    }
  if (self->next < self->texts->len)
    {
      known.start = g_array_index (self->texts, Text, self->next).start;
      g_array_set_size (self->texts, self->next);
      g_byte_array_set_size (self->bytes, known.start);
    }
  if (self->bytes->len + n_bytes > MAX_BYTES)
    {
      g_array_set_size (self->texts, 0);
      g_byte_array_set_size (self->bytes, 0);
    }
  known.start = self->bytes->len;
  g_byte_array_append (self->bytes, (const guint8 *) text, n_bytes);
  g_array_append_val (self->texts, known);
  self->next = self->texts->len;
}

/* Forgets all, and frees what it held. */
void
load_memo_clear (LoadMemo *self)
{
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  g_clear_pointer (&self->texts, g_array_unref);
  self->next = 0;
}
