/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void tide_array_fit (GArray *self, guint n_most);
void tide_ptr_array_fit (GPtrArray *self, guint n_most);

G_END_DECLS
