/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "http-link.h"

G_BEGIN_DECLS

/* An Engine.IO session by long-polling: one connection on which a GET is held, another
 * one for POST. Pings are answered by themselves. */
typedef struct _PollingClient PollingClient;

/* A client may be closed in any of them. */
typedef struct
{
  /* The session has begun; its id is known. */
  void (*opened) (PollingClient *self);
  /* A packet of type message, the type included; it is gone after the call. */
  void (*message) (PollingClient *self, const char *packet, gsize length);
  /* What was asked for with polling_client_pause(): nothing is under way any more. */
  void (*paused) (PollingClient *self);
  /* The session has ended by itself. */
  void (*closed) (PollingClient *self, const char *why);
} PollingClientFuncs;

struct _PollingClient
{
  const PollingClientFuncs *funcs; /* (unowned) */
  gpointer owner;                  /* (unowned) */
  const char *path; /* (unowned), with the query: what is the same always */
  guint16 port;     /* of 127.0.0.1 */
  int epoll_fd;     /* each of its events is for polling_client_handle() */

  char *sid; /* (owned) (nullable) */
  HttpLink get;
  HttpLink post;
  GString *waiting; /* (owned), packets for the next POST */
  gboolean is_paused;
  guint64 n_polls; /* GETs that were answered */
};

void polling_client_open (PollingClient *self);
void polling_client_send (PollingClient *self, const char *packet);
void polling_client_pause (PollingClient *self);
void polling_client_handle (gpointer link, guint32 events);
void polling_client_close (PollingClient *self);

G_END_DECLS
