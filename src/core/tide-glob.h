/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_GLOB_MAX_BYTES:
 *
 * How long a pattern may be.
 */
#define TIDE_GLOB_MAX_BYTES 256

const char *tide_glob_check (const char *pattern);
gboolean tide_glob_matches (const char *pattern, const char *text, gsize length);

G_END_DECLS
