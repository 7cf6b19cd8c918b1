/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-flight-table.h"

struct _TideFlightTable
{
  GHashTable *flights; /* (owned) (element-type TideFlight), owned */
};

static guint
flight_hash (gconstpointer data)
{
  const TideFlight *flight = data;
  guint64 bits = (guint64) GPOINTER_TO_SIZE (flight->batch) >> 4;

  bits = (bits ^ (guint64) flight->user_slot << 32) *
         G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return bits >> 32;
}

static gboolean
flight_equal (gconstpointer one, gconstpointer other)
{
  const TideFlight *a = one;
  const TideFlight *b = other;

  return a->batch == b->batch && a->user_slot == b->user_slot;
}

/**
 * tide_flight_table_new:
 *
 * Returns: (transfer full): a table without flights
 */
TideFlightTable *
tide_flight_table_new (void)
{
  TideFlightTable *self = g_new0 (TideFlightTable, 1);

  self->flights = g_hash_table_new_full (flight_hash, flight_equal, g_free, NULL);
  return self;
}

/**
 * tide_flight_table_free:
 * @self: (transfer full): a table
 *
 * Frees @self.
 */
void
tide_flight_table_free (TideFlightTable *self)
{
  g_hash_table_unref (self->flights);
  g_free (self);
}

/**
 * tide_flight_table_find:
 * @self: a table
 * @batch: a batch
 * @user_slot: a user
 *
 * Returns: (transfer none) (nullable): the flight of @batch to the user
 */
TideFlight *
tide_flight_table_find (TideFlightTable *self, const TideBatch *batch, guint32 user_slot)
{
  const TideFlight key = { .batch = batch, .user_slot = user_slot };

  return g_hash_table_lookup (self->flights, &key);
}

/**
 * tide_flight_table_begin:
 * @self: a table
 * @batch: a batch that is not on its way to the user yet
 * @user_slot: a user
 *
 * Begins a flight, open once for the caller: release it when all connections were tried.
 *
 * Returns: (transfer none): the flight
 */
TideFlight *
tide_flight_table_begin (TideFlightTable *self, const TideBatch *batch, guint32 user_slot)
{
  TideFlight *flight = g_new0 (TideFlight, 1);

  flight->batch = batch;
  flight->user_slot = user_slot;
  flight->n_open = 1;
  g_hash_table_add (self->flights, flight);
  return flight;
}

/**
 * tide_flight_table_release:
 * @self: a table
 * @flight: a flight; may be gone after the call
 *
 * Notes that one connection less has the batch in its outbox.
 */
void
tide_flight_table_release (TideFlightTable *self, TideFlight *flight)
{
  if (--flight->n_open == 0)
    g_hash_table_remove (self->flights, flight);
}

/**
 * tide_flight_table_get_n_flights:
 * @self: a table
 *
 * Returns: how many batches are on their way to more than one connection of a user
 */
guint
tide_flight_table_get_n_flights (TideFlightTable *self)
{
  return g_hash_table_size (self->flights);
}
