/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-admission.h"
#include "tide-http-server-private.h"

G_BEGIN_DECLS

void tide_handshake_begin (TideHttpServer *server,
                           SoupServerMessage *message,
                           TideAdmitted *admitted,
                           const char *sid);
TideWishes tide_handshake_get_wishes (GHashTable *query);
void tide_handshake_add_plain (TideHttpServer *server);

G_END_DECLS
