/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bus-funcs.h"
#include "tide-pipeline.h"

G_BEGIN_DECLS

/**
 * TideReloadFunc:
 * @user_data: as given with it
 * @error: return location for an error
 *
 * Reads the configuration again.
 *
 * Fails with [error@Error.BAD_CONFIG].
 *
 * Returns: %TRUE when it is in force
 */
typedef gboolean (*TideReloadFunc) (gpointer user_data, GError **error);

/**
 * TideOperator:
 *
 * Does for those who look after the service what they ask for over the bus.
 */
typedef struct
{
  TidePipeline *pipeline; /* (unowned) */
  TideReloadFunc reload;
  gpointer reload_data; /* (unowned), for @reload */
} TideOperator;

extern const TideBusHistoryFuncs tide_operator_history;

void tide_operator_fill_funcs (TideOperator *self, TideBusFuncs *funcs);

G_END_DECLS
