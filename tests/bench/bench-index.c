/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a look-up in the index of subscriptions costs, and what users cost in it: 10,000
 * users with 10 of 5,000 symbols each, so that a symbol has 20 on average. Fails when the
 * median is over 50 µs or a user takes more than 2 KiB. */

#include "tide-sink.h"
#include "tide-subscription-manager.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_USERS 10000
#define N_SYMBOLS 5000
#define N_OF_USER 10
#define N_LOOKUPS 200000
#define MAX_MEDIAN_NSEC 50000
#define MAX_BYTES_PER_USER 2048

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideUserTable *users;
  TideCounters counters;
  TideRouteTable *routes;
  TideSubscriptionManager *manager;
  TideSlotSet found;
  GRand *rand;
} Bench;

static gint64
now_nsec (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

static gsize
get_bytes (void)
{
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
}

static void
set_up (Bench *self)
{
  TideSubscriptionSettings settings = { .max_tickers = 500,
                                        .max_tickers_per_user = 2000,
                                        .max_subscriptions = 100,
                                        .max_subscriptions_per_user = 400,
                                        .offline_max_age_us = G_USEC_PER_SEC,
                                        .offline_max_users = 1 };

  self->clock = tide_clock_new_manual (0);
  self->wheel = tide_timer_wheel_new (self->clock);
  self->users = tide_user_table_new ();
  self->routes = tide_route_table_new_tickstock ();
  self->manager = tide_subscription_manager_new (
      self->users, self->wheel, &self->counters, self->routes, &settings);
  tide_slot_set_init (&self->found);
  self->rand = g_rand_new_with_seed (1);
}

static void
tear_down (Bench *self)
{
  g_object_unref (self->manager);
  tide_route_table_unref (self->routes);
  tide_user_table_free (self->users);
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
  tide_slot_set_clear (&self->found);
  g_rand_free (self->rand);
}

/* Different symbols at random. */
static void
choose_symbols (Bench *self, char texts[N_OF_USER][8], const char **symbols)
{
  guint chosen[N_OF_USER];

  for (guint i = 0; i < N_OF_USER; i++)
    {
      gboolean is_new;

      do
        {
          chosen[i] = g_rand_int_range (self->rand, 0, N_SYMBOLS);
          is_new = TRUE;
          for (guint j = 0; j < i; j++)
            is_new = is_new && chosen[j] != chosen[i];
        }
      while (!is_new);
      g_snprintf (texts[i], 8, "S%04u", chosen[i]);
      symbols[i] = texts[i];
    }
  symbols[N_OF_USER] = NULL;
}

/* What the index alone takes for all users. */
static gsize
measure_index_bytes (Bench *self)
{
  TideSubscriptionIndex *index = tide_subscription_index_new (self->routes);
  gsize before = get_bytes ();
  gsize n_bytes;

  for (guint32 slot = 0; slot < N_USERS; slot++)
    {
      char texts[N_OF_USER][8];
      const char *symbols[N_OF_USER + 1];
      TideSubscription *held =
          tide_subscription_index_add_counted (index, slot, "tickers", "tickers");

      choose_symbols (self, texts, symbols);
      for (guint i = 0; i < N_OF_USER; i++)
        tide_subscription_index_hold (index, held, symbols[i]);
    }
  n_bytes = get_bytes () - before;
  tide_subscription_index_free (index);
  return n_bytes;
}

/* What users cost with all that routing knows of them, their names included. */
static gsize
add_users (Bench *self)
{
  gsize before = get_bytes ();

  for (guint i = 0; i < N_USERS; i++)
    {
      char name[16];
      char texts[N_OF_USER][8];
      const char *symbols[N_OF_USER + 1];
      TideUserRef user;

      g_snprintf (name, sizeof name, "user%05u", i);
      user = tide_user_table_hold_name (self->users, name);
      tide_user_observer_came (TIDE_USER_OBSERVER (self->manager), user);
      choose_symbols (self, texts, symbols);
      if (!tide_subscription_manager_update_user_subscriptions (
              self->manager, user, i + 1, symbols, NULL))
        g_error ("a list was refused");
    }
  return get_bytes () - before;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 one = *(const gint64 *) a;
  gint64 other = *(const gint64 *) b;

  return (one > other) - (one < other);
}

/* Looks random symbols up; gives the median. */
static gint64
measure_lookups (Bench *self)
{
  TideRoute *route = tide_route_table_find (self->routes, "tickstock.all_ticks", 19);
  TideSubscriptionIndex *index = tide_subscription_manager_get_index (self->manager);
  g_autofree gint64 *times = g_new (gint64, N_LOOKUPS);
  guint64 n_found = 0;

  for (guint i = 0; i < N_LOOKUPS; i++)
    {
      char symbol[8];
      g_autoptr (TideEvent) event = NULL;
      gint64 start;

      g_snprintf (symbol, 8, "S%04u", g_rand_int_range (self->rand, 0, N_SYMBOLS));
      event = tide_event_new (route, "{}", 2, symbol, strlen (symbol), 0);
      start = now_nsec ();
      tide_slot_set_empty (&self->found);
      tide_subscription_index_lookup (index, event, &self->found);
      times[i] = now_nsec () - start;
      n_found += self->found.n_slots;
    }
  qsort (times, N_LOOKUPS, sizeof (gint64), compare);
  g_print ("look-up of %.1f recipients: median %" G_GINT64_FORMAT
           " ns, 99 %% %" G_GINT64_FORMAT " ns, largest %" G_GINT64_FORMAT " ns\n",
           (double) n_found / N_LOOKUPS,
           times[N_LOOKUPS / 2],
           times[N_LOOKUPS / 100 * 99],
           times[N_LOOKUPS - 1]);
  return times[N_LOOKUPS / 2];
}

int
main (void)
{
  Bench bench = { .clock = NULL };
  gsize n_bytes;
  gsize n_bytes_all;
  gint64 start;
  gint64 median;

  set_up (&bench);
  n_bytes = measure_index_bytes (&bench) / N_USERS;
  start = now_nsec ();
  n_bytes_all = add_users (&bench) / N_USERS;
  g_print ("%d users with %d of %d symbols, added in %.1f us each\n",
           N_USERS,
           N_OF_USER,
           N_SYMBOLS,
           (now_nsec () - start) / 1e3 / N_USERS);
  g_print ("a user in the index: %" G_GSIZE_FORMAT " bytes\n", n_bytes);
  g_print ("with its name and its connection's list: %" G_GSIZE_FORMAT " bytes\n",
           n_bytes_all);
  median = measure_lookups (&bench);
  tear_down (&bench);
  return median <= MAX_MEDIAN_NSEC && n_bytes_all <= MAX_BYTES_PER_USER ? 0 : 1;
}
