/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean
tide_ctl_csv_take (const char **at, const char *end, GString *field, GError **error);
void tide_ctl_csv_append (GString *out, const char *field);

G_END_DECLS
