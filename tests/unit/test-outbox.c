/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-outbox.h"

#include <string.h>

#define N_VECTORS 5

static TideFrame *
make_frame (const char *bytes, guint n_events)
{
  TideFrame *frame = tide_frame_new (strlen (bytes), n_events);

  memcpy (frame->bytes, bytes, frame->n_bytes);
  return frame;
}

static void
test_empty (void)
{
  TideOutbox outbox = { 0 };
  struct iovec vectors[N_VECTORS];

  g_test_summary ("A zeroed outbox is an empty one");

  g_assert_cmpuint (tide_outbox_peek (&outbox, vectors, N_VECTORS), ==, 0);
  g_assert_cmpuint (tide_outbox_count_events (&outbox), ==, 0);
  g_assert_cmpuint (tide_outbox_take (&outbox, 0, -1).n_frames, ==, 0);
  tide_outbox_clear (&outbox);
}

static void
test_parts (void)
{
  TideOutbox outbox = { 0 };
  struct iovec vectors[N_VECTORS];
  TideOutboxTaken taken;

  g_test_summary ("A frame counts as taken with its last byte, and its events with it");

  tide_outbox_push (&outbox, make_frame ("abcd", 2));
  tide_outbox_push (&outbox, make_frame ("ef", 1));
  g_assert_cmpuint (outbox.n_bytes, ==, 6);
  taken = tide_outbox_take (&outbox, 3, -1);
  g_assert_cmpuint (taken.n_frames, ==, 0);
  g_assert_cmpuint (taken.n_events, ==, 0);
  g_assert_cmpuint (tide_outbox_count_events (&outbox), ==, 3);
  g_assert_cmpuint (tide_outbox_peek (&outbox, vectors, N_VECTORS), ==, 2);
  g_assert_cmpmem (vectors[0].iov_base, vectors[0].iov_len, "d", 1);
  g_assert_cmpmem (vectors[1].iov_base, vectors[1].iov_len, "ef", 2);
  g_assert_cmpuint (tide_outbox_peek (&outbox, vectors, 1), ==, 1);
  taken = tide_outbox_take (&outbox, 2, -1);
  g_assert_cmpuint (taken.n_frames, ==, 1);
  g_assert_cmpuint (taken.n_events, ==, 2);
  g_assert_cmpuint (outbox.n_bytes, ==, 1);
  taken = tide_outbox_take (&outbox, 1, -1);
  g_assert_cmpuint (taken.n_frames, ==, 1);
  g_assert_cmpuint (tide_outbox_peek (&outbox, vectors, N_VECTORS), ==, 0);
  tide_outbox_clear (&outbox);
}

static void
test_references (void)
{
  TideOutbox outbox = { 0 };
  TideFrame *frame = make_frame ("abc", 1);

  g_test_summary ("A frame is shared, and let go of when taken or cleared");

  for (guint i = 0; i < 3; i++)
    tide_outbox_push (&outbox, tide_frame_ref (frame));
  g_assert_cmpuint (frame->ref_count, ==, 4);
  tide_outbox_take (&outbox, 4, -1);
  g_assert_cmpuint (frame->ref_count, ==, 3);
  tide_outbox_clear (&outbox);
  g_assert_cmpuint (frame->ref_count, ==, 1);
  g_assert_cmpuint (outbox.n_bytes, ==, 0);
  g_assert_cmpuint (outbox.head_taken, ==, 0);
  /* It can be used again. */
  tide_outbox_push (&outbox, frame);
  g_assert_cmpuint (tide_outbox_take (&outbox, 3, -1).n_frames, ==, 1);
  tide_outbox_clear (&outbox);
}

/* The oracle: all bytes ever pushed, in one buffer, and where each frame ends. */
typedef struct
{
  TideOutbox outbox;
  GByteArray *bytes;
  GArray *ends;     /* (element-type gsize) */
  GArray *n_events; /* (element-type guint) */
  gsize n_taken;
  guint first; /* the oldest frame that is not wholly taken */
} Model;

static void
model_push (Model *self, GRand *rand)
{
  /* Often small, now and then large. */
  gsize n_bytes = 1 + g_rand_int_range (rand, 0, g_rand_boolean (rand) ? 8 : 3000);
  guint n_events = g_rand_int_range (rand, 0, 4);
  TideFrame *frame = tide_frame_new (n_bytes, n_events);
  gsize end = self->bytes->len + n_bytes;

  for (gsize i = 0; i < n_bytes; i++)
    frame->bytes[i] = g_rand_int (rand);
  g_byte_array_append (self->bytes, frame->bytes, n_bytes);
  g_array_append_val (self->ends, end);
  g_array_append_val (self->n_events, n_events);
  tide_outbox_push (&self->outbox, frame);
}

static void
model_peek (Model *self, guint n_vectors)
{
  struct iovec vectors[16];
  guint n = tide_outbox_peek (&self->outbox, vectors, n_vectors);
  gsize at = self->n_taken;

  g_assert_cmpuint (n, ==, MIN (n_vectors, self->ends->len - self->first));
  for (guint i = 0; i < n; i++)
    {
      gsize end = g_array_index (self->ends, gsize, self->first + i);

      g_assert_cmpmem (
          vectors[i].iov_base, vectors[i].iov_len, self->bytes->data + at, end - at);
      at = end;
    }
}

static void
model_take (Model *self, gsize n_bytes)
{
  TideOutboxTaken taken = tide_outbox_take (&self->outbox, n_bytes, -1);
  TideOutboxTaken expected = { 0, 0 };

  self->n_taken += n_bytes;
  while (self->first < self->ends->len &&
         g_array_index (self->ends, gsize, self->first) <= self->n_taken)
    {
      expected.n_frames++;
      expected.n_events += g_array_index (self->n_events, guint, self->first);
      self->first++;
    }
  g_assert_cmpuint (taken.n_frames, ==, expected.n_frames);
  g_assert_cmpuint (taken.n_events, ==, expected.n_events);
}

static void
model_check (Model *self)
{
  guint n_events = 0;

  for (guint i = self->first; i < self->n_events->len; i++)
    n_events += g_array_index (self->n_events, guint, i);
  g_assert_cmpuint (self->outbox.n_bytes, ==, self->bytes->len - self->n_taken);
  g_assert_cmpuint (tide_outbox_count_events (&self->outbox), ==, n_events);
}

static void
test_random (void)
{
  g_test_summary ("An outbox gives the bytes of a flat buffer, whatever the cuts");

  for (guint seed = 0; seed < 300; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GArray) ends = g_array_new (FALSE, FALSE, sizeof (gsize));
      g_autoptr (GArray) n_events = g_array_new (FALSE, FALSE, sizeof (guint));
      Model model = { .bytes = bytes, .ends = ends, .n_events = n_events };
      guint n_pushes = 1 + seed % 3;

      for (guint i = 0; i < 300; i++)
        {
          if (g_rand_int_range (rand, 0, 4) < (gint32) n_pushes)
            model_push (&model, rand);
          else
            model_take (&model,
                        g_rand_int_range (rand, 0, MIN (model.outbox.n_bytes, 9000) + 1));
          model_peek (&model, g_rand_int_range (rand, 0, 16));
          model_check (&model);
        }
      tide_outbox_clear (&model.outbox);
    }
}

static void
test_skip (void)
{
  TideCounters counters = { .outbox_bytes = 6 };
  TideOutbox outbox = { 0 };
  struct iovec vectors[N_VECTORS];
  TideFrame *first = make_frame ("abcd", 2);
  TideFrame *second = make_frame ("ef", 1);

  g_test_summary ("What a client has from another transport does not go out again");

  tide_outbox_push (&outbox, first);
  tide_outbox_push (&outbox, second);
  tide_outbox_skip (&outbox, second, 1, &counters);
  g_assert_cmpuint (outbox.n_bytes, ==, 6);
  tide_outbox_skip (&outbox, first, 3, &counters);
  tide_outbox_skip (&outbox, first, 3, &counters);
  g_assert_cmpuint (outbox.n_bytes, ==, 3);
  g_assert_cmpuint (counters.outbox_bytes, ==, 3);
  g_assert_cmpuint (tide_outbox_peek (&outbox, vectors, N_VECTORS), ==, 2);
  g_assert_cmpmem (vectors[0].iov_base, vectors[0].iov_len, "d", 1);
  g_assert_cmpuint (tide_outbox_take (&outbox, 3, -1).n_events, ==, 3);
  tide_outbox_clear (&outbox);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sessions/outbox/empty", test_empty);
  g_test_add_func ("/sessions/outbox/parts", test_parts);
  g_test_add_func ("/sessions/outbox/references", test_references);
  g_test_add_func ("/sessions/outbox/random", test_random);
  g_test_add_func ("/sessions/outbox/skip", test_skip);
  return g_test_run ();
}
