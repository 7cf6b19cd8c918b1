/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-outbox.h"
#include "tide-socket.h"
#include "tide-websocket-manager.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/**
 * TidePolling:
 *
 * A session by long-polling: its frames wait in its outbox until a GET takes them.
 */
typedef struct _TidePolling TidePolling;
typedef struct _TidePollingTable TidePollingTable;

/**
 * TidePollingProbe:
 *
 * A WebSocket that wants to take a long-polling session over.
 */
typedef struct _TidePollingProbe TidePollingProbe;
struct _TidePollingProbe
{
  TidePolling *polling; /* (unowned) (nullable), NULL once the session is gone */
};

/**
 * TidePollingTable:
 *
 * The long-polling sessions, found by their Engine.IO sid.
 */
TidePollingTable *tide_polling_table_new (TideCounters *counters,
                                          gsize outbox_hard_bytes,
                                          gboolean has_websocket);
void tide_polling_table_free (TidePollingTable *self);
gboolean tide_polling_table_is_empty (TidePollingTable *self);
TidePolling *tide_polling_table_find (TidePollingTable *self, const char *sid);
TidePolling *tide_polling_table_find_live (TidePollingTable *self, const char *sid);

TidePolling *tide_polling_open (TidePollingTable *table,
                                TideWebSocketManager *manager,
                                const TideNewcomer *newcomer);
gboolean tide_polling_belongs_to (TidePolling *self, const char *user_name);
void tide_polling_note_socket (TidePolling *self, TideSocket *socket);
void tide_polling_get (TidePolling *self, SoupServerMessage *message, TideSocket *socket);
gboolean tide_polling_begin_post (TidePolling *self, SoupServerMessage *message);
gboolean tide_polling_post (TidePolling *self, const char *body, gsize length);
void tide_polling_hung_up (TidePolling *self);

gboolean tide_polling_set_probe (TidePolling *self, TidePollingProbe *probe);
void tide_polling_answer_probe (TidePolling *self);
void tide_polling_drop_probe (TidePolling *self);
TideConnection *tide_polling_hand_over (TidePolling *self, TideTransport *transport);

G_END_DECLS
