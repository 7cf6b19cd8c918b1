/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-subscription-index.h"

#include <string.h>

/* --- a plain list of subscriptions, the oracle --- */

typedef struct
{
  guint32 slot;
  char *type;
  TideSubscriptionFilters *filters;
  TideSubscription *entry; /* of the index */
} Plain;

static void
plain_free (gpointer data)
{
  Plain *plain = data;

  g_free (plain->type);
  tide_subscription_filters_free (plain->filters);
  g_free (plain);
}

static gboolean
accepts (const TideSubscriptionFilter *filter,
         const TideRouteMatch *match,
         const TideEvent *event)
{
  gboolean is_paired = FALSE;

  if (*filter->values == NULL ||
      g_strv_contains ((const char *const *) filter->values, "*"))
    return TRUE;
  for (guint i = 0; i < match->filters->len; i++)
    {
      const TideRouteFilter *pair = &g_array_index (match->filters, TideRouteFilter, i);
      g_autofree char *text = NULL;

      if (!g_str_equal (pair->filter, filter->name))
        continue;
      is_paired = TRUE;
      if (pair->constant != NULL)
        text = g_strdup (pair->constant);
      else if (event->values[pair->field].text != NULL)
        text = g_strndup (event->values[pair->field].text,
                          event->values[pair->field].length);
      if (text == NULL || !g_strv_contains ((const char *const *) filter->values, text))
        return FALSE;
    }
  return is_paired;
}

static gboolean
plain_matches (const Plain *plain, const TideEvent *event)
{
  for (guint i = 0; i < event->route->matches->len; i++)
    {
      const TideRouteMatch *match = g_ptr_array_index (event->route->matches, i);
      gboolean is_match = g_str_equal (match->type, plain->type);

      for (guint j = 0; is_match && j < plain->filters->items->len; j++)
        is_match = accepts (g_ptr_array_index (plain->filters->items, j), match, event);
      if (is_match)
        return TRUE;
    }
  return FALSE;
}

/* --- routes: two fields, three types --- */

typedef struct
{
  TideRouteTable *routes;
  TideRoute *route[5];
  TideSubscriptionIndex *index;
  TideSlotSet found;
} Fixture;

static TideRoute *
add_route (Fixture *self, guint i)
{
  const char *const keys[] = { "symbol", NULL };
  const char *const kinds[] = { "kind", NULL };
  char channel[2] = { 'a' + i, 0 };
  TideRoute *route = tide_route_new (channel, channel, keys, TIDE_AUDIENCE_SUBSCRIBERS);

  tide_route_add_field (route, kinds);
  self->route[i] = route;
  tide_route_table_add (self->routes, route);
  return route;
}

static void
set_up (Fixture *self)
{
  TideRouteMatch *match;

  self->routes = tide_route_table_new ();
  /* One filter. */
  match = tide_route_add_match (add_route (self, 0), "tickers");
  tide_route_match_add_filter (match, "tickers", 0, NULL);
  /* Two types, one with a constant. */
  match = tide_route_add_match (add_route (self, 1), "patterns");
  tide_route_match_add_filter (match, "symbols", 0, NULL);
  tide_route_match_add_filter (match, "kinds", 1, NULL);
  match = tide_route_add_match (self->route[1], "watch");
  tide_route_match_add_filter (match, "symbols", 0, NULL);
  tide_route_match_add_filter (match, "for", -1, "A");
  /* A type of which one filter is paired with nothing, and one without filters. */
  match = tide_route_add_match (add_route (self, 2), "watch");
  tide_route_match_add_filter (match, "symbols", 1, NULL);
  tide_route_add_match (self->route[2], "bare");
  /* One filter against two fields, which both have to be among its values. */
  match = tide_route_add_match (add_route (self, 3), "patterns");
  tide_route_match_add_filter (match, "kinds", 0, NULL);
  tide_route_match_add_filter (match, "kinds", 1, NULL);
  /* A match without filters of a type that has some. */
  tide_route_add_match (add_route (self, 4), "patterns");
  self->index = tide_subscription_index_new (self->routes);
  tide_slot_set_init (&self->found);
}

static void
tear_down (Fixture *self)
{
  tide_subscription_index_free (self->index);
  tide_slot_set_clear (&self->found);
  tide_route_table_unref (self->routes);
}

static TideEvent *
make_event (TideRoute *route, const char *symbol, const char *kind)
{
  TideEventValue values[2] = { { symbol, symbol != NULL ? strlen (symbol) : 0 },
                               { kind, kind != NULL ? strlen (kind) : 0 } };
  TideEventFacts facts = {
    .route = route, .payload = "{}", .payload_length = 2, .values = values
  };

  return tide_event_new_full (&facts);
}

/* Gives how many users an event is for. */
static guint
look_up (Fixture *self, guint route, const char *symbol, const char *kind)
{
  g_autoptr (TideEvent) event = make_event (self->route[route], symbol, kind);

  tide_slot_set_empty (&self->found);
  tide_subscription_index_lookup (self->index, event, &self->found);
  return self->found.n_slots;
}

/* Makes filters of pairs of a name and a list of one-letter values. */
static TideSubscriptionFilters *
make_filters (const char *name,
              const char *letters,
              const char *name2,
              const char *letters2)
{
  TideSubscriptionFilters *filters = tide_subscription_filters_new ();
  const char *names[] = { name, name2 };
  const char *values[] = { letters, letters2 };

  for (guint i = 0; i < 2 && names[i] != NULL; i++)
    {
      g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
      g_auto (GStrv) list = NULL;

      for (const char *at = values[i]; *at != '\0'; at++)
        {
          char text[2] = { *at, 0 };

          g_strv_builder_add (builder, text);
        }
      list = g_strv_builder_end (builder);
      tide_subscription_filters_set (filters, names[i], (const char *const *) list);
    }
  return filters;
}

static TideSubscription *
add (Fixture *self, guint32 slot, const char *type, const char *name, const char *letters)
{
  g_autoptr (TideSubscriptionFilters) filters = make_filters (name, letters, NULL, NULL);

  return tide_subscription_index_add (self->index, slot, type, filters);
}

static void
test_names (void)
{
  Fixture fixture;
  g_autofree char *types = NULL;
  g_autofree char *filters = NULL;
  g_autofree char *none = NULL;

  g_test_summary ("Types and filters are those of the routes, and what is registered");

  set_up (&fixture);
  tide_subscription_index_register (fixture.index, "more", "things");
  types = tide_subscription_index_list_types (fixture.index);
  g_assert_cmpstr (types, ==, "tickers, patterns, watch, bare, more");
  filters = tide_subscription_index_list_filters (fixture.index, "watch");
  g_assert_cmpstr (filters, ==, "symbols, for");
  none = tide_subscription_index_list_filters (fixture.index, "bare");
  g_assert_cmpstr (none, ==, "");
  g_assert_true (tide_subscription_index_has_type (fixture.index, "bare"));
  g_assert_false (tide_subscription_index_has_type (fixture.index, "symbols"));
  g_assert_true (tide_subscription_index_has_filter (fixture.index, "more", "things"));
  g_assert_false (tide_subscription_index_has_filter (fixture.index, "tickers", "for"));
  g_assert_false (tide_subscription_index_has_filter (fixture.index, "nothing", "for"));
  tear_down (&fixture);
}

static void
test_rules (void)
{
  Fixture fixture;
  TideSubscription *one;

  g_test_summary ("Every filter has to match; absent, empty and * accept all");

  set_up (&fixture);
  g_assert_cmpuint (look_up (&fixture, 0, "A", NULL), ==, 0);
  one = add (&fixture, 3, "patterns", "symbols", "AB");
  g_assert_cmpuint (look_up (&fixture, 1, "A", NULL), ==, 1);
  g_assert_cmpuint (look_up (&fixture, 1, "B", "X"), ==, 1);
  g_assert_cmpuint (look_up (&fixture, 1, "C", "X"), ==, 0);
  g_assert_cmpuint (look_up (&fixture, 1, "*", "X"), ==, 0);
  g_assert_cmpuint (look_up (&fixture, 1, NULL, "X"), ==, 0);
  g_assert_cmpuint (look_up (&fixture, 4, "A", NULL), ==, 0);
  tide_subscription_index_remove (fixture.index, one);
  g_assert_cmpuint (look_up (&fixture, 1, "A", NULL), ==, 0);
  add (&fixture, 3, "patterns", "symbols", "A*");
  g_assert_cmpuint (look_up (&fixture, 1, NULL, NULL), ==, 1);
  g_assert_cmpuint (look_up (&fixture, 4, NULL, NULL), ==, 1);
  add (&fixture, 4, "patterns", "kinds", "");
  g_assert_cmpuint (look_up (&fixture, 1, "Z", NULL), ==, 2);
  add (&fixture, 4, "bare", NULL, NULL);
  g_assert_cmpuint (look_up (&fixture, 2, NULL, NULL), ==, 1);
  g_assert_cmpuint (fixture.found.slots[0], ==, 4);
  tear_down (&fixture);
}

static void
test_values (void)
{
  Fixture fixture;
  TideEventValue values[2] = { { "A\0B", 3 }, { NULL, 0 } };
  TideEventFacts facts = { .payload = "{}", .payload_length = 2, .values = values };
  g_autoptr (TideEvent) event = NULL;

  g_test_summary ("A value is all its bytes: length, case and NULs count");

  set_up (&fixture);
  add (&fixture, 0, "tickers", "tickers", "A");
  facts.route = fixture.route[0];
  event = tide_event_new_full (&facts);
  tide_slot_set_empty (&fixture.found);
  tide_subscription_index_lookup (fixture.index, event, &fixture.found);
  g_assert_cmpuint (fixture.found.n_slots, ==, 0);
  g_assert_cmpuint (look_up (&fixture, 0, "a", NULL), ==, 0);
  g_assert_cmpuint (look_up (&fixture, 0, "AA", NULL), ==, 0);
  g_assert_cmpuint (look_up (&fixture, 0, "", NULL), ==, 0);
  g_assert_cmpuint (look_up (&fixture, 0, "A", NULL), ==, 1);
  tear_down (&fixture);
}

static void
test_counted (void)
{
  Fixture fixture;
  TideSubscription *held;

  g_test_summary ("What is held twice is found until both holds are gone");

  set_up (&fixture);
  held = tide_subscription_index_add_counted (fixture.index, 5, "tickers", "tickers");
  g_assert_cmpuint (look_up (&fixture, 0, "A", NULL), ==, 0);
  g_assert_cmpuint (look_up (&fixture, 0, NULL, NULL), ==, 0);
  tide_subscription_index_hold (fixture.index, held, "A");
  tide_subscription_index_hold (fixture.index, held, "A");
  tide_subscription_index_hold (fixture.index, held, "B");
  g_assert_cmpuint (tide_subscription_index_count_values (held), ==, 2);
  g_assert_true (tide_subscription_index_release (fixture.index, held, "A"));
  g_assert_cmpuint (look_up (&fixture, 0, "A", NULL), ==, 1);
  g_assert_true (tide_subscription_index_release (fixture.index, held, "A"));
  g_assert_cmpuint (look_up (&fixture, 0, "A", NULL), ==, 0);
  g_assert_cmpuint (look_up (&fixture, 0, "B", NULL), ==, 1);
  g_assert_false (tide_subscription_index_release (fixture.index, held, "A"));
  g_assert_false (tide_subscription_index_release (fixture.index, held, "C"));
  /* `*` is a ticker like others where values are counted. */
  tide_subscription_index_hold (fixture.index, held, "*");
  g_assert_cmpuint (look_up (&fixture, 0, "C", NULL), ==, 0);
  g_assert_cmpuint (look_up (&fixture, 0, "*", NULL), ==, 1);
  g_assert_cmpuint (tide_subscription_index_get_n_entries (fixture.index), ==, 2);
  tide_subscription_index_remove (fixture.index, held);
  g_assert_cmpuint (tide_subscription_index_get_n_entries (fixture.index), ==, 0);
  tear_down (&fixture);
}

static void
test_foreign_route (void)
{
  Fixture fixture;
  g_autoptr (TideRoute) route =
      tide_route_new ("z", "z", NULL, TIDE_AUDIENCE_SUBSCRIBERS);
  TideRouteMatch *match = tide_route_add_match (route, "tickers");
  g_autoptr (TideEvent) event = NULL;

  g_test_summary (
      "A route that came later finds nothing by types and filters of its own");

  set_up (&fixture);
  tide_route_match_add_filter (match, "unheard", -1, "A");
  tide_route_add_match (route, "unknown");
  add (&fixture, 1, "tickers", "tickers", "A");
  event = tide_event_new (route, "{}", 2, NULL, 0, 0);
  tide_slot_set_empty (&fixture.found);
  tide_subscription_index_lookup (fixture.index, event, &fixture.found);
  g_assert_cmpuint (fixture.found.n_slots, ==, 0);
  tear_down (&fixture);
}

/* --- random --- */

#define N_USERS 9

static const char *const types[] = { "tickers", "patterns", "watch", "bare" };
static const char *const filter_names[][2] = {
  { "tickers", NULL }, { "symbols", "kinds" }, { "symbols", "for" }, { NULL, NULL }
};

/* Up to four of five letters, sometimes `*`, without repetition. */
static char *
make_letters (GRand *rand)
{
  g_autoptr (GString) letters = g_string_new (NULL);
  guint mask = g_rand_int_range (rand, 0, 32);

  for (guint i = 0; i < 5; i++)
    if (mask & 1 << i && g_rand_boolean (rand))
      g_string_append_c (letters, 'A' + i);
  if (g_rand_int_range (rand, 0, 8) == 0)
    g_string_append_c (letters, '*');
  return g_string_free (g_steal_pointer (&letters), FALSE);
}

static void
add_random (Fixture *self, GRand *rand, GPtrArray *oracle)
{
  guint type = g_rand_int_range (rand, 0, G_N_ELEMENTS (types));
  Plain *plain = g_new0 (Plain, 1);
  g_autofree char *letters = make_letters (rand);
  g_autofree char *letters2 = make_letters (rand);

  plain->slot = g_rand_int_range (rand, 0, N_USERS);
  plain->type = g_strdup (types[type]);
  plain->filters =
      g_rand_int_range (rand, 0, 6) == 0
          ? tide_subscription_filters_new ()
          : make_filters (filter_names[type][0],
                          letters,
                          g_rand_boolean (rand) ? filter_names[type][1] : NULL,
                          letters2);
  plain->entry =
      tide_subscription_index_add (self->index, plain->slot, plain->type, plain->filters);
  g_ptr_array_add (oracle, plain);
}

/* Compares what is found with what a loop over all subscriptions finds. */
static void
compare_lookup (Fixture *self, GRand *rand, const GPtrArray *oracle)
{
  static const char *const texts[] = { NULL, "A", "B", "C", "D", "E", "F", "*", "" };
  g_autoptr (TideEvent) event =
      make_event (self->route[g_rand_int_range (rand, 0, 5)],
                  texts[g_rand_int_range (rand, 0, G_N_ELEMENTS (texts))],
                  texts[g_rand_int_range (rand, 0, G_N_ELEMENTS (texts))]);
  gboolean is_expected[N_USERS] = { FALSE };
  guint n_expected = 0;

  for (guint i = 0; i < oracle->len; i++)
    {
      const Plain *plain = g_ptr_array_index (oracle, i);

      if (is_expected[plain->slot] || !plain_matches (plain, event))
        continue;
      is_expected[plain->slot] = TRUE;
      n_expected++;
    }
  tide_slot_set_empty (&self->found);
  tide_subscription_index_lookup (self->index, event, &self->found);
  for (guint i = 0; i < self->found.n_slots; i++)
    g_assert_true (is_expected[self->found.slots[i]]);
  /* With the same number, nobody is in it twice. */
  g_assert_cmpuint (self->found.n_slots, ==, n_expected);
}

/* Whether a user has a subscription of one of a route's types. */
static gboolean
has_type_of (const TideRoute *route, guint32 slot, const GPtrArray *oracle)
{
  for (guint i = 0; i < oracle->len; i++)
    {
      const Plain *plain = g_ptr_array_index (oracle, i);

      for (guint j = 0; plain->slot == slot && j < route->matches->len; j++)
        if (g_str_equal (
                plain->type,
                ((TideRouteMatch *) g_ptr_array_index (route->matches, j))->type))
          return TRUE;
    }
  return FALSE;
}

/* Compares who has asked for nothing of a route, of some users in any order. */
static void
compare_others (Fixture *self, const GPtrArray *oracle)
{
  static const guint32 asked[] = { 6, 0, 2, 8, 4, 100 };

  for (guint i = 0; i < G_N_ELEMENTS (self->route); i++)
    {
      gboolean has_users = FALSE;
      guint n_expected = 0;

      tide_slot_set_empty (&self->found);
      for (guint32 slot = 0; slot < N_USERS; slot++)
        has_users = has_users || has_type_of (self->route[i], slot, oracle);
      g_assert_cmpint (
          tide_subscription_index_find_others (
              self->index, self->route[i], asked, G_N_ELEMENTS (asked), &self->found),
          ==,
          has_users);
      for (guint j = 0; j < G_N_ELEMENTS (asked); j++)
        {
          gboolean is_other =
              has_users && !has_type_of (self->route[i], asked[j], oracle);

          n_expected += is_other;
          g_assert_cmpint (tide_slot_set_contains (&self->found, asked[j]), ==, is_other);
        }
      g_assert_cmpuint (self->found.n_slots, ==, n_expected);
    }
}

static void
test_random (void)
{
  guint n_seeds = g_test_slow () ? 20000 : 3000;

  g_test_summary ("The index finds whom a loop over all subscriptions finds");

  for (guint seed = 0; seed < n_seeds; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (GPtrArray) oracle = g_ptr_array_new_with_free_func (plain_free);
      guint n_steps = g_rand_int_range (rand, 1, 80);
      double balance = g_rand_double_range (rand, 0.4, 0.9);
      Fixture fixture;

      set_up (&fixture);
      for (guint i = 0; i < n_steps; i++)
        {
          if (oracle->len == 0 || g_rand_double (rand) < balance)
            add_random (&fixture, rand, oracle);
          else
            {
              guint which = g_rand_int_range (rand, 0, oracle->len);

              tide_subscription_index_remove (
                  fixture.index, ((Plain *) g_ptr_array_index (oracle, which))->entry);
              g_ptr_array_remove_index_fast (oracle, which);
            }
          compare_lookup (&fixture, rand, oracle);
        }
      for (guint i = 0; i < 10; i++)
        compare_lookup (&fixture, rand, oracle);
      compare_others (&fixture, oracle);
      g_assert_cmpuint (
          tide_subscription_index_get_n_subscriptions (fixture.index), ==, oracle->len);
      for (guint i = 0; i < oracle->len; i++)
        tide_subscription_index_remove (fixture.index,
                                        ((Plain *) g_ptr_array_index (oracle, i))->entry);
      g_assert_cmpuint (tide_subscription_index_get_n_entries (fixture.index), ==, 0);
      g_ptr_array_set_size (oracle, 0);
      compare_others (&fixture, oracle);
      tear_down (&fixture);
    }
}

/* The oracle: how often each user holds each value; besides, some have the same type for
 * good. */
static void
check_holds (Fixture *self, guint holds[N_USERS][6], const gboolean *has_c)
{
  for (guint value = 0; value < 6; value++)
    {
      char name[2] = { 'A' + value, 0 };
      guint n_expected = 0;

      look_up (self, 0, name, NULL);
      for (guint user = 0; user < N_USERS; user++)
        {
          gboolean is_expected = holds[user][value] > 0 || (value == 2 && has_c[user]);

          n_expected += is_expected;
          g_assert_cmpint (tide_slot_set_contains (&self->found, user), ==, is_expected);
        }
      g_assert_cmpuint (self->found.n_slots, ==, n_expected);
    }
}

static void
test_random_counted (void)
{
  guint n_seeds = g_test_slow () ? 10000 : 1500;

  g_test_summary ("Holds come and go beside whole subscriptions of the same users");

  for (guint seed = 0; seed < n_seeds; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      TideSubscription *held[N_USERS];
      guint holds[N_USERS][6] = { { 0 } };
      gboolean has_c[N_USERS] = { FALSE };
      Fixture fixture;

      set_up (&fixture);
      for (guint user = 0; user < N_USERS; user++)
        {
          held[user] = tide_subscription_index_add_counted (
              fixture.index, user, "tickers", "tickers");
          has_c[user] = g_rand_boolean (rand);
          if (has_c[user])
            add (&fixture, user, "tickers", "tickers", "C");
        }
      for (guint i = 0; i < 100; i++)
        {
          guint user = g_rand_int_range (rand, 0, N_USERS);
          guint value = g_rand_int_range (rand, 0, 6);
          char name[2] = { 'A' + value, 0 };
          guint n_held = 0;

          if (g_rand_boolean (rand))
            {
              tide_subscription_index_hold (fixture.index, held[user], name);
              holds[user][value]++;
            }
          else
            {
              g_assert_cmpint (
                  tide_subscription_index_release (fixture.index, held[user], name),
                  ==,
                  holds[user][value] > 0);
              holds[user][value] -= holds[user][value] > 0;
            }
          for (guint j = 0; j < 6; j++)
            n_held += holds[user][j] > 0;
          g_assert_cmpuint (
              tide_subscription_index_count_values (held[user]), ==, n_held);
          if (i % 10 == 9)
            check_holds (&fixture, holds, has_c);
        }
      tear_down (&fixture);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/routing/subscription-index/names", test_names);
  g_test_add_func ("/routing/subscription-index/rules", test_rules);
  g_test_add_func ("/routing/subscription-index/values", test_values);
  g_test_add_func ("/routing/subscription-index/counted", test_counted);
  g_test_add_func ("/routing/subscription-index/foreign-route", test_foreign_route);
  g_test_add_func ("/routing/subscription-index/random", test_random);
  g_test_add_func ("/routing/subscription-index/random-counted", test_random_counted);
  return g_test_run ();
}
