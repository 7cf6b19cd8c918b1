/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether anything is kept: not where the address sanitizer is to see each use of what is
 * freed, of which GCC and Clang tell in ways of their own. */
#if defined(__SANITIZE_ADDRESS__)
#define TIDE_POOL_KEEPS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TIDE_POOL_KEEPS 0
#endif
#endif
#ifndef TIDE_POOL_KEEPS
#define TIDE_POOL_KEEPS 1
#endif

gpointer tide_pool_alloc (gsize n_bytes);
gpointer tide_pool_alloc0 (gsize n_bytes);
void tide_pool_free (gpointer memory, gsize n_bytes);
gsize tide_pool_clear (void);

G_END_DECLS
