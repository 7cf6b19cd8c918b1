/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What each step of shedding memory means, stage by stage. */

#include "tide-memory-steps.h"

#include "tide-heap-trimmer.h"

static guint64
get_resident (gpointer user_data)
{
  return tide_memory_budget_read_resident ("/proc/self/statm");
}

static void
trim (gpointer user_data)
{
  tide_heap_trimmer_trim ();
}

static void
refuse (gboolean refuses, gpointer user_data)
{
  tide_http_server_set_refusing (((TideStages *) user_data)->server, refuses);
}

static void
thin (gboolean is_thin, gpointer user_data)
{
  tide_websocket_manager_set_thin (((TideStages *) user_data)->sessions, is_thin);
}

static gsize
shed_offline (gsize n_bytes, gpointer user_data)
{
  TideStages *stages = user_data;

  return stages->direct != NULL
             ? tide_broadcaster_shed_offline (stages->direct, n_bytes)
             : tide_scalable_broadcaster_shed_offline (stages->scalable, n_bytes);
}

static gsize
close_largest (gsize n_bytes, gpointer user_data)
{
  return tide_websocket_manager_close_largest (((TideStages *) user_data)->sessions,
                                               n_bytes);
}

static const TideMemoryFuncs memory_funcs = {
  .get_resident = get_resident,
  .trim = trim,
  .refuse = refuse,
  .thin = thin,
  .shed_offline = shed_offline,
  .close_largest = close_largest,
};

/**
 * tide_memory_steps_new:
 * @stages: (transfer none): outlive what is made
 *
 * Makes a budget of memory that has the stages shed it, in the order of #TideMemoryFuncs.
 *
 * Returns: (transfer full): a budget, without a limit yet
 */
TideMemoryBudget *
tide_memory_steps_new (TideStages *stages)
{
  return tide_memory_budget_new (stages->wheel, stages->counters, &memory_funcs, stages);
}
