/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideEventFilterField:
 * @TIDE_EVENT_FILTER_CHANNEL: the channel that the event came by
 * @TIDE_EVENT_FILTER_CLASS: its class of delivery
 * @TIDE_EVENT_FILTER_KEY: its key, such as a symbol
 * @TIDE_EVENT_FILTER_PRIORITY: how much it matters
 * @TIDE_EVENT_FILTER_ROUTE: the name of its route
 * @TIDE_EVENT_FILTER_TYPE: the name that clients listen to
 * @TIDE_EVENT_FILTER_USER: any user whom it is for
 * @TIDE_N_EVENT_FILTER_FIELDS: how many there are
 *
 * What a filter can look at.
 */
typedef enum
{
  TIDE_EVENT_FILTER_CHANNEL,
  TIDE_EVENT_FILTER_CLASS,
  TIDE_EVENT_FILTER_KEY,
  TIDE_EVENT_FILTER_PRIORITY,
  TIDE_EVENT_FILTER_ROUTE,
  TIDE_EVENT_FILTER_TYPE,
  TIDE_EVENT_FILTER_USER,
  TIDE_N_EVENT_FILTER_FIELDS,
} TideEventFilterField;

/**
 * TideEventFilterText:
 *
 * What an event has in a field.
 */
typedef struct
{
  const char *text; /* (unowned) (nullable), not NUL-terminated; NULL: nothing */
  gsize length;
} TideEventFilterText;

/**
 * TideEventFilter:
 *
 * Which events somebody wants to see: words `NAME=PATTERN`, all of which have to match.
 */
typedef struct _TideEventFilter TideEventFilter;

TideEventFilter *tide_event_filter_new (const char *text, GError **error);
void tide_event_filter_free (TideEventFilter *self);
gboolean tide_event_filter_matches (const TideEventFilter *self,
                                    const TideEventFilterText *fields);
guint tide_event_filter_get_n_users (const TideEventFilter *self);
const char *tide_event_filter_field_get_nick (TideEventFilterField field);
const char *tide_event_filter_get_user (const TideEventFilter *self, guint i);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideEventFilter, tide_event_filter_free)

G_END_DECLS
