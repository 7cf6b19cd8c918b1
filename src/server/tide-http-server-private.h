/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-heap-trimmer.h"
#include "tide-http-server.h"
#include "tide-polling.h"
#include "tide-proxies.h"
#include "tide-reactor.h"
#include "tide-visitors.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* What the handlers need of the server. Only for the files of this folder. */

struct _TideHttpServer
{
  GObject parent_instance;

  TideWebSocketManager *manager;    /* (owned) */
  TideStatus *status;               /* (owned) */
  TideTimerWheel *wheel;            /* (unowned), outlives us */
  TideCounters *counters;           /* (unowned), outlives us */
  TideHttpSettings settings;        /* its strings are owned */
  TideProxies *proxies;             /* (owned), who is believed about others */
  TideReactor *reactor;             /* (owned) */
  TideTlsGate *gate;                /* (owned) (nullable), when TLS is spoken somewhere */
  TideHeapTrimmer *trimmer;         /* (owned) */
  SoupServer *soup;                 /* (owned) */
  TideInflater *inflater;           /* (owned) (nullable) */
  TideAuthenticator *authenticator; /* (owned) */
  TidePollingTable *pollings;       /* (owned) */
  GPtrArray *listeners;             /* (owned) (element-type TideListener) */
  TideConsoleFunc console_func;     /* (nullable), what answers the operator's page */
  gpointer console_data;            /* (unowned), for @console_func */
  gint64 drain_us;                  /* when draining began, or 0 */
  gboolean is_public;     /* others than this machine can connect, by no admin listener */
  TideVisitors *visitors; /* (owned), what each address has open */
  GQueue half_open; /* (element-type TideSocket), that have not asked for anything yet,
                       the longest waiting first */
  gboolean is_refusing;          /* memory is short: no more connections */
  GSocketAddress *local_address; /* (owned), what libsoup is told we listen on */
  GMainContext *idle_context;    /* (owned), nobody iterates it: see start() */
};

/* The error codes of Engine.IO's HTTP answers, protocol version 4. */
typedef enum
{
  TIDE_ENGINEIO_UNKNOWN_TRANSPORT = 0,
  TIDE_ENGINEIO_UNKNOWN_SID = 1,
  TIDE_ENGINEIO_BAD_METHOD = 2,
  TIDE_ENGINEIO_BAD_REQUEST = 3,
  TIDE_ENGINEIO_FORBIDDEN = 4,
  TIDE_ENGINEIO_UNSUPPORTED_VERSION = 5,
} TideEngineioCode;

#define TIDE_STATUS_HEADERS_TOO_LARGE 431 /* RFC 6585; libsoup has no name for it */

TideSocket *tide_http_requests_get_socket (SoupServerMessage *message);
void tide_http_requests_watch (TideHttpServer *self);
void tide_http_requests_await (TideSocket *socket, gpointer user_data);
void tide_http_server_find_client (TideHttpServer *self,
                                   SoupServerMessage *message,
                                   TideAddress *client);
void tide_http_server_add_pages (TideHttpServer *self);
gboolean tide_http_check_method (SoupServerMessage *message);
void
tide_http_respond_with_page (SoupServerMessage *message, const char *path, GBytes *page);
void tide_console_pages_add (TideHttpServer *self);
void tide_console_pages_reload (TideHttpServer *self,
                                const TideConsoleSettings *settings);
void tide_console_pages_clear (TideHttpServer *self);
void tide_http_respond (SoupServerMessage *message,
                        guint status,
                        const char *content_type,
                        const char *body,
                        gsize length);
void tide_http_respond_not_found (SoupServerMessage *message);
void tide_http_cut (TideSocket *socket, guint status);
void tide_http_refuse (SoupServerMessage *message,
                       guint status,
                       TideEngineioCode code,
                       const char *text);

G_END_DECLS
