/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-topic-table.h"

#include "tide-hash.h"

#include <string.h>

struct _TideTopic
{
  guint ref_count;
  guint hash;
  guint32 number;         /* of those that the table has made */
  guint classes;          /* of its events, a bit each */
  TideTopicTable *table;  /* (unowned) */
  const char *event_type; /* (owned) by a topic in the table, else by an event */
  const char *key;        /* the same; not NUL-terminated */
  gsize key_length;
};

struct _TideTopicTable
{
  GHashTable *topics; /* (owned) (element-type TideTopic), a set; they own themselves */
  guint32 n_made;
};

static guint
topic_hash (gconstpointer key)
{
  return ((const TideTopic *) key)->hash;
}

static gboolean
topic_equal (gconstpointer a, gconstpointer b)
{
  const TideTopic *one = a;
  const TideTopic *other = b;

  return one->hash == other->hash && one->key_length == other->key_length &&
         g_str_equal (one->event_type, other->event_type) &&
         (one->key_length == 0 || memcmp (one->key, other->key, one->key_length) == 0);
}

/**
 * tide_topic_table_new:
 *
 * Returns: (transfer full): a table without topics
 */
TideTopicTable *
tide_topic_table_new (void)
{
  TideTopicTable *self = g_new0 (TideTopicTable, 1);

  self->topics = g_hash_table_new (topic_hash, topic_equal);
  return self;
}

/**
 * tide_topic_table_free:
 * @self: (transfer full): a table whose topics nobody holds
 *
 * Frees @self.
 */
void
tide_topic_table_free (TideTopicTable *self)
{
  g_hash_table_unref (self->topics);
  g_free (self);
}

/* The topic of an event as it would be in the table. */
static TideTopic
describe (const TideEvent *event)
{
  const char *event_type = event->route->event_type;

  return (TideTopic){
    .hash = tide_hash_bytes (
        tide_hash_bytes (TIDE_HASH_INIT, event_type, strlen (event_type) + 1),
        event->key,
        event->key_length),
    .classes = 1u << event->route->delivery_class,
    .event_type = event_type,
    .key = event->key,
    .key_length = event->key_length,
  };
}

/**
 * tide_topic_table_find:
 * @self: a table
 * @event: an event
 *
 * Finds the topic of an event, and leaves it as it is.
 *
 * Returns: (transfer none) (nullable): the topic, %NULL when nobody holds it
 */
const TideTopic *
tide_topic_table_find (const TideTopicTable *self, const TideEvent *event)
{
  TideTopic wanted = describe (event);

  return g_hash_table_lookup (self->topics, &wanted);
}

/**
 * tide_topic_table_hold:
 * @self: a table
 * @event: an event
 *
 * Finds the topic of an event, or makes it.
 *
 * Returns: (transfer full): the topic
 */
TideTopic *
tide_topic_table_hold (TideTopicTable *self, const TideEvent *event)
{
  TideTopic wanted = describe (event);
  TideTopic *topic = g_hash_table_lookup (self->topics, &wanted);
  gsize type_length;
  char *texts;

  if (topic != NULL)
    {
      topic->classes |= wanted.classes;
      return tide_topic_ref (topic);
    }
  type_length = strlen (wanted.event_type);
  topic = g_malloc (sizeof (TideTopic) + type_length + 1 + event->key_length);
  texts = (char *) (topic + 1);
  *topic = wanted;
  topic->ref_count = 1;
  topic->number = self->n_made++;
  topic->table = self;
  topic->event_type = memcpy (texts, wanted.event_type, type_length + 1);
  topic->key = texts + type_length + 1;
  if (event->key_length > 0)
    memcpy (texts + type_length + 1, event->key, event->key_length);
  g_hash_table_add (self->topics, topic);
  return topic;
}

/**
 * tide_topic_table_get_n_topics:
 * @self: a table
 *
 * Returns: how many topics somebody holds
 */
guint
tide_topic_table_get_n_topics (TideTopicTable *self)
{
  return g_hash_table_size (self->topics);
}

/**
 * tide_topic_ref:
 * @self: a topic
 *
 * Returns: (transfer full): @self
 */
TideTopic *
tide_topic_ref (TideTopic *self)
{
  self->ref_count++;
  return self;
}

/**
 * tide_topic_unref:
 * @self: (transfer full): a topic
 *
 * Lets go of @self; the last one to do so takes it out of the table.
 */
void
tide_topic_unref (TideTopic *self)
{
  if (--self->ref_count > 0)
    return;
  g_hash_table_remove (self->table->topics, self);
  g_free (self);
}

/**
 * tide_topic_get_number:
 * @self: a topic
 *
 * Returns: how many topics its table had made before
 */
guint32
tide_topic_get_number (const TideTopic *self)
{
  return self->number;
}

/**
 * tide_topic_is_mixed:
 * @self: a topic
 *
 * Two routes may carry events of one type in different classes. An event that takes the
 * place of an older one would pass those in between that may not be replaced: of such a
 * topic none takes another's place.
 *
 * Returns: whether some events of the topic may be replaced, and others not
 */
gboolean
tide_topic_is_mixed (const TideTopic *self)
{
  guint replaceable = 1u << TIDE_CLASS_CONFLATE | 1u << TIDE_CLASS_LATEST;

  return (self->classes & replaceable) != 0 && (self->classes & ~replaceable) != 0;
}
