/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-authenticator.h"
#include "tide-console.h"
#include "tide-counters.h"
#include "tide-status.h"
#include "tide-timer-wheel.h"
#include "tide-tls-gate.h"
#include "tide-websocket-manager.h"
#include "tide-websocket-transport.h"

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TideHttpSettings:
 *
 * What the server goes by.
 */
typedef struct
{
  char **listen;          /* (array zero-terminated=1), addresses */
  char **admin_listen;    /* (nullable) (array zero-terminated=1), addresses for those who
                             run the service */
  TideTlsSettings tls;    /* for addresses with `tls:` */
  char **allowed_origins; /* (array zero-terminated=1) */
  char **trusted_proxies; /* (nullable) (array zero-terminated=1), checked before */
  char *engineio_path;    /* begins and ends with a slash */
  TideWireForm engineio_form; /* what is spoken there */
  gboolean has_polling;
  gboolean has_websocket;
  gboolean has_compression;
  gint64 upgrade_timeout_us;
  guint max_connections;
  guint max_connections_per_address; /* 0: no limit */
  guint max_accepts_per_second;      /* from one address; 0: no limit */
  guint max_half_open;               /* sockets without a request; 0: no limit */
  gint64 header_timeout_us;          /* for a request, from its first byte on */
  TideWebSocketLimits websocket;
  TideConsoleSettings console;
} TideHttpSettings;

/**
 * TideHttpServer:
 *
 * Listens, accepts, and lets libsoup speak HTTP on what was accepted.
 */
#define TIDE_TYPE_HTTP_SERVER (tide_http_server_get_type ())
G_DECLARE_FINAL_TYPE (TideHttpServer, tide_http_server, TIDE, HTTP_SERVER, GObject)

TideHttpServer *tide_http_server_new (TideWebSocketManager *manager,
                                      TideStatus *status,
                                      TideTimerWheel *wheel,
                                      TideCounters *counters,
                                      const TideHttpSettings *settings);
gboolean tide_http_server_start (TideHttpServer *self, GError **error);
void tide_http_server_set_authenticator (TideHttpServer *self,
                                         TideAuthenticator *authenticator,
                                         gint64 grace_us);
void tide_http_server_set_console_func (TideHttpServer *self,
                                        TideConsoleFunc func,
                                        gpointer user_data);
void tide_http_server_reload (TideHttpServer *self, const TideHttpSettings *settings);
void tide_http_server_set_refusing (TideHttpServer *self, gboolean is_refusing);
void tide_http_server_stop_listening (TideHttpServer *self);
void tide_http_server_drain (TideHttpServer *self);
void tide_http_server_write (TideHttpServer *self);
guint tide_http_server_get_n_sockets (TideHttpServer *self);

G_END_DECLS
