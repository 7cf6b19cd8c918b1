/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-timer-wheel.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideMemoryFuncs:
 * @get_resident: how much memory the process has in use, in bytes; 0 if that can't be
 * known
 * @trim: gives freed memory back to the system
 * @refuse: lets nobody in any more, or everybody again
 * @thin: sends slow clients less, or as much as before
 * @shed_offline: drops the oldest of what is kept for users who are away, so many bytes;
 * returns how many it were
 * @close_largest: closes the connections for which most waits, likewise
 *
 * What a budget can do about memory, step by step. All must be set.
 */
typedef struct
{
  guint64 (*get_resident) (gpointer user_data);
  void (*trim) (gpointer user_data);
  void (*refuse) (gboolean refuses, gpointer user_data);
  void (*thin) (gboolean is_thin, gpointer user_data);
  gsize (*shed_offline) (gsize n_bytes, gpointer user_data);
  gsize (*close_largest) (gsize n_bytes, gpointer user_data);
} TideMemoryFuncs;

/**
 * TideMemoryBudget:
 *
 * What keeps the memory of the whole process within a limit.
 */
typedef struct _TideMemoryBudget TideMemoryBudget;

TideMemoryBudget *tide_memory_budget_new (TideTimerWheel *wheel,
                                          TideCounters *counters,
                                          const TideMemoryFuncs *funcs,
                                          gpointer user_data);
void tide_memory_budget_free (TideMemoryBudget *self);
void tide_memory_budget_set_limit (TideMemoryBudget *self, guint64 max_bytes);
guint64 tide_memory_budget_read_resident (const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideMemoryBudget, tide_memory_budget_free)

G_END_DECLS
