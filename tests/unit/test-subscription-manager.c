/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "routing-harness.h"

/* Tickers, which end with their connection. What users keep is in
 * test-subscription-commands.c. */

typedef Routing Fixture;

static void
set_up (Fixture *self, guint max_tickers, guint max_tickers_per_user)
{
  routing_init (self);
  self->settings.max_tickers = max_tickers;
  self->settings.max_tickers_per_user = max_tickers_per_user;
  tide_subscription_manager_reload (self->manager, &self->settings);
}

static void
tear_down (Fixture *self)
{
  routing_clear (self);
}

#define come routing_come
#define run_raw routing_run

/* Runs a command with one ticker a character. */
static gboolean
run (Fixture *self,
     TideUserRef user,
     guint64 connection_id,
     const char *name,
     const char *tickers,
     GError **error)
{
  g_autoptr (GString) payload = g_string_new ("{\"tickers\":[");

  for (gsize i = 0; tickers[i] != '\0'; i++)
    g_string_append_printf (payload, "%s\"%c\"", i > 0 ? "," : "", tickers[i]);
  g_string_append (payload, "]}");
  return run_raw (self, user, connection_id, name, payload->str, error);
}

static void
subscribe (Fixture *self, TideUserRef user, guint64 connection_id, const char *tickers)
{
  g_autoptr (GError) error = NULL;

  run (self, user, connection_id, "subscribe_tickers", tickers, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (self->event, ==, "subscription_updated");
}

static void
unsubscribe (Fixture *self, TideUserRef user, guint64 connection_id, const char *tickers)
{
  g_autoptr (GError) error = NULL;

  run (self, user, connection_id, "unsubscribe_tickers", tickers, &error);
  g_assert_no_error (error);
}

/* Gives the tickers, one character each, that a user is found by. */
static char *
get_tickers (Fixture *self, TideUserRef user)
{
  GString *found = g_string_new (NULL);

  for (char ticker = 'A'; ticker <= 'Z'; ticker++)
    {
      char text[] = { ticker, 0 };

      if (GETS (self, user, ticks, text))
        g_string_append_c (found, ticker);
    }
  return g_string_free (found, FALSE);
}

#define assert_tickers(self, user, expected)                                             \
  G_STMT_START                                                                           \
  {                                                                                      \
    g_autofree char *found_tickers = get_tickers (self, user);                           \
    g_assert_cmpstr (found_tickers, ==, expected);                                       \
  }                                                                                      \
  G_STMT_END

static void
test_replaces (void)
{
  Fixture fixture;
  TideUserRef anna;

  g_test_summary ("A list replaces the connection's former one, an empty one clears it");

  set_up (&fixture, 10, 10);
  anna = come (&fixture, "anna");
  subscribe (&fixture, anna, 1, "BA");
  g_assert_cmpstr (fixture.reply->str, ==, "{\"tickers\":[\"B\",\"A\"]}");
  assert_tickers (&fixture, anna, "AB");
  subscribe (&fixture, anna, 1, "BC");
  assert_tickers (&fixture, anna, "BC");
  subscribe (&fixture, anna, 1, "");
  g_assert_cmpstr (fixture.reply->str, ==, "{\"tickers\":[]}");
  assert_tickers (&fixture, anna, "");
  tear_down (&fixture);
}

static void
test_takes_away (void)
{
  Fixture fixture;
  TideUserRef anna;

  g_test_summary ("Unsubscribing takes some away and answers with what is left");

  set_up (&fixture, 10, 10);
  anna = come (&fixture, "anna");
  unsubscribe (&fixture, anna, 1, "A");
  g_assert_cmpstr (fixture.reply->str, ==, "{\"tickers\":[]}");
  subscribe (&fixture, anna, 1, "ABC");
  unsubscribe (&fixture, anna, 1, "XB");
  g_assert_cmpstr (fixture.reply->str, ==, "{\"tickers\":[\"A\",\"C\"]}");
  assert_tickers (&fixture, anna, "AC");
  unsubscribe (&fixture, anna, 2, "AC");
  assert_tickers (&fixture, anna, "AC");
  unsubscribe (&fixture, anna, 1, "AC");
  assert_tickers (&fixture, anna, "");
  tear_down (&fixture);
}

static void
test_union (void)
{
  Fixture fixture;
  TideUserObserver *observer;
  TideUserRef anna;
  TideUserRef bert;

  g_test_summary ("A user has the union over the tabs; a closed tab takes its own away");

  set_up (&fixture, 10, 10);
  observer = TIDE_USER_OBSERVER (fixture.manager);
  anna = come (&fixture, "anna");
  bert = come (&fixture, "bert");
  subscribe (&fixture, anna, 1, "AB");
  subscribe (&fixture, anna, 2, "BC");
  subscribe (&fixture, bert, 3, "B");
  assert_tickers (&fixture, anna, "ABC");
  tide_user_observer_connection_left (observer, anna, 1);
  assert_tickers (&fixture, anna, "BC");
  tide_user_observer_connection_left (observer, anna, 99);
  assert_tickers (&fixture, anna, "BC");
  tide_user_observer_connection_left (observer, anna, 2);
  assert_tickers (&fixture, anna, "");
  assert_tickers (&fixture, bert, "B");
  tear_down (&fixture);
}

static void
test_slots (void)
{
  Fixture fixture;
  TideUserRef anna;
  TideUserRef bert;

  g_test_summary ("A user's slot is held until the user is told to have left");

  set_up (&fixture, 10, 10);
  anna = come (&fixture, "anna");
  subscribe (&fixture, anna, 1, "A");
  g_assert_true (tide_user_table_is_current (fixture.users, anna));
  tide_user_observer_connection_left (TIDE_USER_OBSERVER (fixture.manager), anna, 1);
  tide_user_observer_left (TIDE_USER_OBSERVER (fixture.manager), anna);
  g_assert_false (tide_user_table_is_current (fixture.users, anna));
  tide_user_table_trim (fixture.users);
  tide_user_observer_trim (TIDE_USER_OBSERVER (fixture.manager));
  bert = come (&fixture, "bert");
  g_assert_cmpuint (bert.slot, ==, anna.slot);
  assert_tickers (&fixture, bert, "");
  tear_down (&fixture);
}

static void
test_limits (void)
{
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) user_error = NULL;
  TideUserRef anna;

  g_test_summary ("Over a limit nothing is changed; a ticker of two tabs counts once");

  set_up (&fixture, 3, 5);
  anna = come (&fixture, "anna");
  subscribe (&fixture, anna, 1, "ABC");
  g_assert_false (run (&fixture, anna, 1, "subscribe_tickers", "ADEF", &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
  assert_tickers (&fixture, anna, "ABC");
  subscribe (&fixture, anna, 2, "CDE");
  assert_tickers (&fixture, anna, "ABCDE");
  g_assert_false (run (&fixture, anna, 2, "subscribe_tickers", "DEF", &user_error));
  g_assert_error (user_error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
  assert_tickers (&fixture, anna, "ABCDE");

  /* What was refused left no trace: the holds are what they were. */
  tide_user_observer_connection_left (TIDE_USER_OBSERVER (fixture.manager), anna, 1);
  assert_tickers (&fixture, anna, "CDE");
  subscribe (&fixture, anna, 2, "");
  assert_tickers (&fixture, anna, "");
  tear_down (&fixture);
}

static void
test_lowered_limits (void)
{
  TideSubscriptionSettings lower;
  Fixture fixture;
  g_autoptr (GError) error = NULL;
  TideUserRef anna;

  g_test_summary ("Limits that were lowered never hinder who takes something away");

  set_up (&fixture, 5, 5);
  anna = come (&fixture, "anna");
  subscribe (&fixture, anna, 1, "ABCDE");
  lower = fixture.settings;
  lower.max_tickers = 2;
  lower.max_tickers_per_user = 2;
  tide_subscription_manager_reload (fixture.manager, &lower);
  assert_tickers (&fixture, anna, "ABCDE");
  unsubscribe (&fixture, anna, 1, "A");
  assert_tickers (&fixture, anna, "BCDE");
  g_assert_false (run (&fixture, anna, 1, "subscribe_tickers", "BCD", &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
  subscribe (&fixture, anna, 1, "BC");
  assert_tickers (&fixture, anna, "BC");
  tear_down (&fixture);
}

static void
test_huge (void)
{
  Fixture fixture;
  g_autoptr (GString) payload = g_string_new ("{\"tickers\":[");
  g_autoptr (GError) error = NULL;
  TideUserRef anna;

  g_test_summary ("A list far over the limit is refused before any work is done on it");

  /* With work that grows with the square of the length this would take hours. */
  for (guint i = 0; i < 500000; i++)
    g_string_append_printf (payload, "%s\"%x\"", i > 0 ? "," : "", i);
  g_string_append (payload, "]}");
  set_up (&fixture, 500, 2000);
  anna = come (&fixture, "anna");
  g_assert_false (run_raw (&fixture, anna, 1, "subscribe_tickers", payload->str, &error));
  g_assert_error (error, TIDE_ERROR, TIDE_ERROR_LIMIT_EXCEEDED);
  assert_tickers (&fixture, anna, "");

  /* Who takes away may name what it never had. */
  subscribe (&fixture, anna, 1, "AG");
  g_assert_true (run_raw (&fixture, anna, 1, "unsubscribe_tickers", payload->str, NULL));
  assert_tickers (&fixture, anna, "AG");
  tear_down (&fixture);
}

static void
test_errors (void)
{
  Fixture fixture;
  g_autoptr (GError) bad = NULL;
  g_autoptr (GError) bad_too = NULL;
  g_autoptr (GError) unknown = NULL;
  TideUserRef anna;

  g_test_summary ("What can't be understood changes nothing");

  set_up (&fixture, 5, 5);
  anna = come (&fixture, "anna");
  subscribe (&fixture, anna, 1, "A");
  g_assert_false (
      run_raw (&fixture, anna, 1, "subscribe_tickers", "{\"tickers\":[\"B\",1]}", &bad));
  g_assert_error (bad, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD);
  g_assert_false (run_raw (&fixture, anna, 1, "unsubscribe_tickers", "{}", &bad_too));
  g_assert_error (bad_too, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD);
  g_assert_false (run_raw (&fixture, anna, 1, "subscribe_ticker", "{}", &unknown));
  g_assert_error (unknown, TIDE_ERROR, TIDE_ERROR_UNKNOWN_COMMAND);
  assert_tickers (&fixture, anna, "A");
  tear_down (&fixture);
}

#define N_CONNECTIONS 6
#define N_TICKERS 8

/* The oracle: a bit a ticker, by connection. Connections 0 to 2 are anna's. */
static void
check (Fixture *self, const guint *lists, const TideUserRef *users)
{
  for (guint user = 0; user < 2; user++)
    {
      g_autoptr (GString) expected = g_string_new (NULL);
      guint all = lists[3 * user] | lists[3 * user + 1] | lists[3 * user + 2];

      for (guint i = 0; i < N_TICKERS; i++)
        if (all & 1 << i)
          g_string_append_c (expected, 'A' + i);
      assert_tickers (self, users[user], expected->str);
    }
}

static void
act (Fixture *self, GRand *rand, guint *lists, const TideUserRef *users)
{
  guint id = g_rand_int_range (rand, 0, N_CONNECTIONS);
  guint choice = g_rand_int_range (rand, 0, 5);
  guint mask = g_rand_int_range (rand, 0, 1 << N_TICKERS);
  g_autoptr (GString) tickers = g_string_new (NULL);
  guint of_user = 0;
  gboolean is_over;

  if (choice == 0)
    {
      tide_user_observer_connection_left (
          TIDE_USER_OBSERVER (self->manager), users[id / 3], id + 1);
      lists[id] = 0;
      return;
    }
  for (guint i = 0; i < N_TICKERS; i++)
    if (mask & 1 << i)
      g_string_append_c (tickers, 'A' + i);
  if (choice == 1)
    {
      unsubscribe (self, users[id / 3], id + 1, tickers->str);
      lists[id] &= ~mask;
      return;
    }
  for (guint i = 0; i < 3; i++)
    of_user |= id / 3 * 3 + i == id ? mask : lists[id / 3 * 3 + i];
  is_over = __builtin_popcount (mask) > 5 || __builtin_popcount (of_user) > 6;
  g_assert_cmpint (
      run (self, users[id / 3], id + 1, "subscribe_tickers", tickers->str, NULL),
      ==,
      !is_over);
  if (!is_over)
    lists[id] = mask;
}

static void
test_random (void)
{
  g_test_summary ("Random commands leave what sets of bits would, limits included");

  for (guint seed = 0; seed < 1000; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      guint lists[N_CONNECTIONS] = { 0 };
      TideUserRef users[2];
      Fixture fixture;

      set_up (&fixture, 5, 6);
      users[0] = come (&fixture, "anna");
      users[1] = come (&fixture, "bert");
      for (guint i = 0; i < 60; i++)
        {
          act (&fixture, rand, lists, users);
          check (&fixture, lists, users);
        }
      tear_down (&fixture);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/subscription-manager/replaces", test_replaces);
  g_test_add_func ("/routing/subscription-manager/takes-away", test_takes_away);
  g_test_add_func ("/routing/subscription-manager/union", test_union);
  g_test_add_func ("/routing/subscription-manager/slots", test_slots);
  g_test_add_func ("/routing/subscription-manager/limits", test_limits);
  g_test_add_func ("/routing/subscription-manager/lowered-limits", test_lowered_limits);
  g_test_add_func ("/routing/subscription-manager/huge", test_huge);
  g_test_add_func ("/routing/subscription-manager/errors", test_errors);
  g_test_add_func ("/routing/subscription-manager/random", test_random);
  return g_test_run ();
}
