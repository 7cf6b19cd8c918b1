/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-symbols.h"

/* Slots are the places of a connection's symbols: `each` for ticks, then the urgent one.
 */

guint
load_symbols_get_n_slots (const LoadSymbols *self)
{
  return self->each + (self->n_urgent > 0 ? 1 : 0);
}

/* The first symbol of a slot's share. */
static guint32
get_share_start (const LoadSymbols *self, guint slot)
{
  return (guint32) ((guint64) slot * self->n / self->each);
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

/* Returns: the slot that a symbol is in, -1 when the connection does not want it */
int
load_symbols_find (const LoadSymbols *self, guint connection, char kind, guint32 n)
{
  guint slot;

  if (kind == 'U')
    return self->n_urgent > 0 && n == connection % self->n_urgent ? (int) self->each : -1;
  if (n >= self->n)
    return -1;
  slot = (guint) ((((guint64) n + 1) * self->each - 1) / self->n);
  return get_tick_symbol (self, connection, slot) == n ? (int) slot : -1;
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
