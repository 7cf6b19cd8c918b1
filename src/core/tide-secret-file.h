/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *tide_secret_file_find (const char *name, GError **error);
GBytes *tide_secret_file_read (const char *path, gsize max_bytes, GError **error);
gboolean tide_secret_equal (gconstpointer a, gconstpointer b, gsize n_bytes);

G_END_DECLS
