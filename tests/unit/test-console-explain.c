/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "console-harness.h"

static void
test_both_forms (void)
{
  static const char *const bodies[] = {
    "{\"channel\":\"tickstock.all_ticks\",\"payload\":{\"symbol\":\"AAPL\",\"x\":1.50}}",
    "{\"payload\":\"{\\\"symbol\\\":\\\"AAPL\\\"}\",\"channel\":\"tickstock.all_ticks\"}",
  };
  RawWebSocket ann;
  RawWebSocket bob;

  g_test_summary ("An event is explained, as an object or as a text, and nothing is "
                  "delivered");

  start_console (NULL);
  come (&ann, "ann");
  come (&bob, "bob");
  ask (&ann, "{\"type\":\"subscribe_tickers\",\"tickers\":[\"AAPL\"]}");
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autofree char *answer = post ("explain", bodies[i], 200);

      g_assert_true (g_str_has_prefix (answer, "{\"event\":{"));
      assert_has (answer, "\"n_recipients\":1");
      assert_has (answer, "\"kept_for_away\":false");
      assert_has (answer, "\"key\":\"AAPL\"");
      assert_has (answer, "\"recipients\":[{\"user\":\"ann\",\"why\":\"");
      assert_has (answer, "\"state\":\"");
      assert_has (answer, "\"others\":[{\"user\":\"bob\",\"why\":\"");
    }
  g_assert_cmpuint (fixture.counters->events_received, ==, 0);
  raw_websocket_clear (&ann);
  raw_websocket_clear (&bob);
  end_console ();
}

static void
test_refused (void)
{
  static const struct
  {
    const char *body;
    const char *part;
  } cases[] = {
    { "", "has to be a JSON object" },
    { "{\"channel\":\"tickstock.all_ticks\"", "has to be a JSON object" },
    { "{\"channel\":\"tickstock.all_ticks\"}", "has to be a JSON object" },
    { "{\"channel\":1,\"payload\":{}}", "has to be a JSON object" },
    { "{\"channel\":\"x\\u0000y\",\"payload\":{}}", "has to be a JSON object" },
    { "{\"channel\":\"tickstock.all_ticks\",\"payload\":\"{}\\u0000\"}",
      "has to be a JSON object" },
    { "{\"channel\":\"unknown\",\"payload\":{}}", "no route takes this channel" },
    { "{\"channel\":\"tickstock.all_ticks\",\"payload\":[1]}", "not a JSON object" },
    { "{\"channel\":\"tickstock.all_ticks\",\"payload\":\"{\\\"a\\\":\"}", "JSON" },
  };

  g_test_summary ("What can't be explained is told so");

  start_console (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (post ("explain", cases[i].body, 400), "bad_request", cases[i].part);
  end_console ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/daemon/console-explain/both-forms", test_both_forms);
  g_test_add_func ("/daemon/console-explain/refused", test_refused);
  return g_test_run ();
}
