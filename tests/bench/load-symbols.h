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
} LoadSymbols;

guint load_symbols_get_n_slots (const LoadSymbols *self);
guint32 load_symbols_get (const LoadSymbols *self, guint connection, guint slot);
int load_symbols_find (const LoadSymbols *self, guint connection, char kind, guint32 n);
char *load_symbols_join (const LoadSymbols *self, guint connection, gboolean as_json);

G_END_DECLS
