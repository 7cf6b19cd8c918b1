/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The direct way: every event goes out by itself, at once. */

#include "tide-broadcaster.h"

struct _TideBroadcaster
{
  GObject parent_instance;

  TideBatchSink *sink; /* (owned) */
};

static void event_sink_init (TideEventSinkInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TideBroadcaster,
                               tide_broadcaster,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_EVENT_SINK,
                                                      event_sink_init))

static guint
tide_broadcaster_push (TideEventSink *sink,
                       TideEvent *event,
                       const TideAudience *audience)
{
  TideBroadcaster *self = TIDE_BROADCASTER (sink);
  g_autoptr (TideBatch) batch = tide_batch_new (&event, 1);
  guint n_users = 0;

  if (audience->is_everyone)
    return tide_batch_sink_deliver_everyone (self->sink, batch);
  for (guint i = 0; i < audience->n_slots; i++)
    if (tide_batch_sink_deliver (self->sink, batch, audience->slots[i]) > 0)
      n_users++;
  return n_users;
}

static void
event_sink_init (TideEventSinkInterface *iface)
{
  iface->push = tide_broadcaster_push;
}

static void
tide_broadcaster_dispose (GObject *object)
{
  g_clear_object (&TIDE_BROADCASTER (object)->sink);
  G_OBJECT_CLASS (tide_broadcaster_parent_class)->dispose (object);
}

static void
tide_broadcaster_class_init (TideBroadcasterClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tide_broadcaster_dispose;
}

static void
tide_broadcaster_init (TideBroadcaster *self)
{
}

/**
 * tide_broadcaster_new:
 * @sink: who hands batches to the users' connections
 *
 * Returns: (transfer full): a broadcaster
 */
TideBroadcaster *
tide_broadcaster_new (TideBatchSink *sink)
{
  TideBroadcaster *self = g_object_new (TIDE_TYPE_BROADCASTER, NULL);

  self->sink = g_object_ref (sink);
  return self;
}
