/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-frame.h"

#include <string.h>

static void
test_new (void)
{
  g_autoptr (TideFrame) frame = tide_frame_new (1000, 3);

  g_test_summary ("A new frame has the room that was asked for");

  memset (frame->bytes, 'x', frame->n_bytes);
  g_assert_cmpuint (frame->n_bytes, ==, 1000);
  g_assert_cmpuint (frame->n_events, ==, 3);
}

static void
test_copy (void)
{
  char bytes[] = "\x81\x01y";
  TideFrame *frame = tide_frame_new_copy (bytes, 3);
  TideFrame *same = tide_frame_ref (frame);

  g_test_summary ("A copy keeps its bytes while anybody holds it, and carries no events");

  memset (bytes, 'x', sizeof bytes);
  tide_frame_unref (frame);
  g_assert_cmpmem (same->bytes, same->n_bytes, "\x81\x01y", 3);
  g_assert_cmpuint (same->n_events, ==, 0);
  tide_frame_unref (same);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/frame/new", test_new);
  g_test_add_func ("/core/frame/copy", test_copy);
  return g_test_run ();
}
