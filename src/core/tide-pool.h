/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gpointer tide_pool_alloc (gsize n_bytes);
gpointer tide_pool_alloc0 (gsize n_bytes);
void tide_pool_free (gpointer memory, gsize n_bytes);
gsize tide_pool_clear (void);

G_END_DECLS
