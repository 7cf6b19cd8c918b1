/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Visitors who come, ask for something, and go, over and over. Prints how many came, and
 * how many of them were not answered as they should have been.
 *
 * Without a rate they are strangers on /ws who come as fast as they can, and go when they
 * are answered. With one, so many a second come on all ways, half of them under the name
 * of a user, and stay up to a second.
 *
 * usage: churn-client PORT VISITS [PER_SECOND] */

#include "churn-visitor.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define N_AT_ONCE 32
#define MAX_AT_ONCE 2048 /* with a rate */
#define PATIENCE_S 10
#define MAX_WAIT_MS 10

static guint n_visits;
static guint n_started;
static double per_second; /* 0: as fast as they can */
static ChurnParty party;

static guint
count_due (gint64 start_us)
{
  double passed_s = (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;

  if (per_second <= 0)
    return n_visits;
  return (guint) MIN (1 + passed_s * per_second, n_visits);
}

/* Returns: whether something happened */
static gboolean
turn (void)
{
  struct epoll_event events[256];
  int n = epoll_wait (party.epoll_fd, events, G_N_ELEMENTS (events), MAX_WAIT_MS);

  for (int i = 0; i < n; i++)
    if (events[i].data.ptr != NULL)
      websocket_client_handle (events[i].data.ptr, events[i].events);
    else
      churn_party_handle_http (&party);
  return n > 0;
}

static void
play (ChurnVisitor *visitors, guint n_visitors)
{
  gint64 start_us = g_get_monotonic_time ();
  gint64 last_us = start_us;

  while (party.n_done < n_visits)
    {
      guint n_due = count_due (start_us);

      for (guint i = 0; i < n_visitors; i++)
        {
          churn_visitor_leave_in_time (&visitors[i]);
          if (!visitors[i].is_in && n_started < n_due)
            churn_visitor_come (&visitors[i], n_started++);
        }
      if (turn ())
        last_us = g_get_monotonic_time ();
      else if (g_get_monotonic_time () - last_us > PATIENCE_S * G_USEC_PER_SEC)
        return;
    }
}

int
main (int n_arguments, char **arguments)
{
  g_autofree ChurnVisitor *visitors = NULL;
  guint n_visitors;

  if (n_arguments < 3 || n_arguments > 4 ||
      !churn_party_open (&party, (guint16) strtoul (arguments[1], NULL, 10)))
    return 2;
  n_visits = (guint) strtoul (arguments[2], NULL, 10);
  if (n_arguments == 4)
    per_second = g_ascii_strtod (arguments[3], NULL);
  party.is_mixed = per_second > 0;
  n_visitors = party.is_mixed ? MAX_AT_ONCE : N_AT_ONCE;
  visitors = g_new0 (ChurnVisitor, n_visitors);
  for (guint i = 0; i < n_visitors; i++)
    visitors[i].party = &party;
  play (visitors, n_visitors);
  for (guint i = 0; i < n_visitors; i++)
    churn_visitor_clear (&visitors[i]);
  printf ("%u %u\n", party.n_done, party.n_failed);
  return party.n_done == n_visits && party.n_failed == 0 ? 0 : 1;
}
