/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-http-server-private.h"

G_BEGIN_DECLS

/**
 * TideHandshake:
 *
 * What a WebSocket is wanted for.
 */
typedef struct
{
  TideWireForm form;
  char *user_name;      /* (nullable), the user, NULL for an anonymous one */
  char *sid;            /* (nullable), of the long-polling session to take over */
  TideWishes wishes;    /* how the client wants its events */
  gboolean is_deflated; /* messages may be compressed; tide_handshake_begin() finds out */
} TideHandshake;

void tide_handshake_begin (TideHttpServer *server,
                           SoupServerMessage *message,
                           const TideHandshake *handshake);
TideWishes tide_handshake_get_wishes (GHashTable *query);
void tide_handshake_add_plain (TideHttpServer *server);

G_END_DECLS
