/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-broadcaster.h"

#include <string.h>

#define FAKE_TYPE_SINK (fake_sink_get_type ())
G_DECLARE_FINAL_TYPE (FakeSink, fake_sink, FAKE, SINK, GObject)

/* Writes down what is delivered: `SLOT:PAYLOAD` or `*:PAYLOAD`, one a line. A user with
 * an odd slot has no connection, one with an even slot has two. */
struct _FakeSink
{
  GObject parent_instance;

  GString *log;     /* (owned) */
  TideBatch *batch; /* (owned) (nullable), the last one */
};

static void
note (FakeSink *self, TideBatch *batch)
{
  g_assert_cmpuint (batch->n_events, ==, 1);
  g_string_append_printf (self->log, "%s\n", batch->items[0].event->payload);
  g_clear_pointer (&self->batch, tide_batch_unref);
  self->batch = tide_batch_ref (batch);
}

static guint
fake_sink_deliver (TideBatchSink *sink, TideBatch *batch, guint32 user_slot)
{
  g_string_append_printf (FAKE_SINK (sink)->log, "%u:", user_slot);
  note (FAKE_SINK (sink), batch);
  return user_slot % 2 == 0 ? 2 : 0;
}

static guint
fake_sink_deliver_everyone (TideBatchSink *sink, TideBatch *batch)
{
  g_string_append (FAKE_SINK (sink)->log, "*:");
  note (FAKE_SINK (sink), batch);
  return 42;
}

static void
fake_sink_iface_init (TideBatchSinkInterface *iface)
{
  iface->deliver = fake_sink_deliver;
  iface->deliver_everyone = fake_sink_deliver_everyone;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeSink,
                               fake_sink,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_BATCH_SINK,
                                                      fake_sink_iface_init))

static void
fake_sink_finalize (GObject *object)
{
  FakeSink *self = FAKE_SINK (object);

  g_string_free (self->log, TRUE);
  g_clear_pointer (&self->batch, tide_batch_unref);
  G_OBJECT_CLASS (fake_sink_parent_class)->finalize (object);
}

static void
fake_sink_class_init (FakeSinkClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_sink_finalize;
}

static void
fake_sink_init (FakeSink *self)
{
  self->log = g_string_new (NULL);
}

static guint
push (TideBroadcaster *broadcaster, const char *payload, const TideAudience *audience)
{
  g_autoptr (TideRoute) route =
      tide_route_new ("channel", "type", NULL, TIDE_AUDIENCE_EVERYONE);
  g_autoptr (TideEvent) event =
      tide_event_new (route, payload, strlen (payload), NULL, 0, 0);

  return tide_event_sink_push (TIDE_EVENT_SINK (broadcaster), event, audience);
}

static void
test_slots (void)
{
  g_autoptr (FakeSink) sink = g_object_new (FAKE_TYPE_SINK, NULL);
  g_autoptr (TideBroadcaster) broadcaster = tide_broadcaster_new (TIDE_BATCH_SINK (sink));
  const guint32 slots[] = { 4, 7, 0 };
  TideAudience audience = { FALSE, NULL, slots, G_N_ELEMENTS (slots) };

  g_test_summary ("Every user of the audience gets the event once, at once and in order");

  g_assert_cmpuint (push (broadcaster, "{\"n\":1}", &audience), ==, 2);
  g_assert_cmpstr (sink->log->str, ==, "4:{\"n\":1}\n7:{\"n\":1}\n0:{\"n\":1}\n");
  g_string_truncate (sink->log, 0);
  audience.n_slots = 1;
  g_assert_cmpuint (push (broadcaster, "{\"n\":2}", &audience), ==, 1);
  g_assert_cmpstr (sink->log->str, ==, "4:{\"n\":2}\n");
}

static void
test_everyone (void)
{
  g_autoptr (FakeSink) sink = g_object_new (FAKE_TYPE_SINK, NULL);
  g_autoptr (TideBroadcaster) broadcaster = tide_broadcaster_new (TIDE_BATCH_SINK (sink));
  TideAudience audience = { TRUE, NULL, 0 };

  g_test_summary ("An event for everyone is handed over once");

  g_assert_cmpuint (push (broadcaster, "{}", &audience), ==, 42);
  g_assert_cmpstr (sink->log->str, ==, "*:{}\n");
}

static void
test_shared (void)
{
  g_autoptr (FakeSink) sink = g_object_new (FAKE_TYPE_SINK, NULL);
  g_autoptr (TideBroadcaster) broadcaster = tide_broadcaster_new (TIDE_BATCH_SINK (sink));
  const guint32 slots[] = { 0, 2 };
  TideAudience audience = { FALSE, NULL, slots, G_N_ELEMENTS (slots) };
  TideBatch *first;

  g_test_summary ("All users share one batch, which the broadcaster does not keep");

  push (broadcaster, "{}", &audience);
  first = g_steal_pointer (&sink->batch);
  g_assert_cmpuint (first->ref_count, ==, 1);
  push (broadcaster, "{}", &audience);
  g_assert_true (sink->batch != first);
  tide_batch_unref (first);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery/broadcaster/slots", test_slots);
  g_test_add_func ("/delivery/broadcaster/everyone", test_everyone);
  g_test_add_func ("/delivery/broadcaster/shared", test_shared);
  return g_test_run ();
}
