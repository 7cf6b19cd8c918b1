/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-event.h"

#include <string.h>

static void
test_copies (void)
{
  static const char *const keys[] = { "symbol", NULL };
  g_autoptr (TideRoute) route =
      tide_route_new ("channel", "type", keys, TIDE_AUDIENCE_EVERYONE);
  char payload[] = "{\"symbol\":\"AAPL\"}";
  char key[] = { 'A', '\0', 'B' };
  g_autoptr (TideEvent) event =
      tide_event_new (route, payload, strlen (payload), key, sizeof key, 7);

  g_test_summary ("An event keeps copies of payload and key, each byte as it was");

  memset (payload, 'x', strlen (payload));
  memset (key, 'x', sizeof key);
  g_assert_cmpstr (event->payload, ==, "{\"symbol\":\"AAPL\"}");
  g_assert_cmpuint (event->payload_length, ==, strlen (event->payload));
  g_assert_cmpmem (event->key, event->key_length, "A\0B", 3);
  g_assert_cmpint (event->received_us, ==, 7);
}

static void
test_holds_route (void)
{
  TideRoute *route = tide_route_new ("channel", "type", NULL, TIDE_AUDIENCE_EVERYONE);
  TideEvent *event = tide_event_new (route, "{}", 2, NULL, 0, 0);

  g_test_summary ("An event lives until the last holder lets go, and its route with it");

  tide_route_unref (route);
  g_assert_true (tide_event_ref (event) == event);
  tide_event_unref (event);
  g_assert_cmpstr (event->route->event_type, ==, "type");
  g_assert_null (event->key);
  g_assert_cmpuint (event->key_length, ==, 0);
  tide_event_unref (event);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/event/copies", test_copies);
  g_test_add_func ("/core/event/holds-route", test_holds_route);
  return g_test_run ();
}
