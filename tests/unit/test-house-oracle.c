/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The whole middle of the house, twice: decoder, router, subscriptions, a broadcaster and
 * sessions, down to the bytes of fake sockets; once with the direct broadcaster and once
 * with the scalable one, on the same random traffic of producers, users, tabs and
 * commands. */

#include "tide-broadcaster.h"
#include "tide-decoder.h"
#include "tide-event-router.h"
#include "tide-route-text.h"
#include "tide-scalable-broadcaster.h"
#include "tide-subscription-manager.h"

#include "fake-sessions.h"

#define N_USERS 4
#define N_STAYING 2 /* users whose first tab stays open all the time */
#define MAX_TABS 3
#define N_ROUNDS 2000

typedef struct
{
  FakeTransport *transport; /* (owned) (nullable) */
  gboolean is_in_lobby;
} Tab;

typedef struct
{
  TideTimerWheel *wheel;
  TideUserTable *users;
  TideCounters counters;
  TideWebSocketManager *sessions;
  TideSubscriptionManager *subscriptions;
  TideEventRouter *router;
  TideDecoder *decoder;
  GObject *broadcaster;
  Tab tabs[N_USERS][MAX_TABS];
  GPtrArray *logs[N_USERS]; /* (element-type GString), of tabs that are closed */
} House;

static TideClock *the_clock;
static TideRouteTable *routes;
static House houses[2]; /* the direct one, the scalable one */
static guint last_id;

static TideRoute *
make_route (const char *name, const char *settings)
{
  TideRouteText *text = tide_route_text_new (name);
  g_auto (GStrv) lines = g_strsplit (settings, "\n", -1);
  g_autoptr (GError) error = NULL;
  const char *bad_key = NULL;
  TideRoute *route;

  for (char **line = lines; *line != NULL; line++)
    {
      char *equals = strchr (*line, '=');
      g_autofree char *key = g_strndup (*line, equals - *line);

      tide_route_text_set (text, key, equals + 1, &error);
      g_assert_no_error (error);
    }
  route = tide_route_text_finish (text, &bad_key, &error);
  g_assert_no_error (error);
  tide_route_text_free (text);
  return route;
}

static void
make_routes (void)
{
  static const char *const all[][2] = {
    { "tick",
      "channel=tick\nkey=symbol\nclass=conflate\naudience=subscribers\n"
      "match=tickers tickers=symbol;watchlist symbols=symbol "
      "subscription_types='price_update'" },
    { "alert",
      "channel=alert\nkey=symbol\nclass=lossless\noffline=true\npriority=high\n"
      "audience=subscribers\nmatch=tier_patterns pattern_types=pattern symbols=symbol;"
      "watchlist symbols=symbol subscription_types='pattern_alert'" },
    { "result",
      "channel=result\nkey=job_id\nclass=lossless\noffline=true\n"
      "audience=subscribers;user:user_id\nmatch=backtest job_ids=job_id\n"
      "without-subscription=every" },
    { "health",
      "channel=health\nclass=conflate\naudience=everyone\n"
      "priority=critical if status=bad;low" },
    { "gauge", "channel=gauge\nkey=symbol\nclass=latest\naudience=everyone" },
    { "news", "channel=news\nclass=lossless\noffline=true\naudience=room:lobby" },
    { "chatter", "channel=chatter\nclass=droppable\naudience=everyone\npriority=low" },
  };

  routes = tide_route_table_new ();
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    tide_route_table_add (routes, make_route (all[i][0], all[i][1]));
}

static void
house_open (House *self, const TideDeliverySettings *delivery)
{
  static const char *const rooms[] = { "lobby", NULL };
  const TideSessionSettings sessions = {
    .protocol = { .ping_interval_us = G_GINT64_CONSTANT (100000) * G_USEC_PER_SEC,
                  .ping_timeout_us = G_GINT64_CONSTANT (100000) * G_USEC_PER_SEC,
                  .connect_timeout_us = G_USEC_PER_SEC,
                  .max_payload_bytes = 10000 },
    .open_rooms = (char **) rooms,
    .outbox_soft_bytes = 500,
  };
  const TideSubscriptionSettings subscriptions = {
    .max_tickers = 10,
    .max_tickers_per_user = 100,
    .max_subscriptions = 50,
    .max_subscriptions_per_user = 100,
    .offline_max_age_us = G_GINT64_CONSTANT (100000) * G_USEC_PER_SEC,
    .offline_max_users = 100,
  };
  TideUserObserver *observer;

  memset (self, 0, sizeof *self);
  self->wheel = tide_timer_wheel_new (the_clock);
  self->users = tide_user_table_new ();
  self->sessions =
      tide_websocket_manager_new (self->users, self->wheel, &self->counters, &sessions);
  self->broadcaster =
      self == &houses[0]
          ? G_OBJECT (tide_broadcaster_new (TIDE_BATCH_SINK (self->sessions),
                                            self->users,
                                            self->wheel,
                                            &self->counters,
                                            &delivery->offline))
          : G_OBJECT (tide_scalable_broadcaster_new (TIDE_BATCH_SINK (self->sessions),
                                                     self->users,
                                                     self->wheel,
                                                     &self->counters,
                                                     delivery));
  self->subscriptions = tide_subscription_manager_new (
      self->users, self->wheel, &self->counters, routes, &subscriptions);
  self->router = tide_event_router_new (
      self->subscriptions, TIDE_EVENT_SINK (self->broadcaster), &self->counters);
  self->decoder = tide_decoder_new (routes, &self->counters, the_clock, 10000);
  observer = TIDE_USER_OBSERVER (self->broadcaster);
  tide_websocket_manager_add_observer (self->sessions,
                                       TIDE_USER_OBSERVER (self->subscriptions));
  tide_websocket_manager_add_observer (self->sessions, observer);
  tide_subscription_manager_set_observer (self->subscriptions, observer);
  tide_websocket_manager_set_command_handler (self->sessions,
                                              TIDE_COMMAND_HANDLER (self->subscriptions));
  for (guint i = 0; i < N_USERS; i++)
    self->logs[i] = g_ptr_array_new ();
}

static void
check_books (House *self)
{
  tide_counters_refresh (&self->counters);
  g_assert_cmpuint (self->counters.balance_error, ==, 0);
}

static guint64
count_waiting (const House *self)
{
  guint64 n = 0;

  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    n += self->counters.books[i].in_lanes;
  return n;
}

static void
pass_time (gint64 us)
{
  for (; us > 0; us -= 4000)
    {
      tide_clock_advance (the_clock, MIN (us, 4000));
      for (guint i = 0; i < 2; i++)
        tide_timer_wheel_run (houses[i].wheel);
    }
}

static void
set_holding (guint user, guint tab, gboolean is_holding)
{
  for (guint i = 0; i < 2; i++)
    {
      FakeTransport *transport = houses[i].tabs[user][tab].transport;

      fake_counters = &houses[i].counters;
      transport->is_holding = is_holding;
      if (!is_holding && transport->outbox.n_bytes > 0)
        fake_transport_take (transport, transport->outbox.n_bytes);
    }
}

/* Everybody reads, and everything that waits leaves. */
static void
drain (void)
{
  for (guint i = 0; i < N_USERS; i++)
    for (guint j = 0; j < MAX_TABS; j++)
      if (houses[0].tabs[i][j].transport != NULL)
        set_holding (i, j, FALSE);
  for (guint i = 0; i < 1000; i++)
    {
      if (count_waiting (&houses[0]) + count_waiting (&houses[1]) == 0)
        return;
      pass_time (100 * 1000);
    }
  g_assert_not_reached ();
}

static void
open_tab (guint user, guint tab)
{
  g_autofree char *name = g_strdup_printf ("u%u", user);
  const TideNewcomer newcomer = { .form = TIDE_WIRE_PLAIN, .user_name = name };

  for (guint i = 0; i < 2; i++)
    {
      FakeTransport *transport = fake_transport_new ();

      fake_counters = &houses[i].counters;
      houses[i].tabs[user][tab].transport = transport;
      houses[i].tabs[user][tab].is_in_lobby = FALSE;
      transport->connection = tide_websocket_manager_register_user (
          houses[i].sessions, &transport->base, &newcomer);
    }
}

static void
close_tab (guint user, guint tab)
{
  for (guint i = 0; i < 2; i++)
    {
      Tab *it = &houses[i].tabs[user][tab];

      fake_counters = &houses[i].counters;
      fake_transport_end (it->transport);
      g_ptr_array_add (houses[i].logs[user], g_steal_pointer (&it->transport->log));
      it->transport->log = g_string_new (NULL);
      g_clear_pointer (&it->transport, fake_transport_free);
    }
}

static void
house_close (House *self)
{
  for (guint i = 0; i < N_USERS; i++)
    {
      for (guint j = 0; j < self->logs[i]->len; j++)
        g_string_free (g_ptr_array_index (self->logs[i], j), TRUE);
      g_ptr_array_unref (self->logs[i]);
    }
  g_object_unref (self->router);
  g_object_run_dispose (G_OBJECT (self->sessions));
  g_object_unref (self->broadcaster);
  g_object_unref (self->subscriptions);
  g_object_unref (self->sessions);
  tide_decoder_free (self->decoder);
  tide_timer_wheel_free (self->wheel);
  tide_user_table_free (self->users);
}

static guint
count_tabs (guint user)
{
  guint n = 0;

  for (guint i = 0; i < MAX_TABS; i++)
    n += houses[0].tabs[user][i].transport != NULL;
  return n;
}

static gboolean
is_kept (guint user)
{
  g_autofree char *name = g_strdup_printf ("u%u", user);
  TideUserRef ref;

  return tide_user_table_lookup (houses[0].users, name, &ref) &&
         tide_user_table_is_kept (houses[0].users, ref.slot);
}

/* What is on its way to a user who is not waited for is lost when it goes, and what is
 * for a room when the tab leaves it: such things happen when nothing is on its way. */
static void
toggle_tab (guint user, guint tab)
{
  if (houses[0].tabs[user][tab].transport == NULL)
    {
      open_tab (user, tab);
      return;
    }
  if (user < N_STAYING && tab == 0)
    return;
  if ((count_tabs (user) == 1 && !is_kept (user)) ||
      houses[0].tabs[user][tab].is_in_lobby)
    drain ();
  set_holding (user, tab, FALSE);
  close_tab (user, tab);
}

static const char *
pick (const char *const *words)
{
  return words[g_test_rand_int_range (0, g_strv_length ((char **) words))];
}

static const char *
pick_symbol (void)
{
  static const char *const symbols[] = { "A", "B", "C", NULL };

  return pick (symbols);
}

static char *
make_command (void)
{
  static const char *const patterns[] = {
    "[]", "[\"Bull\"]", "[\"Bull\",\"Bear\"]", "[\"*\"]", NULL
  };
  static const char *const types[] = { "[\"price_update\"]",
                                       "[\"pattern_alert\"]",
                                       "[\"price_update\",\"pattern_alert\"]",
                                       NULL };
  static const char *const gone[] = { "tier_patterns", "watchlist", "backtest", NULL };

  switch (g_test_rand_int_range (0, 7))
    {
    case 0:
      return g_strdup ("{\"type\":\"subscribe_tickers\",\"tickers\":[]}");
    case 1:
      return g_strdup_printf (
          "{\"type\":\"subscribe_tickers\",\"tickers\":[\"%s\",\"%s\"]}",
          pick_symbol (),
          pick_symbol ());
    case 2:
      return g_strdup_printf (
          "{\"type\":\"subscribe\",\"subscription_type\":\"tier_patterns\","
          "\"filters\":{\"pattern_types\":%s,\"symbols\":[\"%s\"]}}",
          pick (patterns),
          pick_symbol ());
    case 3:
      return g_strdup_printf ("{\"type\":\"subscribe_tickstockpl_watchlist\","
                              "\"symbols\":[\"%s\"],\"subscription_types\":%s}",
                              pick_symbol (),
                              pick (types));
    case 4:
      return g_strdup_printf (
          "{\"type\":\"subscribe\",\"subscription_type\":\"backtest\","
          "\"filters\":{\"job_ids\":[\"%s\"]}}",
          pick_symbol ());
    case 5:
      return g_strdup_printf ("{\"type\":\"unsubscribe_tickstockpl_symbol\","
                              "\"symbol\":\"%s\"}",
                              pick_symbol ());
    default:
      return g_strdup_printf ("{\"type\":\"unsubscribe\",\"subscription_type\":\"%s\"}",
                              pick (gone));
    }
}

/* A user who gives up its last subscription while something waits for it could lose that
 * at its end. */
static void
send_command (guint user, guint tab)
{
  g_autofree char *command = make_command ();

  if (houses[0].tabs[user][tab].transport == NULL)
    return;
  drain ();
  for (guint i = 0; i < 2; i++)
    {
      fake_counters = &houses[i].counters;
      fake_transport_receive (houses[i].tabs[user][tab].transport, command);
    }
}

static void
toggle_lobby (guint user, guint tab)
{
  if (houses[0].tabs[user][tab].transport == NULL)
    return;
  drain ();
  for (guint i = 0; i < 2; i++)
    {
      Tab *it = &houses[i].tabs[user][tab];

      fake_counters = &houses[i].counters;
      fake_transport_receive (it->transport,
                              it->is_in_lobby
                                  ? "{\"type\":\"leave_room\",\"room\":\"lobby\"}"
                                  : "{\"type\":\"join_room\",\"room\":\"lobby\"}");
      it->is_in_lobby = !it->is_in_lobby;
    }
}

static void
publish (void)
{
  static const char *const channels[] = { "tick",  "tick", "alert",   "result", "health",
                                          "gauge", "news", "chatter", NULL };
  static const char *const names[] = { "Bull", "Bear", NULL };
  static const char *const states[] = { "good", "good", "bad", NULL };
  static const char *const owners[] = { "null", "\"u0\"", "\"u2\"", "\"u3\"", NULL };
  const char *channel = pick (channels);
  const char *symbol = pick_symbol ();
  g_autofree char *payload = g_strdup_printf (
      "{\"id\":%u,\"symbol\":\"%s\",\"job_id\":\"%s\",\"pattern\":\"%s\","
      "\"status\":\"%s\",\"user_id\":%s}",
      ++last_id,
      symbol,
      symbol,
      pick (names),
      pick (states),
      pick (owners));

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (TideEvent) event = tide_decoder_decode (
          houses[i].decoder, channel, strlen (channel), payload, strlen (payload));

      fake_counters = &houses[i].counters;
      g_assert_nonnull (event);
      tide_event_router_route (houses[i].router, event);
    }
}

/* Reads what a tab was sent: `> {"type":"tick","data":{"id":7,"symbol":"A",…`. */
static void
read_log (const char *log, GHashTable *lossless, GHashTable *last)
{
  g_auto (GStrv) lines = g_strsplit (log, "\n", -1);
  g_autoptr (GHashTable) newest =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (char **line = lines; *line != NULL; line++)
    {
      const char *id_text = strstr (*line, "\"data\":{\"id\":");
      g_auto (GStrv) words = NULL;
      char *topic;
      gsize id;

      if (id_text == NULL)
        continue;
      id = g_ascii_strtoull (id_text + strlen ("\"data\":{\"id\":"), NULL, 10);
      words = g_strsplit (*line, "\"", -1);
      /* Words 3 and 11 are the type and the symbol; health has no key. */
      topic = g_strconcat (
          words[3],
          g_str_equal (words[3], "health") || g_str_equal (words[3], "news") ? ""
                                                                             : words[11],
          NULL);
      g_assert_true (g_hash_table_add (seen, GSIZE_TO_POINTER (id)));
      g_assert_cmpuint (GPOINTER_TO_SIZE (g_hash_table_lookup (newest, topic)), <, id);
      if (g_str_equal (words[3], "alert") || g_str_equal (words[3], "result") ||
          g_str_equal (words[3], "news"))
        g_hash_table_add (lossless, GSIZE_TO_POINTER (id));
      else if (!g_str_equal (words[3], "chatter") &&
               GPOINTER_TO_SIZE (g_hash_table_lookup (last, topic)) < id)
        g_hash_table_insert (last, g_strdup (topic), GSIZE_TO_POINTER (id));
      g_hash_table_insert (newest, topic, GSIZE_TO_POINTER (id));
    }
}

static void
read_user (House *self, guint user, GHashTable *lossless, GHashTable *last)
{
  for (guint i = 0; i < self->logs[user]->len; i++)
    read_log (((GString *) g_ptr_array_index (self->logs[user], i))->str, lossless, last);
  for (guint i = 0; i < MAX_TABS; i++)
    if (self->tabs[user][i].transport != NULL)
      read_log (self->tabs[user][i].transport->log->str, lossless, last);
}

static void
assert_same (GHashTable *one, GHashTable *other)
{
  GHashTableIter iter;
  gpointer key, value;

  g_assert_cmpuint (g_hash_table_size (one), ==, g_hash_table_size (other));
  g_hash_table_iter_init (&iter, one);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_assert_true (g_hash_table_lookup (other, key) == value);
}

static void
compare_user (guint user)
{
  GHashTable *lossless[2];
  GHashTable *last[2];

  for (guint i = 0; i < 2; i++)
    {
      lossless[i] = g_hash_table_new (NULL, NULL);
      last[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      read_user (&houses[i], user, lossless[i], last[i]);
    }
  assert_same (lossless[0], lossless[1]);
  if (user < N_STAYING)
    assert_same (last[0], last[1]);
  for (guint i = 0; i < 2; i++)
    {
      g_hash_table_unref (lossless[i]);
      g_hash_table_unref (last[i]);
    }
}

static void
step (void)
{
  guint dice = g_test_rand_int_range (0, 100);
  guint user = g_test_rand_int_range (0, N_USERS);
  guint tab = g_test_rand_int_range (0, MAX_TABS);

  if (dice < 60)
    publish ();
  else if (dice < 75)
    pass_time (g_test_rand_int_range (1, 200) * 1000);
  else if (dice < 83)
    send_command (user, tab);
  else if (dice < 86)
    toggle_lobby (user, tab);
  else if (dice < 92)
    toggle_tab (user, tab);
  else if (dice < 94)
    for (guint i = 0; i < 2; i++)
      tide_websocket_manager_trim (houses[i].sessions);
  else if (houses[0].tabs[user][tab].transport != NULL)
    set_holding (user, tab, !houses[0].tabs[user][tab].transport->is_holding);
}

static TideDeliverySettings
make_settings (void)
{
  static const guint windows_ms[] = { 0, 20, 100 };
  static const guint batches[] = { 0, 1, 3, 50 };
  static const guint rates[] = { 0, 5, 30 };

  return (TideDeliverySettings){
    .limits = { .batch_window_us = 1000 * windows_ms[g_test_rand_int_range (0, 3)],
                .batch_max_events = batches[g_test_rand_int_range (0, 4)],
                .is_leading = g_test_rand_bit (),
                .events_per_second = rates[g_test_rand_int_range (0, 3)],
                .urgent_events_per_second = rates[g_test_rand_int_range (0, 3)] },
    .batch_max_bytes = 64 * 1024,
    .lane_max_bytes = 1024 * 1024,
    .offline = { .max_events = 1000,
                 .max_bytes = 1024 * 1024,
                 .total_bytes = 16 * 1024 * 1024,
                 .max_age_us = G_GINT64_CONSTANT (100000) * G_USEC_PER_SEC },
  };
}

static void
run_round (void)
{
  TideDeliverySettings settings = make_settings ();
  guint n_steps = g_test_rand_int_range (20, 150);

  the_clock = tide_clock_new_manual (G_GINT64_CONSTANT (1000) * G_USEC_PER_SEC);
  for (guint i = 0; i < 2; i++)
    house_open (&houses[i], &settings);
  for (guint i = 0; i < N_STAYING; i++)
    open_tab (i, 0);
  for (guint i = 0; i < n_steps; i++)
    {
      step ();
      check_books (&houses[0]);
      check_books (&houses[1]);
    }
  for (guint i = 0; i < N_USERS; i++)
    if (count_tabs (i) == 0)
      open_tab (i, 0);
  drain ();
  pass_time (G_USEC_PER_SEC);
  for (guint i = 0; i < N_USERS; i++)
    compare_user (i);
  for (guint i = 0; i < N_USERS; i++)
    for (guint j = 0; j < MAX_TABS; j++)
      if (houses[0].tabs[i][j].transport != NULL)
        close_tab (i, j);
  for (guint i = 0; i < 2; i++)
    {
      check_books (&houses[i]);
      house_close (&houses[i]);
    }
  g_clear_pointer (&the_clock, tide_clock_unref);
}

static void
test_random (void)
{
  g_test_summary (
      "Each user gets the same by both, each tab everything once and in order, "
      "and the books balance at every step");

  make_routes ();
  for (guint i = 0; i < N_ROUNDS; i++)
    run_round ();
  tide_route_table_unref (routes);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/house/oracle", test_random);
  return g_test_run ();
}
