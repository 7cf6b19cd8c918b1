/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One epoll descriptor and one GSource for all sockets. While libsoup speaks HTTP on one,
 * its own sources for it are attached to the main context without a descriptor, and the
 * reactor sets their ready time. Who reads a WebSocket is called by the reactor itself: a
 * loop turn costs nothing for those on which nothing happens.
 *
 * A turn: what epoll reports, then the sockets that used up their read budget last time,
 * then the outboxes that were touched, for at most WRITE_BUDGET_US. What is left keeps
 * the source ready, so that other sources get their turn in between. Who has brought much
 * to be sent need not wait for a turn: tide_reactor_write(). */

#include "tide-reactor.h"

#include "tide-array-fit.h"
#include "tide-connection.h"

#include <gio/gio.h>

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define EVENTS_PER_TURN 64
#define READ_BUDGET_BYTES (64 * 1024)
#define WRITE_BUDGET_US 2000
#define WRITES_PER_LOOK 8 /* sockets written between two looks at the clock */

typedef struct
{
  GSource parent;
  TideReactor *reactor; /* (unowned), owns us */
} ReactorSource;

struct _TideReactor
{
  int epoll_fd;
  gpointer epoll_tag; /* (unowned), of @source */
  guint n_sockets;
  TideTimerWheel *wheel;          /* (unowned), outlives us */
  TideCounters *counters;         /* (unowned), outlives us */
  TideReactorRemovedFunc removed; /* (nullable) */
  gpointer removed_data;          /* (unowned), for @removed */
  GSource *source;                /* (owned) (nullable) */
  TideGather *gather;             /* (owned), for writing many sockets in one turn */
  gint64 write_us;                /* the time in such a turn, -1 while there is none */
  TideRing touched;    /* (owned) (element-type TideSocket), each with a reference */
  TideRing pressing;   /* (owned) (element-type TideSocket), the same, to be written
                          first; some of them are among @touched, too */
  GPtrArray *waiting;  /* (owned) (element-type TideSocket), each with a reference */
  GPtrArray *gone;     /* (owned) (element-type TideSocket), let go of after the turn */
  GHashTable *sockets; /* (owned) (element-type TideSocket), all that are open */
};

static gint64
get_now_us (TideReactor *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
}

/* Reads a socket that is closed for everybody, to its end. A client that has only shut
 * its half still gets what is queued. */
static void
drain (TideSocket *socket)
{
  g_autoptr (GError) error = NULL;
  guint8 waste[4096];
  gssize n;

  do
    n = tide_socket_read (socket, waste, sizeof waste, &error);
  while (n > 0);
  if (n == 0 ? socket->outbox.n_bytes == 0
             : !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    tide_socket_abort (socket);
}

/* What is left when the reader has used up its share waits for the next turn: epoll does
 * not tell twice. */
static void
read_websocket (TideReactor *self, TideSocket *socket)
{
  socket->funcs->readable (socket);
  if (socket->mode == TIDE_SOCKET_WEBSOCKET && tide_socket_can_read (socket))
    tide_reactor_wait (self, socket);
}

/* Lets whoever waits for input on @socket know that there is some. */
static void
wake_reader (TideReactor *self, TideSocket *socket)
{
  if (socket->mode == TIDE_SOCKET_WEBSOCKET)
    read_websocket (self, socket);
  else if (socket->mode == TIDE_SOCKET_LINGERING)
    drain (socket);
  else if (socket->mode == TIDE_SOCKET_HANDSHAKE)
    socket->funcs->readable (socket);
  else if (socket->read_source != NULL)
    g_source_set_ready_time (socket->read_source, 0);
  else if (socket->is_hung_up && socket->funcs != NULL && socket->funcs->hung_up != NULL)
    socket->funcs->hung_up (socket);
}

static void
handle_events (TideReactor *self, TideSocket *socket, guint32 events)
{
  if (socket->mode == TIDE_SOCKET_CLOSED)
    return;
  if (events & EPOLLOUT)
    {
      socket->is_blocked = FALSE;
      tide_reactor_watch_room (self, socket, FALSE);
      tide_socket_flush (socket);
      if (socket->mode == TIDE_SOCKET_HANDSHAKE)
        wake_reader (self, socket);
    }
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
    {
      socket->is_readable = TRUE;
      if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        socket->is_hung_up = TRUE;
      socket->read_budget = READ_BUDGET_BYTES;
      wake_reader (self, socket);
    }
}

static void
read_waiting (TideReactor *self)
{
  guint n = self->waiting->len;

  for (guint i = 0; i < n; i++)
    {
      TideSocket *socket = g_ptr_array_index (self->waiting, i);

      socket->is_waiting = FALSE;
      socket->read_budget = READ_BUDGET_BYTES;
      if (tide_socket_can_read (socket))
        wake_reader (self, socket);
      tide_socket_unref (socket);
    }
  if (n > 0)
    g_ptr_array_remove_range (self->waiting, 0, n);
}

/* Has the processor load what the next write looks at while the kernel does this one. GCC
 * takes a function that does nothing else for one that does nothing, and leaves the call
 * out, unless it is to be inlined in any case. */
static inline G_ALWAYS_INLINE void
fetch_next (const TideRing *sockets)
{
  const TideSocket *next;

  if (sockets->length < 2)
    return;
  __builtin_prefetch (tide_ring_peek (sockets, 1), 1);
  next = tide_ring_peek (sockets, 0);
  if (next->outbox.connection != NULL)
    __builtin_prefetch (&next->outbox.connection->transport, 0);
}

/* Writes what is in a list, until the time is over. */
static void
write_list (TideReactor *self, TideRing *sockets, gboolean is_pressing, gint64 end_us)
{
  guint n_written = 0;

  while (sockets->length > 0 && self->write_us < end_us)
    {
      TideSocket *socket = tide_ring_pop (sockets);

      if (is_pressing)
        socket->is_pressing = FALSE;
      else
        socket->is_touched = FALSE;
      fetch_next (sockets);
      tide_socket_flush (socket);
      tide_socket_unref (socket);
      if (++n_written % WRITES_PER_LOOK == 0)
        self->write_us = get_now_us (self);
    }
}

/**
 * tide_reactor_write:
 * @self: a reactor
 *
 * Writes the outboxes that were touched, for at most 2 ms: those with something urgent
 * first, which do not wait for the many that a window has just ended for. What is left is
 * for the reactor's next turn, which does this by itself.
 */
void
tide_reactor_write (TideReactor *self)
{
  gint64 end_us;

  self->write_us = get_now_us (self);
  end_us = self->write_us + WRITE_BUDGET_US;
  write_list (self, &self->pressing, TRUE, end_us);
  write_list (self, &self->touched, FALSE, end_us);
  self->write_us = -1;
  tide_gather_clear (self->gather);
}

static void
free_gone (TideReactor *self)
{
  while (self->gone->len > 0)
    tide_socket_unref (g_ptr_array_steal_index_fast (self->gone, self->gone->len - 1));
}

static gboolean
reactor_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  TideReactor *self = ((ReactorSource *) source)->reactor;
  struct epoll_event events[EVENTS_PER_TURN];
  int n_events = 0;

  if (g_source_query_unix_fd (source, self->epoll_tag) != 0)
    n_events = epoll_wait (self->epoll_fd, events, EVENTS_PER_TURN, 0);

  read_waiting (self);
  for (int i = 0; i < n_events; i++)
    handle_events (self, events[i].data.ptr, events[i].events);
  tide_reactor_write (self);
  free_gone (self);
  return G_SOURCE_CONTINUE;
}

/* Asked before every poll, so that who touches an outbox need not wake the loop up, which
 * takes system calls. */
static gboolean
reactor_source_prepare (GSource *source, int *timeout_ms)
{
  const TideReactor *self = ((ReactorSource *) source)->reactor;

  *timeout_ms = -1;
  return self->touched.length > 0 || self->pressing.length > 0 ||
         self->waiting->len > 0 || self->gone->len > 0;
}

static GSourceFuncs reactor_source_funcs = {
  .prepare = reactor_source_prepare,
  .dispatch = reactor_source_dispatch,
};

/**
 * tide_reactor_new:
 * @wheel: what sockets' deadlines hang on; must outlive the reactor
 * @counters: where to count; must outlive the reactor
 *
 * Returns: (transfer full): a reactor without sockets
 */
TideReactor *
tide_reactor_new (TideTimerWheel *wheel, TideCounters *counters)
{
  TideReactor *self = g_new0 (TideReactor, 1);

  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll_fd < 0)
    g_critical ("No epoll descriptor: %s", g_strerror (errno));
  self->wheel = wheel;
  self->counters = counters;
  self->gather = tide_gather_new ();
  self->write_us = -1;
  self->waiting = g_ptr_array_new ();
  self->gone = g_ptr_array_new ();
  self->sockets = g_hash_table_new (NULL, NULL);
  return self;
}

/**
 * tide_reactor_free:
 * @self: (transfer full): a reactor
 *
 * Closes the sockets that are still open and frees @self.
 */
void
tide_reactor_free (TideReactor *self)
{
  GHashTableIter iter;
  gpointer socket;

  while (g_hash_table_iter_init (&iter, self->sockets),
         g_hash_table_iter_next (&iter, &socket, NULL))
    tide_socket_abort (socket);
  tide_ring_clear (&self->touched, (GDestroyNotify) tide_socket_unref);
  tide_ring_clear (&self->pressing, (GDestroyNotify) tide_socket_unref);
  while (self->waiting->len > 0)
    tide_socket_unref (g_ptr_array_steal_index (self->waiting, 0));
  free_gone (self);
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  tide_gather_free (self->gather);
  g_ptr_array_unref (self->waiting);
  g_ptr_array_unref (self->gone);
  g_hash_table_unref (self->sockets);
  close (self->epoll_fd);
  g_free (self);
}

/**
 * tide_reactor_set_removed_func:
 * @self: a reactor
 * @func: (nullable): what to call when a socket is closed
 * @user_data: for @func
 *
 * Sets who is told of sockets that end.
 */
void
tide_reactor_set_removed_func (TideReactor *self,
                               TideReactorRemovedFunc func,
                               gpointer user_data)
{
  self->removed = func;
  self->removed_data = user_data;
}

/**
 * tide_reactor_attach:
 * @self: a reactor, not attached yet
 * @context: (nullable): the context that runs it, %NULL for the default one
 *
 * Lets a main context run the reactor.
 */
void
tide_reactor_attach (TideReactor *self, GMainContext *context)
{
  g_return_if_fail (self->source == NULL);

  self->source = g_source_new (&reactor_source_funcs, sizeof (ReactorSource));
  ((ReactorSource *) self->source)->reactor = self;
  g_source_set_static_name (self->source, "tide-reactor");
  self->epoll_tag = g_source_add_unix_fd (self->source, self->epoll_fd, G_IO_IN);
  /* Else GLib takes the descriptor out of its poll for each dispatch and puts it in
   * again, and wakes its own loop up by two system calls for that. */
  g_source_set_can_recurse (self->source, TRUE);
  g_source_attach (self->source, context);
}

/**
 * tide_reactor_abort_idle:
 * @self: a reactor
 * @spares_new: whether to leave those that have not asked for anything yet
 *
 * Closes the sockets that speak HTTP and have no request under way, and those that do
 * not speak it yet.
 */
void
tide_reactor_abort_idle (TideReactor *self, gboolean spares_new)
{
  g_autoptr (GList) sockets = g_hash_table_get_keys (self->sockets);

  for (GList *l = sockets; l != NULL; l = l->next)
    {
      TideSocket *socket = l->data;

      if (socket->mode <= TIDE_SOCKET_HTTP && socket->n_request_bytes == 0 &&
          socket->outbox.n_bytes == 0 && !(spares_new && socket->half_open != NULL))
        tide_socket_abort (socket);
    }
}

/**
 * tide_reactor_trim:
 * @self: a reactor
 *
 * Gives back room for more sockets than there is something to do for.
 */
void
tide_reactor_trim (TideReactor *self)
{
  tide_ring_trim (&self->touched);
  tide_ring_trim (&self->pressing);
  tide_ptr_array_fit (self->waiting, G_MAXUINT);
  tide_ptr_array_fit (self->gone, G_MAXUINT);
}

/**
 * tide_reactor_get_n_sockets:
 * @self: a reactor
 *
 * Returns: how many sockets are open, lingering ones included
 */
guint
tide_reactor_get_n_sockets (TideReactor *self)
{
  return self->n_sockets;
}

/**
 * tide_reactor_get_wheel:
 * @self: a reactor
 *
 * Returns: (transfer none): the timer wheel of the sockets
 */
TideTimerWheel *
tide_reactor_get_wheel (TideReactor *self)
{
  return self->wheel;
}

/**
 * tide_reactor_get_counters:
 * @self: a reactor
 *
 * Returns: (transfer none): where sockets count
 */
TideCounters *
tide_reactor_get_counters (TideReactor *self)
{
  return self->counters;
}

/**
 * tide_reactor_get_gather:
 * @self: a reactor
 *
 * Returns: (transfer none) (nullable): what puts small frames into one piece, while many
 *   sockets are written
 */
TideGather *
tide_reactor_get_gather (TideReactor *self)
{
  return self->write_us >= 0 ? self->gather : NULL;
}

/**
 * tide_reactor_get_write_us:
 * @self: a reactor
 *
 * Returns: monotonic time while many sockets are written, some writes old; else -1
 */
gint64
tide_reactor_get_write_us (TideReactor *self)
{
  return self->write_us;
}

/**
 * tide_reactor_add:
 * @self: a reactor
 * @socket: an open socket
 *
 * Watches a socket's input, and holds a reference until tide_reactor_remove().
 *
 * Returns: %FALSE when the kernel has no memory for it
 */
gboolean
tide_reactor_add (TideReactor *self, TideSocket *socket)
{
  struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET,
                               .data.ptr = socket };

  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, socket->fd, &event) != 0)
    return FALSE;
  tide_socket_ref (socket);
  g_hash_table_add (self->sockets, socket);
  self->n_sockets++;
  return TRUE;
}

/**
 * tide_reactor_remove:
 * @self: a reactor
 * @socket: a socket that is about to be closed
 *
 * Lets go of a socket, after this turn: epoll may just have reported it.
 */
void
tide_reactor_remove (TideReactor *self, TideSocket *socket)
{
  epoll_ctl (self->epoll_fd, EPOLL_CTL_DEL, socket->fd, NULL);
  g_hash_table_remove (self->sockets, socket);
  self->n_sockets--;
  if (self->removed != NULL)
    self->removed (socket, self->removed_data);
  g_ptr_array_add (self->gone, socket);
}

/**
 * tide_reactor_touch:
 * @self: a reactor
 * @socket: a socket
 * @is_pressing: whether to write it before others
 *
 * Has the socket's outbox written this turn, or the next.
 */
void
tide_reactor_touch (TideReactor *self, TideSocket *socket, gboolean is_pressing)
{
  if (is_pressing ? socket->is_pressing : socket->is_touched || socket->is_pressing)
    return;
  if (is_pressing)
    socket->is_pressing = TRUE;
  else
    socket->is_touched = TRUE;
  tide_ring_push (is_pressing ? &self->pressing : &self->touched,
                  tide_socket_ref (socket));
}

/**
 * tide_reactor_wait:
 * @self: a reactor
 * @socket: a socket that has input left
 *
 * Has the socket's reader woken up on the next turn.
 */
void
tide_reactor_wait (TideReactor *self, TideSocket *socket)
{
  if (socket->is_waiting)
    return;
  socket->is_waiting = TRUE;
  g_ptr_array_add (self->waiting, tide_socket_ref (socket));
}

/**
 * tide_reactor_watch_room:
 * @self: a reactor
 * @socket: an open socket
 * @wants_room: whether to watch
 *
 * Watches whether the kernel takes more of the socket's output, or not.
 */
void
tide_reactor_watch_room (TideReactor *self, TideSocket *socket, gboolean wants_room)
{
  struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET |
                                         (wants_room ? EPOLLOUT : 0),
                               .data.ptr = socket };

  epoll_ctl (self->epoll_fd, EPOLL_CTL_MOD, socket->fd, &event);
}
