/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-polling-links.h"
#include "tide-polling.h"

G_BEGIN_DECLS

struct _TidePollingTable
{
  GHashTable *sessions; /* (owned), sid, owned by its connection → (owned) TidePolling */
  GPtrArray *touched;   /* (owned) (element-type TidePolling), held ones to be answered */
  GSource *source;      /* (owned), answers them */
  TideCounters *counters; /* (unowned), outlives us */
  gsize outbox_hard_bytes;
  const char *upgrades; /* (unowned) (nullable), what clients may change to */
  guint16 last_code;    /* the close code of the session that ended last */
};

struct _TidePolling
{
  TideTransport base;
  TidePollingTable *table;    /* (unowned) */
  TideConnection *connection; /* (unowned) (nullable), NULL once one of us has ended */
  char *sid;                  /* (owned) */
  TidePollingLinks links;     /* the HTTP connections that it has used */
  TideOutbox outbox;
  GString *answer;         /* (owned) (nullable), what the held GET gets this turn */
  SoupServerMessage *held; /* (owned) (nullable), a GET that waits */
  TideSocket *held_socket; /* (owned) (nullable), what it came in by */
  SoupServerMessage *post; /* (unowned) (nullable), a POST whose body is coming in */
  TidePollingProbe *probe; /* (unowned) (nullable), a WebSocket that may take over */
  gboolean is_probed;      /* the probe was answered: the client ends its polls */
  gboolean is_touched;     /* in the table's list */
};

/* What the table and its sessions want of each other. */

void tide_polling_free (gpointer self);
gboolean tide_polling_has_payload (const TidePolling *self);
void tide_polling_answer_held (TidePolling *self);
void tide_polling_table_touch (TidePollingTable *self, TidePolling *polling);

G_END_DECLS
