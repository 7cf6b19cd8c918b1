/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-json-scan.h"
#include "tide-ticker-list.h"

#include <string.h>

#define SYMBOL_32 "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

static char **
parse (const char *payload, GError **error)
{
  TideCommand command = { .name = "subscribe_tickers",
                          .payload = payload,
                          .payload_length = strlen (payload) };

  /* As the protocol does: only what is JSON comes this far. */
  g_assert_cmpint (
      tide_json_scan (payload, strlen (payload), NULL, 0, NULL), ==, TIDE_JSON_OK);
  return tide_ticker_list_parse (&command, 30, error);
}

static void
assert_list (const char *payload, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) tickers = parse (payload, &error);
  g_autofree char *joined = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (tickers);
  joined = g_strjoinv ("|", tickers);
  g_assert_cmpstr (joined, ==, expected);
}

static void
test_parse (void)
{
  g_test_summary ("Tickers come in the order given, each once, case-sensitive");

  assert_list ("{\"tickers\":[]}", "");
  assert_list ("{\"tickers\":[ ]}", "");
  assert_list ("{\"tickers\":[\"AAPL\"]}", "AAPL");
  assert_list ("{\"a\":[1],\"tickers\" : [ \"B\" , \"A\",\"B\" ,\"a\"\n] ,\"z\":null}",
               "B|A|a");
  assert_list ("{\"tickers\":[\"" SYMBOL_32 "\"]}", SYMBOL_32);
  assert_list ("{\"tickers\":[\"BRK.B\",\"^GSPC\",\"a b\",\"~\",\",\",\"]\"]}",
               "BRK.B|^GSPC|a b|~|,|]");
  assert_list ("{\"tickers\":[\"\\u0041\\u0042\",\"AB\",\"\\\"\\\\\\/\"]}", "AB|\"\\/");
  /* The last of two members of one name counts. */
  assert_list ("{\"tickers\":[\"A\"],\"tickers\":[\"B\"]}", "B");
}

static void
test_refused (void)
{
  static const char *const payloads[] = {
    "{}",
    "{\"ticker\":[\"A\"]}",
    "{\"tickers\":null}",
    "{\"tickers\":\"AAPL\"}",
    "{\"tickers\":{\"0\":\"A\"}}",
    "{\"data\":{\"tickers\":[\"A\"]}}",
    "{\"tickers\":[1]}",
    "{\"tickers\":[null]}",
    "{\"tickers\":[true]}",
    "{\"tickers\":[\"A\",[\"B\"]]}",
    "{\"tickers\":[\"A\",{\"B\":\"C\"}]}",
    "{\"tickers\":[\"A\",2,\"B\"]}",
    "{\"tickers\":[\"\"]}",
    "{\"tickers\":[\"" SYMBOL_32 "6\"]}",
    "{\"tickers\":[\"A\\n\"]}",
    "{\"tickers\":[\"\\u007f\"]}",
    "{\"tickers\":[\"\xc3\xa4\"]}",
    "{\"tickers\":[\"\\u00e4\"]}",
    "{\"tickers\":[\"\\ud800\"]}",
    "{\"tickers\":[\"\\u0000\"]}",
    "{\"tickers\":[\"AAPL\\u0000evil\"]}",
    "{\"tickers\":[\"A\"],\"tickers\":7}",
  };

  g_test_summary ("What is no list of 1 to 32 printable ASCII characters is refused");

  for (gsize i = 0; i < G_N_ELEMENTS (payloads); i++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) tickers = parse (payloads[i], &error);

      g_test_message ("%s", payloads[i]);
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD);
      g_assert_null (tickers);
    }
}

static void
test_limit (void)
{
  static const char payload[] = "{\"tickers\":[\"A\",\"B\",\"A\",\"C\",\"B\"]}";
  TideCommand command = { .payload = payload, .payload_length = strlen (payload) };

  g_test_summary ("A list may name as many different tickers as the limit says");

  for (guint max = 0; max < 5; max++)
    {
      g_autoptr (GError) error = NULL;
      g_auto (GStrv) tickers = tide_ticker_list_parse (&command, max, &error);

      if (max < 3)
        g_assert_error (error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
      else
        g_assert_no_error (error);
      g_assert_cmpint (tickers != NULL, ==, max >= 3);
    }
}

static void
test_random (void)
{
  g_test_summary ("Lists made at random are read as they were made");

  for (guint seed = 0; seed < 2000; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (GPtrArray) expected = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GString) payload = g_string_new ("{\"tickers\":[");
      guint n = g_rand_int_range (rand, 0, 30);

      for (guint i = 0; i < n; i++)
        {
          char symbol[3] = { g_rand_int_range (rand, 0x20, 0x7f),
                             g_rand_int_range (rand, 'A', 'D'),
                             0 };

          if (i > 0)
            g_string_append (payload, g_rand_boolean (rand) ? "," : " ,\t");
          if (g_rand_boolean (rand))
            tide_json_append_string (payload, symbol, -1);
          else
            g_string_append_printf (payload, "\"\\u%04x%c\"", symbol[0], symbol[1]);
          if (!g_ptr_array_find_with_equal_func (expected, symbol, g_str_equal, NULL))
            g_ptr_array_add (expected, g_strdup (symbol));
        }
      g_string_append (payload, "]}");
      g_ptr_array_add (expected, NULL);

      g_autoptr (GError) error = NULL;
      g_auto (GStrv) tickers = parse (payload->str, &error);

      g_assert_no_error (error);
      g_assert_true (g_strv_equal ((const char *const *) tickers,
                                   (const char *const *) expected->pdata));
    }
}

/* Takes away what a payload names. */
static char **
subtract (char **tickers, const char *payload, GError **error)
{
  TideCommand command = { .payload = payload, .payload_length = strlen (payload) };

  return tide_ticker_list_subtract (tickers, &command, error);
}

static void
test_subtract (void)
{
  char *tickers[] = { (char *) "A", (char *) "B", (char *) "C", NULL };
  g_auto (GStrv) left =
      subtract (tickers, "{\"tickers\":[\"C\",\"X\",\"\\u0041\"]}", NULL);
  g_auto (GStrv) all = subtract (tickers, "{\"tickers\":[]}", NULL);
  g_auto (GStrv) none = subtract (NULL, "{\"tickers\":[\"A\"]}", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) other_error = NULL;

  g_test_summary ("Taking away leaves the others in their order");

  g_assert_true (
      g_strv_equal ((const char *const *) left, (const char *const[]){ "B", NULL }));
  g_assert_true (g_strv_equal ((const char *const *) all, (const char *const *) tickers));
  g_assert_null (none[0]);
  g_assert_null (subtract (tickers, "{\"tickers\":[\"A\",\"\"]}", &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD);
  g_assert_null (subtract (tickers, "{}", &other_error));
  g_assert_error (other_error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD);
}

static void
test_append_json (void)
{
  g_autoptr (GString) out = g_string_new ("x");
  char *tickers[] = { (char *) "A", (char *) "\"\\", NULL };
  char *nothing[] = { NULL };

  g_test_summary ("A list is written as JSON");

  tide_ticker_list_append_json (nothing, out);
  g_assert_cmpstr (out->str, ==, "x{\"tickers\":[]}");
  g_string_truncate (out, 0);
  tide_ticker_list_append_json (tickers, out);
  g_assert_cmpstr (out->str, ==, "{\"tickers\":[\"A\",\"\\\"\\\\\"]}");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/ticker-list/parse", test_parse);
  g_test_add_func ("/routing/ticker-list/refused", test_refused);
  g_test_add_func ("/routing/ticker-list/limit", test_limit);
  g_test_add_func ("/routing/ticker-list/random", test_random);
  g_test_add_func ("/routing/ticker-list/subtract", test_subtract);
  g_test_add_func ("/routing/ticker-list/append-json", test_append_json);
  return g_test_run ();
}
