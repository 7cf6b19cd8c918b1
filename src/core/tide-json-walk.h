/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-json-scan.h"

#include <glib.h>

G_BEGIN_DECLS

const char *tide_json_skip_space (const char *at, const char *end);
const char *
tide_json_string_pass (const char *at, const char *end, gboolean *has_escapes);
const char *tide_json_value_pass (const char *at, const char *end, TideJsonField *value);
gboolean tide_json_array_next (const char **cursor, const char *end, TideJsonField *item);

G_END_DECLS
