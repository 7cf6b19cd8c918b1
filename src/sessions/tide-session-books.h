/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-connection.h"
#include "tide-sink.h"

G_BEGIN_DECLS

/* Batches: who gets them, in tide-session-delivery.c, and what becomes of them, in
 * tide-session-books.c. Only for the files of this folder. */

guint
tide_session_deliver (TideWebSocketManager *self, TideBatch *batch, guint32 user_slot);
void tide_session_expect (TideWebSocketManager *self,
                          const guint32 *user_slots,
                          guint n_slots);
void tide_session_hand_on (TideWebSocketManager *self, guint32 user_slot, GArray *items);

void tide_session_book_delivered (TideWebSocketManager *self, const TideBatch *batch);
void
tide_session_took (TideConnection *connection, const TideFrame *frame, gint64 *now_us);
void tide_session_leave_over (TideConnection *connection, TideFrame *frame);
GArray *tide_session_collect (TideConnection *connection, TideCloseReason reason);
gboolean tide_session_is_over_soft_limit (const TideConnection *connection);
void tide_session_note_unread (TideConnection *connection);
void tide_session_check_slow (TideConnection *connection);
void tide_session_check_fast (TideConnection *connection);

G_END_DECLS
