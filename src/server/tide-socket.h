/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-outbox.h"
#include "tide-request-meter.h"
#include "tide-timer-wheel.h"
#include "tide-tls.h"

#include <glib.h>

#include <netinet/in.h>

G_BEGIN_DECLS

/**
 * TideReactor:
 *
 * Watches all sockets with one epoll descriptor, and writes the outboxes at the end of a
 * turn.
 */
typedef struct _TideReactor TideReactor;
typedef struct _TideSocket TideSocket;

/**
 * TideSocketMode:
 * @TIDE_SOCKET_HANDSHAKE: TLS is being agreed on; its watcher reads from it
 * @TIDE_SOCKET_HTTP: libsoup reads requests; its sources are attached to the main context
 * @TIDE_SOCKET_WEBSOCKET: its watcher reads from it
 * @TIDE_SOCKET_LINGERING: closed for everybody; what is queued still goes out
 * @TIDE_SOCKET_CLOSED: the descriptor is closed
 *
 * What a socket is for at present. It only moves down this list.
 */
typedef enum
{
  TIDE_SOCKET_HANDSHAKE,
  TIDE_SOCKET_HTTP,
  TIDE_SOCKET_WEBSOCKET,
  TIDE_SOCKET_LINGERING,
  TIDE_SOCKET_CLOSED,
} TideSocketMode;

/**
 * TideAddress:
 *
 * A client's address, small. IPv4 addresses are kept mapped into IPv6; all zero for Unix
 * sockets.
 */
typedef struct
{
  struct in6_addr ip;
  guint16 port;
} TideAddress;

/**
 * TideSocketFuncs:
 * @received: (nullable): some bytes came in; %FALSE to refuse them: readers see the end
 *   of input
 * @readable: (nullable): before HTTP and after tide_socket_upgrade(): there is input to
 *   read, or its end
 * @aborted: (nullable): after tide_socket_upgrade(): the descriptor is closed
 * @hung_up: (nullable): the other side has left while nobody reads
 * @timed_out: (nullable): the deadline is over; without it the socket is aborted
 *
 * Who watches a socket. After @aborted nobody does.
 */
typedef struct
{
  gboolean (*received) (TideSocket *socket, const guint8 *bytes, gsize n_bytes);
  void (*readable) (TideSocket *socket);
  void (*aborted) (TideSocket *socket);
  void (*hung_up) (TideSocket *socket);
  void (*timed_out) (TideSocket *socket);
} TideSocketFuncs;

/**
 * TideSocket:
 *
 * One accepted socket: the descriptor, what it has not sent yet, and the sources that
 * libsoup waits on. Plain struct; the reactor owns it until it is closed and let go of.
 */
struct _TideSocket
{
  /* What each delivery looks at comes first, in one line of the processor's cache. */
  TideOutbox outbox;
  TideReactor *reactor;     /* (unowned), outlives us */
  int fd;                   /* -1 once closed */
  guint32 n_refs;           /* the reactor's while open, its user's */
  guint8 mode;              /* #TideSocketMode */
  guint8 n_sessions;        /* of long-polling, whose requests came on it */
  gboolean is_readable : 1; /* epoll said so and no read has come up short since */
  gboolean is_hung_up : 1;  /* the other side has ended its half, or the socket broke */
  gboolean is_broken : 1;   /* a write failed */
  gboolean is_blocked : 1;  /* a write came up short; epoll tells when there is room */
  gboolean is_touched : 1;  /* in the reactor's list of outboxes to write */
  gboolean is_pressing : 1; /* in the list of those to write before all others */
  gboolean is_waiting : 1;  /* in the reactor's list of sockets to read on next turn */
  gboolean is_shaking : 1;  /* in the list of TLS handshakes to go on with */
  gboolean has_input_ended : 1;  /* its watcher refused more: readers see the end */
  gboolean is_visitor : 1;       /* counted for its peer's address */
  gboolean is_local : 1;         /* came by a listener that only this machine reaches */
  gboolean is_admin : 1;         /* came by a listener for those who run the service */
  gboolean has_let_in : 1;       /* a connection was opened on it */
  gboolean has_output_ended : 1; /* our last words are queued; nothing follows them */
  gboolean is_encrypted : 1;     /* there is a @tls, which is in another line */
  guint32 read_budget;           /* bytes that may still be read this turn */
  guint32 n_request_bytes;       /* in HTTP mode, since the last request was answered */
  guint32 max_request_bytes;     /* in HTTP mode, how many of them are too many */
  guint32 request_timeout_ms;    /* in HTTP mode, what a request may take */
  TideRequestMeter *meter; /* (owned) (nullable), in HTTP mode, once there was input */
  TideTls *tls;            /* (owned) (nullable), what encrypts, from the hello on */
  GList *half_open;      /* (owned) (nullable), its place among those that have not asked
                            for anything yet */
  GByteArray *unread;    /* (owned) (nullable), bytes to be read again */
  GSource *read_source;  /* (unowned) (nullable), what libsoup waits for input on */
  GSource *write_source; /* (unowned) (nullable), what libsoup waits for room on */
  const TideSocketFuncs *funcs; /* (unowned) (nullable) */
  gpointer user_data;           /* (unowned), for @funcs */
  TideTimer deadline;           /* request deadline, later the end of lingering */
  TideAddress peer;
};

TideSocket *tide_socket_new (TideReactor *reactor, int fd, const TideAddress *peer);
TideSocket *tide_socket_ref (TideSocket *self);
void tide_socket_unref (TideSocket *self);

gssize tide_socket_read (TideSocket *self, guint8 *buffer, gsize count, GError **error);
void tide_socket_unread (TideSocket *self, const guint8 *bytes, gsize n_bytes);
gboolean tide_socket_can_read (const TideSocket *self);
gboolean tide_socket_has_left (const TideSocket *self);
void tide_socket_end_input (TideSocket *self);
void tide_socket_end_output (TideSocket *self);
void tide_socket_end_outbox (TideSocket *self);
void tide_socket_send (TideSocket *self, TideFrame *frame);
void tide_socket_flush (TideSocket *self);
void tide_socket_set_tls (TideSocket *self, TideTls *tls);
void tide_socket_upgrade (TideSocket *self);
void tide_socket_close (TideSocket *self);
void tide_socket_abort (TideSocket *self);
void tide_socket_set_deadline (TideSocket *self, gint64 after_us);
void tide_socket_clear_deadline (TideSocket *self);
void tide_socket_set_read_source (TideSocket *self, GSource *source);
void tide_socket_set_write_source (TideSocket *self, GSource *source);
char *tide_address_to_string (const TideAddress *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSocket, tide_socket_unref)

G_END_DECLS
