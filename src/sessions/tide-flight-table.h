/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-batch.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideFlight:
 *
 * A batch on its way to several connections of one user.
 */
typedef struct
{
  const TideBatch *batch; /* (unowned), the frames on their way hold it */
  guint32 user_slot;
  guint n_open;          /* connections that have it in their outbox */
  guint n_had;           /* of its events, the first ones: some connection got these,
                            before it ended within the frame */
  gboolean is_delivered; /* some connection has taken it */
} TideFlight;

/**
 * TideFlightTable:
 *
 * The batches that are on their way to more than one connection of a user.
 */
typedef struct _TideFlightTable TideFlightTable;

TideFlightTable *tide_flight_table_new (void);
void tide_flight_table_free (TideFlightTable *self);
TideFlight *tide_flight_table_begin (TideFlightTable *self,
                                     const TideBatch *batch,
                                     guint32 user_slot);
TideFlight *
tide_flight_table_find (TideFlightTable *self, const TideBatch *batch, guint32 user_slot);
void tide_flight_table_release (TideFlightTable *self, TideFlight *flight);
guint tide_flight_table_get_n_flights (TideFlightTable *self);

G_END_DECLS
