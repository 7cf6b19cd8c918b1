/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What waits for users, and who is the busiest. */

#include "tide-inspector.h"
#include "tide-lane-facts.h"
#include "tide-least.h"
#include "tide-session-list.h"
#include "tide-user-id.h"

/* A lane, and what it is sorted by: the greatest weight first, then by its id. */
typedef struct
{
  guint64 weight;
  guint64 id;
} Ranked;

static int
compare_ranked (gconstpointer a, gconstpointer b)
{
  const Ranked *one = a;
  const Ranked *other = b;

  if (one->weight != other->weight)
    return one->weight > other->weight ? -1 : 1;
  return tide_least_compare_ids (&one->id, &other->id);
}

static guint
count_slots (const TideStages *stages)
{
  return stages->scalable != NULL ? tide_lane_facts_get_n_slots (stages->scalable) : 0;
}

static gboolean
get_facts (const TideStages *stages, guint32 slot, TideLaneFacts *facts)
{
  return tide_lane_facts_get (stages->scalable, slot, facts) && facts->is_connected;
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

static void
add_row (const TideStages *stages, guint64 id, TideRows *rows)
{
  TideLaneFacts facts;
  g_autofree char *user = NULL;

  if (!get_facts (stages, tide_user_id_get_slot (id), &facts))
    return;
  user = tide_user_id_describe (stages->users, facts.user);
  tide_rows_add (
      rows,
      id,
      user,
      get_n_last_second (&facts),
      facts.n_pending,
      (guint64) facts.n_pending_bytes,
      (guint64) tide_session_get_unread_bytes (stages->sessions, facts.user.slot),
      facts.is_slow);
}

static void
write_lanes (TideInspector *self, const TideBusPage *page, TideRows *rows)
{
  const TideStages *stages = self->stages;
  TideLeast *least =
      tide_least_new (sizeof (guint64), page->limit, tide_least_compare_ids);
  g_autoptr (GArray) ids = NULL;
  guint n_slots = count_slots (stages);

  for (guint32 slot = 0; slot < n_slots; slot++)
    {
      TideUserRef user;
      guint64 id;

      if (!tide_lane_facts_find_connected (stages->scalable, slot, &user))
        continue;
      id = tide_user_id_from_ref (user);
      if (id > page->after_id)
        tide_least_offer (least, &id);
    }
  ids = tide_least_finish (least);
  for (guint i = 0; i < ids->len; i++)
    add_row (stages, g_array_index (ids, guint64, i), rows);
}

static const char *const members[] = { "user_id", "user",          "events_last_second",
                                       "pending", "pending_bytes", "unread_bytes",
                                       "slow" };

const TideInspectorList tide_inspector_lanes = {
  { "lanes", "(tsuuttb)", members },
  write_lanes,
};

/**
 * tide_inspector_write_busiest:
 * @stages: the stages
 * @order: what they are the busiest by
 * @limit: how many at most
 * @rows: where to write rows, as those of the list of lanes
 *
 * Writes the busiest users down, the busiest first; those of whom nothing can be said are
 * left out.
 */
void
tide_inspector_write_busiest (const TideStages *stages,
                              TideBusOrder order,
                              guint limit,
                              TideRows *rows)
{
  TideLeast *least = tide_least_new (sizeof (Ranked), limit, compare_ranked);
  g_autoptr (GArray) first = NULL;
  guint n_slots = count_slots (stages);

  for (guint32 slot = 0; slot < n_slots; slot++)
    {
      TideLaneFacts facts;
      Ranked ranked;

      if (!get_facts (stages, slot, &facts))
        continue;
      ranked.weight = get_weight (stages, &facts, order);
      ranked.id = tide_user_id_from_ref (facts.user);
      if (ranked.weight > 0)
        tide_least_offer (least, &ranked);
    }
  first = tide_least_finish (least);
  for (guint i = 0; i < first->len; i++)
    add_row (stages, g_array_index (first, Ranked, i).id, rows);
}

/**
 * tide_inspector_list_busiest:
 * @order: what they are the busiest by
 * @limit: how many at most
 * @user_data: the inspector
 *
 * Lists the busiest users; those of whom nothing can be said are left out.
 *
 * Returns: (transfer floating): of the type `a(tsuuttb)`
 */
GVariant *
tide_inspector_list_busiest (TideBusOrder order, guint limit, gpointer user_data)
{
  TideRows *rows = tide_rows_new (&tide_inspector_lanes.info, NULL);

  tide_inspector_write_busiest (
      ((TideInspector *) user_data)->stages, order, limit, rows);
  return tide_rows_finish (rows);
}
