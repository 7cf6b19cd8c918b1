/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-http-server.h"
#include "tide-reactor.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* What the handlers need of the server. Only for the files of this folder. */

struct _TideHttpServer
{
  GObject parent_instance;

  TideWebSocketManager *manager; /* (owned) */
  TideStatus *status;            /* (owned) */
  TideTimerWheel *wheel;         /* (unowned), outlives us */
  TideCounters *counters;        /* (unowned), outlives us */
  TideHttpSettings settings;     /* its strings are owned */
  TideReactor *reactor;          /* (owned) */
  SoupServer *soup;              /* (owned) */
  GPtrArray *listeners;          /* (owned) (element-type TideListener) */
  GHashTable *per_address;       /* (owned) (nullable), address → how many sockets */
  GSocketAddress *local_address; /* (owned), what libsoup is told we listen on */
  GMainContext *idle_context;    /* (owned), nobody iterates it: see start() */
};

TideSocket *tide_http_server_get_socket (SoupServerMessage *message);
void tide_http_server_add_handshakes (TideHttpServer *self);
void tide_http_server_add_pages (TideHttpServer *self);
void tide_http_respond (SoupServerMessage *message,
                        guint status,
                        const char *content_type,
                        const char *body,
                        gsize length);
void tide_http_respond_not_found (SoupServerMessage *message);

G_END_DECLS
