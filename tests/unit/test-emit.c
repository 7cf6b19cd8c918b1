/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-emit.h"

#include "delivery-fixture.h"

static void
test_verbs (void)
{
  Delivery d;
  TideRoute *route, *room_route;
  TideUserRef ann, bob, carl;
  TideEventSink *sink;

  g_test_summary ("Each verb reaches whom it names, and says how many");

  delivery_open (&d);
  sink = TIDE_EVENT_SINK (d.broadcaster);
  route = delivery_make_route (&d, "note", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);
  room_route = delivery_make_room_route (&d, "room", TIDE_CLASS_LOSSLESS, "alpha", NULL);
  ann = delivery_come (&d, "ann");
  bob = delivery_come (&d, "bob");
  carl = delivery_come (&d, "carl");
  delivery_enter (&d, carl, "alpha");
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (TideEvent) event =
          delivery_make_sized (&d, i == 3 ? room_route : route, "a", 10);
      guint32 slots[] = { ann.slot, bob.slot };
      guint n = i == 0   ? tide_emit_to_user (sink, event, ann.slot)
                : i == 1 ? tide_broadcast_message (sink, event)
                : i == 2 ? tide_broadcast_to_users (sink, event, slots, 2)
                         : tide_broadcast_to_room (sink, event);

      g_assert_cmpuint (n, ==, ((guint[]){ 1, 3, 2, 1 })[i]);
    }
  delivery_pass (&d, 200);
  delivery_assert_got (&d, ann, "1 2 3");
  delivery_assert_got (&d, bob, "2 3");
  delivery_assert_got (&d, carl, "2 4");
  delivery_close (&d);
}

static void
test_away (void)
{
  Delivery d;
  TideRoute *route;
  TideUserRef ann, bob;

  g_test_summary ("What is queued for a user waits if the user is away and has asked for "
                  "that, and goes out if the user is here");

  delivery_open (&d);
  route = delivery_make_route (&d, "note", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);
  route->is_kept = TRUE;
  ann = delivery_come (&d, "ann");
  bob = delivery_come (&d, "bob");
  tide_user_table_set_kept (d.users, ann.slot, TRUE);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (TideEvent) event = delivery_make_sized (&d, route, "a", 10);
      TideEventSink *sink = TIDE_EVENT_SINK (d.broadcaster);

      g_assert_cmpuint (
          tide_queue_message_for_offline_user (sink, event, ann.slot), ==, 1);
      g_assert_cmpuint (
          tide_queue_message_for_offline_user (sink, event, bob.slot), ==, i == 0);
      if (i > 0)
        break;
      delivery_pass (&d, 200);
      delivery_assert_got (&d, ann, "1");
      delivery_leave (&d, ann);
      delivery_leave (&d, bob);
    }
  delivery_come (&d, "ann");
  delivery_come (&d, "bob");
  delivery_pass (&d, 200);
  delivery_assert_got (&d, ann, "1 2");
  delivery_assert_got (&d, bob, "1");
  delivery_close (&d);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery/emit/verbs", test_verbs);
  g_test_add_func ("/delivery/emit/away", test_away);
  return g_test_run ();
}
