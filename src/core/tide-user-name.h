/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TIDE_USER_NAME_MAX_BYTES 128

gboolean tide_user_name_is_good (const char *name);

G_END_DECLS
