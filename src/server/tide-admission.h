/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-http-server-private.h"

G_BEGIN_DECLS

/* Who may come in. Each answers the request itself when it says no. Only for the files of
 * this folder. */

gboolean tide_admission_check_origin (TideHttpServer *self, SoupServerMessage *message);
gboolean tide_admission_authenticate (TideHttpServer *self,
                                      SoupServerMessage *message,
                                      GHashTable *query,
                                      char **user_name);
gboolean tide_admission_check_room (TideHttpServer *self,
                                    SoupServerMessage *message,
                                    const char *user_name);

G_END_DECLS
