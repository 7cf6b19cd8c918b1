/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-redis-guard.h"

#include <string.h>

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

#if HIREDIS_MAJOR >= 1
typedef size_t ElementCount;
#else
typedef int ElementCount;
#endif

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
  const TideRedisGuard *self = task->privdata;

  /* NULL makes the reader give up with an error. */
  if (n_elements > MAX_ELEMENTS || is_too_deep (task))
    return NULL;
  return self->default_funcs->createArray (task, n_elements);
}

/**
 * tide_redis_guard_watch:
 * @self: (out caller-allocates): a guard
 * @reader: a reader that nobody else has set up; must not outlive @self
 *
 * Has the reader give up, out of memory as it says, on arrays that are too large or too
 * deep.
 */
void
tide_redis_guard_watch (TideRedisGuard *self, redisReader *reader)
{
  self->default_funcs = reader->fn;
  self->funcs = *reader->fn;
  self->funcs.createArray = create_array;
  reader->fn = &self->funcs;
  reader->privdata = self;
}

/**
 * tide_redis_guard_check:
 * @reader: a reader that has given all whole replies
 *
 * Looks at the reply that has begun to come in. What is unparsed begins with a line in
 * every case: also a string is parsed only once it is whole, and the line with its length
 * comes first.
 *
 * Returns: (nullable): what is wrong with it, such as "too long a line"; %NULL for
 * nothing
 */
const char *
tide_redis_guard_check (const redisReader *reader)
{
  gsize n_unparsed = reader->len - reader->pos;

  if (n_unparsed > MAX_REPLY_BYTES)
    return "too long a reply";
  if (n_unparsed > MAX_LINE_BYTES &&
      memchr (reader->buf + reader->pos, '\n', MAX_LINE_BYTES) == NULL)
    return "too long a line";
  return NULL;
}
