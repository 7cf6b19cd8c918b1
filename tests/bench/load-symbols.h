/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who wants what: each connection `each` of S0 to S(n-1), and if there are urgent ones,
 * one of U0 to U(n_urgent-1). */
typedef struct
{
  guint32 n;
  guint32 each;
  guint32 n_urgent;
  guint32 *slots; /* (owned), the slot in which a tick's symbol can be */
} LoadSymbols;

void load_symbols_init (LoadSymbols *self, guint32 n, guint32 each, guint32 n_urgent);
guint load_symbols_get_n_slots (const LoadSymbols *self);
guint32 load_symbols_get (const LoadSymbols *self, guint connection, guint slot);
char *load_symbols_join (const LoadSymbols *self, guint connection, gboolean as_json);
void load_symbols_clear (LoadSymbols *self);

/* For each event: a look into a table.
 *
 * Returns: the only slot in which a symbol can be, of those connections that want it; -1
 *   when it is in none */
static inline int
load_symbols_get_slot (const LoadSymbols *self, char kind, guint32 n)
{
  if (kind == 'U')
    return n < self->n_urgent ? (int) self->each : -1;
  return n < self->n ? (int) self->slots[n] : -1;
}

G_END_DECLS
