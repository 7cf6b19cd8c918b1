/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The sessions as delivery sees them: a sink that notes what each user gets, and keeps
 * the sessions' side of the books. What a user is given is taken at once, unless the test
 * says that its connections take nothing, or that what they hold is not read yet. */

#include "tide-counters.h"
#include "tide-sink.h"

#include <glib-object.h>

typedef struct
{
  gboolean is_connected;
  gboolean is_deaf;    /* takes nothing any more */
  gboolean is_unread;  /* takes, but does not read: items stay in @outbox */
  GPtrArray *got;      /* (element-type TideEvent), what was read, in order */
  GArray *outbox;      /* (element-type TideBatchItem), what was not */
  GArray *batch_sizes; /* (element-type guint) */
} FakeUser;

#define FAKE_TYPE_BATCH_SINK (fake_batch_sink_get_type ())
G_DECLARE_FINAL_TYPE (FakeBatchSink, fake_batch_sink, FAKE, BATCH_SINK, GObject)

struct _FakeBatchSink
{
  GObject parent_instance;

  GPtrArray *users; /* (owned) (element-type FakeUser), by slot */
  TideCounters *counters;
  TideBatch *last; /* (owned) (nullable) */
  void (*delivered) (FakeBatchSink *self, TideBatch *batch, guint32 slot);
  gpointer user_data;
};

static inline void
fake_user_free (gpointer data)
{
  FakeUser *user = data;

  g_ptr_array_unref (user->got);
  g_array_unref (user->outbox);
  g_array_unref (user->batch_sizes);
  g_free (user);
}

static inline void
fake_item_clear (gpointer data)
{
  tide_event_unref (((TideBatchItem *) data)->event);
}

static inline FakeUser *
fake_batch_sink_get_user (FakeBatchSink *self, guint32 slot)
{
  while (slot >= self->users->len)
    {
      FakeUser *user = g_new0 (FakeUser, 1);

      user->got = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_event_unref);
      user->outbox = g_array_new (FALSE, FALSE, sizeof (TideBatchItem));
      g_array_set_clear_func (user->outbox, fake_item_clear);
      user->batch_sizes = g_array_new (FALSE, FALSE, sizeof (guint));
      g_ptr_array_add (self->users, user);
    }
  return g_ptr_array_index (self->users, slot);
}

/* What is in the outbox is read. */
static inline void
fake_batch_sink_read (FakeBatchSink *self, guint32 slot)
{
  FakeUser *user = fake_batch_sink_get_user (self, slot);

  for (guint i = 0; i < user->outbox->len; i++)
    {
      TideEvent *event = g_array_index (user->outbox, TideBatchItem, i).event;
      TideBook *book = &self->counters->books[event->route->delivery_class];

      book->in_outboxes--;
      book->delivered++;
      g_ptr_array_add (user->got, tide_event_ref (event));
    }
  g_array_set_size (user->outbox, 0);
}

static guint
fake_batch_sink_deliver (TideBatchSink *sink, TideBatch *batch, guint32 slot)
{
  FakeBatchSink *self = FAKE_BATCH_SINK (sink);
  FakeUser *user = fake_batch_sink_get_user (self, slot);

  if (!user->is_connected || user->is_deaf)
    return 0;
  if (self->last != batch)
    {
      g_clear_pointer (&self->last, tide_batch_unref);
      self->last = tide_batch_ref (batch);
    }
  for (guint i = 0; i < batch->n_events; i++)
    {
      TideBatchItem item = batch->items[i];

      self->counters->books[item.event->route->delivery_class].in_outboxes++;
      tide_event_ref (item.event);
      g_array_append_val (user->outbox, item);
    }
  g_array_append_val (user->batch_sizes, batch->n_events);
  if (!user->is_unread)
    fake_batch_sink_read (self, slot);
  if (self->delivered != NULL)
    self->delivered (self, batch, slot);
  return 1;
}

/* Ends a user's connections: what they did not read comes back. */
static inline void
fake_batch_sink_leave (FakeBatchSink *self, TideUserObserver *observer, TideUserRef ref)
{
  FakeUser *user = fake_batch_sink_get_user (self, ref.slot);
  g_autoptr (GArray) returned = g_array_new (FALSE, FALSE, sizeof (TideBatchItem));

  for (guint i = 0; i < user->outbox->len; i++)
    {
      TideBatchItem *item = &g_array_index (user->outbox, TideBatchItem, i);
      TideBook *book = &self->counters->books[item->event->route->delivery_class];

      book->in_outboxes--;
      if (item->event->route->delivery_class == TIDE_CLASS_LOSSLESS)
        {
          item->n_attempts++;
          g_array_append_vals (returned, item, 1);
        }
      else
        book->dropped_left++;
    }
  user->is_connected = FALSE;
  user->is_deaf = FALSE;
  user->is_unread = FALSE;
  if (returned->len > 0)
    tide_user_observer_returned (
        observer, ref, (TideBatchItem *) (gpointer) returned->data, returned->len);
  g_array_set_size (user->outbox, 0);
  tide_user_observer_left (observer, ref);
}

static void
fake_batch_sink_iface_init (TideBatchSinkInterface *iface)
{
  iface->deliver = fake_batch_sink_deliver;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeBatchSink,
                               fake_batch_sink,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_BATCH_SINK,
                                                      fake_batch_sink_iface_init))

static void
fake_batch_sink_finalize (GObject *object)
{
  FakeBatchSink *self = FAKE_BATCH_SINK (object);

  g_ptr_array_unref (self->users);
  g_clear_pointer (&self->last, tide_batch_unref);
  G_OBJECT_CLASS (fake_batch_sink_parent_class)->finalize (object);
}

static void
fake_batch_sink_class_init (FakeBatchSinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_batch_sink_finalize;
}

static void
fake_batch_sink_init (FakeBatchSink *self)
{
  self->users = g_ptr_array_new_with_free_func (fake_user_free);
}

static inline FakeBatchSink *
fake_batch_sink_new (TideCounters *counters)
{
  FakeBatchSink *self = g_object_new (FAKE_TYPE_BATCH_SINK, NULL);

  self->counters = counters;
  return self;
}
