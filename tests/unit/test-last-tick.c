/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-last-tick.h"

#include <string.h>

static TideRoute *
make_route (void)
{
  const char *const key[] = { "s", NULL };
  const char *const other[] = { "o", NULL };
  TideRoute *route = tide_route_new ("c", "e", key, TIDE_AUDIENCE_EVERYONE);

  tide_route_add_field (route, other);
  return route;
}

static TideLastTick *
keep (TideLastTick *last, TideRoute *route, const char *payload)
{
  TideEventFacts facts = { .route = route,
                           .payload = payload,
                           .payload_length = strlen (payload),
                           .priority = TIDE_PRIORITY_HIGH,
                           .id = 42,
                           .received_us = 1,
                           .timestamp_us = 17 };
  g_autoptr (TideEvent) event = tide_event_new_full (&facts);

  return tide_last_tick_keep (last, event);
}

static void
assert_payload (const TideLastTick *last, TideRoute *route, const char *payload)
{
  g_autoptr (TideEvent) event = tide_last_tick_make_event (last, "AAPL", 99);

  g_assert_cmpstr (event->payload, ==, payload);
  g_assert_cmpuint (event->payload_length, ==, strlen (payload));
  g_assert_true (event->route == route);
  g_assert_cmpmem (event->key, event->key_length, "AAPL", 4);
  g_assert_null (event->values[1].text);
  g_assert_cmpuint (event->priority, ==, TIDE_PRIORITY_HIGH);
  g_assert_cmpuint (event->id, ==, 42);
  g_assert_cmpint (event->timestamp_us, ==, 17);
  g_assert_cmpint (event->received_us, ==, 99);
}

static void
test_keep (void)
{
  g_autoptr (TideRoute) route = make_route ();
  g_autoptr (TideRoute) other = make_route ();
  g_autofree char *longer = g_strnfill (4096, ' ');
  g_autofree char *too_long = g_strnfill (4097, ' ');
  TideLastTick *last = NULL;

  g_test_summary ("The newest tick comes out as it went in, whatever was there before");

  last = keep (last, route, "{\"n\":1}");
  assert_payload (last, route, "{\"n\":1}");
  last = keep (last, route, "{}");
  assert_payload (last, route, "{}");
  last = keep (last, route, longer);
  assert_payload (last, route, longer);
  last = keep (last, other, "{\"n\":2}");
  assert_payload (last, other, "{\"n\":2}");
  g_assert_null (keep (last, route, too_long));
  g_assert_cmpuint (route->ref_count, ==, 1);
  g_assert_cmpuint (other->ref_count, ==, 1);
  tide_last_tick_free (keep (NULL, route, "{}"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/last-tick/keep", test_keep);
  return g_test_run ();
}
