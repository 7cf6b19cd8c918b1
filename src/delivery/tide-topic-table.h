/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-event.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideTopic:
 *
 * What an event is about: its type and key. Events of one topic have the same pointer, as
 * long as somebody holds it: that is what lanes compare.
 */
typedef struct _TideTopic TideTopic;

/**
 * TideTopicTable:
 *
 * The topics that somebody holds.
 */
typedef struct _TideTopicTable TideTopicTable;

TideTopicTable *tide_topic_table_new (void);
void tide_topic_table_free (TideTopicTable *self);
const TideTopic *tide_topic_table_find (const TideTopicTable *self,
                                        const TideEvent *event);
TideTopic *tide_topic_table_hold (TideTopicTable *self, const TideEvent *event);
guint tide_topic_table_get_n_topics (TideTopicTable *self);

TideTopic *tide_topic_ref (TideTopic *self);
void tide_topic_unref (TideTopic *self);
guint32 tide_topic_get_number (const TideTopic *self);
gboolean tide_topic_is_mixed (const TideTopic *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideTopicTable, tide_topic_table_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideTopic, tide_topic_unref)

G_END_DECLS
