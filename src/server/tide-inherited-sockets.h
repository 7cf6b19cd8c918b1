/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean tide_inherited_sockets_are_meant (const char *address);
char **tide_inherited_sockets_expand (const char *const *listen,
                                      const char *const *admin_listen,
                                      guint *n_listen,
                                      GError **error);

G_END_DECLS
