/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bench-event.h"

G_BEGIN_DECLS

/* Texts with one event each, in the order in which one connection got them. The next
 * connection in the room gets the same bytes: comparing them is faster than reading them
 * again.
 *
 * Zeroed it is empty. One may serve any number of connections. */
typedef struct
{
  GByteArray *bytes; /* (owned) (nullable), the texts, one behind the other */
  GArray *texts;     /* (owned) (nullable), what is known of each */
  guint next;        /* the one that is expected now */
} LoadMemo;

const BenchEvent *load_memo_find (LoadMemo *self, const char *text, gsize n_bytes);
void
load_memo_add (LoadMemo *self, const char *text, gsize n_bytes, const BenchEvent *event);
void load_memo_clear (LoadMemo *self);

G_END_DECLS
