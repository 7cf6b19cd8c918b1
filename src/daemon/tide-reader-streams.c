/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Event streams for those who come back for more. What they have not fetched waits in the
 * stream's socket, and what that has no room for in the stream, which counts what it has
 * to drop. */

#include "tide-reader-streams.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES (64 * 1024)

typedef struct
{
  TideReaderStreams *owner; /* (unowned) */
  char *id;                 /* (owned) */
  int fd;                   /* (owned) */
  GString *rest;            /* (owned), what came behind the last whole line */
  TideTimer patience;
} Reader;

struct _TideReaderStreams
{
  TideEventStreams *streams; /* (unowned) */
  TideTimerWheel *wheel;     /* (unowned) */
  GHashTable *readers;       /* (owned) (element-type utf8 Reader) */
};

static void
reader_free (gpointer data)
{
  Reader *reader = data;

  tide_timer_wheel_disarm (reader->owner->wheel, &reader->patience);
  close (reader->fd);
  g_string_free (reader->rest, TRUE);
  g_free (reader->id);
  g_free (reader);
}

static void
on_patience_over (TideTimer *timer, gint64 now_us)
{
  Reader *reader = timer->user_data;

  g_hash_table_remove (reader->owner->readers, reader->id);
}

static void
wait_for_reader (Reader *reader)
{
  TideTimerWheel *wheel = reader->owner->wheel;

  tide_timer_wheel_arm (wheel,
                        &reader->patience,
                        tide_clock_now_us (tide_timer_wheel_get_clock (wheel)) +
                            TIDE_READER_STREAMS_PATIENCE_US);
}

/**
 * tide_reader_streams_new:
 * @streams: where they are opened; must outlive the result
 * @wheel: what time is told by; must outlive the result
 *
 * Returns: (transfer full): streams, none so far
 */
TideReaderStreams *
tide_reader_streams_new (TideEventStreams *streams, TideTimerWheel *wheel)
{
  TideReaderStreams *self = g_new0 (TideReaderStreams, 1);

  self->streams = streams;
  self->wheel = wheel;
  self->readers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, reader_free);
  return self;
}

/**
 * tide_reader_streams_free:
 * @self: (transfer full): streams
 *
 * Closes all streams.
 */
void
tide_reader_streams_free (TideReaderStreams *self)
{
  g_hash_table_unref (self->readers);
  g_free (self);
}

/**
 * tide_reader_streams_open:
 * @self: streams
 * @filter: which events; see [type@EventFilter]
 * @error: return location for an error
 *
 * Opens a stream of what is routed from now on. It ends by tide_reader_streams_close(),
 * or when nobody reads it for a while.
 *
 * Fails as tide_event_streams_open() does.
 *
 * Returns: (transfer none): its id, or %NULL
 */
const char *
tide_reader_streams_open (TideReaderStreams *self, const char *filter, GError **error)
{
  int fd = tide_event_streams_open (self->streams, filter, error);
  Reader *reader;

  if (fd < 0)
    return NULL;
  reader = g_new0 (Reader, 1);
  reader->owner = self;
  reader->id = g_uuid_string_random ();
  reader->fd = fd;
  reader->rest = g_string_new (NULL);
  reader->patience.func = on_patience_over;
  reader->patience.user_data = reader;
  g_hash_table_insert (self->readers, reader->id, reader);
  wait_for_reader (reader);
  return reader->id;
}

/* How much may be read now: as much as there is room for, and more while there is not
 * even a whole line. */
static gsize
get_room (const GString *text)
{
  if (text->len < TIDE_READER_STREAMS_MAX_BYTES)
    return MIN (READ_BYTES, TIDE_READER_STREAMS_MAX_BYTES - text->len);
  return memchr (text->str, '\n', text->len) == NULL ? READ_BYTES : 0;
}

static void
read_some (Reader *reader)
{
  GString *rest = reader->rest;
  gsize n_room;

  while ((n_room = get_room (rest)) > 0)
    {
      gsize length = rest->len;
      gssize n;

      g_string_set_size (rest, length + n_room);
      do
        n = recv (reader->fd, rest->str + length, n_room, MSG_DONTWAIT);
      while (n < 0 && errno == EINTR);
      g_string_truncate (rest, length + MAX (n, 0));
      if (n <= 0)
        return;
    }
}

/**
 * tide_reader_streams_read:
 * @self: streams
 * @id: of a stream, or anything else
 * @lines: where to append the lines that came since the last call
 *
 * Reads what is there, whole lines only. Does not wait.
 *
 * Returns: whether there is such a stream
 */
gboolean
tide_reader_streams_read (TideReaderStreams *self, const char *id, GString *lines)
{
  Reader *reader = g_hash_table_lookup (self->readers, id);
  const char *last;

  if (reader == NULL)
    return FALSE;
  wait_for_reader (reader);
  read_some (reader);
  last = memrchr (reader->rest->str, '\n', reader->rest->len);
  if (last != NULL)
    {
      gsize length = last + 1 - reader->rest->str;

      g_string_append_len (lines, reader->rest->str, length);
      g_string_erase (reader->rest, 0, length);
    }
  return TRUE;
}

/**
 * tide_reader_streams_close:
 * @self: streams
 * @id: of a stream, or anything else
 *
 * Ends a stream.
 *
 * Returns: whether there was such a stream
 */
gboolean
tide_reader_streams_close (TideReaderStreams *self, const char *id)
{
  return g_hash_table_remove (self->readers, id);
}
