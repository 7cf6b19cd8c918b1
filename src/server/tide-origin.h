/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean tide_origin_is_allowed (const char *const *allowed_origins,
                                 const char *origin,
                                 const char *host,
                                 gboolean is_secure);

gboolean tide_origin_is_named (const char *const *allowed_origins, const char *origin);

G_END_DECLS
