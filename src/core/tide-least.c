/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-least.h"

#include <string.h>

struct _TideLeast
{
  GArray *elements; /* (owned); once full, a heap with the last of them on top */
  guint n_max;
  GCompareFunc compare;
};

static char *
get_element (const TideLeast *self, guint index)
{
  return self->elements->data + (gsize) index * g_array_get_element_size (self->elements);
}

static void
swap (TideLeast *self, guint one, guint other)
{
  char *a = get_element (self, one);
  char *b = get_element (self, other);

  for (guint i = 0; i < g_array_get_element_size (self->elements); i++)
    {
      char byte = a[i];

      a[i] = b[i];
      b[i] = byte;
    }
}

/* Lets the element at @index sink below those that come later. */
static void
sink (TideLeast *self, guint index)
{
  guint n = self->elements->len;

  for (guint child = 2 * index + 1; child < n; child = 2 * index + 1)
    {
      if (child + 1 < n &&
          self->compare (get_element (self, child + 1), get_element (self, child)) > 0)
        child++;
      if (self->compare (get_element (self, index), get_element (self, child)) >= 0)
        return;
      swap (self, index, child);
      index = child;
    }
}

static void
make_heap (TideLeast *self)
{
  for (guint i = self->elements->len / 2; i > 0; i--)
    sink (self, i - 1);
}

/**
 * tide_least_new:
 * @element_size: of an element, in bytes
 * @n_elements_max: how many are wanted
 * @compare: the order
 *
 * Returns: (transfer full): a choice of none
 */
TideLeast *
tide_least_new (gsize element_size, guint n_elements_max, GCompareFunc compare)
{
  TideLeast *self = g_new0 (TideLeast, 1);

  self->elements = g_array_new (FALSE, FALSE, element_size);
  self->n_max = n_elements_max;
  self->compare = compare;
  return self;
}

/**
 * tide_least_wants:
 * @self: a choice
 * @element: one of the many
 *
 * Returns: whether @element is one of the first so far: whoever has to look hard for
 *   whether it is one of the many at all can ask this first
 */
gboolean
tide_least_wants (const TideLeast *self, gconstpointer element)
{
  return self->elements->len < self->n_max ||
         (self->n_max > 0 && self->compare (element, get_element (self, 0)) < 0);
}

/**
 * tide_least_offer:
 * @self: a choice
 * @element: copied, if it is one of the first so far
 *
 * Looks at one of the many.
 */
void
tide_least_offer (TideLeast *self, gconstpointer element)
{
  if (self->elements->len < self->n_max)
    {
      g_array_append_vals (self->elements, element, 1);
      if (self->elements->len == self->n_max)
        make_heap (self);
      return;
    }
  if (!tide_least_wants (self, element))
    return;
  memcpy (get_element (self, 0), element, g_array_get_element_size (self->elements));
  sink (self, 0);
}

/**
 * tide_least_finish:
 * @self: (transfer full): a choice
 *
 * Returns: (transfer full) (element-type guint8): the first of all that were offered, in
 *   their order, each of the size that was given
 */
GArray *
tide_least_finish (TideLeast *self)
{
  GArray *elements = self->elements;

  g_array_sort (elements, self->compare);
  g_free (self);
  return elements;
}

/**
 * tide_least_compare_ids:
 * @a: a guint64
 * @b: another
 *
 * Returns: how they compare
 */
int
tide_least_compare_ids (gconstpointer a, gconstpointer b)
{
  guint64 one = *(const guint64 *) a;
  guint64 other = *(const guint64 *) b;

  return one < other ? -1 : one > other;
}
