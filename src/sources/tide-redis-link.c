/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-redis-link.h"

#include "tide-error.h"
#include "tide-read-pace.h"

#include <gio/gio.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

/* What hiredis 0.14 reads at once. */
#define READ_BYTES (16 * 1024)
/* At most this much a dispatch, so that browsers' sockets get their turn. */
#define MAX_READS (256 * 1024 / READ_BYTES)
/* Redis itself cuts a subscriber that is 32 MB behind, so no message is larger. */
#define MAX_REPLY_BYTES (64 * 1024 * 1024)
/* hiredis looks for the end of a line from its beginning after each read: an endless one
 * would keep the loop busy. */
#define MAX_LINE_BYTES (64 * 1024)
/* No reply to what we send has more: a transaction has two for each event that is kept
 * for a user, of whom there may be 100,000. hiredis makes room for as many as the server
 * announces before it has seen one: two thousand million, if it likes. */
#define MAX_ELEMENTS (256 * 1024)
/* What hiredis 0.14 takes of arrays in arrays. Since 1.0 it takes them without end, and
 * frees them by recursion. */
#define MAX_DEPTH 8

/* For finding the host, and for the answers to what is said first. A server that is busy
 * may take its time; it answers by itself when it is not any more. */
#define OPEN_TIMEOUT_US (5 * G_GINT64_CONSTANT (1000000))
/* Packets that are lost are sent again later and later: a connect that is begun anew
 * finds a network that works again within a second. */
#define PACKET_TIMEOUT_MS 800
/* Once all is said: a peer that is gone is found dead by the kernel in 3 s, also where
 * no probe can be had. */
#define KEEPALIVE_S 1
#define N_KEEPALIVES 2

#if HIREDIS_MAJOR >= 1
typedef size_t ElementCount;
#else
typedef int ElementCount;
#endif

struct _TideRedisLink
{
  GSource parent;
  const TideRedisLinkFuncs *funcs; /* (unowned), static */
  gpointer user_data;              /* (unowned) */
  TideTimerWheel *wheel;           /* (unowned) */
  TideTimer deadline;
  char *description;         /* (owned) */
  guint16 port;              /* of the addresses */
  GList *addresses;          /* (owned) (element-type GInetAddress), still to be tried */
  GCancellable *cancellable; /* (owned), of the look-up */
  redisContext *context;     /* (owned) (nullable) */
  GPollFD poll;              /* while there is a context, its descriptor */
  gboolean is_open;          /* the connection is made */
  gboolean is_writing;       /* and not all that was sent is with the kernel */
  TideReadPace pace;
  guint n_replies; /* of the reading under way */
  GError *failure; /* (owned) (nullable), told at the next dispatch */
  redisReplyObjectFunctions reply_funcs;
  const redisReplyObjectFunctions *default_reply_funcs; /* (unowned), hiredis's own */
};

static gboolean
is_too_deep (const redisReadTask *task)
{
  guint depth = 0;

  for (; task != NULL; task = task->parent)
    depth++;
  return depth > MAX_DEPTH;
}

static void *
create_array (const redisReadTask *task, ElementCount n_elements)
{
  const TideRedisLink *self = task->privdata;

  /* NULL makes the reader give up with an error. */
  if (n_elements > MAX_ELEMENTS || is_too_deep (task))
    return NULL;
  return self->default_reply_funcs->createArray (task, n_elements);
}

static gint64
get_now_us (TideRedisLink *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
}

static gboolean
is_closed (TideRedisLink *self)
{
  return g_source_is_destroyed ((GSource *) self);
}

static void
drop_context (TideRedisLink *self)
{
  if (self->context != NULL && !is_closed (self))
    g_source_remove_poll ((GSource *) self, &self->poll);
  g_clear_pointer (&self->context, redisFree);
  self->is_open = FALSE;
}

static void
shut (TideRedisLink *self)
{
  tide_timer_wheel_disarm (self->wheel, &self->deadline);
  g_cancellable_cancel (self->cancellable);
  g_source_destroy ((GSource *) self);
  drop_context (self);
}

static void
tell_failure (TideRedisLink *self)
{
  g_autoptr (GError) failure = g_steal_pointer (&self->failure);

  shut (self);
  self->funcs->failed (self, failure, self->user_data);
}

/* Failures are told from the main loop only, so that nobody is called back from a
 * function that he calls. */
static void
fail_later (TideRedisLink *self, const char *doing, const char *reason)
{
  if (self->failure == NULL)
    self->failure = g_error_new (TIDE_ERROR,
                                 TIDE_ERROR_UNAVAILABLE,
                                 "%s %s: %s",
                                 doing,
                                 self->description,
                                 reason);
  g_source_set_ready_time ((GSource *) self, 0);
}

static void try_addresses (TideRedisLink *self, const char *last_reason);

static void
on_deadline (TideTimer *timer, gint64 now_us)
{
  TideRedisLink *self = timer->user_data;

  if (self->context != NULL && !self->is_open && self->failure == NULL)
    {
      drop_context (self);
      try_addresses (self, "no answer in time");
      return;
    }
  g_source_ref ((GSource *) self);
  fail_later (
      self, "no answer in time from", self->is_open ? "connected" : "not connected");
  tell_failure (self);
  g_source_unref ((GSource *) self);
}

static void
set_deadline (TideRedisLink *self, gint64 after_us)
{
  tide_timer_wheel_arm (self->wheel, &self->deadline, get_now_us (self) + after_us);
}

/* Does nothing for a Unix socket, which has no such thing. */
static void
set_option (TideRedisLink *self, int level, int option, int value)
{
  setsockopt (self->context->fd, level, option, &value, sizeof value);
}

/* Takes over a context whose connect was begun. */
static gboolean
adopt_context (TideRedisLink *self, redisContext *context, char **reason)
{
  if (context == NULL || context->err != 0)
    {
      *reason = g_strdup (context != NULL ? context->errstr : "out of memory");
      redisFree (context);
      return FALSE;
    }

  fcntl (context->fd, F_SETFD, FD_CLOEXEC);
  self->default_reply_funcs = context->reader->fn;
  self->reply_funcs = *context->reader->fn;
  self->reply_funcs.createArray = create_array;
  context->reader->fn = &self->reply_funcs;
  context->reader->privdata = self;
  self->context = context;
  self->poll = (GPollFD){ .fd = context->fd, .events = G_IO_OUT };
  g_source_add_poll ((GSource *) self, &self->poll);
  set_deadline (self, PACKET_TIMEOUT_MS * 1000);
  return TRUE;
}

/* Goes through the addresses until a connect has begun. @last_reason: why the one before
 * failed, or %NULL. */
static void
try_addresses (TideRedisLink *self, const char *last_reason)
{
  g_autofree char *reason = g_strdup (last_reason);

  while (self->addresses != NULL)
    {
      g_autoptr (GInetAddress) address = self->addresses->data;
      g_autofree char *text = g_inet_address_to_string (address);

      self->addresses = g_list_delete_link (self->addresses, self->addresses);
      g_clear_pointer (&reason, g_free);
      if (adopt_context (self, redisConnectNonBlock (text, self->port), &reason))
        return;
    }
  fail_later (self, "cannot connect to", reason != NULL ? reason : "no address");
}

static void
on_resolved (GObject *object, GAsyncResult *result, gpointer user_data)
{
  TideRedisLink *self = user_data;
  g_autoptr (GError) error = NULL;
  GList *addresses =
      g_resolver_lookup_by_name_finish (G_RESOLVER (object), result, &error);

  if (is_closed (self))
    g_resolver_free_addresses (addresses);
  else if (addresses == NULL)
    fail_later (self, "cannot find the host of", error->message);
  else
    {
      self->addresses = addresses;
      try_addresses (self, NULL);
    }
  g_source_unref ((GSource *) self);
}

static void
begin (TideRedisLink *self, const TideRedisAddress *address)
{
  g_autofree char *reason = NULL;

  if (address->path != NULL)
    {
      if (!adopt_context (self, redisConnectUnixNonBlock (address->path), &reason))
        fail_later (self, "cannot connect to", reason);
      return;
    }

  GInetAddress *literal = g_inet_address_new_from_string (address->host);

  if (literal != NULL)
    {
      self->addresses = g_list_append (NULL, literal);
      try_addresses (self, NULL);
      return;
    }

  g_autoptr (GResolver) resolver = g_resolver_get_default ();

  g_resolver_lookup_by_name_async (resolver,
                                   address->host,
                                   self->cancellable,
                                   on_resolved,
                                   g_source_ref ((GSource *) self));
}

static void
finish_connect (TideRedisLink *self)
{
  int fault = 0;
  socklen_t length = sizeof fault;

  if (getsockopt (self->context->fd, SOL_SOCKET, SO_ERROR, &fault, &length) != 0)
    fault = errno;
  if (fault != 0)
    {
      drop_context (self);
      try_addresses (self, g_strerror (fault));
      return;
    }

  self->is_open = TRUE;
  set_option (self, IPPROTO_TCP, TCP_USER_TIMEOUT, PACKET_TIMEOUT_MS);
  set_deadline (self, OPEN_TIMEOUT_US);
  self->funcs->opened (self, self->user_data);
}

/* Returns: %FALSE when the link was closed, or is to be. */
static gboolean
pass_replies (TideRedisLink *self)
{
  for (;;)
    {
      void *reply = NULL;

      if (redisReaderGetReply (self->context->reader, &reply) != REDIS_OK)
        {
          const redisReader *reader = self->context->reader;

          fail_later (self,
                      "not the Redis protocol from",
                      reader->err == REDIS_ERR_OOM ? "absurd length" : reader->errstr);
          return FALSE;
        }
      if (reply == NULL)
        return TRUE;
      self->n_replies++;
      self->funcs->reply (self, reply, self->user_data);
      freeReplyObject (reply);
      if (is_closed (self))
        return FALSE;
    }
}

/* Returns: what is wrong with the reply that has begun to come in, %NULL for nothing.
 *
 * What is unparsed begins with a line in every case: also a string is parsed only once it
 * is whole, and the line with its length comes first. */
static const char *
check_partial_reply (const redisReader *reader)
{
  gsize n_unparsed = reader->len - reader->pos;

  if (n_unparsed > MAX_REPLY_BYTES)
    return "too long a reply from";
  if (n_unparsed > MAX_LINE_BYTES &&
      memchr (reader->buf + reader->pos, '\n', MAX_LINE_BYTES) == NULL)
    return "too long a line from";
  return NULL;
}

/* Each read is parsed before the next: hiredis moves what is left in its buffer to the
 * front again and again, which is dear with a full one. */
static void
read_replies (TideRedisLink *self)
{
  for (guint i = 0; i < MAX_READS; i++)
    {
      gsize n_before = self->context->reader->len;

      if (redisBufferRead (self->context) != REDIS_OK)
        {
          fail_later (self, "lost the connection to", self->context->errstr);
          return;
        }

      gsize n_read = self->context->reader->len - n_before;

      if (n_read == 0 || !pass_replies (self))
        return;

      const char *fault = check_partial_reply (self->context->reader);

      if (fault != NULL)
        {
          fail_later (self, fault, "is it Redis?");
          return;
        }
      if (n_read < READ_BYTES)
        return;
    }
}

static void
write_commands (TideRedisLink *self)
{
  int is_done = 0;

  if (redisBufferWrite (self->context, &is_done) != REDIS_OK)
    fail_later (self, "lost the connection to", self->context->errstr);
  else
    self->is_writing = !is_done;
}

static gboolean
is_resting (TideRedisLink *self)
{
  return self->pace.rest_us > get_now_us (self);
}

/* Reads, and finds out when to read next. */
static void
take_input (TideRedisLink *self)
{
  gint64 began_us = get_now_us (self);
  gint64 patience_us = 0;

  self->n_replies = 0;
  read_replies (self);
  if (is_closed (self))
    return;
  if (self->funcs->done != NULL)
    patience_us = self->funcs->done (self->user_data);
  tide_read_pace_note (&self->pace, self->n_replies, patience_us, began_us);
}

/* What the descriptor is asked for is set here, before each poll: GLib's own way of
 * changing it wakes the loop up. */
static gboolean
link_prepare (GSource *source, int *timeout_ms)
{
  TideRedisLink *self = (TideRedisLink *) source;

  *timeout_ms = -1;
  if (!self->is_open)
    return FALSE;
  self->poll.events = self->is_writing ? G_IO_OUT : 0;
  if (!is_resting (self))
    {
      self->pace.rest_us = 0;
      self->poll.events |= G_IO_IN;
    }
  else
    *timeout_ms = (int) ((self->pace.rest_us - get_now_us (self) + 999) / 1000);
  return FALSE;
}

/* A rest that is over is the time to read, whatever there is. */
static gboolean
is_rested (TideRedisLink *self)
{
  return self->pace.rest_us != 0 && !is_resting (self);
}

static gboolean
link_check (GSource *source)
{
  TideRedisLink *self = (TideRedisLink *) source;

  return self->context != NULL && (self->poll.revents != 0 || is_rested (self));
}

static gboolean
link_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  TideRedisLink *self = (TideRedisLink *) source;
  GIOCondition condition = self->context != NULL ? self->poll.revents : 0;

  if (is_rested (self))
    condition |= G_IO_IN;
  if (self->failure == NULL && condition != 0)
    {
      if (!self->is_open)
        finish_connect (self);
      else
        {
          /* Reading goes first: a server that hangs up says why, and a failed write would
           * hide it. */
          if ((condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) != 0)
            take_input (self);
          if (!is_closed (self) && self->failure == NULL && (condition & G_IO_OUT) != 0)
            write_commands (self);
        }
    }
  if (!is_closed (self) && self->failure != NULL)
    tell_failure (self);
  return is_closed (self) ? G_SOURCE_REMOVE : G_SOURCE_CONTINUE;
}

static void
link_finalize (GSource *source)
{
  TideRedisLink *self = (TideRedisLink *) source;

  g_resolver_free_addresses (self->addresses);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->failure);
  g_free (self->description);
}

static GSourceFuncs link_source_funcs = {
  .prepare = link_prepare,
  .check = link_check,
  .dispatch = link_dispatch,
  .finalize = link_finalize,
};

/**
 * tide_redis_link_open:
 * @address: where to connect to; the database and the user are not looked at
 * @wheel: runs the deadline; outlives the link
 * @funcs: (transfer none): what to call; static
 * @user_data: for @funcs
 *
 * Begins to connect, in the main context that is the calling thread's default. The
 * addresses of a host name are tried one after the other. What goes wrong, also within
 * this call, is told by @funcs later.
 *
 * A connect may take 0.8 s an address, and what comes before and behind it 5 s each, up
 * to tide_redis_link_settle().
 *
 * Returns: (transfer full): a link, to be closed by tide_redis_link_close()
 */
TideRedisLink *
tide_redis_link_open (const TideRedisAddress *address,
                      TideTimerWheel *wheel,
                      const TideRedisLinkFuncs *funcs,
                      gpointer user_data)
{
  TideRedisLink *self =
      (TideRedisLink *) g_source_new (&link_source_funcs, sizeof (TideRedisLink));

  /* hiredis writes with write(), which raises SIGPIPE when the server is gone. GSocket
   * switches it off for the whole process as well. */
  signal (SIGPIPE, SIG_IGN);

  self->funcs = funcs;
  self->user_data = user_data;
  self->wheel = wheel;
  self->deadline.func = on_deadline;
  self->deadline.user_data = self;
  self->description = g_strdup (address->description);
  self->port = address->port;
  self->cancellable = g_cancellable_new ();
  g_source_set_static_name ((GSource *) self, "tide-redis-link");
  /* Else each dispatch costs GLib two wake-ups of its own loop, as for the reactor. */
  g_source_set_can_recurse ((GSource *) self, TRUE);
  g_source_attach ((GSource *) self, g_main_context_get_thread_default ());
  set_deadline (self, OPEN_TIMEOUT_US);
  begin (self, address);
  return self;
}

/**
 * tide_redis_link_close:
 * @self: (transfer full): a link
 *
 * Closes the connection at once; what was not written yet is lost. Nothing is called back
 * any more.
 */
void
tide_redis_link_close (TideRedisLink *self)
{
  shut (self);
  g_source_unref ((GSource *) self);
}

/**
 * tide_redis_link_set_deadline:
 * @self: a link
 * @due_us: monotonic time, in microseconds, at which the link fails; -1 for never
 *
 * Sets a new deadline in place of the one before.
 */
void
tide_redis_link_set_deadline (TideRedisLink *self, gint64 due_us)
{
  if (due_us < 0)
    tide_timer_wheel_disarm (self->wheel, &self->deadline);
  else
    tide_timer_wheel_arm (self->wheel, &self->deadline, due_us);
}

/**
 * tide_redis_link_settle:
 * @self: a link that is open
 *
 * Says that all is said that had to be answered in time. From now on the kernel may take
 * as long as it likes to get packets through, and looks after a peer that is silent.
 */
void
tide_redis_link_settle (TideRedisLink *self)
{
  tide_timer_wheel_disarm (self->wheel, &self->deadline);
  set_option (self, IPPROTO_TCP, TCP_USER_TIMEOUT, 0);
  set_option (self, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_S);
  set_option (self, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_S);
  set_option (self, IPPROTO_TCP, TCP_KEEPCNT, N_KEEPALIVES);
  set_option (self, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/**
 * tide_redis_link_send:
 * @self: a link that is open
 * @n_args: how many words
 * @args: (array length=n_args): the words of a command, any bytes
 * @lengths: (array length=n_args): their lengths in bytes
 *
 * Sends a command as soon as the socket takes it.
 */
void
tide_redis_link_send (TideRedisLink *self,
                      guint n_args,
                      const char *const *args,
                      const gsize *lengths)
{
  g_return_if_fail (self->is_open);

  if (redisAppendCommandArgv (self->context, n_args, (const char **) args, lengths) !=
      REDIS_OK)
    {
      fail_later (self, "cannot send to", self->context->errstr);
      return;
    }
  self->is_writing = TRUE;
}
