/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean tide_lift_splice (GString *out,
                           const char *payload,
                           gsize payload_length,
                           const char *inner,
                           gsize inner_length);

G_END_DECLS
