/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-error.h"
#include "tide-event-router.h"
#include "tide-json-scan.h"
#include "tide-subscription-manager.h"

#include <string.h>

/* A subscription manager with a clock that stands still, on routes like those of the
 * mission, and a stage behind it that writes down whom it is to forget. */

/* --- the stage that keeps events --- */

#define FAKE_TYPE_KEEPER (fake_keeper_get_type ())
G_DECLARE_FINAL_TYPE (FakeKeeper, fake_keeper, FAKE, KEEPER, GObject)

struct _FakeKeeper
{
  GObject parent_instance;

  TideUserTable *users; /* (unowned) */
  GString *log;         /* (owned), `NAME ` for each user who is forgotten */
};

static void
fake_keeper_forgotten (TideUserObserver *observer, TideUserRef user)
{
  FakeKeeper *self = FAKE_KEEPER (observer);

  g_assert_true (tide_user_table_is_current (self->users, user));
  g_string_append_printf (
      self->log, "%s ", tide_user_table_get_name (self->users, user.slot));
}

static void
fake_keeper_observer_init (TideUserObserverInterface *iface)
{
  iface->forgotten = fake_keeper_forgotten;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeKeeper,
                               fake_keeper,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_USER_OBSERVER,
                                                      fake_keeper_observer_init))

static void
fake_keeper_finalize (GObject *object)
{
  g_string_free (FAKE_KEEPER (object)->log, TRUE);
  G_OBJECT_CLASS (fake_keeper_parent_class)->finalize (object);
}

static void
fake_keeper_class_init (FakeKeeperClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_keeper_finalize;
}

static void
fake_keeper_init (FakeKeeper *self)
{
  self->log = g_string_new (NULL);
}

/* --- all of it --- */

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideUserTable *users;
  TideCounters counters;
  TideRouteTable *routes;
  TideRoute *ticks;    /* key: `symbol` or `ticker` */
  TideRoute *patterns; /* key: none; field 0: `pattern`, 1: `symbol`, 2: `tier` */
  TideRoute *results;  /* key: `job_id`; names `user_id`; kept */
  TideRoute *insights; /* field 0: `tier` */
  TideRoute *health;   /* everyone */
  TideSubscriptionSettings settings;
  TideSubscriptionManager *manager;
  FakeKeeper *keeper;
  const char *event; /* of the last answer */
  GString *reply;    /* payload of the last answer */
  GPtrArray *events; /* (element-type TideEvent), behind the last answer */
} Routing;

static inline void
routing_add_patterns (Routing *self)
{
  const char *const names[][2] = { { "pattern", NULL },
                                   { "symbol", NULL },
                                   { "tier", NULL } };
  const char *const filters[] = { "pattern_types", "symbols", "tiers" };
  TideRouteMatch *match;

  self->patterns = tide_route_new ("p", "pattern_alert", NULL, TIDE_AUDIENCE_SUBSCRIBERS);
  match = tide_route_add_match (self->patterns, "tier_patterns");
  for (guint i = 0; i < 3; i++)
    tide_route_match_add_filter (
        match, filters[i], tide_route_add_field (self->patterns, names[i]), NULL);
  match = tide_route_add_match (self->patterns, "watchlist");
  tide_route_match_add_filter (match, "symbols", 1, NULL);
  tide_route_match_add_filter (match, "subscription_types", -1, "pattern_alert");
  self->patterns->is_kept = TRUE;
  self->patterns->priority = TIDE_PRIORITY_HIGH;
  tide_route_table_add (self->routes, self->patterns);
}

static inline void
routing_add_routes (Routing *self)
{
  const char *const symbol[] = { "symbol", "ticker", NULL };
  const char *const job_id[] = { "job_id", NULL };
  const char *const user_id[] = { "user_id", NULL };
  const char *const tier[] = { "tier", NULL };
  TideRouteMatch *match;
  int field;

  self->ticks = tide_route_new ("t", "tick_data", symbol, TIDE_AUDIENCE_SUBSCRIBERS);
  self->ticks->delivery_class = TIDE_CLASS_CONFLATE;
  tide_route_match_add_filter (
      tide_route_add_match (self->ticks, "tickers"), "tickers", 0, NULL);
  match = tide_route_add_match (self->ticks, "watchlist");
  tide_route_match_add_filter (match, "symbols", 0, NULL);
  tide_route_match_add_filter (match, "subscription_types", -1, "price_update");
  tide_route_table_add (self->routes, self->ticks);
  routing_add_patterns (self);

  self->results =
      tide_route_new ("r", "backtest_result", job_id, TIDE_AUDIENCE_SUBSCRIBERS);
  tide_route_match_add_filter (
      tide_route_add_match (self->results, "backtest"), "job_ids", 0, NULL);
  field = tide_route_add_field (self->results, user_id);
  g_array_append_val (self->results->user_fields, field);
  self->results->is_kept = TRUE;
  self->results->is_for_unsubscribed = TRUE;
  tide_route_table_add (self->routes, self->results);

  self->insights =
      tide_route_new ("i", "market_insight", NULL, TIDE_AUDIENCE_SUBSCRIBERS);
  field = tide_route_add_field (self->insights, tier);
  tide_route_match_add_filter (
      tide_route_add_match (self->insights, "market_insights"), "tiers", field, NULL);
  self->insights->delivery_class = TIDE_CLASS_DROPPABLE;
  self->insights->priority = TIDE_PRIORITY_LOW;
  tide_route_table_add (self->routes, self->insights);

  self->health = tide_route_new ("h", "system_health", NULL, TIDE_AUDIENCE_EVERYONE);
  self->health->delivery_class = TIDE_CLASS_LATEST;
  self->health->priority = TIDE_PRIORITY_CRITICAL;
  tide_route_table_add (self->routes, self->health);
}

static inline void
routing_init (Routing *self)
{
  memset (self, 0, sizeof *self);
  self->clock = tide_clock_new_manual (100 * G_USEC_PER_SEC);
  self->wheel = tide_timer_wheel_new (self->clock);
  self->users = tide_user_table_new ();
  self->routes = tide_route_table_new ();
  routing_add_routes (self);
  self->settings = (TideSubscriptionSettings){ .max_tickers = 10,
                                               .max_tickers_per_user = 20,
                                               .max_subscriptions = 4,
                                               .max_subscriptions_per_user = 6,
                                               .offline_max_age_us = 60 * G_USEC_PER_SEC,
                                               .offline_max_users = 3 };
  self->manager = tide_subscription_manager_new (
      self->users, self->wheel, &self->counters, self->routes, &self->settings);
  self->keeper = g_object_new (FAKE_TYPE_KEEPER, NULL);
  self->keeper->users = self->users;
  tide_subscription_manager_set_observer (self->manager,
                                          TIDE_USER_OBSERVER (self->keeper));
  self->reply = g_string_new (NULL);
  self->events = g_ptr_array_new_with_free_func ((GDestroyNotify) tide_event_unref);
}

static inline void
routing_clear (Routing *self)
{
  g_assert_finalize_object (self->manager);
  g_object_unref (self->keeper);
  /* Whoever was here or away has been let go of, and no timer is left. */
  g_assert_cmpuint (tide_user_table_get_n_users (self->users), ==, 0);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), ==, -1);
  g_assert_cmpuint (self->counters.subscriptions, ==, 0);
  g_assert_cmpuint (self->counters.index_entries, ==, 0);
  tide_route_table_unref (self->routes);
  tide_user_table_free (self->users);
  tide_timer_wheel_free (self->wheel);
  tide_clock_unref (self->clock);
  g_string_free (self->reply, TRUE);
  g_ptr_array_unref (self->events);
}

static inline void
routing_advance (Routing *self, gint64 seconds)
{
  tide_clock_advance (self->clock, seconds * G_USEC_PER_SEC);
  tide_timer_wheel_run (self->wheel);
}

/* A user comes, as the sessions tell it; without a name it is anonymous. They hold the
 * slot only as long as the call lasts, so that what stays is the manager's. */
static inline TideUserRef
routing_come (Routing *self, const char *name)
{
  TideUserRef user = name != NULL ? tide_user_table_hold_name (self->users, name)
                                  : tide_user_table_hold_anonymous (self->users);

  tide_user_observer_came (TIDE_USER_OBSERVER (self->manager), user);
  tide_user_table_release (self->users, user.slot);
  return user;
}

/* A user's first connection goes, its only one. */
static inline void
routing_leave (Routing *self, TideUserRef user)
{
  tide_user_observer_connection_left (
      TIDE_USER_OBSERVER (self->manager), user, user.slot + 1);
  tide_user_observer_left (TIDE_USER_OBSERVER (self->manager), user);
}

/* Runs a command as the sessions do: only with a payload that is one JSON object. */
static inline gboolean
routing_run (Routing *self,
             TideUserRef user,
             guint64 connection_id,
             const char *name,
             const char *payload,
             GError **error)
{
  g_autofree char *copy = g_strdup (payload);
  TideCommand command = { connection_id, user, name, copy, strlen (copy), 77, 0 };
  TideReply reply = { .payload = self->reply, .events = self->events };
  TideJsonKind kind;

  tide_json_scan (payload, strlen (payload), NULL, 0, &kind);
  g_assert_cmpint (kind, ==, TIDE_JSON_OBJECT);
  g_string_truncate (self->reply, 0);
  g_ptr_array_set_size (self->events, 0);
  self->event = NULL;
  if (!tide_command_handler_handle (
          TIDE_COMMAND_HANDLER (self->manager), &command, &reply, error))
    {
      g_assert_cmpuint (self->reply->len, ==, 0);
      g_assert_null (reply.event);
      return FALSE;
    }
  if (reply.is_later)
    {
      self->event = "later";
      return TRUE;
    }
  g_assert_cmpint (tide_json_scan (self->reply->str, self->reply->len, NULL, 0, NULL),
                   ==,
                   TIDE_JSON_OK);
  self->event = reply.event;
  return TRUE;
}

/* A command that succeeds, on the user's first connection: its slot + 1. */
static inline void
routing_ok (Routing *self, TideUserRef user, const char *name, const char *payload)
{
  g_autoptr (GError) error = NULL;

  routing_run (self, user, user.slot + 1, name, payload, &error);
  g_assert_no_error (error);
}

/* A command that fails, and changes nothing. */
#define routing_fails(self, user, name, payload, code)                                   \
  G_STMT_START                                                                           \
  {                                                                                      \
    g_autoptr (GError) failure = NULL;                                                   \
    guint64 n_before = (self)->counters.index_entries;                                   \
    guint64 n_subscriptions_before = (self)->counters.subscriptions;                     \
    g_assert_false (routing_run (self, user, (user).slot + 1, name, payload, &failure)); \
    g_assert_error (failure, TIDE_ERROR, code);                                          \
    g_assert_cmpuint ((self)->counters.index_entries, ==, n_before);                     \
    g_assert_cmpuint ((self)->counters.subscriptions, ==, n_subscriptions_before);       \
  }                                                                                      \
  G_STMT_END

/* Makes an event of a route with three fields at most; NULL: not there. */
static inline TideEvent *
routing_make_event (TideRoute *route, const char *a, const char *b, const char *c)
{
  const char *texts[] = { a, b, c };
  TideEventValue values[3] = { { NULL, 0 } };
  TideEventFacts facts = { .route = route,
                           .payload = "{}",
                           .payload_length = 2,
                           .values = values,
                           .priority = route->priority };

  for (guint i = 0; i < 3; i++)
    if (texts[i] != NULL)
      values[i] = (TideEventValue){ texts[i], strlen (texts[i]) };
  g_assert_cmpuint (route->fields->len, <=, 3);
  return tide_event_new_full (&facts);
}

/* Whether a user's subscriptions match an event of these fields. */
static inline gboolean
routing_gets (Routing *self,
              TideUserRef user,
              TideRoute *route,
              const char *const *fields)
{
  g_autoptr (TideEvent) event =
      routing_make_event (route, fields[0], fields[1], fields[2]);
  gboolean is_found;
  TideSlotSet found;

  tide_slot_set_init (&found);
  tide_subscription_manager_find_subscribers (self->manager, event, &found);
  is_found = tide_slot_set_contains (&found, user.slot);
  tide_slot_set_clear (&found);
  return is_found;
}

#define GETS(self, user, route, ...)                                                     \
  routing_gets (                                                                         \
      self, user, (self)->route, (const char *const[]){ __VA_ARGS__, NULL, NULL, NULL })

#define assert_reply(self, expected_event, expected)                                     \
  G_STMT_START                                                                           \
  {                                                                                      \
    g_assert_cmpstr ((self)->event, ==, expected_event);                                 \
    g_assert_cmpstr ((self)->reply->str, ==, expected);                                  \
  }                                                                                      \
  G_STMT_END
