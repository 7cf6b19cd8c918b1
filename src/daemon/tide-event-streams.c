/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Events, as they are routed, for those who watch: a line of JSON each. Nobody waits for
 * a reader: what it does not take in time is lost to it, and it is told how much. */

#include "tide-event-streams.h"

#include "tide-error.h"
#include "tide-event-filter.h"
#include "tide-glob.h"
#include "tide-json-string.h"
#include "tide-user-id.h"

#include <glib-unix.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What may wait for one reader, besides what the kernel holds. */
#define MAX_BUFFER_BYTES (1024 * 1024)

#define LOST_BYTES 64 /* more than a line about lost ones has */

typedef struct
{
  GSource source; /* first, so that one pointer is both */
  TideEventStreams *owner;
  TideEventFilter *filter; /* (owned) */
  int fd;                  /* (owned), our end */
  gpointer tag;            /* of @fd in the source */
  GString *buffer;         /* (owned), what the reader has not taken */
  guint64 n_lost;          /* lines, since the last that went in */
} Stream;

struct _TideEventStreams
{
  TideEventRouter *router;                /* (unowned) */
  TideSubscriptionManager *subscriptions; /* (unowned) */
  TideWebSocketManager *sessions;         /* (unowned) */
  GPtrArray *streams;  /* (owned) (element-type Stream), referenced as sources */
  GString *line;       /* (owned), of the event of the moment */
  const char *channel; /* (unowned) (nullable), where that came from, during the call */
  gsize channel_length;
};

static void on_event (const TideEvent *event,
                      const TideAudience *audience,
                      guint n_users,
                      gpointer user_data);

static void
remove_stream (Stream *stream)
{
  TideEventStreams *self = stream->owner;

  g_source_destroy (&stream->source);
  g_ptr_array_remove_fast (self->streams, stream);
  if (self->streams->len == 0)
    tide_event_router_remove_tap (self->router, on_event, self);
}

static void
watch (Stream *stream)
{
  GIOCondition condition = G_IO_HUP | G_IO_ERR;

  if (stream->buffer->len > 0)
    condition |= G_IO_OUT;
  g_source_modify_unix_fd (&stream->source, stream->tag, condition);
}

static void
add_lost (Stream *stream)
{
  if (stream->n_lost == 0)
    return;
  g_string_append_printf (
      stream->buffer, "{\"lost\":%" G_GUINT64_FORMAT "}\n", stream->n_lost);
  stream->n_lost = 0;
}

static void
add_line (Stream *stream, const GString *line)
{
  if (stream->buffer->len + line->len + LOST_BYTES > MAX_BUFFER_BYTES)
    {
      stream->n_lost++;
      return;
    }
  add_lost (stream);
  g_string_append_len (stream->buffer, line->str, line->len);
  watch (stream);
}

/* Returns: %FALSE when the reader has gone */
static gboolean
write_some (Stream *stream)
{
  gssize n = send (
      stream->fd, stream->buffer->str, stream->buffer->len, MSG_NOSIGNAL | MSG_DONTWAIT);

  if (n < 0)
    return errno == EAGAIN || errno == EINTR;
  g_string_erase (stream->buffer, 0, n);
  if (stream->buffer->len + LOST_BYTES <= MAX_BUFFER_BYTES)
    add_lost (stream);
  watch (stream);
  return TRUE;
}

static gboolean
stream_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  Stream *stream = (Stream *) source;
  GIOCondition condition = g_source_query_unix_fd (source, stream->tag);

  if ((condition & (G_IO_HUP | G_IO_ERR)) != 0 ||
      ((condition & G_IO_OUT) != 0 && !write_some (stream)))
    remove_stream (stream);
  return G_SOURCE_CONTINUE;
}

static void
stream_finalize (GSource *source)
{
  Stream *stream = (Stream *) source;

  close (stream->fd);
  tide_event_filter_free (stream->filter);
  g_string_free (stream->buffer, TRUE);
}

static void
add_stream (TideEventStreams *self, TideEventFilter *filter, int fd)
{
  static GSourceFuncs funcs = { .dispatch = stream_dispatch,
                                .finalize = stream_finalize };
  GSource *source = g_source_new (&funcs, sizeof (Stream));
  Stream *stream = (Stream *) source;

  stream->owner = self;
  stream->filter = filter;
  stream->fd = fd;
  stream->buffer = g_string_new (NULL);
  stream->tag = g_source_add_unix_fd (source, fd, G_IO_HUP | G_IO_ERR);
  g_source_set_static_name (source, "tide-event-stream");
  g_source_attach (source, g_main_context_get_thread_default ());
  if (self->streams->len == 0)
    tide_event_router_add_tap (self->router, on_event, self);
  g_ptr_array_add (self->streams, stream);
}

/* --- who is in an audience --- */

static gboolean
has_slot (TideEventStreams *self, const TideAudience *audience, guint32 slot)
{
  if (audience->is_everyone &&
      tide_subscription_manager_is_connected (self->subscriptions, slot))
    return TRUE;
  for (guint i = 0; i < audience->n_slots; i++)
    if (audience->slots[i] == slot)
      return TRUE;
  for (const char *const *room = audience->rooms; room != NULL && *room != NULL; room++)
    if (tide_websocket_manager_is_user_in_room (self->sessions, slot, *room))
      return TRUE;
  return FALSE;
}

static gboolean
is_called (TideEventStreams *self, guint32 slot, const char *pattern)
{
  TideUserTable *users = tide_subscription_manager_get_users (self->subscriptions);
  g_autofree char *name =
      tide_user_id_describe (users, tide_user_table_get_ref (users, slot));

  return tide_glob_matches (pattern, name, strlen (name));
}

/* A name without anything special in it is looked up, whatever the audience. */
static gboolean
has_user (TideEventStreams *self, const TideAudience *audience, const char *pattern)
{
  guint n_connected;
  const guint32 *connected;
  TideUserRef user;

  if (strpbrk (pattern, "*?[\\") == NULL)
    return tide_user_id_find (tide_subscription_manager_get_users (self->subscriptions),
                              pattern,
                              &user) &&
           has_slot (self, audience, user.slot);
  for (guint i = 0; i < audience->n_slots; i++)
    if (is_called (self, audience->slots[i], pattern))
      return TRUE;
  if (!audience->is_everyone && (audience->rooms == NULL || *audience->rooms == NULL))
    return FALSE;
  connected = tide_subscription_manager_get_connected (self->subscriptions, &n_connected);
  for (guint i = 0; i < n_connected; i++)
    if (has_slot (self, audience, connected[i]) &&
        is_called (self, connected[i], pattern))
      return TRUE;
  return FALSE;
}

static gboolean
has_users (TideEventStreams *self,
           const TideEventFilter *filter,
           const TideAudience *audience)
{
  for (guint i = 0; i < tide_event_filter_get_n_users (filter); i++)
    if (!has_user (self, audience, tide_event_filter_get_user (filter, i)))
      return FALSE;
  return TRUE;
}

/* --- lines --- */

static void
append_member (GString *line, const char *name, const TideEventFilterText *text)
{
  g_string_append_printf (line, "\"%s\":", name);
  if (text->text != NULL)
    tide_json_append_string (line, text->text, text->length);
  else
    g_string_append (line, "null");
  g_string_append_c (line, ',');
}

/* A line's end in a payload is a blank between its parts: in a string it would have been
 * refused. */
static void
append_payload (GString *line, const TideEvent *event)
{
  gsize start = line->len;

  g_string_append_len (line, event->payload, event->payload_length);
  for (char *at = line->str + start; at < line->str + line->len; at++)
    if (*at == '\n' || *at == '\r')
      *at = ' ';
}

static void
write_line (TideEventStreams *self,
            const TideEvent *event,
            const TideEventFilterText *fields,
            guint n_users)
{
  GString *line = self->line;

  g_string_printf (line, "{\"time_usec\":%" G_GINT64_FORMAT ",", g_get_real_time ());
  append_member (line, "channel", &fields[TIDE_EVENT_FILTER_CHANNEL]);
  append_member (line, "route", &fields[TIDE_EVENT_FILTER_ROUTE]);
  append_member (line, "type", &fields[TIDE_EVENT_FILTER_TYPE]);
  append_member (line, "key", &fields[TIDE_EVENT_FILTER_KEY]);
  append_member (line, "priority", &fields[TIDE_EVENT_FILTER_PRIORITY]);
  append_member (line, "class", &fields[TIDE_EVENT_FILTER_CLASS]);
  g_string_append_printf (line, "\"n_users\":%u,\"payload\":", n_users);
  append_payload (line, event);
  g_string_append (line, "}\n");
}

static void
set_field (TideEventFilterText *fields, TideEventFilterField field, const char *text)
{
  fields[field] = (TideEventFilterText){ text, strlen (text) };
}

static void
on_event (const TideEvent *event,
          const TideAudience *audience,
          guint n_users,
          gpointer user_data)
{
  TideEventStreams *self = user_data;
  const TideRoute *route = event->route;
  TideEventFilterText fields[TIDE_N_EVENT_FILTER_FIELDS] = {
    [TIDE_EVENT_FILTER_CHANNEL] = { self->channel, self->channel_length },
    [TIDE_EVENT_FILTER_KEY] = { event->key, event->key_length },
  };

  set_field (fields, TIDE_EVENT_FILTER_ROUTE, route->name);
  set_field (fields, TIDE_EVENT_FILTER_TYPE, route->event_type);
  set_field (
      fields, TIDE_EVENT_FILTER_PRIORITY, tide_priority_get_nick (event->priority));
  set_field (fields,
             TIDE_EVENT_FILTER_CLASS,
             tide_delivery_class_get_nick (route->delivery_class));
  g_string_truncate (self->line, 0);
  for (guint i = 0; i < self->streams->len; i++)
    {
      Stream *stream = g_ptr_array_index (self->streams, i);

      if (!tide_event_filter_matches (stream->filter, fields) ||
          !has_users (self, stream->filter, audience))
        continue;
      if (self->line->len == 0)
        write_line (self, event, fields, n_users);
      add_line (stream, self->line);
    }
}

/**
 * tide_event_streams_new:
 * @router: where the events come by; must outlive the result
 * @subscriptions: who is connected; must outlive the result
 * @sessions: who is in which room; must outlive the result
 *
 * Returns: (transfer full): streams, none so far
 */
TideEventStreams *
tide_event_streams_new (TideEventRouter *router,
                        TideSubscriptionManager *subscriptions,
                        TideWebSocketManager *sessions)
{
  TideEventStreams *self = g_new0 (TideEventStreams, 1);

  self->router = router;
  self->subscriptions = subscriptions;
  self->sessions = sessions;
  self->streams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_source_unref);
  self->line = g_string_new (NULL);
  return self;
}

/**
 * tide_event_streams_free:
 * @self: (transfer full): streams
 *
 * Ends all streams.
 */
void
tide_event_streams_free (TideEventStreams *self)
{
  while (self->streams->len > 0)
    remove_stream (g_ptr_array_index (self->streams, 0));
  g_ptr_array_unref (self->streams);
  g_string_free (self->line, TRUE);
  g_free (self);
}

/**
 * tide_event_streams_open:
 * @self: streams
 * @filter: which events; see [type@EventFilter]
 * @error: return location for an error
 *
 * Opens a stream of what is routed from now on. It ends when its reader closes it.
 *
 * Fails with [error@Error.BAD_FILTER], and with [error@Error.LIMIT_EXCEEDED] when
 * %TIDE_EVENT_STREAMS_MAX are open.
 *
 * Returns: a descriptor to read from, or -1
 */
int
tide_event_streams_open (TideEventStreams *self, const char *filter, GError **error)
{
  g_autoptr (TideEventFilter) compiled = tide_event_filter_new (filter, error);
  int fds[2];

  if (compiled == NULL)
    return -1;
  if (self->streams->len >= TIDE_EVENT_STREAMS_MAX)
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_LIMIT_EXCEEDED,
                   "%d streams are open, and that is the most; close one first",
                   TIDE_EVENT_STREAMS_MAX);
      return -1;
    }
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_FAILED,
                   "no socket for the stream: %s",
                   g_strerror (errno));
      return -1;
    }
  add_stream (self, g_steal_pointer (&compiled), fds[0]);
  return fds[1];
}

/**
 * tide_event_streams_get_n_open:
 * @self: streams
 *
 * Returns: how many are open
 */
guint
tide_event_streams_get_n_open (const TideEventStreams *self)
{
  return self->streams->len;
}

/**
 * tide_event_streams_set_channel:
 * @self: streams
 * @channel: (nullable): where the next event comes from, until this is called again
 * @length: its length in bytes
 *
 * Says which channel lines have. Worth a call only while a stream is open.
 */
void
tide_event_streams_set_channel (TideEventStreams *self, const char *channel, gsize length)
{
  self->channel = channel;
  self->channel_length = length;
}
