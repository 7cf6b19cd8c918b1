/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What waits for users, and who is the busiest. */

#include "tide-inspector.h"
#include "tide-lane-facts.h"
#include "tide-session-list.h"
#include "tide-user-id.h"

#include <stdlib.h>

#define LANE_TYPE "(tsuuttb)"

/* A lane as it is listed. */
typedef struct
{
  TideLaneFacts facts;
  guint64 id;
  guint64 weight; /* what it is sorted by, the greatest first */
} Row;

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  const Row *one = a;
  const Row *other = b;

  return one->id < other->id ? -1 : one->id > other->id;
}

static int
compare_weights (gconstpointer a, gconstpointer b)
{
  const Row *one = a;
  const Row *other = b;

  if (one->weight != other->weight)
    return one->weight > other->weight ? -1 : 1;
  return compare_ids (a, b);
}

static GArray *
list_rows (const TideStages *stages, guint64 after_id)
{
  GArray *rows = g_array_new (FALSE, TRUE, sizeof (Row));
  guint n_slots =
      stages->scalable != NULL ? tide_lane_facts_get_n_slots (stages->scalable) : 0;

  for (guint32 slot = 0; slot < n_slots; slot++)
    {
      Row row = { 0 };

      if (!tide_lane_facts_get (stages->scalable, slot, &row.facts) ||
          !row.facts.is_connected)
        continue;
      row.id = tide_user_id_from_ref (row.facts.user);
      if (row.id > after_id)
        g_array_append_val (rows, row);
    }
  return rows;
}

static guint
get_n_last_second (const TideLaneFacts *facts)
{
  return facts->n_last_second + facts->n_urgent_last_second;
}

static guint64
get_weight (const TideStages *stages, const TideLaneFacts *facts, TideBusOrder order)
{
  switch (order)
    {
    case TIDE_BUS_ORDER_RATE:
      return get_n_last_second (facts);
    case TIDE_BUS_ORDER_PENDING:
      return facts->n_pending;
    case TIDE_BUS_ORDER_UNREAD:
      return tide_session_get_unread_bytes (stages->sessions, facts->user.slot);
    }
  return 0;
}

static GVariant *
make_list (const TideStages *stages, const GArray *rows, guint limit)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("a" LANE_TYPE));
  for (guint i = 0; i < rows->len && i < limit; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);
      const TideLaneFacts *facts = &row->facts;
      g_autofree char *user = tide_user_id_describe (stages->users, facts->user);

      g_variant_builder_add (
          &list,
          LANE_TYPE,
          row->id,
          user,
          get_n_last_second (facts),
          facts->n_pending,
          (guint64) facts->n_pending_bytes,
          (guint64) tide_session_get_unread_bytes (stages->sessions, facts->user.slot),
          facts->is_slow);
    }
  return g_variant_builder_end (&list);
}

/**
 * tide_inspector_list_lanes:
 * @page: which part is wanted
 * @user_data: the inspector
 *
 * Lists what waits for users.
 *
 * Returns: (transfer floating): of the type `a(tsuuttb)`
 */
GVariant *
tide_inspector_list_lanes (const TideBusPage *page, gpointer user_data)
{
  const TideStages *stages = ((TideInspector *) user_data)->stages;
  g_autoptr (GArray) rows = list_rows (stages, page->after_id);

  g_array_sort (rows, compare_ids);
  return make_list (stages, rows, page->limit);
}

/**
 * tide_inspector_list_busiest:
 * @order: what they are the busiest by
 * @limit: how many at most
 * @user_data: the inspector
 *
 * Lists the busiest users; those of whom nothing can be said are left out.
 *
 * Returns: (transfer floating): of the same type as tide_inspector_list_lanes() gives
 */
GVariant *
tide_inspector_list_busiest (TideBusOrder order, guint limit, gpointer user_data)
{
  const TideStages *stages = ((TideInspector *) user_data)->stages;
  g_autoptr (GArray) rows = list_rows (stages, 0);

  for (guint i = rows->len; i > 0; i--)
    {
      Row *row = &g_array_index (rows, Row, i - 1);

      row->weight = get_weight (stages, &row->facts, order);
      if (row->weight == 0)
        g_array_remove_index_fast (rows, i - 1);
    }
  g_array_sort (rows, compare_weights);
  return make_list (stages, rows, limit);
}
