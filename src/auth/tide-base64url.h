/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint8 *tide_base64url_decode (const char *text, gsize length, gsize *n_bytes);

G_END_DECLS
