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

static void
test_frames (void)
{
  g_autoptr (TideRoute) route =
      tide_route_new ("channel", "type", NULL, TIDE_AUDIENCE_EVERYONE);
  TideEvent *event = tide_event_new (route, "{}", 2, NULL, 0, 0);
  TideBatch *batch = tide_batch_new (&event, 1);
  g_autoptr (TideFrame) frame = tide_frame_new_copy ("bytes", 5);

  g_test_summary ("A batch has no frames at first, and lets go of those put into it");

  tide_event_unref (event);
  for (guint i = 0; i < TIDE_N_WIRE_FORMS; i++)
    g_assert_null (batch->frames[i]);
  batch->frames[TIDE_WIRE_PLAIN] = tide_frame_ref (frame);
  tide_batch_unref (batch);
  g_assert_cmpuint (frame->ref_count, ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/batch/holds", test_holds);
  g_test_add_func ("/core/batch/frames", test_frames);
  return g_test_run ();
}
