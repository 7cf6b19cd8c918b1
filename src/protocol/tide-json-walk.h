/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-json-scan.h"

#include <glib.h>

G_BEGIN_DECLS

const char *tide_json_skip_space (const char *at, const char *end);
gboolean tide_json_array_next (const char **cursor, const char *end, TideJsonField *item);
gboolean tide_json_parse_id (const char *text, gsize length, guint64 *id);

G_END_DECLS
