/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-gather.h"

#include <string.h>

static void
push (TideOutbox *outbox, TideFrame *frame)
{
  tide_outbox_push (outbox, tide_frame_ref (frame));
}

static TideFrame *
make_frame (gsize n_bytes)
{
  TideFrame *frame = tide_frame_new (n_bytes, 0);

  for (gsize i = 0; i < n_bytes; i++)
    frame->bytes[i] = g_test_rand_int ();
  return frame;
}

static void
assert_gathers (TideGather *gather, const TideOutbox *outbox, guint n_frames)
{
  gsize n_bytes;
  const guint8 *bytes = tide_gather_run (gather, outbox, &n_bytes);
  gsize at = 0;

  if (n_frames == 0)
    {
      g_assert_null (bytes);
      return;
    }
  for (guint i = 0; i < n_frames; i++)
    {
      const TideFrame *frame = tide_ring_peek (&outbox->frames, i);

      g_assert_cmpuint (at + frame->n_bytes, <=, n_bytes);
      g_assert_cmpmem (bytes + at, frame->n_bytes, frame->bytes, frame->n_bytes);
      at += frame->n_bytes;
    }
  g_assert_cmpuint (at, ==, n_bytes);
}

static void
test_too_large (void)
{
  TideGather *gather = tide_gather_new ();
  g_autoptr (TideFrame) small = make_frame (1);
  g_autoptr (TideFrame) large = make_frame (TIDE_GATHER_BYTES);
  TideOutbox outboxes[3] = { 0 };

  g_test_summary ("What does not fit is left for the next write, or to the caller");

  push (&outboxes[0], small);
  push (&outboxes[0], small);
  push (&outboxes[0], large);
  assert_gathers (gather, &outboxes[0], 2);
  push (&outboxes[1], small);
  push (&outboxes[1], large);
  assert_gathers (gather, &outboxes[1], 0);
  push (&outboxes[2], large);
  push (&outboxes[2], small);
  assert_gathers (gather, &outboxes[2], 0);
  tide_gather_free (gather);
  for (guint i = 0; i < 3; i++)
    tide_outbox_clear (&outboxes[i]);
  g_assert_cmpuint (small->ref_count, ==, 1);
  g_assert_cmpuint (large->ref_count, ==, 1);
}

static void
test_random (void)
{
  TideGather *gather = tide_gather_new ();
  TideFrame *frames[8];

  g_test_summary ("Whoever was written before, the piece is what is in the outbox");

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    frames[i] = make_frame (1 + 50 * i);
  for (guint round = 0; round < 5000; round++)
    {
      TideOutbox outbox = { 0 };
      guint n = g_test_rand_int_range (2, 7);

      /* Mostly the same order, so that beginnings are alike. */
      for (guint i = 0; i < n; i++)
        push (&outbox,
              frames[g_test_rand_int_range (0, 8) == 0 ? g_test_rand_int_range (0, 8)
                                                       : (int) i]);
      assert_gathers (gather, &outbox, n);
      tide_outbox_clear (&outbox);
      if (g_test_rand_int_range (0, 10) == 0)
        tide_gather_clear (gather);
    }
  tide_gather_clear (gather);
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      g_assert_cmpuint (frames[i]->ref_count, ==, 1);
      tide_frame_unref (frames[i]);
    }
  tide_gather_free (gather);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/gather/too-large", test_too_large);
  g_test_add_func ("/server/gather/random", test_random);
  return g_test_run ();
}
