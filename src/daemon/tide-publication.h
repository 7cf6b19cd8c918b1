/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bus-funcs.h"
#include "tide-stages.h"

G_BEGIN_DECLS

gboolean tide_publication_send (const TideStages *stages,
                                const TideBusPublication *what,
                                guint *n_users,
                                GError **error);
TideRoute *tide_publication_find_route (const TideStages *stages,
                                        const char *channel,
                                        GError **error);
TideEvent *tide_publication_try (const TideStages *stages,
                                 TideRoute *route,
                                 const char *payload,
                                 GError **error);

G_END_DECLS
