/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-user-table.h"

#define N_NAMES 20

static void
test_names (void)
{
  g_autoptr (TideUserTable) table = tide_user_table_new ();
  TideUserRef anna = tide_user_table_hold_name (table, "anna");
  TideUserRef again = tide_user_table_hold_name (table, "anna");
  TideUserRef bert = tide_user_table_hold_name (table, "bert");
  TideUserRef found = { 99, 99 };

  g_test_summary ("A name stands for one user as long as somebody holds it");

  g_assert_cmpuint (anna.slot, ==, again.slot);
  g_assert_cmpuint (anna.generation, ==, again.generation);
  g_assert_cmpuint (anna.slot, !=, bert.slot);
  g_assert_cmpuint (tide_user_table_get_n_users (table), ==, 2);
  g_assert_cmpstr (tide_user_table_get_name (table, bert.slot), ==, "bert");
  g_assert_false (tide_user_table_is_anonymous (table, bert.slot));

  g_assert_false (tide_user_table_lookup (table, "carl", &found));
  g_assert_cmpuint (found.slot, ==, 99);
  g_assert_true (tide_user_table_lookup (table, "bert", &found));
  g_assert_cmpuint (found.slot, ==, bert.slot);

  tide_user_table_release (table, anna.slot);
  g_assert_true (tide_user_table_is_current (table, anna));
  tide_user_table_release (table, anna.slot);
  g_assert_false (tide_user_table_is_current (table, anna));
  g_assert_false (tide_user_table_lookup (table, "anna", &found));
  g_assert_cmpuint (tide_user_table_get_n_users (table), ==, 1);
}

static void
test_anonymous (void)
{
  g_autoptr (TideUserTable) table = tide_user_table_new ();
  TideUserRef one = tide_user_table_hold_anonymous (table);
  TideUserRef two = tide_user_table_hold_anonymous (table);

  g_test_summary ("Every anonymous connection is a user of its own, and has no name");

  g_assert_cmpuint (one.slot, !=, two.slot);
  g_assert_true (tide_user_table_is_anonymous (table, one.slot));
  g_assert_null (tide_user_table_get_name (table, one.slot));
}

static void
test_generations (void)
{
  g_autoptr (TideUserTable) table = tide_user_table_new ();
  TideUserRef first = tide_user_table_hold_name (table, "anna");
  TideUserRef second;

  g_test_summary ("A slot that is used again does not answer to its former user");

  g_assert_cmpuint (first.generation, !=, 0);
  tide_user_table_release (table, first.slot);
  second = tide_user_table_hold_name (table, "anna");
  g_assert_cmpuint (second.slot, ==, first.slot);
  g_assert_false (tide_user_table_is_current (table, first));
  g_assert_true (tide_user_table_is_current (table, second));
  g_assert_false (tide_user_table_is_current (table, (TideUserRef){ 0, 0 }));
  g_assert_false (tide_user_table_is_current (table, (TideUserRef){ 7, 1 }));
}

static void
test_trim (void)
{
  g_autoptr (TideUserTable) table = tide_user_table_new ();
  TideUserRef refs[100];
  TideUserRef again;

  g_test_summary ("Slots that are given up and made anew do not answer to former users");

  for (guint i = 0; i < G_N_ELEMENTS (refs); i++)
    refs[i] = tide_user_table_hold_anonymous (table);
  for (guint i = 0; i < G_N_ELEMENTS (refs); i++)
    if (i != 50)
      tide_user_table_release (table, refs[i].slot);
  tide_user_table_trim (table);
  g_assert_cmpuint (tide_user_table_get_n_slots (table), ==, 51);
  g_assert_true (tide_user_table_is_current (table, refs[50]));
  tide_user_table_release (table, 50);
  tide_user_table_trim (table);
  g_assert_cmpuint (tide_user_table_get_n_slots (table), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (refs); i++)
    {
      again = tide_user_table_hold_anonymous (table);
      g_assert_cmpuint (again.slot, ==, i);
      g_assert_true (tide_user_table_is_current (table, again));
      g_assert_false (tide_user_table_is_current (table, refs[i]));
    }
}

/* The oracle: all users there ever were, the living ones with their number of holds. */
typedef struct
{
  TideUserRef ref;
  char name[8]; /* empty for an anonymous user */
  guint n_holds;
} User;

typedef struct
{
  TideUserTable *table;
  GArray *users; /* (element-type User) */
  guint n_alive;
  guint max_alive;
} Model;

static User *
model_find (Model *self, const char *name)
{
  for (guint i = 0; i < self->users->len; i++)
    {
      User *user = &g_array_index (self->users, User, i);

      if (user->n_holds > 0 && g_str_equal (user->name, name))
        return user;
    }
  return NULL;
}

static void
model_add (Model *self, TideUserRef ref, const char *name)
{
  User user = { .ref = ref, .n_holds = 1 };

  g_strlcpy (user.name, name, sizeof user.name);
  g_array_append_val (self->users, user);
  self->n_alive++;
  self->max_alive = MAX (self->max_alive, self->n_alive);
}

static void
model_hold_name (Model *self, const char *name)
{
  User *user = model_find (self, name);
  TideUserRef ref = tide_user_table_hold_name (self->table, name);

  if (user == NULL)
    {
      model_add (self, ref, name);
      return;
    }
  g_assert_cmpuint (ref.slot, ==, user->ref.slot);
  g_assert_cmpuint (ref.generation, ==, user->ref.generation);
  user->n_holds++;
}

/* Afterwards there is no slot behind the last one that is held. */
static void
model_trim (Model *self)
{
  self->max_alive = 0;
  for (guint i = 0; i < self->users->len; i++)
    {
      const User *user = &g_array_index (self->users, User, i);

      if (user->n_holds > 0)
        self->max_alive = MAX (self->max_alive, user->ref.slot + 1);
    }
  tide_user_table_trim (self->table);
}

static void
model_act (Model *self, GRand *rand)
{
  guint choice = g_rand_int_range (rand, 0, 8);
  User *user;

  if (choice == 0)
    {
      model_add (self, tide_user_table_hold_anonymous (self->table), "");
      return;
    }
  if (choice < 3)
    {
      g_autofree char *name =
          g_strdup_printf ("u%d", g_rand_int_range (rand, 0, N_NAMES));

      model_hold_name (self, name);
      return;
    }
  if (self->users->len == 0)
    return;
  user = &g_array_index (self->users, User, g_rand_int_range (rand, 0, self->users->len));
  if (user->n_holds == 0)
    return;
  if (choice == 3)
    {
      tide_user_table_hold (self->table, user->ref.slot);
      user->n_holds++;
      return;
    }
  tide_user_table_release (self->table, user->ref.slot);
  if (--user->n_holds == 0)
    self->n_alive--;
}

static void
model_check (Model *self)
{
  for (guint i = 0; i < self->users->len; i++)
    {
      const User *user = &g_array_index (self->users, User, i);
      TideUserRef found;

      g_assert_cmpint (
          tide_user_table_is_current (self->table, user->ref), ==, user->n_holds > 0);
      if (user->n_holds == 0)
        continue;
      g_assert_cmpuint (tide_user_table_get_ref (self->table, user->ref.slot).generation,
                        ==,
                        user->ref.generation);
      if (user->name[0] == '\0')
        {
          g_assert_true (tide_user_table_is_anonymous (self->table, user->ref.slot));
          continue;
        }
      g_assert_cmpstr (
          tide_user_table_get_name (self->table, user->ref.slot), ==, user->name);
      g_assert_true (tide_user_table_lookup (self->table, user->name, &found));
      g_assert_cmpuint (found.slot, ==, user->ref.slot);
    }
  g_assert_cmpuint (tide_user_table_get_n_users (self->table), ==, self->n_alive);
  g_assert_cmpuint (tide_user_table_get_n_slots (self->table), ==, self->max_alive);
}

static void
test_random (void)
{
  g_test_summary (
      "Users that come and go at random are never mixed up, slots are reused");

  for (guint seed = 0; seed < 30; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (TideUserTable) table = tide_user_table_new ();
      g_autoptr (GArray) users = g_array_new (FALSE, FALSE, sizeof (User));
      Model model = { table, users, 0, 0 };

      for (guint i = 0; i < 1000; i++)
        {
          model_act (&model, rand);
          if (g_rand_int_range (rand, 0, 30) == 0)
            model_trim (&model);
          if (i % 10 == 0)
            model_check (&model);
        }
      model_check (&model);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/user-table/names", test_names);
  g_test_add_func ("/core/user-table/anonymous", test_anonymous);
  g_test_add_func ("/core/user-table/generations", test_generations);
  g_test_add_func ("/core/user-table/random", test_random);
  g_test_add_func ("/core/user-table/trim", test_trim);
  return g_test_run ();
}
