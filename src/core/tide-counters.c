/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-counters.h"

static const TideCounterInfo infos[] = {
#define TIDE_COUNTER_INFO(field, name, meaning)                                          \
  { name, #field, meaning, G_STRUCT_OFFSET (TideCounters, field) },
  TIDE_COUNTERS (TIDE_COUNTER_INFO)
#undef TIDE_COUNTER_INFO
};

/**
 * tide_counters_get_infos:
 * @n_infos: (out): how many there are
 *
 * Gets the names of all counters.
 *
 * Returns: (transfer none) (array length=n_infos): the names, gauges first
 */
const TideCounterInfo *
tide_counters_get_infos (gsize *n_infos)
{
  *n_infos = G_N_ELEMENTS (infos);
  return infos;
}

/**
 * tide_counters_get:
 * @self: counters
 * @info: one of tide_counters_get_infos()
 *
 * Returns: the value of that counter
 */
guint64
tide_counters_get (const TideCounters *self, const TideCounterInfo *info)
{
  return G_STRUCT_MEMBER (guint64, self, info->offset);
}
