/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-redis-link.h"

#include "tide-error.h"
#include "tide-read-pace.h"
#include "tide-redis-dial.h"
#include "tide-redis-guard.h"

#include <gio/gio.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

/* What hiredis 0.14 reads at once. */
#define READ_BYTES (16 * 1024)
/* At most this much a dispatch, so that browsers' sockets get their turn. */
#define MAX_READS (256 * 1024 / READ_BYTES)

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

struct _TideRedisLink
{
  GSource parent;
  const TideRedisLinkFuncs *funcs; /* (unowned), static */
  gpointer user_data;              /* (unowned) */
  TideTimerWheel *wheel;           /* (unowned) */
  TideTimer deadline;
  TideTimer rest;        /* nothing is read while it is armed */
  char *description;     /* (owned) */
  TideRedisDial *dial;   /* (owned), where to connect to */
  redisContext *context; /* (owned) (nullable) */
  GPollFD poll;          /* while there is a context, its descriptor */
  gboolean is_open;      /* the connection is made */
  gboolean is_writing;   /* and not all that was sent is with the kernel */
  TideReadPace pace;
  guint n_replies; /* of the reading under way */
  GError *failure; /* (owned) (nullable), told at the next dispatch */
  TideRedisGuard guard;
};

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
  tide_timer_wheel_disarm (self->wheel, &self->rest);
  tide_redis_dial_cancel (self->dial);
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

static void connect_next (TideRedisLink *self, const char *last_reason);

static void
on_deadline (TideTimer *timer, gint64 now_us)
{
  TideRedisLink *self = timer->user_data;

  if (self->context != NULL && !self->is_open && self->failure == NULL)
    {
      drop_context (self);
      connect_next (self, "no answer in time");
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
static void
adopt_context (TideRedisLink *self, redisContext *context)
{
  tide_redis_guard_watch (&self->guard, context->reader);
  self->context = context;
  self->poll = (GPollFD){ .fd = context->fd, .events = G_IO_OUT };
  g_source_add_poll ((GSource *) self, &self->poll);
  set_deadline (self, PACKET_TIMEOUT_MS * 1000);
}

/* Begins to connect to the next address. @last_reason: why the one before failed, or
 * %NULL. */
static void
connect_next (TideRedisLink *self, const char *last_reason)
{
  g_autofree char *reason = g_strdup (last_reason);
  redisContext *context = tide_redis_dial_next (self->dial, &reason);

  if (context != NULL)
    adopt_context (self, context);
  else
    fail_later (self, "cannot connect to", reason != NULL ? reason : "no address");
}

static void
on_found (const GError *error, gpointer user_data)
{
  TideRedisLink *self = user_data;

  if (!is_closed (self))
    {
      if (error != NULL)
        fail_later (self, "cannot find the host of", error->message);
      else
        connect_next (self, NULL);
    }
  g_source_unref ((GSource *) self);
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
      connect_next (self, g_strerror (fault));
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

      const char *fault = tide_redis_guard_check (self->context->reader);

      if (fault != NULL)
        {
          g_autofree char *doing = g_strdup_printf ("%s from", fault);

          fail_later (self, doing, "is it Redis?");
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
  return self->rest.pprev != NULL;
}

/* Reads, and finds out when to read next: a rest ends with the next turn of the wheel,
 * for which the loop wakes up anyway when windows end then. What was armed last is called
 * first, so that what is read leaves with the windows that end. */
static void
take_input (TideRedisLink *self)
{
  gint64 began_us = get_now_us (self);
  gboolean may_rest;

  tide_timer_wheel_disarm (self->wheel, &self->rest);
  self->n_replies = 0;
  read_replies (self);
  if (is_closed (self))
    return;
  may_rest = self->funcs->done != NULL && self->funcs->done (self->user_data);
  if (tide_read_pace_note (&self->pace, self->n_replies, TIDE_TIMER_STEP_US, began_us) &&
      may_rest)
    tide_timer_wheel_arm (self->wheel, &self->rest, began_us + 1);
}

static void
on_rest_over (TideTimer *timer, gint64 now_us)
{
  TideRedisLink *self = timer->user_data;

  if (!self->is_open || self->failure != NULL)
    return;
  g_source_ref ((GSource *) self);
  take_input (self);
  g_source_unref ((GSource *) self);
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
  self->poll.events =
      (self->is_writing ? G_IO_OUT : 0) | (is_resting (self) ? 0 : G_IO_IN);
  return FALSE;
}

static gboolean
link_check (GSource *source)
{
  TideRedisLink *self = (TideRedisLink *) source;

  return self->context != NULL && self->poll.revents != 0;
}

static gboolean
link_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  TideRedisLink *self = (TideRedisLink *) source;
  GIOCondition condition = self->context != NULL ? self->poll.revents : 0;

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

  tide_redis_dial_free (self->dial);
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
  self->rest.func = on_rest_over;
  self->rest.user_data = self;
  self->description = g_strdup (address->description);
  self->dial = tide_redis_dial_new (address);
  g_source_set_static_name ((GSource *) self, "tide-redis-link");
  /* Else each dispatch costs GLib two wake-ups of its own loop, as for the reactor. */
  g_source_set_can_recurse ((GSource *) self, TRUE);
  g_source_attach ((GSource *) self, g_main_context_get_thread_default ());
  set_deadline (self, OPEN_TIMEOUT_US);
  tide_redis_dial_find (self->dial, on_found, g_source_ref ((GSource *) self));
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
