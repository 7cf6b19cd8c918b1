/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-scalable-broadcaster-private.h"

#include "delivery-fixture.h"

#define N_USERS 12
#define N_ROOMS 3

static const char *const names[N_ROOMS] = { "alpha", "beta", "gamma" };

typedef struct
{
  Delivery delivery;
  TideRoute *routes[N_ROOMS];
  TideUserRef refs[N_USERS]; /* generation 0: away */
  gboolean is_in[N_USERS][N_ROOMS];
} Fixture;

/* Each lane is in the one list of each of its rooms that it should be in, at the place
 * that it knows. */
static void
check_lists (Fixture *self)
{
  TideScalableBroadcaster *owner = self->delivery.broadcaster;
  guint n_members[N_ROOMS] = { 0 };
  guint n_here = 0;

  for (guint i = 0; i < N_USERS; i++)
    {
      TideLane *lane =
          self->refs[i].generation != 0
              ? tide_scalable_broadcaster_get_lane (owner, self->refs[i].slot)
              : NULL;
      guint n_rooms = 1;

      if (lane == NULL)
        continue;
      n_here++;
      for (guint j = 0; j < N_ROOMS; j++)
        {
          n_members[j] += self->is_in[i][j];
          n_rooms += self->is_in[i][j];
        }
      g_assert_cmpuint (lane->n_rooms, ==, n_rooms);
      for (guint j = 0; j < n_rooms; j++)
        {
          TideLaneRoom *at = &lane->rooms[j];
          GPtrArray *list = lane->is_apart ? at->room->apart : at->room->in_step;

          g_assert_cmpuint (at->place, <, list->len);
          g_assert_true (g_ptr_array_index (list, at->place) == lane);
        }
      /* Who is in step has nothing of its own. */
      g_assert_true (lane->is_apart || lane->is_unsettled || lane->n_pending == 0);
    }
  g_assert_cmpuint (
      owner->everyone->in_step->len + owner->everyone->apart->len, ==, n_here);
  for (guint j = 0; j < N_ROOMS; j++)
    {
      TideRoomLog *room = tide_scalable_broadcaster_get_room (owner, names[j]);

      g_assert_cmpuint (
          room != NULL ? room->in_step->len + room->apart->len : 0, ==, n_members[j]);
      g_assert_true (room != NULL || n_members[j] == 0);
      g_assert_true (room == NULL || n_members[j] > 0);
    }
}

static void
come_or_leave (Fixture *self, guint user)
{
  if (self->refs[user].generation == 0)
    {
      self->refs[user] = delivery_come (&self->delivery, NULL);
      return;
    }
  delivery_leave (&self->delivery, self->refs[user]);
  self->refs[user] = (TideUserRef){ 0, 0 };
  memset (self->is_in[user], 0, sizeof self->is_in[user]);
}

static void
enter_or_leave_room (Fixture *self, guint user, guint room)
{
  TideUserObserver *observer = delivery_get_observer (&self->delivery);

  if (self->refs[user].generation == 0)
    return;
  self->is_in[user][room] = !self->is_in[user][room];
  if (self->is_in[user][room])
    tide_user_observer_entered_room (observer, self->refs[user], names[room]);
  else
    tide_user_observer_left_room (observer, self->refs[user], names[room]);
}

static void
run_round (void)
{
  Fixture self = { 0 };
  Delivery *d = &self.delivery;

  delivery_open (d);
  d->settings.limits.events_per_second = g_test_rand_bit () ? 0 : 5;
  delivery_reload (d);
  for (guint i = 0; i < N_ROOMS; i++)
    self.routes[i] =
        delivery_make_room_route (d, names[i], TIDE_CLASS_LOSSLESS, names[i], NULL);
  for (guint i = 0; i < 300; i++)
    {
      guint user = g_test_rand_int_range (0, N_USERS);
      guint room = g_test_rand_int_range (0, N_ROOMS);

      switch (g_test_rand_int_range (0, 6))
        {
        case 0:
          come_or_leave (&self, user);
          break;
        case 1:
        case 2:
          enter_or_leave_room (&self, user, room);
          break;
        case 3:
          delivery_push_all (d, self.routes[room], "a");
          break;
        case 4:
          if (self.refs[user].generation != 0)
            delivery_push (d, self.routes[room], "a", self.refs[user]);
          break;
        default:
          delivery_pass (d, g_test_rand_int_range (0, 60));
        }
      check_lists (&self);
      delivery_check_books (d);
    }
  for (guint i = 0; i < N_USERS; i++)
    if (self.refs[i].generation != 0)
      come_or_leave (&self, i);
  check_lists (&self);
  delivery_close (d);
}

static void
test_lists (void)
{
  g_test_summary (
      "Whatever happens, each lane is where it is said to be, and only there");

  for (guint i = 0; i < 100; i++)
    run_round ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery/room-log/lists", test_lists);
  return g_test_run ();
}
