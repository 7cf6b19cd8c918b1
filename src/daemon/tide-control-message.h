/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *
tide_control_message_parse_log_out (const char *payload, gsize length, GError **error);

G_END_DECLS
