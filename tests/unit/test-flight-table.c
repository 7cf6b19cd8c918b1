/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-flight-table.h"

#define N_BATCHES 8
#define N_USERS 8

static void
test_one (void)
{
  TideFlightTable *table = tide_flight_table_new ();
  TideBatch batches[2] = { { 0 } };
  TideFlight *flight;

  g_test_summary ("A flight is found by its batch and its user until all have let go");

  flight = tide_flight_table_begin (table, &batches[0], 7);
  g_assert_cmpuint (flight->n_open, ==, 1);
  g_assert_true (tide_flight_table_find (table, &batches[0], 7) == flight);
  g_assert_null (tide_flight_table_find (table, &batches[0], 6));
  g_assert_null (tide_flight_table_find (table, &batches[1], 7));
  flight->n_open++;
  tide_flight_table_release (table, flight);
  g_assert_true (tide_flight_table_find (table, &batches[0], 7) == flight);
  tide_flight_table_release (table, flight);
  g_assert_null (tide_flight_table_find (table, &batches[0], 7));
  tide_flight_table_free (table);
}

static void
test_random (void)
{
  g_test_summary ("Flights are what a plain table of batches and users says");

  for (guint seed = 0; seed < 50; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      TideFlightTable *table = tide_flight_table_new ();
      TideBatch batches[N_BATCHES] = { { 0 } };
      TideFlight *model[N_BATCHES][N_USERS] = { { NULL } };
      guint n_open[N_BATCHES][N_USERS] = { { 0 } };
      guint n_flights = 0;

      for (guint i = 0; i < 2000; i++)
        {
          guint batch = g_rand_int_range (rand, 0, N_BATCHES);
          guint user = g_rand_int_range (rand, 0, N_USERS);
          TideFlight **flight = &model[batch][user];

          g_assert_true (tide_flight_table_find (table, &batches[batch], user) ==
                         *flight);
          if (*flight == NULL)
            {
              *flight = tide_flight_table_begin (table, &batches[batch], user);
              n_open[batch][user] = 1;
              n_flights++;
            }
          else if (g_rand_boolean (rand))
            {
              (*flight)->n_open++;
              n_open[batch][user]++;
            }
          else
            {
              tide_flight_table_release (table, *flight);
              if (--n_open[batch][user] == 0)
                {
                  *flight = NULL;
                  n_flights--;
                }
            }
          g_assert_cmpuint (tide_flight_table_get_n_flights (table), ==, n_flights);
        }
      tide_flight_table_free (table);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/flight-table/one", test_one);
  g_test_add_func ("/sessions/flight-table/random", test_random);
  return g_test_run ();
}
