/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "delivery-fixture.h"

/* Three users who ask for the same. */
typedef struct
{
  Delivery delivery;
  TideRoute *note;    /* lossless, medium */
  TideRoute *chatter; /* lossless, low */
  TideUserRef users[3];
  TideBatch *batches[3]; /* (owned) (nullable), what each was given last */
} Fixture;

static void
on_delivered (FakeBatchSink *sink, TideBatch *batch, guint32 slot)
{
  Fixture *self = sink->user_data;

  for (guint i = 0; i < G_N_ELEMENTS (self->users); i++)
    if (self->users[i].slot == slot)
      {
        g_clear_pointer (&self->batches[i], tide_batch_unref);
        self->batches[i] = tide_batch_ref (batch);
      }
}

static void
set_up (Fixture *self, gconstpointer data)
{
  static const char *const names[] = { "ann", "bob", "eve" };
  Delivery *d = &self->delivery;

  delivery_open (d);
  d->sink->delivered = on_delivered;
  d->sink->user_data = self;
  d->settings.limits.is_leading = FALSE;
  d->settings.limits.events_per_second = 0;
  delivery_reload (d);
  self->note = delivery_make_route (d, "note", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);
  self->chatter =
      delivery_make_route (d, "chatter", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_LOW);
  for (guint i = 0; i < G_N_ELEMENTS (self->users); i++)
    self->users[i] = delivery_come (d, names[i]);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->batches); i++)
    g_clear_pointer (&self->batches[i], tide_batch_unref);
  delivery_close (&self->delivery);
}

#define GOT(i, text) delivery_assert_got (&self->delivery, self->users[i], text)
#define PASS(ms) delivery_pass (&self->delivery, ms)

/* Pushes to the first users. */
static void
push (Fixture *self, TideRoute *route, const char *key, guint n_users)
{
  g_autoptr (TideEvent) event = delivery_make_sized (&self->delivery, route, key, 20);
  guint32 slots[G_N_ELEMENTS (self->users)];
  TideAudience audience = { .slots = slots, .n_slots = n_users };

  for (guint i = 0; i < n_users; i++)
    slots[i] = self->users[i].slot;
  tide_event_sink_push (TIDE_EVENT_SINK (self->delivery.broadcaster), event, &audience);
}

static void
test_same (Fixture *self, gconstpointer data)
{
  g_test_summary ("Who was given the same events is given the same batch");

  push (self, self->note, "a", 3);
  push (self, self->note, "b", 3);
  push (self, self->note, "c", 2);
  PASS (100);
  GOT (0, "1 2 3");
  GOT (1, "1 2 3");
  GOT (2, "1 2");
  g_assert_true (self->batches[0] == self->batches[1]);
  g_assert_true (self->batches[0] != self->batches[2]);
}

static void
test_slow (Fixture *self, gconstpointer data)
{
  Delivery *d = &self->delivery;
  TideRoute *rumour =
      delivery_make_route (d, "rumour", TIDE_CLASS_DROPPABLE, TIDE_PRIORITY_LOW);

  g_test_summary ("Who has become slow does not wait with the others");

  push (self, self->note, "a", 3);
  tide_user_observer_slow (TIDE_USER_OBSERVER (d->broadcaster), self->users[1]);
  push (self, rumour, "b", 3);
  for (guint i = 0; i < G_N_ELEMENTS (self->users); i++)
    g_assert_cmpuint (
        tide_scalable_broadcaster_get_n_pending (d->broadcaster, self->users[i].slot),
        ==,
        i == 1 ? 1 : 2);
  g_assert_cmpuint (d->counters.books[TIDE_CLASS_DROPPABLE].dropped_slow, ==, 1);
}

static void
test_others (Fixture *self, gconstpointer data)
{
  g_test_summary ("Who was given something else, or not in one go, shares nothing");

  for (guint i = 0; i < 2; i++)
    for (guint j = 0; j < 2; j++)
      delivery_push (&self->delivery, self->note, "a", self->users[j]);
  PASS (100);
  GOT (0, "1 3");
  GOT (1, "2 4");
  g_assert_true (self->batches[0] != self->batches[1]);
}

static void
test_full (Fixture *self, gconstpointer data)
{
  g_test_summary ("A batch that is full is shared, too, and what it had no room for");

  self->delivery.settings.batch_max_bytes = 50;
  delivery_reload (&self->delivery);
  for (guint i = 0; i < 4; i++)
    {
      push (self, self->note, "a", 3);
      GOT (0, i < 2 ? "" : "1 2");
    }
  g_assert_true (self->batches[0] == self->batches[1]);
  PASS (100);
  delivery_assert_batches (&self->delivery, self->users[0], "2 2");
  g_assert_true (self->batches[0] == self->batches[1]);
  g_assert_true (self->batches[0] == self->batches[2]);
}

static void
test_order (Fixture *self, gconstpointer data)
{
  TideRoute *note = delivery_make_route (
      &self->delivery, "chatter", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_MEDIUM);

  g_test_summary ("What is shared leaves in the order of lanes that share nothing");

  /* The older of two of a topic goes along with the newer, which is of higher priority.
   */
  for (guint i = 0; i < 2; i++)
    {
      push (self, self->chatter, "a", 2);
      push (self, self->note, "b", 2);
      push (self, self->chatter, "c", 2);
      push (self, note, "a", 2);
      if (i == 0)
        PASS (100);
    }
  GOT (0, "2 1 4 3");
  self->delivery.settings.limits.batch_max_events = 2;
  delivery_reload (&self->delivery);
  GOT (0, "2 1 4 3 6 5 8 7");
  GOT (1, "2 1 4 3 6 5 8 7");
  delivery_assert_batches (&self->delivery, self->users[0], "4 2 2");
}

static void
test_refused (Fixture *self, gconstpointer data)
{
  g_test_summary ("One who takes nothing keeps all of it, and the others get theirs");

  delivery_get_user (&self->delivery, self->users[1])->is_deaf = TRUE;
  for (guint i = 0; i < 3; i++)
    push (self, self->note, "a", 3);
  self->delivery.settings.limits.batch_max_events = 2;
  delivery_reload (&self->delivery);
  GOT (0, "1 2 3");
  GOT (1, "");
  GOT (2, "1 2 3");
  delivery_get_user (&self->delivery, self->users[1])->is_deaf = FALSE;
  PASS (300);
  delivery_leave (&self->delivery, self->users[1]);
  delivery_come (&self->delivery, "bob");
  PASS (300);
  GOT (1, "1 2 3");
}

static void
test_urgent (Fixture *self, gconstpointer data)
{
  TideRoute *alert = delivery_make_route (
      &self->delivery, "note", TIDE_CLASS_LOSSLESS, TIDE_PRIORITY_HIGH);

  g_test_summary (
      "An urgent event takes those of its topic along; all else stays shared");

  push (self, self->note, "a", 3);
  push (self, self->note, "b", 3);
  push (self, alert, "a", 1);
  push (self, alert, "c", 2);
  GOT (0, "1 3 4");
  GOT (1, "4");
  PASS (100);
  GOT (0, "1 3 4 2");
  GOT (1, "4 1 2");
  GOT (2, "1 2");
  g_assert_true (self->batches[1] == self->batches[2]);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function)                                                              \
  g_test_add ("/delivery/lane-share/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("same", test_same);
  ADD ("slow", test_slow);
  ADD ("others", test_others);
  ADD ("full", test_full);
  ADD ("order", test_order);
  ADD ("refused", test_refused);
  ADD ("urgent", test_urgent);
#undef ADD
  return g_test_run ();
}
