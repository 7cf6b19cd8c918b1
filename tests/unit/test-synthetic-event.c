/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-synthetic-event.h"

#include <string.h>

/* A route with the key `id` or `job_id`, and the fields `status` and `tier`; it is of
 * high priority when the status is not `fine`. */
static TideRoute *
make_route (void)
{
  const char *const id[] = { "id", "job_id", NULL };
  const char *const status[] = { "status", NULL };
  const char *const tier[] = { "tier", NULL };
  const char *const fine[] = { "fine", NULL };
  TideRoute *route = tide_route_new ("c", "thing", id, TIDE_AUDIENCE_EVERYONE);
  TideRoutePriorityRule rule = { .priority = TIDE_PRIORITY_HIGH,
                                 .field = tide_route_add_field (route, status),
                                 .is_negated = TRUE,
                                 .values = g_strdupv ((char **) fine) };

  tide_route_add_field (route, tier);
  g_array_append_val (route->priority_rules, rule);
  route->priority = TIDE_PRIORITY_LOW;
  return route;
}

static TideEvent *
make (TideRoute *route,
      const char *payload,
      const TideCriterion *criteria,
      guint n_criteria,
      GError **error)
{
  TideSyntheticEvent what = { payload, strlen (payload), criteria, n_criteria };

  return tide_synthetic_event_make (&what, route, 1234, error);
}

/* Compares a field of an event with a text. */
static void
assert_value (const TideEvent *event, guint field, const char *expected)
{
  g_autofree char *text =
      event->values[field].text != NULL
          ? g_strndup (event->values[field].text, event->values[field].length)
          : NULL;

  g_assert_cmpstr (text, ==, expected);
}

static void
test_fields (void)
{
  g_autoptr (TideRoute) route = make_route ();
  g_autoptr (TideEvent) top = make (
      route, "{\"job_id\":12.50,\"data\":{\"id\":\"x\",\"tier\":\"d\"}}", NULL, 0, NULL);
  g_autoptr (TideEvent) escaped =
      make (route, "{\"id\":\"\\u0041\",\"tier\":null,\"status\":[1]}", NULL, 0, NULL);
  g_autoptr (TideEvent) hidden =
      make (route, "{\"id\":1,\"tier\":null,\"data\":{\"tier\":\"d\"}}", NULL, 0, NULL);

  g_test_summary ("Fields are texts and numbers, at the top or in data, by their names");

  /* The first name counts before the place. */
  assert_value (top, 0, "x");
  assert_value (top, 1, NULL);
  assert_value (top, 2, "d");
  g_assert_cmpmem (top->key, top->key_length, "x", 1);
  g_assert_cmpint (top->received_us, ==, 1234);
  g_assert_cmpuint (top->id, ==, 0);
  assert_value (escaped, 0, "A");
  assert_value (escaped, 1, NULL);
  assert_value (escaped, 2, NULL);
  /* What is there without being a text hides what is in data, as in published events. */
  assert_value (hidden, 2, NULL);
  g_assert_cmpstr (
      escaped->payload, ==, "{\"id\":\"\\u0041\",\"tier\":null,\"status\":[1]}");
}

static void
test_criteria (void)
{
  const TideCriterion criteria[] = { { "job_id", "7" }, { "tier", "" } };
  const TideCriterion unknown = { "job", "7" };
  g_autoptr (TideRoute) route = make_route ();
  g_autoptr (TideEvent) event =
      make (route, "{\"id\":\"x\",\"tier\":\"d\"}", criteria, 2, NULL);
  g_autoptr (GError) error = NULL;

  g_test_summary ("Criteria count before the payload, and name fields of the route");

  assert_value (event, 0, "7");
  assert_value (event, 2, "");
  g_assert_null (make (route, "{\"id\":\"x\"}", &unknown, 1, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD);
}

static void
test_priority (void)
{
  g_autoptr (TideRoute) route = make_route ();
  g_autoptr (TideEvent) fine =
      make (route, "{\"id\":1,\"status\":\"fine\"}", NULL, 0, NULL);
  g_autoptr (TideEvent) bad =
      make (route, "{\"id\":1,\"status\":\"fin\"}", NULL, 0, NULL);
  g_autoptr (TideEvent) none = make (route, "{\"id\":1}", NULL, 0, NULL);

  g_test_summary ("The route's rules say how urgent it is");

  g_assert_cmpint (fine->priority, ==, TIDE_PRIORITY_LOW);
  g_assert_cmpint (bad->priority, ==, TIDE_PRIORITY_HIGH);
  g_assert_cmpint (none->priority, ==, TIDE_PRIORITY_HIGH);
}

static void
test_refused (void)
{
  static const char *const payloads[] = {
    "", "[]", "1", "{", "{\"id\":1}x", "{\"id\":01}", "{}", "{\"id\":null}",
  };
  g_autoptr (TideRoute) route = make_route ();

  g_test_summary ("What is no JSON object, or has no key, is refused");

  for (guint i = 0; i < G_N_ELEMENTS (payloads); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (make (route, payloads[i], NULL, 0, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/synthetic-event/fields", test_fields);
  g_test_add_func ("/routing/synthetic-event/criteria", test_criteria);
  g_test_add_func ("/routing/synthetic-event/priority", test_priority);
  g_test_add_func ("/routing/synthetic-event/refused", test_refused);
  return g_test_run ();
}
