/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One connection for HTTP requests, one after the other, opened when it is needed and
 * kept for the next one as long as the server likes. */
typedef struct _HttpLink HttpLink;

typedef struct
{
  /* May send the next request at once. @body is gone after the call. */
  void (*answered) (HttpLink *self, int status, const char *body, gsize length);
  /* The request will have no answer. */
  void (*failed) (HttpLink *self, const char *why);
} HttpLinkFuncs;

struct _HttpLink
{
  const HttpLinkFuncs *funcs; /* (unowned) */
  gpointer owner;             /* (unowned) */
  guint16 port;               /* of 127.0.0.1 */
  guint8 source;              /* connects from 127.0.0.N: each has ports of its own */
  int epoll_fd;

  int fd; /* -1 when there is no socket */
  gboolean is_connected;
  gboolean is_used;    /* something was answered on this socket */
  GString *request;    /* (owned) (nullable), the one that waits for its answer */
  GByteArray *partial; /* (owned) (nullable), an answer not yet whole */
  guint64 n_received;
};

void http_link_init (HttpLink *self);
void http_link_send (HttpLink *self, GString *request);
void http_link_handle (HttpLink *self, guint32 events);
void http_link_close (HttpLink *self);

G_END_DECLS
