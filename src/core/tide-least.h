/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideLeast:
 *
 * The first few of many in some order, found in one pass and without sorting the others:
 * a page of a list that is kept in no order.
 */
typedef struct _TideLeast TideLeast;

TideLeast *
tide_least_new (gsize element_size, guint n_elements_max, GCompareFunc compare);
gboolean tide_least_wants (const TideLeast *self, gconstpointer element);
void tide_least_offer (TideLeast *self, gconstpointer element);
GArray *tide_least_finish (TideLeast *self);
int tide_least_compare_ids (gconstpointer a, gconstpointer b);

G_END_DECLS
