/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* GLib's arrays never give memory back while they live. */

#include "tide-array-fit.h"

#include <string.h>

/**
 * tide_array_fit:
 * @self: (element-type guint8): an array whose elements own nothing
 * @n_most: the most elements to keep
 *
 * Drops the elements behind, and gives back room for more than there are. Pointers to
 * elements do not hold any more.
 */
void
tide_array_fit (GArray *self, guint n_most)
{
  gsize n_elements;
  g_autofree char *data = g_array_steal (self, &n_elements);

  if (MIN (n_elements, n_most) > 0)
    g_array_append_vals (self, data, MIN (n_elements, n_most));
}

/**
 * tide_ptr_array_fit:
 * @self: (element-type GObject): an array that does not own its elements
 * @n_most: the most elements to keep
 *
 * Drops the elements behind, and gives back room for more than there are.
 */
void
tide_ptr_array_fit (GPtrArray *self, guint n_most)
{
  gsize n_elements;
  g_autofree gpointer *data = g_ptr_array_steal (self, &n_elements);

  n_elements = MIN (n_elements, n_most);
  g_ptr_array_set_size (self, n_elements);
  if (n_elements > 0)
    memcpy (self->pdata, data, n_elements * sizeof *data);
}
