/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the kernel asks for at least: the smallest program on epoll that answers
 * WebSocket handshakes and sends prepared frames, each with a send() of its own, or one
 * send() a connection and window. It publishes by itself, at the rate that a line on
 * standard input has: RATE SECONDS. The floor under every server's costs.
 *
 * It trusts its clients: the only message that it reads is one with names of symbols. */

#include "bench-event.h"
#include "floor-wire.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_WAITING_BYTES (16 * 1024 * 1024) /* of a connection; more is dropped */

typedef struct
{
  int fd;
  gboolean is_open;    /* the handshake is through */
  gboolean is_blocked; /* the kernel has no room: epoll tells when it has */
  GArray *wishes;      /* (owned) (nullable) (element-type guint) */
  GByteArray *waiting; /* (owned) (nullable), frames to be sent */
} Client;

typedef struct
{
  int n_symbols;
  int n_bytes;
  int batch_ms;
  int epoll_fd;
  int listen_fd;
  GPtrArray **subscribers; /* (owned) (element-type Client), of each symbol */
  GPtrArray *waiting; /* (owned) (element-type Client), those with frames in a window */
  guint32 *sequences; /* (owned), the last one of each symbol */
  guint8 *frame;      /* (owned), written anew for each event */
  gsize n_header;

  double rate; /* 0 when nothing is published */
  gint64 start_us;
  gint64 window_us; /* when the next window ends */
  guint64 n_all;
  guint64 n_sent;
  guint64 n_delivered;
  guint64 n_dropped;
  gint64 late_us;
  gboolean has_input;
} Floor;

static void
watch (Floor *self, int operation, int fd, guint32 events, gpointer data)
{
  struct epoll_event event = { .events = events, .data.ptr = data };

  epoll_ctl (self->epoll_fd, operation, fd, &event);
}

static void
drop_client (Floor *self, Client *client)
{
  watch (self, EPOLL_CTL_DEL, client->fd, 0, NULL);
  close (client->fd);
  for (guint i = 0; client->wishes != NULL && i < client->wishes->len; i++)
    g_ptr_array_remove_fast (self->subscribers[g_array_index (client->wishes, guint, i)],
                             client);
  g_ptr_array_remove_fast (self->waiting, client);
  g_clear_pointer (&client->wishes, g_array_unref);
  g_clear_pointer (&client->waiting, g_byte_array_unref);
  g_free (client);
}

static void
answer_handshake (Client *client, const char *request)
{
  g_autofree char *answer = floor_wire_make_answer (request);

  client->is_open =
      answer != NULL && send (client->fd, answer, strlen (answer), MSG_NOSIGNAL) ==
                            (gssize) strlen (answer);
}

/* Subscribes to every "S<number>" in a message. */
static void
take_message (Floor *self, Client *client, const char *text)
{
  if (client->wishes == NULL)
    client->wishes = g_array_new (FALSE, FALSE, sizeof (guint));
  for (const char *p = strstr (text, "\"S"); p != NULL; p = strstr (p + 1, "\"S"))
    {
      guint symbol = (guint) strtoul (p + 2, NULL, 10);

      if (!g_ascii_isdigit (p[2]) || symbol >= (guint) self->n_symbols)
        continue;
      g_array_append_val (client->wishes, symbol);
      g_ptr_array_add (self->subscribers[symbol], client);
    }
}

static void
read_client (Floor *self, Client *client)
{
  static guint8 buffer[64 * 1024 + 1];
  gssize n = recv (client->fd, buffer, sizeof buffer - 1, 0);
  const char *text;

  if (n < 0 && errno == EAGAIN)
    return;
  if (n <= 0)
    {
      drop_client (self, client);
      return;
    }
  buffer[n] = '\0';
  if (!client->is_open)
    answer_handshake (client, (char *) buffer);
  else if ((text = floor_wire_read_text (buffer, (gsize) n)) != NULL)
    take_message (self, client, text);
}

/* Sends what waits, as much as the kernel takes. */
static void
flush (Floor *self, Client *client)
{
  GByteArray *waiting = client->waiting;
  gssize n = send (client->fd, waiting->data, waiting->len, MSG_NOSIGNAL);
  gboolean was_blocked = client->is_blocked;

  if (n == (gssize) waiting->len)
    g_byte_array_set_size (waiting, 0);
  else if (n > 0)
    g_byte_array_remove_range (waiting, 0, (guint) n);
  client->is_blocked = waiting->len > 0;
  if (client->is_blocked != was_blocked)
    watch (self,
           EPOLL_CTL_MOD,
           client->fd,
           client->is_blocked ? EPOLLIN | EPOLLOUT : EPOLLIN,
           client);
}

static void
keep (Floor *self, Client *client, const guint8 *bytes, gsize n_bytes)
{
  if (client->waiting == NULL)
    client->waiting = g_byte_array_new ();
  if (client->waiting->len + n_bytes > MAX_WAITING_BYTES)
    {
      self->n_dropped++;
      return;
    }
  if (client->waiting->len == 0 && self->batch_ms > 0)
    g_ptr_array_add (self->waiting, client);
  g_byte_array_append (client->waiting, bytes, (guint) n_bytes);
}

static void
deliver (Floor *self, Client *client, gsize n_bytes)
{
  gssize n = 0;

  self->n_delivered++;
  if (self->batch_ms == 0 && (client->waiting == NULL || client->waiting->len == 0))
    {
      n = send (client->fd, self->frame, n_bytes, MSG_NOSIGNAL);
      if (n == (gssize) n_bytes)
        return;
      n = MAX (n, 0);
    }
  keep (self, client, self->frame + n, n_bytes - (gsize) n);
  if (self->batch_ms == 0 && !client->is_blocked)
    flush (self, client);
}

static void
publish (Floor *self)
{
  guint symbol = (guint) (self->n_sent % (guint) self->n_symbols);
  BenchEvent event = { .kind = 'S',
                       .symbol = symbol,
                       .sequence = ++self->sequences[symbol],
                       .sent_us = g_get_monotonic_time () };
  GPtrArray *subscribers = self->subscribers[symbol];

  bench_event_write (&event, (char *) self->frame + self->n_header, self->n_bytes);
  for (guint i = 0; i < subscribers->len; i++)
    deliver (self, g_ptr_array_index (subscribers, i), self->n_header + self->n_bytes);
  self->n_sent++;
}

static gint64
get_due_us (const Floor *self)
{
  return self->start_us + (gint64) ((double) self->n_sent * 1e6 / self->rate);
}

static void
end_window (Floor *self)
{
  for (guint i = 0; i < self->waiting->len; i++)
    {
      Client *client = g_ptr_array_index (self->waiting, i);

      if (!client->is_blocked)
        flush (self, client);
    }
  g_ptr_array_set_size (self->waiting, 0);
}

static void
finish (Floor *self)
{
  printf ("{\"sent\":%" G_GUINT64_FORMAT ",\"delivered\":%" G_GUINT64_FORMAT
          ",\"dropped\":%" G_GUINT64_FORMAT ",\"seconds\":%.3f,\"late_ms_max\":%.3f}\n",
          self->n_sent,
          self->n_delivered,
          self->n_dropped,
          (double) (g_get_monotonic_time () - self->start_us) / G_USEC_PER_SEC,
          (double) self->late_us / 1000);
  fflush (stdout);
  self->rate = 0;
}

/* Publishes what is due, and ends the window if it is time.
 *
 * Returns: how long to wait for something else, in milliseconds */
static int
go_on_publishing (Floor *self)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 next_us;

  if (self->rate <= 0)
    return -1;
  while (self->n_sent < self->n_all && get_due_us (self) <= now_us &&
         (self->batch_ms == 0 || get_due_us (self) < self->window_us))
    {
      self->late_us = MAX (self->late_us, now_us - get_due_us (self));
      publish (self);
    }
  next_us = self->n_sent < self->n_all ? get_due_us (self) : self->window_us;
  if (self->batch_ms > 0 && now_us >= self->window_us)
    {
      end_window (self);
      self->window_us += self->batch_ms * 1000;
    }
  if (self->n_sent == self->n_all && self->waiting->len == 0)
    {
      finish (self);
      return -1;
    }
  if (self->batch_ms > 0)
    next_us = MIN (next_us, self->window_us);
  return (int) CLAMP ((next_us - g_get_monotonic_time () + 999) / 1000, 0, 1000);
}

/* Begins as a line says. */
static void
read_order (Floor *self)
{
  char line[256];
  gssize n = read (STDIN_FILENO, line, sizeof line - 1);
  double rate;
  double seconds;

  self->has_input = n > 0;
  if (n <= 0)
    return;
  line[n] = '\0';
  if (sscanf (line, "%lf %lf", &rate, &seconds) != 2 || rate <= 0)
    return;
  self->rate = rate;
  self->start_us = g_get_monotonic_time ();
  self->window_us = self->start_us + self->batch_ms * 1000;
  self->n_all = (guint64) (rate * seconds);
  self->n_sent = 0;
  self->n_delivered = 0;
  self->n_dropped = 0;
  self->late_us = 0;
}

static void
accept_clients (Floor *self)
{
  int fd;

  while ((fd = accept4 (self->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    {
      Client *client = g_new0 (Client, 1);

      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
      client->fd = fd;
      watch (self, EPOLL_CTL_ADD, fd, EPOLLIN, client);
    }
}

/* Returns: the port, 0 when there is none */
static guint16
listen_anywhere (Floor *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  self->listen_fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (bind (self->listen_fd, (struct sockaddr *) &address, sizeof address) != 0 ||
      listen (self->listen_fd, 4096) != 0 ||
      getsockname (self->listen_fd, (struct sockaddr *) &address, &length) != 0)
    return 0;
  return ntohs (address.sin_port);
}

static void
handle (Floor *self, gpointer data, guint32 events)
{
  if (data == self)
    {
      accept_clients (self);
    }
  else if (data == &self->has_input)
    {
      read_order (self);
    }
  else
    {
      Client *client = data;

      if ((events & EPOLLOUT) && client->is_blocked)
        flush (self, client);
      if (events & ~EPOLLOUT)
        read_client (self, client);
    }
}

static void
serve (Floor *self)
{
  struct epoll_event events[512];

  while (self->has_input)
    {
      int n = epoll_wait (
          self->epoll_fd, events, G_N_ELEMENTS (events), go_on_publishing (self));

      for (int i = 0; i < n; i++)
        handle (self, events[i].data.ptr, events[i].events);
    }
}

static void
set_up (Floor *self)
{
  struct rlimit limit = { 65536, 65536 };

  setrlimit (RLIMIT_NOFILE, &limit);
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  self->subscribers = g_new (GPtrArray *, self->n_symbols);
  for (int i = 0; i < self->n_symbols; i++)
    self->subscribers[i] = g_ptr_array_new ();
  self->waiting = g_ptr_array_new ();
  self->sequences = g_new0 (guint32, self->n_symbols);
  self->frame = floor_wire_make_frame (self->n_bytes, &self->n_header);
}

int
main (int argc, char **argv)
{
  Floor self = { .n_symbols = 1, .n_bytes = 200, .has_input = TRUE };
  const GOptionEntry entries[] = {
    { "symbols", 0, 0, G_OPTION_ARG_INT, &self.n_symbols, "In turn S0 to S(N-1)", "N" },
    { "bytes", 0, 0, G_OPTION_ARG_INT, &self.n_bytes, "Of an event", "B" },
    { "batch-ms", 0, 0, G_OPTION_ARG_INT, &self.batch_ms, "A window, 0 for none", "W" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  guint16 port;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL) || self.n_symbols <= 0 ||
      self.batch_ms < 0 || self.n_bytes < BENCH_EVENT_MIN_BYTES ||
      self.n_bytes > BENCH_EVENT_MAX_BYTES)
    return 2;
  set_up (&self);
  port = listen_anywhere (&self);
  if (port == 0)
    return 1;
  printf ("listening %d\n", port);
  fflush (stdout);
  watch (&self, EPOLL_CTL_ADD, self.listen_fd, EPOLLIN, &self);
  watch (&self, EPOLL_CTL_ADD, STDIN_FILENO, EPOLLIN, &self.has_input);
  serve (&self);
  return 0;
}
