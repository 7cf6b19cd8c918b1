/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-sink.h"

#include <glib.h>

G_BEGIN_DECLS

/* The verbs of the Flask tier's broadcasters, for either of ours. Each returns for how
 * many users the event was taken. */

guint tide_emit_to_user (TideEventSink *sink, TideEvent *event, guint32 user_slot);
guint tide_queue_message_for_offline_user (TideEventSink *sink,
                                           TideEvent *event,
                                           guint32 user_slot);
guint tide_broadcast_message (TideEventSink *sink, TideEvent *event);
guint tide_broadcast_to_users (TideEventSink *sink,
                               TideEvent *event,
                               const guint32 *user_slots,
                               guint n_slots);
guint tide_broadcast_to_room (TideEventSink *sink, TideEvent *event);

G_END_DECLS
