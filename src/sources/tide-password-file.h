/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

GBytes *tide_password_file_read (const char *path, GError **error);

G_END_DECLS
