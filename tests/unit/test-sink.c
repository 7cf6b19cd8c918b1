/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-sink.h"

/* An observer that has only one of the functions. */
#define TEST_TYPE_OBSERVER (test_observer_get_type ())
G_DECLARE_FINAL_TYPE (TestObserver, test_observer, TEST, OBSERVER, GObject)

struct _TestObserver
{
  GObject parent_instance;
  guint32 last_slot;
  guint n_calls;
};

static void
test_observer_left (TideUserObserver *observer, TideUserRef user)
{
  TestObserver *self = TEST_OBSERVER (observer);

  self->last_slot = user.slot;
  self->n_calls++;
}

static void
test_observer_iface_init (TideUserObserverInterface *iface)
{
  iface->left = test_observer_left;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestObserver,
                               test_observer,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_USER_OBSERVER,
                                                      test_observer_iface_init))

static void
test_observer_class_init (TestObserverClass *klass)
{
}

static void
test_observer_init (TestObserver *self)
{
}

static void
test_missing (void)
{
  g_autoptr (TestObserver) observer = g_object_new (TEST_TYPE_OBSERVER, NULL);
  TideUserRef user = { 3, 1 };

  g_test_summary ("An observer is told only what it wants to know");

  tide_user_observer_came (TIDE_USER_OBSERVER (observer), user);
  tide_user_observer_connection_left (TIDE_USER_OBSERVER (observer), user, 17);
  g_assert_cmpuint (observer->n_calls, ==, 0);
  tide_user_observer_left (TIDE_USER_OBSERVER (observer), user);
  g_assert_cmpuint (observer->n_calls, ==, 1);
  g_assert_cmpuint (observer->last_slot, ==, 3);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/sink/missing", test_missing);
  return g_test_run ();
}
