/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "routing-harness.h"

#define JOB "{\"subscription_type\":\"backtest\",\"filters\":{\"job_ids\":[1]}}"

/* Comes, subscribes and leaves. */
static TideUserRef
visit (Routing *self, const char *name)
{
  TideUserRef user = routing_come (self, name);

  routing_ok (self, user, "subscribe", JOB);
  routing_leave (self, user);
  return user;
}

static void
assert_forgotten (Routing *self, const char *expected)
{
  g_assert_cmpstr (self->keeper->log->str, ==, expected);
  g_string_truncate (self->keeper->log, 0);
}

static void
test_waits (void)
{
  Routing fixture;
  TideUserRef anna;
  TideUserRef again;

  g_test_summary ("Who has subscriptions is waited for, and finds them again");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture, anna, "subscribe_tickers", "{\"tickers\":[\"A\"]}");
  g_assert_false (tide_user_table_is_kept (fixture.users, anna.slot));
  routing_ok (&fixture, anna, "subscribe", JOB);
  g_assert_true (tide_user_table_is_kept (fixture.users, anna.slot));
  routing_leave (&fixture, anna);
  g_assert_true (tide_user_table_is_current (fixture.users, anna));
  g_assert_true (tide_user_table_is_kept (fixture.users, anna.slot));
  g_assert_true (tide_subscription_manager_is_away (fixture.manager, anna.slot));
  g_assert_cmpuint (fixture.counters.users_away, ==, 1);
  g_assert_true (GETS (&fixture, anna, results, "1"));
  g_assert_false (GETS (&fixture, anna, ticks, "A"));
  routing_advance (&fixture, 59);
  again = routing_come (&fixture, "anna");
  g_assert_cmpuint (again.slot, ==, anna.slot);
  g_assert_cmpuint (again.generation, ==, anna.generation);
  g_assert_cmpuint (fixture.counters.users_away, ==, 0);
  /* Here, nobody's time runs out. */
  routing_advance (&fixture, 1000);
  g_assert_true (GETS (&fixture, anna, results, "1"));
  assert_forgotten (&fixture, "");
  routing_ok (&fixture, anna, "unsubscribe", "{\"subscription_type\":\"backtest\"}");
  g_assert_false (tide_user_table_is_kept (fixture.users, anna.slot));
  routing_leave (&fixture, anna);
  g_assert_false (tide_user_table_is_current (fixture.users, anna));
  routing_clear (&fixture);
}

static void
test_age (void)
{
  Routing fixture;
  TideUserRef anna;
  TideUserRef bert;

  g_test_summary ("Who is away too long is given up, to the second");

  routing_init (&fixture);
  anna = visit (&fixture, "anna");
  routing_advance (&fixture, 20);
  bert = visit (&fixture, "bert");
  routing_advance (&fixture, 39);
  assert_forgotten (&fixture, "");
  routing_advance (&fixture, 2);
  assert_forgotten (&fixture, "anna ");
  g_assert_false (tide_user_table_is_current (fixture.users, anna));
  g_assert_true (tide_user_table_is_current (fixture.users, bert));
  g_assert_cmpuint (fixture.counters.subscriptions, ==, 1);
  routing_advance (&fixture, 20);
  assert_forgotten (&fixture, "bert ");
  g_assert_cmpuint (fixture.counters.users_away, ==, 0);
  g_assert_cmpuint (tide_user_table_get_n_users (fixture.users), ==, 0);
  routing_clear (&fixture);
}

static void
test_crowd (void)
{
  Routing fixture;
  TideUserRef cleo;

  g_test_summary ("With too many away the one who is away longest is given up");

  routing_init (&fixture);
  visit (&fixture, "anna");
  visit (&fixture, "bert");
  cleo = visit (&fixture, "cleo");
  /* Who came back and left again is the latest. */
  routing_leave (&fixture, routing_come (&fixture, "anna"));
  visit (&fixture, "dora");
  assert_forgotten (&fixture, "bert ");
  routing_come (&fixture, "cleo");
  visit (&fixture, "emil");
  assert_forgotten (&fixture, "");
  visit (&fixture, "finn");
  assert_forgotten (&fixture, "anna ");
  routing_leave (&fixture, cleo);
  assert_forgotten (&fixture, "dora ");
  g_assert_cmpuint (fixture.counters.users_away, ==, 3);
  routing_clear (&fixture);
}

static void
test_anonymous (void)
{
  Routing fixture;
  TideUserRef user;

  g_test_summary ("An anonymous user can't come back, and is gone with all it had");

  routing_init (&fixture);
  user = routing_come (&fixture, NULL);
  routing_ok (&fixture, user, "subscribe", JOB);
  g_assert_false (tide_user_table_is_kept (fixture.users, user.slot));
  g_assert_true (GETS (&fixture, user, results, "1"));
  routing_leave (&fixture, user);
  g_assert_false (tide_user_table_is_current (fixture.users, user));
  g_assert_cmpuint (fixture.counters.subscriptions, ==, 0);
  assert_forgotten (&fixture, "");
  routing_clear (&fixture);
}

static void
test_other_tab (void)
{
  Routing fixture;
  TideUserRef anna;

  g_test_summary ("A tab that closes does not end what the user has asked for in it");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture, anna, "subscribe", JOB);
  tide_user_observer_connection_left (TIDE_USER_OBSERVER (fixture.manager), anna, 1);
  g_assert_true (GETS (&fixture, anna, results, "1"));
  routing_clear (&fixture);
}

static void
test_named (void)
{
  Routing fixture;
  TideUserRef anna;
  TideUserRef bert = { 0, 0 };
  TideUserRef found;

  g_test_summary ("Who is named by what is kept is waited for, seen before or not");

  routing_init (&fixture);
  anna = routing_come (&fixture, "anna");
  g_assert_true (tide_subscription_manager_keep_named (fixture.manager, "anna", &found));
  g_assert_cmpuint (found.slot, ==, anna.slot);
  g_assert_true (tide_user_table_is_kept (fixture.users, anna.slot));
  g_assert_cmpuint (fixture.counters.users_away, ==, 0);
  g_assert_true (tide_subscription_manager_keep_named (fixture.manager, "bert", &bert));
  g_assert_true (tide_subscription_manager_is_away (fixture.manager, bert.slot));
  g_assert_true (tide_user_table_is_kept (fixture.users, bert.slot));
  routing_advance (&fixture, 30);
  g_assert_true (tide_subscription_manager_keep_named (fixture.manager, "bert", &found));
  g_assert_cmpuint (found.generation, ==, bert.generation);
  g_assert_cmpuint (fixture.counters.users_away, ==, 1);
  routing_leave (&fixture, anna);
  g_assert_cmpuint (fixture.counters.users_away, ==, 2);
  /* To be named again does not make anybody stay longer. */
  routing_advance (&fixture, 31);
  assert_forgotten (&fixture, "bert ");
  g_assert_false (tide_user_table_is_current (fixture.users, bert));
  routing_clear (&fixture);
}

static void
test_nobody (void)
{
  Routing fixture;
  TideUserRef anna;
  TideUserRef found = { 5, 5 };

  g_test_summary ("With offline-max-users=0 nobody is waited for");

  routing_init (&fixture);
  visit (&fixture, "bert");
  visit (&fixture, "cleo");
  fixture.settings.offline_max_users = 1;
  tide_subscription_manager_reload (fixture.manager, &fixture.settings);
  assert_forgotten (&fixture, "bert ");
  anna = routing_come (&fixture, "anna");
  routing_ok (&fixture, anna, "subscribe", JOB);
  fixture.settings.offline_max_users = 0;
  tide_subscription_manager_reload (fixture.manager, &fixture.settings);
  assert_forgotten (&fixture, "cleo ");
  g_assert_false (tide_user_table_is_kept (fixture.users, anna.slot));
  g_assert_false (tide_subscription_manager_keep_named (fixture.manager, "dora", &found));
  g_assert_cmpuint (found.slot, ==, 5);
  g_assert_true (tide_subscription_manager_keep_named (fixture.manager, "anna", &found));
  g_assert_false (tide_user_table_is_kept (fixture.users, anna.slot));
  routing_leave (&fixture, anna);
  g_assert_cmpuint (tide_user_table_get_n_users (fixture.users), ==, 0);
  assert_forgotten (&fixture, "");
  routing_clear (&fixture);
}

static void
test_shorter_age (void)
{
  Routing fixture;

  g_test_summary ("A shorter time holds for who is away already");

  routing_init (&fixture);
  visit (&fixture, "anna");
  routing_advance (&fixture, 10);
  visit (&fixture, "bert");
  fixture.settings.offline_max_age_us = 10 * G_USEC_PER_SEC;
  tide_subscription_manager_reload (fixture.manager, &fixture.settings);
  assert_forgotten (&fixture, "anna ");
  routing_advance (&fixture, 11);
  assert_forgotten (&fixture, "bert ");
  routing_clear (&fixture);
}

/* --- random: a plain array of who is away --- */

#define N_NAMES 7

typedef struct
{
  gboolean is_connected[N_NAMES];
  gboolean has_job[N_NAMES];
  gboolean is_named[N_NAMES];
  GArray *away; /* (element-type guint), of names, longest away first */
  gint64 since_us[N_NAMES];
  GString *log;
} Oracle;

static void
oracle_drop_first (Oracle *self)
{
  guint name = g_array_index (self->away, guint, 0);

  g_string_append_printf (self->log, "%c ", 'a' + name);
  self->has_job[name] = FALSE;
  self->is_named[name] = FALSE;
  g_array_remove_index (self->away, 0);
}

static void
oracle_trim (Oracle *self, gint64 now_us)
{
  while (self->away->len > 0 &&
         (self->away->len > 3 ||
          self->since_us[g_array_index (self->away, guint, 0)] + 60 * G_USEC_PER_SEC <=
              now_us))
    oracle_drop_first (self);
}

static void
oracle_leave (Oracle *self, guint name, gint64 now_us)
{
  self->is_connected[name] = FALSE;
  if (!self->has_job[name] && !self->is_named[name])
    return;
  self->since_us[name] = now_us;
  g_array_append_val (self->away, name);
  oracle_trim (self, now_us);
}

static gboolean
oracle_remove (Oracle *self, guint name)
{
  for (guint i = 0; i < self->away->len; i++)
    if (g_array_index (self->away, guint, i) == name)
      {
        g_array_remove_index (self->away, i);
        return TRUE;
      }
  return FALSE;
}

static gboolean
oracle_is_away (Oracle *self, guint name)
{
  for (guint i = 0; i < self->away->len; i++)
    if (g_array_index (self->away, guint, i) == name)
      return TRUE;
  return FALSE;
}

static void
toggle_presence (Routing *fixture, Oracle *oracle, guint who, TideUserRef *users)
{
  char name[] = { 'a' + who, 0 };

  if (oracle->is_connected[who])
    {
      routing_leave (fixture, users[who]);
      oracle_leave (oracle, who, tide_clock_now_us (fixture->clock));
      return;
    }
  users[who] = routing_come (fixture, name);
  oracle->is_connected[who] = TRUE;
  oracle_remove (oracle, who);
}

static void
act (Routing *fixture, GRand *rand, Oracle *oracle, TideUserRef *users)
{
  guint who = g_rand_int_range (rand, 0, N_NAMES);
  char name[] = { 'a' + who, 0 };
  gint64 now_us;

  switch (g_rand_int_range (rand, 0, 5))
    {
    case 0:
      routing_advance (fixture, g_rand_int_range (rand, 1, 40));
      /* The wheel rounds up; nothing here is due within that. */
      oracle_trim (oracle, tide_clock_now_us (fixture->clock));
      break;
    case 1:
      if (!oracle->is_connected[who])
        break;
      oracle->has_job[who] = !oracle->has_job[who];
      routing_ok (
          fixture, users[who], oracle->has_job[who] ? "subscribe" : "unsubscribe", JOB);
      break;
    case 2:
      now_us = tide_clock_now_us (fixture->clock);
      g_assert_true (
          tide_subscription_manager_keep_named (fixture->manager, name, &users[who]));
      oracle->is_named[who] = TRUE;
      if (!oracle->is_connected[who] && !oracle_is_away (oracle, who))
        oracle_leave (oracle, who, now_us);
      break;
    default:
      toggle_presence (fixture, oracle, who, users);
      break;
    }
}

static void
compare (Routing *fixture, Oracle *oracle, const TideUserRef *users)
{
  guint n_known = 0;

  g_assert_cmpstr (fixture->keeper->log->str, ==, oracle->log->str);
  g_assert_cmpuint (fixture->counters.users_away, ==, oracle->away->len);
  for (guint i = 0; i < N_NAMES; i++)
    {
      gboolean is_known = oracle->is_connected[i] || oracle_is_away (oracle, i);

      n_known += is_known;
      if (!is_known)
        continue;
      g_assert_true (tide_user_table_is_current (fixture->users, users[i]));
      g_assert_cmpint (
          tide_subscription_manager_is_connected (fixture->manager, users[i].slot),
          ==,
          oracle->is_connected[i]);
      g_assert_cmpint (tide_user_table_is_kept (fixture->users, users[i].slot),
                       ==,
                       oracle->has_job[i] || oracle->is_named[i]);
      g_assert_cmpint (GETS (fixture, users[i], results, "1"), ==, oracle->has_job[i]);
    }
  g_assert_cmpuint (tide_user_table_get_n_users (fixture->users), ==, n_known);
}

static void
test_random (void)
{
  guint n_seeds = g_test_slow () ? 10000 : 1500;

  g_test_summary ("Random comings and goings leave away whom a plain array says");

  for (guint seed = 0; seed < n_seeds; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      Oracle oracle = { .away = g_array_new (FALSE, FALSE, sizeof (guint)),
                        .log = g_string_new (NULL) };
      TideUserRef users[N_NAMES] = { { 0, 0 } };
      Routing fixture;

      routing_init (&fixture);
      for (guint i = 0; i < 80; i++)
        {
          act (&fixture, rand, &oracle, users);
          compare (&fixture, &oracle, users);
        }
      routing_clear (&fixture);
      g_array_unref (oracle.away);
      g_string_free (oracle.log, TRUE);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/away-list/waits", test_waits);
  g_test_add_func ("/routing/away-list/age", test_age);
  g_test_add_func ("/routing/away-list/crowd", test_crowd);
  g_test_add_func ("/routing/away-list/anonymous", test_anonymous);
  g_test_add_func ("/routing/away-list/other-tab", test_other_tab);
  g_test_add_func ("/routing/away-list/named", test_named);
  g_test_add_func ("/routing/away-list/nobody", test_nobody);
  g_test_add_func ("/routing/away-list/shorter-age", test_shorter_age);
  g_test_add_func ("/routing/away-list/random", test_random);
  return g_test_run ();
}
