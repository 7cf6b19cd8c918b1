/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-symbols.h"

/* Slots are the places of a connection's symbols: `each` for ticks, then the urgent one.
 */

/* The first symbol of a slot's share. */
static guint32
get_share_start (const LoadSymbols *self, guint slot)
{
  return (guint32) ((guint64) slot * self->n / self->each);
}

/* Sets who wants what: each not more than there are. */
void
load_symbols_init (LoadSymbols *self, guint32 n, guint32 each, guint32 n_urgent)
{
  guint32 slot = 0;

  self->n = n;
  self->each = each;
  self->n_urgent = n_urgent;
  self->slots = g_new (guint32, n);
  for (guint32 i = 0; i < n; i++)
    {
      if (i == get_share_start (self, slot + 1))
        slot++;
      self->slots[i] = slot;
    }
}

guint
load_symbols_get_n_slots (const LoadSymbols *self)
{
  return self->each + (self->n_urgent > 0 ? 1 : 0);
}

/* Each slot has its share of the symbols to choose from, so that those of a connection
 * differ. One connection after the other takes the next one of each share; when a share
 * is through, it begins anew, each share one further than the one before it: so symbols
 * have the same number of subscribers, and other connections have other sets. */
static guint32
get_tick_symbol (const LoadSymbols *self, guint connection, guint slot)
{
  guint32 start = get_share_start (self, slot);
  guint32 size = get_share_start (self, slot + 1) - start;

  return start + (connection + connection / size * slot) % size;
}

/* Returns: the number of the symbol in a slot */
guint32
load_symbols_get (const LoadSymbols *self, guint connection, guint slot)
{
  if (slot == self->each)
    return connection % self->n_urgent;
  return get_tick_symbol (self, connection, slot);
}

/* Returns: (transfer full): S0,S7 or as JSON, without the brackets */
char *
load_symbols_join (const LoadSymbols *self, guint connection, gboolean as_json)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < load_symbols_get_n_slots (self); i++)
    g_string_append_printf (text,
                            as_json ? "%s\"%c%u\"" : "%s%c%u",
                            i > 0 ? "," : "",
                            i < self->each ? 'S' : 'U',
                            load_symbols_get (self, connection, i));
  return g_string_free (text, FALSE);
}

void
load_symbols_clear (LoadSymbols *self)
{
  g_clear_pointer (&self->slots, g_free);
}
