/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first line of an input is a filter, as callers over the bus give it; the following
 * lines are what an event has in the filter's fields, in their order. */

#include "tide-error.h"
#include "tide-event-filter.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* What every filter has to say of an event that has nothing. */
static void
check_nothing (const TideEventFilter *filter, const char *text)
{
  const TideEventFilterText nothing[TIDE_N_EVENT_FILTER_FIELDS] = { { NULL, 0 } };
  gboolean is_empty = strchr (text, '=') == NULL;

  if (is_empty)
    g_assert_true (tide_event_filter_matches (filter, nothing));
  else
    g_assert_true (!tide_event_filter_matches (filter, nothing) ||
                   tide_event_filter_get_n_users (filter) > 0);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *input = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (input, "\n", -1);
  TideEventFilterText fields[TIDE_N_EVENT_FILTER_FIELDS] = { { NULL, 0 } };
  g_autoptr (TideEventFilter) filter = NULL;
  g_autoptr (TideEventFilter) same = NULL;
  g_autoptr (GError) error = NULL;

  if (lines[0] == NULL || !g_utf8_validate (input, -1, NULL))
    return 0;
  filter = tide_event_filter_new (lines[0], &error);
  if (filter == NULL)
    {
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_FILTER);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      return 0;
    }
  for (guint i = 0; i < TIDE_N_EVENT_FILTER_FIELDS && lines[i + 1] != NULL; i++)
    fields[i] = (TideEventFilterText){ lines[i + 1], strlen (lines[i + 1]) };
  same = tide_event_filter_new (lines[0], NULL);
  g_assert_cmpint (tide_event_filter_matches (filter, fields),
                   ==,
                   tide_event_filter_matches (same, fields));
  check_nothing (filter, lines[0]);
  for (guint i = 0; i < tide_event_filter_get_n_users (filter); i++)
    g_assert_cmpstr (tide_event_filter_get_user (filter, i), !=, "");
  return 0;
}
