/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For LD_PRELOAD: tells ThreadSanitizer how a GTask goes to a thread and its result comes
 * back. GLib does both right, but with locks of its own that are not instrumented. */

#include <gio/gio.h>

#include <dlfcn.h>

/* Those of the program; what it starts may have none. */
void __tsan_acquire (void *address) __attribute__ ((weak));
void __tsan_release (void *address) __attribute__ ((weak));

static void
hand_over (gpointer task)
{
  if (__tsan_release != NULL)
    __tsan_release (task);
}

static void
take_over (gpointer task)
{
  if (__tsan_acquire != NULL)
    __tsan_acquire (task);
}

/* Defines a function of GIO that does something to its task before the real one. */
#define WRAP(type, name, parameters, arguments, before)                                  \
  type name parameters                                                                   \
  {                                                                                      \
    type (*real) parameters = (type (*) parameters) dlsym (RTLD_NEXT, #name);            \
                                                                                         \
    before (task);                                                                       \
    return real arguments;                                                               \
  }

WRAP (void, g_task_return_boolean, (GTask * task, gboolean is), (task, is), hand_over)
WRAP (void, g_task_return_int, (GTask * task, gssize n), (task, n), hand_over)
WRAP (void, g_task_return_error, (GTask * task, GError *error), (task, error), hand_over)
WRAP (void,
      g_task_return_pointer,
      (GTask * task, gpointer found, GDestroyNotify destroy),
      (task, found, destroy),
      hand_over)
WRAP (
    gboolean, g_task_propagate_boolean, (GTask * task, GError **e), (task, e), take_over)
WRAP (gssize, g_task_propagate_int, (GTask * task, GError **e), (task, e), take_over)
WRAP (
    gpointer, g_task_propagate_pointer, (GTask * task, GError **e), (task, e), take_over)

static void
run_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GTaskThreadFunc func =
      (GTaskThreadFunc) g_object_get_data (G_OBJECT (task), "tsan-thread-func");

  take_over (task);
  func (task, source, data, cancellable);
}

void
g_task_run_in_thread (GTask *task, GTaskThreadFunc func)
{
  void (*real) (GTask *, GTaskThreadFunc) =
      (void (*) (GTask *, GTaskThreadFunc)) dlsym (RTLD_NEXT, "g_task_run_in_thread");

  g_object_set_data (G_OBJECT (task), "tsan-thread-func", (gpointer) func);
  hand_over (task);
  real (task, run_in_thread);
}
