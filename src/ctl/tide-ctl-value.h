/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-ctl-table.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

char *tide_ctl_value_to_text (const char *key, GVariant *value);
void tide_ctl_value_add_members (JsonObject *object, GVariant *dictionary);
guint64 tide_ctl_value_get_count (GVariant *dictionary, const char *key);
const char *tide_ctl_value_get_string (GVariant *dictionary, const char *key);
GPtrArray *tide_ctl_value_sort_keys (GVariant *dictionary);
void tide_ctl_value_add_rows (TideCtlTable *table, GVariant *dictionary);

G_END_DECLS
