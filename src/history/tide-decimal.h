/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean tide_decimal_parse (const char *text, gsize length, double *value);

G_END_DECLS
