/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-crowd.h"

#include "load-connection.h"
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>

#define MAX_WAIT_MS 20

/* Asked to end early, what was counted is reported all the same. */
static volatile sig_atomic_t is_asked_to_end;

static void
on_signal (int number)
{
  is_asked_to_end = TRUE;
}

static void
watch_http (LoadCrowd *self)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

  self->http_epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, self->http_epoll_fd, &event);
}

/* Makes room for all. What is to be known of them is set already. */
void
load_crowd_init (LoadCrowd *self)
{
  guint n_slots = load_symbols_get_n_slots (&self->symbols);
  struct sigaction action = { .sa_handler = on_signal };

  sigaction (SIGTERM, &action, NULL);
  sigaction (SIGINT, &action, NULL);
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  watch_http (self);
  self->connections = g_new0 (LoadConnection, self->n_connections);
  self->tracks = g_new0 (LoadTrack, (gsize) self->n_connections * n_slots);
  self->close_codes = g_hash_table_new (NULL, NULL);
  self->polling_path = g_strdup_printf ("%s%cEIO=4&transport=polling%s",
                                        self->path,
                                        strchr (self->path, '?') != NULL ? '&' : '?',
                                        self->has_batches ? "&batch=1" : "");
  for (int i = 0; i < self->n_connections; i++)
    {
      self->connections[i].ws.fd = -1;
      self->connections[i].crowd = self;
      self->connections[i].tracks = self->tracks + (gsize) i * n_slots;
      for (guint slot = 0; slot < n_slots; slot++)
        self->connections[i].tracks[slot].symbol =
            load_symbols_get (&self->symbols, i, slot);
    }
}

static void
handle_http (LoadCrowd *self)
{
  struct epoll_event events[512];
  int n = epoll_wait (self->http_epoll_fd, events, G_N_ELEMENTS (events), 0);

  for (int i = 0; i < n; i++)
    {
      self->now_us = g_get_monotonic_time ();
      polling_client_handle (events[i].data.ptr, events[i].events);
    }
}

static void
turn (LoadCrowd *self)
{
  struct epoll_event events[512];
  int n = epoll_wait (self->epoll_fd, events, G_N_ELEMENTS (events), MAX_WAIT_MS);

  self->now_us = g_get_monotonic_time ();
  for (int i = 0; i < n; i++)
    {
      if (i > 0)
        self->now_us = g_get_monotonic_time ();
      if (events[i].data.ptr == NULL)
        handle_http (self);
      else
        websocket_client_handle (events[i].data.ptr, events[i].events);
    }
}

static int
get_n_opening (const LoadCrowd *self)
{
  return self->n_started - self->n_open - self->n_refused;
}

/* Opens all, some at a time. Those that are not open after that time are refused. */
void
load_crowd_open (LoadCrowd *self, double max_seconds)
{
  gint64 end_us = g_get_monotonic_time () + (gint64) (max_seconds * G_USEC_PER_SEC);

  while (self->n_open + self->n_refused < self->n_connections && !is_asked_to_end &&
         g_get_monotonic_time () < end_us)
    {
      while (self->n_started < self->n_connections &&
             get_n_opening (self) < self->n_opening_at_once)
        load_connection_open (&self->connections[self->n_started++]);
      turn (self);
    }
  self->n_refused = self->n_connections - self->n_open;
}

/* Lets those that are to stall read no more. They do not notice any end either. */
void
load_crowd_stall (LoadCrowd *self)
{
  for (int i = 0; i < self->n_stalled; i++)
    if (self->connections[i].ws.is_open)
      websocket_client_set_reading (&self->connections[i].ws, FALSE);
}

/* Takes what comes, for a time. */
void
load_crowd_run (LoadCrowd *self, double seconds)
{
  gint64 end_us = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);

  while (g_get_monotonic_time () < end_us && !is_asked_to_end)
    turn (self);
}

/* Begins to count anew. What is missing is told by what has been seen before, too. */
void
load_crowd_forget (LoadCrowd *self)
{
  memset (&self->tally, 0, sizeof self->tally);
  self->n_frames = 0;
  self->first_us = 0;
  self->last_us = 0;
}

/* Counts for some time after the first event, or until the time is over. */
void
load_crowd_warm_up (LoadCrowd *self, double max_seconds, double seconds)
{
  gint64 end_us = g_get_monotonic_time () + (gint64) (max_seconds * G_USEC_PER_SEC);
  gint64 warm_us = (gint64) (seconds * G_USEC_PER_SEC);

  while (g_get_monotonic_time () < end_us && !is_asked_to_end &&
         (self->first_us == 0 || self->now_us - self->first_us < warm_us))
    turn (self);
}

/* Counts on until nothing has come for a time since something came, or until the time is
 * over. */
void
load_crowd_count (LoadCrowd *self, double max_seconds, double quiet_seconds)
{
  gint64 end_us = g_get_monotonic_time () + (gint64) (max_seconds * G_USEC_PER_SEC);
  gint64 quiet_us = (gint64) (quiet_seconds * G_USEC_PER_SEC);

  while (g_get_monotonic_time () < end_us && !is_asked_to_end &&
         (self->first_us == 0 || self->now_us - self->last_us < quiet_us))
    turn (self);
}

/* Waits on until something comes, nothing has come for a time, or the time is over.
 *
 * Returns: whether something came */
gboolean
load_crowd_await (LoadCrowd *self, double max_seconds, double quiet_seconds)
{
  gint64 end_us = g_get_monotonic_time () + (gint64) (max_seconds * G_USEC_PER_SEC);
  gint64 quiet_us = (gint64) (quiet_seconds * G_USEC_PER_SEC);
  gint64 last_us = self->last_us;

  while (g_get_monotonic_time () < end_us && !is_asked_to_end &&
         self->last_us == last_us && self->now_us - last_us < quiet_us)
    turn (self);
  return self->last_us != last_us;
}

/* Ends all connections. Those that poll need some time in which it runs to say so. */
void
load_crowd_leave (LoadCrowd *self)
{
  self->is_leaving = TRUE;
  for (int i = 0; i < self->n_started; i++)
    load_connection_leave (&self->connections[i]);
}

/* Returns: how many bytes have come over all sockets */
guint64
load_crowd_get_n_received (const LoadCrowd *self)
{
  guint64 n = 0;

  for (int i = 0; i < self->n_started; i++)
    {
      const LoadConnection *connection = &self->connections[i];
      const PollingClient *polling = connection->polling;

      n += connection->ws.n_received;
      if (polling != NULL)
        n += polling->get.n_received + polling->post.n_received;
    }
  return n;
}

/* Returns: how many polls were answered */
guint64
load_crowd_get_n_polls (const LoadCrowd *self)
{
  guint64 n = 0;

  for (int i = 0; i < self->n_started; i++)
    if (self->connections[i].polling != NULL)
      n += self->connections[i].polling->n_polls;
  return n;
}

void
load_crowd_clear (LoadCrowd *self)
{
  for (int i = 0; i < self->n_started; i++)
    {
      load_connection_close (&self->connections[i]);
      g_free (self->connections[i].polling);
    }
  load_symbols_clear (&self->symbols);
  load_memo_clear (&self->memo);
  g_free (self->connections);
  g_free (self->tracks);
  g_free (self->polling_path);
  g_hash_table_unref (self->close_codes);
}
