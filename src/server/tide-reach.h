/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-http-server-private.h"

G_BEGIN_DECLS

/* By which way a request has come. Only for the files of this folder. */
typedef struct
{
  gboolean is_by_admin;        /* by a listener of [server] admin-listen */
  gboolean is_by_local;        /* by a listener that only this machine reaches */
  gboolean is_proxied;         /* it says that it came through a proxy */
  gboolean has_admin_listener; /* there is one of [server] admin-listen */
  gboolean is_public;          /* one of [server] listen is for other machines, too */
  gboolean is_plain_loopback;  /* by local TCP without TLS, where any name can lead */
} TideReach;

TideReach tide_reach_find (TideHttpServer *server, SoupServerMessage *message);
gboolean tide_reach_is_admin (const TideReach *self);
gboolean tide_reach_is_straight (const TideReach *self);
gboolean tide_reach_takes_host (const TideReach *self,
                                const char *host,
                                const char *const *allowed_origins);
gboolean tide_reach_is_own_host (const char *host, const char *const *allowed_origins);

gboolean tide_reach_has_forwarded_headers (SoupServerMessage *message);
const char *tide_reach_get_host (TideHttpServer *server, SoupServerMessage *message);
gboolean tide_reach_is_secure (TideHttpServer *server, SoupServerMessage *message);

G_END_DECLS
