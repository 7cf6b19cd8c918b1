/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which keys have the most events of late. A window is two halves: while the newer is
 * filled the older stays as it is, and at its end is thrown away whole. So the window is
 * between one half and two long, and no event has to be remembered by its time. */

#include "tide-busy-keys.h"

#include "tide-hash.h"
#include "tide-json-string.h"
#include "tide-least.h"

#include <string.h>

typedef struct
{
  const TideRoute *route; /* (owned), names the event's type */
  guint64 n_events;
  guint32 hash;
  gsize length;
  const char *key; /* (unowned), where it is looked for; else @stored */
  char stored[];
} Key;

typedef struct
{
  GHashTable *keys; /* (owned) (element-type Key), a set */
  gint64 begin_us;
  guint64 n_events;    /* all */
  guint64 n_uncounted; /* of these, those whose keys there was no room for */
} Half;

struct _TideBusyKeys
{
  TideEventRouter *router; /* (unowned) */
  TideTimerWheel *wheel;   /* (unowned) */
  TideTimer patience;      /* armed while keys are counted */
  Half older;
  Half newer;
};

static guint
hash_key (gconstpointer key)
{
  return ((const Key *) key)->hash;
}

/* Two routes may carry one type of event. */
static gboolean
equal_keys (gconstpointer a, gconstpointer b)
{
  const Key *one = a;
  const Key *other = b;

  return one->length == other->length &&
         memcmp (one->key, other->key, one->length) == 0 &&
         (one->route == other->route ||
          g_str_equal (one->route->event_type, other->route->event_type));
}

static void
key_free (gpointer data)
{
  Key *key = data;

  tide_route_unref ((TideRoute *) key->route);
  g_free (key);
}

static Key *
key_copy (const Key *key)
{
  Key *copy = g_malloc (sizeof *copy + key->length);

  *copy = *key;
  tide_route_ref ((TideRoute *) key->route);
  copy->key = copy->stored;
  memcpy (copy->stored, key->key, key->length);
  return copy;
}

static gint64
get_now_us (const TideBusyKeys *self)
{
  return tide_clock_now_us (tide_timer_wheel_get_clock (self->wheel));
}

static gboolean
is_counting (const TideBusyKeys *self)
{
  return self->patience.pprev != NULL;
}

static void
half_begin (Half *half, gint64 begin_us)
{
  g_hash_table_remove_all (half->keys);
  half->begin_us = begin_us;
  half->n_events = 0;
  half->n_uncounted = 0;
}

/* Ends the halves whose time is over. */
static void
turn (TideBusyKeys *self, gint64 now_us)
{
  gint64 n = (now_us - self->newer.begin_us) / TIDE_BUSY_KEYS_HALF_US;
  gint64 begin_us = self->newer.begin_us + n * TIDE_BUSY_KEYS_HALF_US;
  Half spare = self->older;

  if (n == 0)
    return;
  if (n == 1)
    {
      self->older = self->newer;
      self->newer = spare;
    }
  else
    half_begin (&self->older, begin_us - TIDE_BUSY_KEYS_HALF_US);
  half_begin (&self->newer, begin_us);
}

static void
on_event (const TideEvent *event,
          const TideAudience *audience,
          guint n_users,
          gpointer user_data)
{
  TideBusyKeys *self = user_data;
  const char *type = event->route->event_type;
  Key wanted = { .route = event->route,
                 .key = event->key != NULL ? event->key : "",
                 .length = event->key != NULL ? event->key_length : 0 };
  Key *key;

  turn (self, get_now_us (self));
  wanted.hash = tide_hash_bytes (
      tide_hash_bytes (TIDE_HASH_INIT, type, strlen (type)), wanted.key, wanted.length);
  self->newer.n_events++;
  key = g_hash_table_lookup (self->newer.keys, &wanted);
  if (key == NULL && g_hash_table_size (self->newer.keys) >= TIDE_BUSY_KEYS_MAX)
    {
      self->newer.n_uncounted++;
      return;
    }
  if (key == NULL)
    {
      key = key_copy (&wanted);
      g_hash_table_add (self->newer.keys, key);
    }
  key->n_events++;
}

static void
stop (TideBusyKeys *self)
{
  tide_event_router_remove_tap (self->router, on_event, self);
  half_begin (&self->older, 0);
  half_begin (&self->newer, 0);
}

static void
on_patience_over (TideTimer *timer, gint64 now_us)
{
  stop (timer->user_data);
}

/* Counts from now on, and for a while after the last call. */
static void
keep_counting (TideBusyKeys *self, gint64 now_us)
{
  if (!is_counting (self))
    {
      half_begin (&self->older, now_us);
      half_begin (&self->newer, now_us);
      tide_event_router_add_tap (self->router, on_event, self);
    }
  tide_timer_wheel_arm (
      self->wheel, &self->patience, now_us + TIDE_BUSY_KEYS_PATIENCE_US);
}

/**
 * tide_busy_keys_new:
 * @router: where the events come by; must outlive the result
 * @wheel: what time is told by; must outlive the result
 *
 * Returns: (transfer full): keys, none counted so far
 */
TideBusyKeys *
tide_busy_keys_new (TideEventRouter *router, TideTimerWheel *wheel)
{
  TideBusyKeys *self = g_new0 (TideBusyKeys, 1);

  self->router = router;
  self->wheel = wheel;
  self->patience.func = on_patience_over;
  self->patience.user_data = self;
  self->older.keys = g_hash_table_new_full (hash_key, equal_keys, key_free, NULL);
  self->newer.keys = g_hash_table_new_full (hash_key, equal_keys, key_free, NULL);
  return self;
}

/**
 * tide_busy_keys_free:
 * @self: (transfer full): keys
 *
 * Counts no more.
 */
void
tide_busy_keys_free (TideBusyKeys *self)
{
  if (is_counting (self))
    {
      tide_timer_wheel_disarm (self->wheel, &self->patience);
      stop (self);
    }
  g_hash_table_unref (self->older.keys);
  g_hash_table_unref (self->newer.keys);
  g_free (self);
}

/* --- the answer --- */

typedef struct
{
  const Key *key; /* (unowned) */
  guint64 n_events;
} Ranked;

/* The most events first, then by name, so that a list stands still. */
static int
compare_ranked (gconstpointer a, gconstpointer b)
{
  const Ranked *one = a;
  const Ranked *other = b;
  int order = 0;

  if (one->n_events != other->n_events)
    return one->n_events > other->n_events ? -1 : 1;
  order = strcmp (one->key->route->event_type, other->key->route->event_type);
  if (order == 0)
    order = memcmp (
        one->key->key, other->key->key, MIN (one->key->length, other->key->length));
  if (order == 0)
    order = one->key->length < other->key->length ? -1
                                                  : one->key->length > other->key->length;
  return order;
}

static GArray *
find_busiest (const TideBusyKeys *self, guint n_max)
{
  TideLeast *least = tide_least_new (sizeof (Ranked), n_max, compare_ranked);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->newer.keys);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const Key *before = g_hash_table_lookup (self->older.keys, key);
      Ranked ranked = { key, ((const Key *) key)->n_events };

      if (before != NULL)
        ranked.n_events += before->n_events;
      tide_least_offer (least, &ranked);
    }
  g_hash_table_iter_init (&iter, self->older.keys);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      Ranked ranked = { key, ((const Key *) key)->n_events };

      if (!g_hash_table_contains (self->newer.keys, key))
        tide_least_offer (least, &ranked);
    }
  return tide_least_finish (least);
}

static void
append_key (GString *out, const Ranked *ranked)
{
  const Key *key = ranked->key;

  g_string_append (out, "{\"event\":");
  tide_json_append_string (out, key->route->event_type, -1);
  g_string_append (out, ",\"key\":");
  if (key->length > 0)
    tide_json_append_string (out, key->key, key->length);
  else
    g_string_append (out, "null");
  g_string_append_printf (out, ",\"events\":%" G_GUINT64_FORMAT "}", ranked->n_events);
}

/**
 * tide_busy_keys_append:
 * @self: keys
 * @n_max: how many at most
 * @out: where to append
 *
 * Appends the keys with the most events as a JSON object, and counts for a while more.
 * The first answer has none: nobody had asked before.
 */
void
tide_busy_keys_append (TideBusyKeys *self, guint n_max, GString *out)
{
  gint64 now_us = get_now_us (self);
  g_autoptr (GArray) busiest = NULL;

  keep_counting (self, now_us);
  turn (self, now_us);
  busiest = find_busiest (self, n_max);
  g_string_append_printf (out,
                          "{\"window_ms\":%" G_GINT64_FORMAT
                          ",\"events\":%" G_GUINT64_FORMAT
                          ",\"uncounted_events\":%" G_GUINT64_FORMAT ",\"keys\":[",
                          (now_us - self->older.begin_us) / 1000,
                          self->older.n_events + self->newer.n_events,
                          self->older.n_uncounted + self->newer.n_uncounted);
  for (guint i = 0; i < busiest->len; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      append_key (out, &g_array_index (busiest, Ranked, i));
    }
  g_string_append (out, "]}");
}
