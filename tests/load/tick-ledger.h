/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TICK_SYMBOLS 50 /* S00 to S49 */

/* What can be wrong, each counted: X (field). */
#define TICK_FAULTS(X)                                                                   \
  X (gap)     /* one or more are missing before this one */                              \
  X (doubled) /* had it before, or a later one */                                        \
  X (foreign) /* a symbol that is not in force */                                        \
  X (early)   /* a new symbol before the list with it was confirmed */                   \
  X (late)    /* one that was published after the confirmation did not come */           \
  X (missing) /* the last ones did not come */                                           \
  X (altered) /* not the publisher's bytes */                                            \
  X (strange) /* a message that nobody expects here */                                   \
  X (lost)    /* a connection that ended by itself */

typedef struct
{
#define TICK_FAULT_FIELD(field) guint64 field;
  TICK_FAULTS (TICK_FAULT_FIELD)
#undef TICK_FAULT_FIELD
} TickFaults;

/* What one client asked for and has got. */
typedef struct
{
  guint64 in_force;            /* a bit a symbol: the list that was confirmed last */
  guint64 asked;               /* the list that waits for its confirmation, 0 for none */
  gint64 confirmed_us;         /* when the list in force was */
  guint32 next[TICK_SYMBOLS];  /* the sequence number that is due; 0: any will do */
  guint32 first[TICK_SYMBOLS]; /* the one that came when any would do, or 0 */
} TickCard;

/* What the publisher says, and what is counted over all clients. */
typedef struct
{
  GArray *published_us[TICK_SYMBOLS]; /* (owned) (element-type gint64), by sequence - 1 */
  gboolean is_quiet; /* nothing is published: the next one of each symbol is known */
  guint64 n_ticks;
  TickFaults faults;
  guint32 *latencies; /* (owned), ticks by tens of microseconds */
  gint64 max_latency_us;
} TickLedger;

void tick_ledger_init (TickLedger *self);
void tick_ledger_clear (TickLedger *self);
void tick_ledger_ask (TickLedger *self, TickCard *card, guint64 symbols);
void tick_ledger_confirm (TickLedger *self, TickCard *card, const char *answer);
void
tick_ledger_take (TickLedger *self, TickCard *card, const char *payload, gsize length);
gboolean tick_ledger_read_published (TickLedger *self, const char *file);
gboolean tick_ledger_is_complete (const TickLedger *self, const TickCard *card);
void tick_ledger_settle (TickLedger *self, TickCard *card);
void tick_ledger_blame (guint64 *fault, const char *detail);
void tick_ledger_reset_latencies (TickLedger *self);
gint64 tick_ledger_get_latency_us (const TickLedger *self, double share);

G_END_DECLS
