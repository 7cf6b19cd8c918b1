/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-event-router.h"

#include <string.h>

#define FAKE_TYPE_SINK (fake_sink_get_type ())
G_DECLARE_FINAL_TYPE (FakeSink, fake_sink, FAKE, SINK, GObject)

/* Remembers the last event and its audience. */
struct _FakeSink
{
  GObject parent_instance;

  guint n_pushed;
  TideEvent *event; /* (unowned) */
  gboolean is_everyone;
  GArray *slots; /* (owned) */
};

static guint
fake_sink_push (TideEventSink *sink, TideEvent *event, const TideAudience *audience)
{
  FakeSink *self = FAKE_SINK (sink);

  self->n_pushed++;
  self->event = event;
  self->is_everyone = audience->is_everyone;
  g_array_set_size (self->slots, 0);
  if (!audience->is_everyone)
    {
      g_assert_cmpuint (audience->n_slots, >, 0);
      g_array_append_vals (self->slots, audience->slots, audience->n_slots);
    }
  return 77;
}

static void
fake_sink_iface_init (TideEventSinkInterface *iface)
{
  iface->push = fake_sink_push;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeSink,
                               fake_sink,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_EVENT_SINK,
                                                      fake_sink_iface_init))

static void
fake_sink_finalize (GObject *object)
{
  g_array_unref (FAKE_SINK (object)->slots);
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
  self->slots = g_array_new (FALSE, FALSE, sizeof (guint32));
}

typedef struct
{
  TideUserTable *users;
  TideSubscriptionManager *subscriptions;
  FakeSink *sink;
  TideCounters counters;
  TideEventRouter *router;
  TideRoute *everyone;
  TideRoute *subscribers;
} Fixture;

static void
set_up (Fixture *self)
{
  TideSubscriptionSettings settings = { 10, 10 };
  const char *const keys[] = { "symbol", NULL };

  memset (self, 0, sizeof *self);
  self->users = tide_user_table_new ();
  self->subscriptions = tide_subscription_manager_new (self->users, &settings);
  self->sink = g_object_new (FAKE_TYPE_SINK, NULL);
  self->router = tide_event_router_new (
      self->subscriptions, TIDE_EVENT_SINK (self->sink), &self->counters);
  self->everyone = tide_route_new ("a", "health", NULL, TIDE_AUDIENCE_EVERYONE);
  self->subscribers = tide_route_new ("b", "tick", keys, TIDE_AUDIENCE_SUBSCRIBERS);
}

static void
tear_down (Fixture *self)
{
  g_object_unref (self->router);
  g_object_unref (self->sink);
  g_object_unref (self->subscriptions);
  tide_user_table_free (self->users);
  tide_route_unref (self->everyone);
  tide_route_unref (self->subscribers);
}

static guint
route (Fixture *self, TideRoute *by, const char *key)
{
  g_autoptr (TideEvent) event =
      tide_event_new (by, "{}", 2, key, key != NULL ? strlen (key) : 0, 0);

  return tide_event_router_route (self->router, event);
}

static void
test_everyone (void)
{
  Fixture fixture;

  g_test_summary ("An event for everyone is for nobody while nobody is there");

  set_up (&fixture);
  g_assert_cmpuint (route (&fixture, fixture.everyone, NULL), ==, 0);
  g_assert_cmpuint (fixture.sink->n_pushed, ==, 0);
  g_assert_cmpuint (fixture.counters.events_no_audience, ==, 1);
  fixture.counters.users = 1;
  g_assert_cmpuint (route (&fixture, fixture.everyone, NULL), ==, 77);
  g_assert_cmpuint (fixture.sink->n_pushed, ==, 1);
  g_assert_true (fixture.sink->is_everyone);
  g_assert_cmpuint (fixture.counters.events_routed, ==, 1);
  tear_down (&fixture);
}

static void
test_subscribers (void)
{
  Fixture fixture;
  TideSubscriptionIndex *tickers;

  g_test_summary ("An event with a key goes to those who hold the key, and only to them");

  set_up (&fixture);
  fixture.counters.users = 3;
  tickers = tide_subscription_manager_get_tickers (fixture.subscriptions);
  tide_subscription_index_hold (tickers, 4, "AAPL", 4);
  tide_subscription_index_hold (tickers, 9, "AAPL", 4);
  tide_subscription_index_hold (tickers, 5, "MSFT", 4);
  g_assert_cmpuint (route (&fixture, fixture.subscribers, "AAPL"), ==, 77);
  g_assert_false (fixture.sink->is_everyone);
  g_assert_cmpuint (fixture.sink->slots->len, ==, 2);
  g_assert_cmpuint (g_array_index (fixture.sink->slots, guint32, 0), ==, 4);
  g_assert_cmpuint (g_array_index (fixture.sink->slots, guint32, 1), ==, 9);
  g_assert_cmpuint (route (&fixture, fixture.subscribers, "AAP"), ==, 0);
  g_assert_cmpuint (route (&fixture, fixture.subscribers, "aapl"), ==, 0);
  g_assert_cmpuint (route (&fixture, fixture.subscribers, NULL), ==, 0);
  g_assert_cmpuint (fixture.sink->n_pushed, ==, 1);
  g_assert_cmpuint (fixture.counters.events_routed, ==, 1);
  g_assert_cmpuint (fixture.counters.events_no_audience, ==, 3);
  tear_down (&fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/event-router/everyone", test_everyone);
  g_test_add_func ("/routing/event-router/subscribers", test_subscribers);
  return g_test_run ();
}
