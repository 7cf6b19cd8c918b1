/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

GPtrArray *tide_route_words_split (const char *text, char separator);
char *tide_route_words_unquote (const char *text);
gboolean tide_route_words_is_name (const char *text);
char **tide_route_words_get_names (const char *text);
char **tide_route_words_get_values (const char *text);

G_END_DECLS
