/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "routing-harness.h"

/* --- a history that writes down what it is asked --- */

#define FAKE_TYPE_CHARTS (fake_charts_get_type ())
G_DECLARE_FINAL_TYPE (FakeCharts, fake_charts, FAKE, CHARTS, GObject)

struct _FakeCharts
{
  GObject parent_instance;

  TideChartRequest request; /* the last one, without its symbol */
  char *symbol;             /* (owned) (nullable), of the last one */
  gboolean is_full;
  gint64 received_us; /* of the last event that was asked for */
  TideEvent *last;    /* (owned) (nullable), the newest tick of its key */
};

static gboolean
fake_charts_request (TideChartSource *source,
                     const TideChartRequest *request,
                     GError **error)
{
  FakeCharts *self = FAKE_CHARTS (source);

  if (self->is_full)
    {
      g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_UNAVAILABLE, "too many");
      return FALSE;
    }
  self->request = *request;
  g_free (self->symbol);
  self->symbol = g_strdup (request->symbol);
  return TRUE;
}

static TideEvent *
fake_charts_make_last (TideChartSource *source, const char *symbol, gint64 received_us)
{
  FakeCharts *self = FAKE_CHARTS (source);
  TideEvent *last = self->last;

  self->received_us = received_us;
  return last != NULL && strlen (symbol) == last->key_length &&
                 memcmp (symbol, last->key, last->key_length) == 0
             ? tide_event_ref (last)
             : NULL;
}

static void
fake_charts_source_init (TideChartSourceInterface *iface)
{
  iface->request = fake_charts_request;
  iface->make_last = fake_charts_make_last;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeCharts,
                               fake_charts,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_CHART_SOURCE,
                                                      fake_charts_source_init))

static void
fake_charts_finalize (GObject *object)
{
  g_free (FAKE_CHARTS (object)->symbol);
  g_clear_pointer (&FAKE_CHARTS (object)->last, tide_event_unref);
  G_OBJECT_CLASS (fake_charts_parent_class)->finalize (object);
}

static void
fake_charts_class_init (FakeChartsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_charts_finalize;
}

static void
fake_charts_init (FakeCharts *self)
{
}

/* --- the tests --- */

#define CHART "request_tickstockpl_chart_data"

typedef struct
{
  Routing routing;
  FakeCharts *charts;
  TideUserRef anna;
} Fixture;

static void
set_up (Fixture *self, gconstpointer unused)
{
  routing_init (&self->routing);
  self->charts = g_object_new (FAKE_TYPE_CHARTS, NULL);
  tide_subscription_manager_set_charts (self->routing.manager,
                                        TIDE_CHART_SOURCE (self->charts));
  self->anna = routing_come (&self->routing, "anna");
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  routing_clear (&self->routing);
  g_object_unref (self->charts);
}

static void
assert_asked (Fixture *self, const char *payload, const TideChartRequest *expected)
{
  const TideChartRequest *request = &self->charts->request;

  routing_ok (&self->routing, self->anna, CHART, payload);
  g_assert_cmpstr (self->routing.event, ==, "later");
  g_assert_cmpuint (request->ticket, ==, 77);
  g_assert_cmpstr (self->charts->symbol, ==, expected->symbol);
  g_assert_cmpuint (request->timeframe, ==, expected->timeframe);
  g_assert_cmpint (request->from_s, ==, expected->from_s);
  if (expected->to_s > 0)
    g_assert_cmpint (request->to_s, ==, expected->to_s);
  else
    g_assert_cmpint (request->to_s, >, G_GINT64_CONSTANT (100000000000));
  g_assert_cmpuint (request->limit, ==, expected->limit);
}

static void
test_request (Fixture *self, gconstpointer unused)
{
  g_test_summary ("What a chart is asked of is passed on, with what goes without saying");

  assert_asked (self,
                "{\"symbol\":\"AAPL\"}",
                &(TideChartRequest){ 0, "AAPL", TIDE_TIMEFRAME_1D, 0, 0, 500 });
  assert_asked (self,
                "{\"symbol\":\"A\",\"timeframe\":\"\\u0031h\",\"from\":0,\"to\":null}",
                &(TideChartRequest){ 0, "A", TIDE_TIMEFRAME_1H, 0, 0, 500 });
  assert_asked (
      self,
      "{\"symbol\":\"A\",\"timeframe\":\"1m\",\"from\":1709164800500,"
      "\"to\":\"2024-03-01T00:00:00Z\",\"limit\":5000}",
      &(TideChartRequest){ 0, "A", TIDE_TIMEFRAME_1M, 1709164801, 1709251200, 5000 });
}

static void
test_bad (Fixture *self, gconstpointer unused)
{
  static const char *const bad[] = {
    "{\"symbol\":\"A\",\"timeframe\":\"2m\"}",
    "{\"symbol\":\"A\",\"timeframe\":5}",
    "{\"symbol\":\"A\",\"from\":\"yesterday\"}",
    "{\"symbol\":\"A\",\"from\":-5}",
    "{\"symbol\":\"A\",\"from\":\"0\"}",
    "{\"symbol\":\"A\",\"to\":[1]}",
    "{\"symbol\":\"A\",\"to\":true}",
    "{\"symbol\":\"A\",\"limit\":0}",
    "{\"symbol\":\"A\",\"limit\":5001}",
    "{\"symbol\":\"A\",\"limit\":\"5\"}",
    "{\"symbol\":\"A\",\"limit\":5.0}",
    "{\"symbol\":\"A\",\"limit\":500000000000000000000000000005}",
    "{\"limit\":5}",
  };

  g_test_summary ("What can't be asked of a chart is refused, and nobody is asked");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    routing_fails (&self->routing, self->anna, CHART, bad[i], TIDE_ERROR_BAD_PAYLOAD);
  g_assert_null (self->charts->symbol);
}

static void
test_waiting (Fixture *self, gconstpointer unused)
{
  TideCommand command = { 1, self->anna, CHART, "{\"symbol\":\"A\"}", 14, 5, 4 };
  TideReply reply = { .payload = self->routing.reply, .events = self->routing.events };
  g_autoptr (GError) error = NULL;
  TideCommandHandler *handler = TIDE_COMMAND_HANDLER (self->routing.manager);

  g_test_summary ("A connection waits for four charts at most");

  g_assert_false (tide_command_handler_handle (handler, &command, &reply, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
  g_assert_false (reply.is_later);
  g_clear_error (&error);
  command.n_later = 3;
  g_assert_true (tide_command_handler_handle (handler, &command, &reply, &error));
  g_assert_true (reply.is_later);
  self->charts->is_full = TRUE;
  routing_fails (
      &self->routing, self->anna, CHART, "{\"symbol\":\"A\"}", TIDE_ERROR_UNAVAILABLE);
}

static TideEvent *
make_tick (Fixture *self, const char *symbol)
{
  return tide_event_new (
      self->routing.ticks, "{\"price\":1}", 11, symbol, strlen (symbol), 1);
}

static void
test_snapshot (Fixture *self, gconstpointer unused)
{
  g_test_summary (
      "Who asks for it gets the newest tick of each of its tickers, as it came");

  self->charts->last = make_tick (self, "AAPL");
  routing_ok (&self->routing,
              self->anna,
              "subscribe_tickers",
              "{\"tickers\":[\"MSFT\",\"AAPL\"],\"snapshot\":true}");
  g_assert_cmpstr (self->routing.event, ==, "subscription_updated");
  g_assert_cmpuint (self->routing.events->len, ==, 1);
  g_assert_true (g_ptr_array_index (self->routing.events, 0) == self->charts->last);
  g_assert_cmpint (
      self->charts->received_us, ==, tide_clock_now_us (self->routing.clock));
  routing_ok (&self->routing,
              self->anna,
              "subscribe_tickers",
              "{\"tickers\":[\"AAPL\"],\"snapshot\":false}");
  g_assert_cmpuint (self->routing.events->len, ==, 0);
  routing_ok (
      &self->routing, self->anna, "subscribe_tickers", "{\"tickers\":[\"AAPL\"]}");
  g_assert_cmpuint (self->routing.events->len, ==, 0);
  routing_fails (&self->routing,
                 self->anna,
                 "subscribe_tickers",
                 "{\"tickers\":[],\"snapshot\":\"yes\"}",
                 TIDE_ERROR_BAD_PAYLOAD);
  tide_subscription_manager_set_charts (self->routing.manager, NULL);
  routing_ok (&self->routing,
              self->anna,
              "subscribe_tickers",
              "{\"tickers\":[\"AAPL\"],\"snapshot\":true}");
  g_assert_cmpuint (self->routing.events->len, ==, 0);
}

static void
test_guest (Fixture *self, gconstpointer unused)
{
  const char subscribe[] = "{\"tickers\":[\"AAPL\"],\"snapshot\":true}";
  Routing *routing = &self->routing;
  TideUserRef guest = tide_user_table_hold_guest (routing->users);

  g_test_summary ("Guests have charts and ticks of public routes only");

  tide_user_observer_came (TIDE_USER_OBSERVER (routing->manager), guest);
  self->charts->last = make_tick (self, "AAPL");
  routing->ticks->price_field = 0;
  routing_fails (
      routing, guest, CHART, "{\"symbol\":\"AAPL\"}", TIDE_ERROR_LOGIN_REQUIRED);
  routing_ok (routing, guest, "subscribe_tickers", subscribe);
  g_assert_cmpuint (routing->events->len, ==, 0);
  routing->ticks->is_public = TRUE;
  routing_ok (routing, guest, CHART, "{\"symbol\":\"AAPL\"}");
  g_assert_cmpstr (routing->event, ==, "later");
  routing_ok (routing, guest, "subscribe_tickers", subscribe);
  g_assert_cmpuint (routing->events->len, ==, 1);
  routing_leave (routing, guest);
  tide_user_table_release (routing->users, guest.slot);
}

#define ADD(name, function)                                                              \
  g_test_add ("/routing/chart-command/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  ADD ("request", test_request);
  ADD ("bad", test_bad);
  ADD ("waiting", test_waiting);
  ADD ("snapshot", test_snapshot);
  ADD ("guest", test_guest);
  return g_test_run ();
}
