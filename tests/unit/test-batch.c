/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-batch.h"

static void
test_holds (void)
{
  TideRoute *route = tide_route_new ("channel", "type", NULL, TIDE_AUDIENCE_EVERYONE);
  TideEvent *events[] = { tide_event_new (route, "{\"n\":1}", 7, NULL, 0, 0),
                          tide_event_new (route, "{\"n\":2}", 7, NULL, 0, 0) };
  TideBatch *batch = tide_batch_new (events, G_N_ELEMENTS (events));

  g_test_summary ("A batch holds its events in their order until nobody holds it");

  tide_route_unref (route);
  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    tide_event_unref (events[i]);

  g_assert_true (tide_batch_ref (batch) == batch);
  tide_batch_unref (batch);
  g_assert_cmpuint (batch->n_events, ==, 2);
  g_assert_cmpstr (batch->items[0].event->payload, ==, "{\"n\":1}");
  g_assert_cmpstr (batch->items[1].event->payload, ==, "{\"n\":2}");
  tide_batch_unref (batch);
}

static TideBatch *
make_batch (guint n_events, gint64 received_us)
{
  TideRoute *route = tide_route_new ("channel", "type", NULL, TIDE_AUDIENCE_EVERYONE);
  TideBatchItem items[4] = { { NULL } };
  TideBatch *batch;

  for (guint i = 0; i < n_events; i++)
    {
      items[i].event = tide_event_new (route, "{}", 2, NULL, 0, received_us);
      items[i].is_by_room = i % 2;
    }
  batch = tide_batch_new_items (items, n_events);
  for (guint i = 0; i < n_events; i++)
    tide_event_unref (items[i].event);
  tide_route_unref (route);
  return batch;
}

static void
test_facts (void)
{
  g_autoptr (TideBatch) batch = make_batch (4, 0);
  g_autoptr (TideBatch) other = make_batch (1, 0);

  g_test_summary ("A batch knows how many events of which kind it has; no two are one");

  g_assert_cmpuint (batch->n_of_class[TIDE_CLASS_LOSSLESS], ==, 4);
  g_assert_cmpuint (batch->n_of_class[TIDE_CLASS_CONFLATE], ==, 0);
  g_assert_cmpuint (batch->n_by_room, ==, 2);
  g_assert_cmpuint (other->n_by_room, ==, 0);
  g_assert_cmpuint (batch->id, !=, other->id);
}

static void
test_frames (void)
{
  static const TideWireShape shapes[] = {
    { .form = TIDE_WIRE_SOCKETIO },
    { .form = TIDE_WIRE_SOCKETIO, .is_batched = TRUE },
    { .form = TIDE_WIRE_PLAIN },
    { .form = TIDE_WIRE_PLAIN, .version = 1 },
    { .form = TIDE_WIRE_PLAIN, .version = 2 },
    { .form = TIDE_WIRE_PLAIN, .is_batched = TRUE, .version = 2 },
    { .form = TIDE_WIRE_PLAIN, .is_deflated = TRUE },
    { .form = TIDE_WIRE_PLAIN, .is_batched = TRUE, .is_deflated = TRUE },
  };
  TideFrame *frames[G_N_ELEMENTS (shapes)];
  TideBatch *batch = make_batch (1, 0);

  g_test_summary ("A batch finds its frame of each shape for as long as somebody has it");

  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_assert_null (tide_batch_find_frame (batch, shapes[i]));
      frames[i] = tide_frame_new_copy ("bytes", 5);
      tide_batch_add_frame (batch, shapes[i], frames[i]);
    }
  g_assert_cmpuint (batch->ref_count, ==, 1 + G_N_ELEMENTS (shapes));
  /* The middle of the list of rare ones first, then its ends. */
  for (guint round = 0; round < G_N_ELEMENTS (shapes); round++)
    {
      guint gone = (round + 4) % G_N_ELEMENTS (shapes);

      for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
        g_assert_true (tide_batch_find_frame (batch, shapes[i]) == frames[i]);
      tide_frame_unref (frames[gone]);
      frames[gone] = NULL;
    }
  g_assert_cmpuint (batch->ref_count, ==, 1);
  tide_batch_unref (batch);
}

static void
test_frame_holds (void)
{
  TideBatch *batch = make_batch (2, 0);
  TideFrame *frame = tide_frame_new_copy ("bytes", 5);

  g_test_summary ("Who has a frame has its batch");

  tide_batch_add_frame (batch, (TideWireShape){ 0 }, frame);
  tide_batch_unref (batch);
  g_assert_cmpuint (frame->batch->ref_count, ==, 1);
  g_assert_cmpstr (frame->batch->items[1].event->payload, ==, "{}");
  tide_frame_unref (frame);
}

static void
test_hold (void)
{
  TideWireShape early = { .form = TIDE_WIRE_PLAIN };
  TideWireShape late = { .form = TIDE_WIRE_PLAIN, .is_batched = TRUE, .version = 2 };
  TideBatch *batch = make_batch (1, 0);
  TideFrame *frames[] = { tide_frame_new_copy ("one", 3), tide_frame_new_copy ("2", 1) };

  g_test_summary ("The frames of a batch that is held stay, whoever lets go of them");

  tide_batch_add_frame (batch, early, frames[0]);
  tide_batch_hold (batch);
  tide_batch_hold (batch);
  tide_batch_add_frame (batch, late, frames[1]);
  tide_frame_unref (frames[0]);
  tide_frame_unref (frames[1]);
  tide_batch_let_go (batch);
  g_assert_true (tide_batch_find_frame (batch, early) == frames[0]);
  g_assert_true (tide_batch_find_frame (batch, late) == frames[1]);
  tide_batch_let_go (batch);
  g_assert_null (tide_batch_find_frame (batch, early));
  g_assert_null (tide_batch_find_frame (batch, late));
  g_assert_cmpuint (batch->ref_count, ==, 1);
  tide_batch_unref (batch);
}

static void
test_latency (void)
{
  TideCounters counters = { 0 };
  TideHistogram *latency = &counters.latency[TIDE_PRIORITY_MEDIUM];
  TideBatch *batch = make_batch (2, 1000000);

  g_test_summary (
      "Every take of every event is in the histogram, at the latest at the end");

  for (guint i = 0; i < 3; i++)
    tide_batch_note_taken (batch, &counters, 1001000 + i);
  g_assert_cmpuint (latency->n_values, ==, 0);
  tide_batch_note_taken (batch, &counters, 1500000);
  g_assert_cmpuint (latency->n_values, ==, 6);
  g_assert_cmpuint (tide_histogram_get_percentile (latency, 100), >=, 1000);
  g_assert_cmpuint (tide_histogram_get_percentile (latency, 100), <=, 1064);
  tide_batch_unref (batch);
  g_assert_cmpuint (latency->n_values, ==, 8);
  g_assert_cmpuint (tide_histogram_get_percentile (latency, 100), >=, 470000);
  g_assert_cmpuint (counters.latency[TIDE_PRIORITY_HIGH].n_values, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/batch/holds", test_holds);
  g_test_add_func ("/core/batch/facts", test_facts);
  g_test_add_func ("/core/batch/frames", test_frames);
  g_test_add_func ("/core/batch/frame-holds", test_frame_holds);
  g_test_add_func ("/core/batch/hold", test_hold);
  g_test_add_func ("/core/batch/latency", test_latency);
  return g_test_run ();
}
