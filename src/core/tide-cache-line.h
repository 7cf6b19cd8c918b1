/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Of all processors that matter. */
#define TIDE_CACHE_LINE_BYTES 64

/**
 * tide_new_lined:
 * @struct_type: a type
 *
 * Allocates a zeroed struct at the beginning of a line of the processor's cache, for what
 * there are thousands of and each delivery looks at: what stands first in it, or in the
 * same 64 bytes, is one line then and not two.
 *
 * Returns: (transfer full): a struct, to be freed by g_aligned_free()
 */
#define tide_new_lined(struct_type)                                                      \
  ((struct_type *) g_aligned_alloc0 (1, sizeof (struct_type), TIDE_CACHE_LINE_BYTES))

G_END_DECLS
