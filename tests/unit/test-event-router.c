/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "routing-harness.h"

#define FAKE_TYPE_SINK (fake_sink_get_type ())
G_DECLARE_FINAL_TYPE (FakeSink, fake_sink, FAKE, SINK, GObject)

/* Remembers the last event and its audience. */
struct _FakeSink
{
  GObject parent_instance;

  guint n_taken; /* what a push returns */
  guint n_pushed;
  TideEvent *event; /* (owned) (nullable) */
  gboolean is_everyone;
  const char *const *rooms; /* (unowned), of the event's route */
  GArray *slots;            /* (owned) */
};

static guint
fake_sink_push (TideEventSink *sink, TideEvent *event, const TideAudience *audience)
{
  FakeSink *self = FAKE_SINK (sink);

  self->n_pushed++;
  g_clear_pointer (&self->event, tide_event_unref);
  self->event = tide_event_ref (event);
  self->is_everyone = audience->is_everyone;
  self->rooms = audience->rooms;
  g_array_set_size (self->slots, 0);
  if (audience->n_slots > 0)
    g_array_append_vals (self->slots, audience->slots, audience->n_slots);
  g_assert_true (audience->is_everyone || audience->n_slots > 0 ||
                 (audience->rooms != NULL && *audience->rooms != NULL));
  return self->n_taken;
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
  FakeSink *self = FAKE_SINK (object);

  g_clear_pointer (&self->event, tide_event_unref);
  g_array_unref (self->slots);
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
  self->n_taken = 77;
}

typedef struct
{
  Routing base;
  FakeSink *sink;
  TideEventRouter *router;
} Fixture;

static void
set_up (Fixture *self)
{
  routing_init (&self->base);
  self->sink = g_object_new (FAKE_TYPE_SINK, NULL);
  self->router = tide_event_router_new (
      self->base.manager, TIDE_EVENT_SINK (self->sink), &self->base.counters);
}

static void
tear_down (Fixture *self)
{
  g_object_unref (self->router);
  g_object_unref (self->sink);
  routing_clear (&self->base);
}

static guint
route (Fixture *self, TideRoute *by, const char *a, const char *b)
{
  g_autoptr (TideEvent) event = routing_make_event (by, a, b, NULL);

  return tide_event_router_route (self->router, event);
}

static gboolean
has_slot (Fixture *self, guint32 slot)
{
  for (guint i = 0; i < self->sink->slots->len; i++)
    if (g_array_index (self->sink->slots, guint32, i) == slot)
      return TRUE;
  return FALSE;
}

static void
test_everyone (void)
{
  Fixture fixture;
  TideUserRef anna;

  g_test_summary ("An event for everyone is for nobody while nobody is there");

  set_up (&fixture);
  g_assert_cmpuint (route (&fixture, fixture.base.health, NULL, NULL), ==, 0);
  g_assert_cmpuint (fixture.sink->n_pushed, ==, 0);
  g_assert_cmpuint (fixture.base.counters.events_no_audience, ==, 1);
  anna = routing_come (&fixture.base, "anna");
  g_assert_cmpuint (route (&fixture, fixture.base.health, NULL, NULL), ==, 77);
  g_assert_true (fixture.sink->is_everyone);
  g_assert_cmpuint (fixture.sink->slots->len, ==, 0);
  g_assert_cmpuint (fixture.base.counters.events_routed, ==, 1);
  routing_leave (&fixture.base, anna);
  g_assert_cmpuint (route (&fixture, fixture.base.health, NULL, NULL), ==, 0);
  g_assert_cmpuint (fixture.sink->n_pushed, ==, 1);
  tear_down (&fixture);
}

static void
test_guests (void)
{
  Fixture fixture;
  TideUserRef anna;
  TideUserRef guest;

  g_test_summary (
      "A guest gets what is public, as everyone or a subscriber, and no more");

  set_up (&fixture);
  anna = routing_come (&fixture.base, "anna");
  guest = tide_user_table_hold_guest (fixture.base.users);
  tide_user_observer_came (TIDE_USER_OBSERVER (fixture.base.manager), guest);
  routing_ok (&fixture.base, anna, "subscribe", "{\"subscription_type\":\"tickers\"}");
  routing_ok (&fixture.base, guest, "subscribe", "{\"subscription_type\":\"tickers\"}");

  route (&fixture, fixture.base.health, NULL, NULL);
  g_assert_false (fixture.sink->is_everyone);
  g_assert_cmpuint (fixture.sink->slots->len, ==, 1);
  g_assert_true (has_slot (&fixture, anna.slot));
  route (&fixture, fixture.base.ticks, "A", NULL);
  g_assert_cmpuint (fixture.sink->slots->len, ==, 1);
  g_assert_true (has_slot (&fixture, anna.slot));

  fixture.base.health->is_public = TRUE;
  fixture.base.ticks->is_public = TRUE;
  route (&fixture, fixture.base.health, NULL, NULL);
  g_assert_true (fixture.sink->is_everyone);
  route (&fixture, fixture.base.ticks, "A", NULL);
  g_assert_cmpuint (fixture.sink->slots->len, ==, 2);

  /* With nobody but guests there is nobody for the rest. */
  fixture.base.health->is_public = FALSE;
  routing_leave (&fixture.base, anna);
  g_assert_cmpuint (route (&fixture, fixture.base.health, NULL, NULL), ==, 0);
  g_assert_cmpuint (fixture.base.counters.events_no_audience, ==, 1);
  routing_leave (&fixture.base, guest);
  tide_user_table_release (fixture.base.users, guest.slot);
  g_assert_cmpuint (tide_user_table_get_n_guests (fixture.base.users), ==, 0);
  tear_down (&fixture);
}

static void
test_counts (void)
{
  Fixture fixture;
  TideCounters *counters = &fixture.base.counters;
  TideUserRef anna;

  g_test_summary ("What is taken is counted by class and priority, what is not apart");

  set_up (&fixture);
  anna = routing_come (&fixture.base, "anna");
  routing_ok (&fixture.base, anna, "subscribe", "{\"subscription_type\":\"tickers\"}");
  routing_ok (
      &fixture.base, anna, "subscribe", "{\"subscription_type\":\"market_insights\"}");
  routing_ok (
      &fixture.base, anna, "subscribe", "{\"subscription_type\":\"tier_patterns\"}");
  for (guint i = 0; i < 5; i++)
    route (&fixture, fixture.base.health, NULL, NULL);
  for (guint i = 0; i < 4; i++)
    route (&fixture, fixture.base.ticks, "A", NULL);
  for (guint i = 0; i < 3; i++)
    route (&fixture, fixture.base.patterns, NULL, NULL);
  for (guint i = 0; i < 2; i++)
    route (&fixture, fixture.base.insights, NULL, NULL);
  g_assert_cmpuint (counters->events_routed, ==, 14);
  g_assert_cmpuint (counters->events_latest, ==, 5);
  g_assert_cmpuint (counters->events_critical, ==, 5);
  g_assert_cmpuint (counters->events_conflate, ==, 4);
  g_assert_cmpuint (counters->events_medium, ==, 4);
  g_assert_cmpuint (counters->events_lossless, ==, 3);
  g_assert_cmpuint (counters->events_high, ==, 3);
  g_assert_cmpuint (counters->events_droppable, ==, 2);
  g_assert_cmpuint (counters->events_low, ==, 2);

  /* Somebody wants it, but delivery does not take it for anybody. */
  fixture.sink->n_taken = 0;
  g_assert_cmpuint (route (&fixture, fixture.base.ticks, "A", NULL), ==, 0);
  g_assert_cmpuint (fixture.sink->n_pushed, ==, 15);
  g_assert_cmpuint (counters->events_routed, ==, 14);
  g_assert_cmpuint (counters->events_conflate, ==, 4);
  g_assert_cmpuint (counters->events_no_audience, ==, 1);
  tear_down (&fixture);
}

static void
test_subscribers (void)
{
  Fixture fixture;
  TideUserRef anna;
  TideUserRef bert;
  TideUserRef cleo;

  g_test_summary ("A tick goes to who holds its symbol, by a tab or a watchlist, once");

  set_up (&fixture);
  anna = routing_come (&fixture.base, "anna");
  bert = routing_come (&fixture.base, "bert");
  cleo = routing_come (&fixture.base, NULL);
  routing_ok (&fixture.base, anna, "subscribe_tickers", "{\"tickers\":[\"A\",\"B\"]}");
  routing_ok (
      &fixture.base, anna, "subscribe_tickstockpl_watchlist", "{\"symbols\":[\"A\"]}");
  routing_ok (&fixture.base, cleo, "subscribe_tickers", "{\"tickers\":[\"A\"]}");
  routing_ok (&fixture.base, bert, "subscribe_tickers", "{\"tickers\":[\"C\"]}");
  g_assert_cmpuint (route (&fixture, fixture.base.ticks, "A", NULL), ==, 77);
  g_assert_false (fixture.sink->is_everyone);
  g_assert_cmpuint (fixture.sink->slots->len, ==, 2);
  g_assert_true (has_slot (&fixture, anna.slot));
  g_assert_true (has_slot (&fixture, cleo.slot));
  g_assert_cmpuint (route (&fixture, fixture.base.ticks, "a", NULL), ==, 0);
  g_assert_cmpuint (route (&fixture, fixture.base.ticks, "AB", NULL), ==, 0);
  g_assert_cmpuint (fixture.sink->n_pushed, ==, 1);
  g_assert_cmpuint (fixture.base.counters.index_lookup_nsec, >, 0);
  tear_down (&fixture);
}

static void
test_rooms (void)
{
  static const char *const rooms[] = { "lobby", "user_anna", "user_zoe", NULL };
  Fixture fixture;
  TideUserRef anna;
  TideUserRef found;

  g_test_summary ("Rooms are passed on as they are; a user's own room is the user");

  set_up (&fixture);
  fixture.base.health->audience = 0;
  fixture.base.health->rooms = g_strdupv ((char **) rooms);
  g_assert_cmpuint (route (&fixture, fixture.base.health, NULL, NULL), ==, 77);
  g_assert_cmpstr (fixture.sink->rooms[0], ==, "lobby");
  g_assert_cmpuint (fixture.sink->slots->len, ==, 0);
  anna = routing_come (&fixture.base, "anna");
  route (&fixture, fixture.base.health, NULL, NULL);
  g_assert_false (fixture.sink->is_everyone);
  g_assert_cmpuint (fixture.sink->slots->len, ==, 1);
  g_assert_true (has_slot (&fixture, anna.slot));
  /* Nobody is made for what is not kept. */
  g_assert_false (tide_user_table_lookup (fixture.base.users, "zoe", &found));
  tear_down (&fixture);
}

static void
test_unsubscribed (void)
{
  Fixture fixture;
  TideUserRef anna;
  TideUserRef bert;

  g_test_summary (
      "Without subscriptions of a type all get it, with some only the others");

  set_up (&fixture);
  g_assert_cmpuint (route (&fixture, fixture.base.results, "1", NULL), ==, 0);
  anna = routing_come (&fixture.base, "anna");
  bert = routing_come (&fixture.base, "bert");
  /* Of another type. */
  routing_ok (
      &fixture.base, bert, "subscribe", "{\"subscription_type\":\"tier_patterns\"}");
  route (&fixture, fixture.base.results, "1", NULL);
  g_assert_true (fixture.sink->is_everyone);
  routing_ok (&fixture.base,
              anna,
              "subscribe",
              "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":2}}");
  route (&fixture, fixture.base.results, "1", NULL);
  g_assert_false (fixture.sink->is_everyone);
  g_assert_cmpuint (fixture.sink->slots->len, ==, 1);
  g_assert_true (has_slot (&fixture, bert.slot));
  route (&fixture, fixture.base.results, "2", NULL);
  g_assert_cmpuint (fixture.sink->slots->len, ==, 2);
  tear_down (&fixture);
}

static void
test_named (void)
{
  Fixture fixture;
  g_autofree char *long_name = g_strnfill (257, 'x');
  TideUserRef found;

  g_test_summary ("A kept event makes the user it names, one that is not kept does not");

  set_up (&fixture);
  fixture.base.results->is_kept = FALSE;
  g_assert_cmpuint (route (&fixture, fixture.base.results, "1", "anna"), ==, 0);
  g_assert_cmpuint (tide_user_table_get_n_users (fixture.base.users), ==, 0);
  fixture.base.results->is_kept = TRUE;
  fixture.base.results->delivery_class = TIDE_CLASS_LATEST;
  route (&fixture, fixture.base.results, "1", "anna");
  g_assert_cmpuint (tide_user_table_get_n_users (fixture.base.users), ==, 0);
  fixture.base.results->delivery_class = TIDE_CLASS_LOSSLESS;
  g_assert_cmpuint (route (&fixture, fixture.base.results, "1", "anna"), ==, 77);
  g_assert_true (tide_user_table_lookup (fixture.base.users, "anna", &found));
  g_assert_true (has_slot (&fixture, found.slot));
  g_assert_true (tide_user_table_is_kept (fixture.base.users, found.slot));
  g_assert_cmpuint (fixture.base.counters.users_away, ==, 1);
  route (&fixture, fixture.base.results, "1", "");
  route (&fixture, fixture.base.results, "1", long_name);
  g_assert_cmpuint (tide_user_table_get_n_users (fixture.base.users), ==, 1);
  long_name[256] = '\0';
  route (&fixture, fixture.base.results, "1", long_name);
  g_assert_cmpuint (tide_user_table_get_n_users (fixture.base.users), ==, 2);
  tear_down (&fixture);
}

static void
test_named_nul (void)
{
  Fixture fixture;
  TideEventValue values[2] = { { "1", 1 }, { "anna\0x", 6 } };
  TideEventFacts facts = { .payload = "{}", .payload_length = 2, .values = values };
  g_autoptr (TideEvent) event = NULL;

  g_test_summary ("A name with a NUL in it is not the name before the NUL");

  set_up (&fixture);
  facts.route = fixture.base.results;
  event = tide_event_new_full (&facts);
  routing_come (&fixture.base, "bert");
  fixture.base.results->is_for_unsubscribed = FALSE;
  g_assert_cmpuint (tide_event_router_route (fixture.router, event), ==, 0);
  g_assert_cmpuint (tide_user_table_get_n_users (fixture.base.users), ==, 1);
  tear_down (&fixture);
}

static void
test_crowded_out (void)
{
  static const char *const other[] = { "other", NULL };
  Fixture fixture;
  TideUserRef anna;
  TideUserRef found;
  int field;

  g_test_summary ("Who has to go for another whom the same event names does not get it");

  set_up (&fixture);
  fixture.base.settings.offline_max_users = 1;
  tide_subscription_manager_reload (fixture.base.manager, &fixture.base.settings);
  field = tide_route_add_field (fixture.base.results, other);
  g_array_append_val (fixture.base.results->user_fields, field);
  /* One who is away and would have been found by a subscription goes first. */
  anna = routing_come (&fixture.base, "anna");
  routing_ok (&fixture.base, anna, "subscribe", "{\"subscription_type\":\"backtest\"}");
  routing_leave (&fixture.base, anna);
  {
    g_autoptr (TideEvent) event =
        routing_make_event (fixture.base.results, "1", "bert", "cleo");

    tide_event_router_route (fixture.router, event);
  }
  g_assert_cmpstr (fixture.base.keeper->log->str, ==, "anna bert ");
  g_assert_true (tide_user_table_lookup (fixture.base.users, "cleo", &found));
  g_assert_cmpuint (fixture.sink->slots->len, ==, 1);
  g_assert_true (has_slot (&fixture, found.slot));
  g_assert_cmpuint (tide_user_table_get_n_users (fixture.base.users), ==, 1);
  tear_down (&fixture);
}

static void
test_broadcast_event (void)
{
  TideCriterion job = { "job_id", "7" };
  TideSyntheticEvent what = { .payload = "{\"a\":1}", .payload_length = 7 };
  Fixture fixture;
  g_autoptr (GError) no_route = NULL;
  g_autoptr (GError) no_key = NULL;
  guint n_users = 5;
  TideUserRef anna;

  g_test_summary ("An event of ours goes to whom its route says, and is in the books");

  set_up (&fixture);
  anna = routing_come (&fixture.base, "anna");
  routing_ok (&fixture.base,
              anna,
              "subscribe",
              "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":7}}");
  g_assert_false (tide_event_router_broadcast_event (
      fixture.router, "nothing", &what, &n_users, &no_route));
  g_assert_error (no_route, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD);
  g_assert_false (tide_event_router_broadcast_event (
      fixture.router, "backtest_result", &what, &n_users, &no_key));
  g_assert_error (no_key, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD);
  g_assert_cmpuint (n_users, ==, 5);
  g_assert_cmpuint (fixture.base.counters.events_received, ==, 0);
  what.criteria = &job;
  what.n_criteria = 1;
  g_assert_true (tide_event_router_broadcast_event (
      fixture.router, "backtest_result", &what, &n_users, NULL));
  g_assert_cmpuint (n_users, ==, 77);
  g_assert_true (has_slot (&fixture, anna.slot));
  g_assert_cmpstr (fixture.sink->event->payload, ==, "{\"a\":1}");
  g_assert_cmpint (fixture.sink->event->received_us, ==, 100 * G_USEC_PER_SEC);
  job.text = "8";
  g_assert_true (tide_event_router_broadcast_event (
      fixture.router, "backtest_result", &what, &n_users, NULL));
  g_assert_cmpuint (n_users, ==, 0);
  tide_counters_refresh (&fixture.base.counters);
  g_assert_cmpuint (fixture.base.counters.events_received, ==, 2);
  g_assert_cmpuint (fixture.base.counters.balance_error, ==, 0);
  tear_down (&fixture);
}

/* --- random, against a loop over everybody and all that they have --- */

#define N_NAMES 6
#define N_JOBS 4
#define ALL_JOBS 0 /* of a mask: no filter */

typedef struct
{
  gboolean is_connected[N_NAMES];
  gboolean is_named[N_NAMES];
  guint n_of_mask[N_NAMES][1 << N_JOBS]; /* 0 or 1: has a subscription of these jobs */
  gboolean has_ticker[N_NAMES];          /* a subscription of another type */
  TideUserRef users[N_NAMES];
} Oracle;

static guint
count_subscriptions (const Oracle *oracle, guint who)
{
  guint n = 0;

  for (guint mask = 0; mask < 1 << N_JOBS; mask++)
    n += oracle->n_of_mask[who][mask];
  return n;
}

static gboolean
is_known (const Oracle *oracle, guint who)
{
  return oracle->is_connected[who] || oracle->is_named[who] ||
         count_subscriptions (oracle, who) > 0;
}

static void
toggle_subscription (Fixture *fixture, Oracle *oracle, guint who, guint mask)
{
  g_autoptr (GString) payload =
      g_string_new ("{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[");
  guint *n = &oracle->n_of_mask[who][mask];

  if (*n == 0 && count_subscriptions (oracle, who) == 4)
    return;
  for (guint i = 0; i < N_JOBS; i++)
    if (mask & 1 << i)
      g_string_append_printf (
          payload, "%s%u", payload->str[payload->len - 1] == '[' ? "" : ",", i);
  g_string_append (payload, "]}}");
  routing_ok (&fixture->base,
              oracle->users[who],
              *n == 0 ? "subscribe" : "unsubscribe",
              payload->str);
  *n = !*n;
}

static void
act (Fixture *fixture, GRand *rand, Oracle *oracle)
{
  guint who = g_rand_int_range (rand, 0, N_NAMES);
  char name[] = { 'a' + who, 0 };

  if (!oracle->is_connected[who])
    {
      oracle->users[who] = routing_come (&fixture->base, name);
      oracle->is_connected[who] = TRUE;
    }
  else if (g_rand_int_range (rand, 0, 4) == 0)
    {
      routing_leave (&fixture->base, oracle->users[who]);
      oracle->is_connected[who] = FALSE;
      oracle->has_ticker[who] = FALSE;
    }
  else if (g_rand_int_range (rand, 0, 4) == 0)
    {
      routing_ok (&fixture->base,
                  oracle->users[who],
                  "subscribe_tickers",
                  "{\"tickers\":[\"1\"]}");
      oracle->has_ticker[who] = TRUE;
    }
  else
    toggle_subscription (fixture, oracle, who, g_rand_int_range (rand, 0, 1 << N_JOBS));
}

static gboolean
is_expected (const Oracle *oracle, const TideRoute *by, guint who, guint job, gint named)
{
  gboolean is_subscriber = FALSE;

  if (named == (gint) who && (oracle->is_connected[who] || by->is_kept))
    return TRUE;
  for (guint mask = 0; mask < 1 << N_JOBS; mask++)
    is_subscriber |=
        oracle->n_of_mask[who][mask] > 0 && (mask == ALL_JOBS || mask & 1 << job);
  if (by->audience & TIDE_AUDIENCE_SUBSCRIBERS && is_subscriber)
    return TRUE;
  if (!oracle->is_connected[who])
    return FALSE;
  return by->audience & TIDE_AUDIENCE_EVERYONE ||
         (by->is_for_unsubscribed && count_subscriptions (oracle, who) == 0);
}

static void
compare (Fixture *fixture, GRand *rand, Oracle *oracle)
{
  TideRoute *by = fixture->base.results;
  guint job = g_rand_int_range (rand, 0, N_JOBS);
  gint named = g_rand_int_range (rand, -1, N_NAMES);
  char job_id[] = { '0' + job, 0 };
  char name[] = { 'a' + MAX (named, 0), 0 };
  guint n_before = fixture->sink->n_pushed;
  guint n_expected = 0;
  guint n_slots = 0;

  by->audience = g_rand_int_range (rand, 0, 4);
  by->is_for_unsubscribed = g_rand_boolean (rand);
  by->is_kept = g_rand_boolean (rand);
  for (guint i = 0; i < N_NAMES; i++)
    n_expected += is_expected (oracle, by, i, job, named);
  route (fixture, by, job_id, named >= 0 ? name : NULL);
  if (named >= 0 && by->is_kept)
    {
      oracle->is_named[named] = TRUE;
      g_assert_true (
          tide_user_table_lookup (fixture->base.users, name, &oracle->users[named]));
    }
  g_assert_cmpuint (fixture->sink->n_pushed - n_before, ==, n_expected > 0);
  if (n_expected == 0)
    return;
  for (guint i = 0; i < N_NAMES; i++)
    {
      gboolean is_slot =
          is_known (oracle, i) && has_slot (fixture, oracle->users[i].slot);
      gboolean is_meant =
          is_slot || (fixture->sink->is_everyone && oracle->is_connected[i]);

      n_slots += is_slot;
      g_assert_cmpint (is_meant, ==, is_expected (oracle, by, i, job, named));
    }
  /* Nobody else, and nobody twice. */
  g_assert_cmpuint (fixture->sink->slots->len, ==, n_slots);
}

static void
test_random (void)
{
  guint n_seeds = g_test_slow () ? 10000 : 1500;

  g_test_summary ("Random routes, users and events find whom a loop over all finds");

  for (guint seed = 0; seed < n_seeds; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      Oracle oracle = { .is_connected = { FALSE } };
      Fixture fixture;

      set_up (&fixture);
      fixture.base.settings.offline_max_users = N_NAMES;
      tide_subscription_manager_reload (fixture.base.manager, &fixture.base.settings);
      for (guint i = 0; i < 50; i++)
        {
          if (g_rand_boolean (rand))
            act (&fixture, rand, &oracle);
          compare (&fixture, rand, &oracle);
        }
      tear_down (&fixture);
    }
}

typedef struct
{
  guint n_events;
  guint n_users;
  gboolean is_everyone;
} Tapped;

static void
note_tapped (const TideEvent *event,
             const TideAudience *audience,
             guint n_users,
             gpointer user_data)
{
  Tapped *tapped = user_data;

  tapped->n_events++;
  tapped->n_users = n_users;
  tapped->is_everyone = audience->is_everyone;
}

static void
test_tap (void)
{
  Fixture fixture;
  Tapped tapped = { 0 };
  Tapped other = { 0 };
  g_autoptr (TideEvent) event = NULL;
  TideAudience nobody = { 0 };
  TideAudience one = { 0 };
  TideUserRef anna;

  g_test_summary ("Who watches sees each event with its audience, as long as it watches");

  set_up (&fixture);
  anna = routing_come (&fixture.base, "anna");
  tide_event_router_add_tap (fixture.router, note_tapped, &tapped);
  tide_event_router_add_tap (fixture.router, note_tapped, &other);
  route (&fixture, fixture.base.health, NULL, NULL);
  g_assert_cmpuint (tapped.n_events, ==, 1);
  g_assert_cmpuint (tapped.n_users, ==, 77);
  g_assert_true (tapped.is_everyone);
  event = routing_make_event (fixture.base.ticks, "A", NULL, NULL);
  g_assert_cmpuint (tide_event_router_push_to (fixture.router, event, &nobody), ==, 0);
  g_assert_cmpuint (tapped.n_users, ==, 0);
  g_assert_cmpuint (fixture.base.counters.events_no_audience, ==, 1);
  one.slots = &anna.slot;
  one.n_slots = 1;
  g_assert_cmpuint (tide_event_router_push_to (fixture.router, event, &one), ==, 77);
  g_assert_true (has_slot (&fixture, anna.slot));
  g_assert_cmpuint (fixture.base.counters.events_routed, ==, 2);
  g_assert_cmpuint (tapped.n_events, ==, 3);
  tide_event_router_remove_tap (fixture.router, note_tapped, &tapped);
  route (&fixture, fixture.base.health, NULL, NULL);
  g_assert_cmpuint (tapped.n_events, ==, 3);
  g_assert_cmpuint (other.n_events, ==, 4);
  tide_event_router_remove_tap (fixture.router, note_tapped, &other);
  tide_event_router_remove_tap (fixture.router, note_tapped, &other);
  route (&fixture, fixture.base.health, NULL, NULL);
  g_assert_cmpuint (other.n_events, ==, 4);
  routing_leave (&fixture.base, anna);
  tear_down (&fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/event-router/everyone", test_everyone);
  g_test_add_func ("/routing/event-router/guests", test_guests);
  g_test_add_func ("/routing/event-router/counts", test_counts);
  g_test_add_func ("/routing/event-router/subscribers", test_subscribers);
  g_test_add_func ("/routing/event-router/rooms", test_rooms);
  g_test_add_func ("/routing/event-router/unsubscribed", test_unsubscribed);
  g_test_add_func ("/routing/event-router/named", test_named);
  g_test_add_func ("/routing/event-router/named-nul", test_named_nul);
  g_test_add_func ("/routing/event-router/crowded-out", test_crowded_out);
  g_test_add_func ("/routing/event-router/broadcast-event", test_broadcast_event);
  g_test_add_func ("/routing/event-router/random", test_random);
  g_test_add_func ("/routing/event-router/tap", test_tap);
  return g_test_run ();
}
