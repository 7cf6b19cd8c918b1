/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

JsonObject *tide_dict_json_new (GVariant *dict);
void
tide_dict_json_name_rows (JsonObject *self, const char *member, const char *const *names);
void tide_dict_json_append (JsonObject *self, GString *out);

G_END_DECLS
