/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-batch.h"
#include "tide-deflater.h"
#include "tide-frame.h"
#include "tide-wishes.h"

#include <glib.h>

G_BEGIN_DECLS

#define TIDE_SID_LENGTH 20

/**
 * TIDE_PROTOCOL_MAX_NAME:
 *
 * The longest name of a command, in bytes.
 */
#define TIDE_PROTOCOL_MAX_NAME 64

/**
 * TIDE_PROTOCOL_MAX_NAMESPACES:
 *
 * How many Socket.IO namespaces there can be besides the main one, `/`.
 */
#define TIDE_PROTOCOL_MAX_NAMESPACES 16

/**
 * TIDE_PROTOCOL_NO_ACK:
 *
 * The id of no acknowledgement: the event went out, or could not, without asking for one.
 */
#define TIDE_PROTOCOL_NO_ACK G_MAXUINT64

typedef struct _TideProtocol TideProtocol;

/**
 * TideCloseReason:
 * @TIDE_CLOSE_CLIENT: the client said so, or its socket ended
 * @TIDE_CLOSE_TIMEOUT: no sign of life in time
 * @TIDE_CLOSE_IDLE: nothing came from the client for too long
 * @TIDE_CLOSE_PROTOCOL: the client broke the protocol
 * @TIDE_CLOSE_TOO_LARGE: a message is over max-payload-bytes
 * @TIDE_CLOSE_UNFINISHED: a message was not complete in time
 * @TIDE_CLOSE_TOO_MANY: the client sent too many messages, and did not stop
 * @TIDE_CLOSE_SLOW: the outbox is over its hard limit
 * @TIDE_CLOSE_MEMORY: memory is short, and more of it is held here than elsewhere
 * @TIDE_CLOSE_REFUSED: not allowed in, or sent away by an operator
 * @TIDE_CLOSE_SHUTDOWN: the service ends
 * @TIDE_CLOSE_RESTART: an operator has the client come again; the service runs on
 * @TIDE_CLOSE_EXPIRED: the log-in has run out
 *
 * Why a connection ends. docs/PROTOCOL.md has the WebSocket close code of each.
 */
typedef enum
{
  TIDE_CLOSE_CLIENT,
  TIDE_CLOSE_TIMEOUT,
  TIDE_CLOSE_IDLE,
  TIDE_CLOSE_PROTOCOL,
  TIDE_CLOSE_TOO_LARGE,
  TIDE_CLOSE_UNFINISHED,
  TIDE_CLOSE_TOO_MANY,
  TIDE_CLOSE_SLOW,
  TIDE_CLOSE_MEMORY,
  TIDE_CLOSE_REFUSED,
  TIDE_CLOSE_SHUTDOWN,
  TIDE_CLOSE_RESTART,
  TIDE_CLOSE_EXPIRED,
} TideCloseReason;

/**
 * TideProtocolSettings:
 *
 * What all connections' state machines have in common. Every number is above 0.
 */
typedef struct
{
  gint64 ping_interval_us;
  gint64 ping_timeout_us;
  gint64 connect_timeout_us; /* from the handshake to Socket.IO's CONNECT */
  gsize max_payload_bytes;
  char **namespaces; /* (nullable) (array zero-terminated=1), what Socket.IO clients may
                        join besides `/`, at most %TIDE_PROTOCOL_MAX_NAMESPACES */
} TideProtocolSettings;

/**
 * TideProtocolCommand:
 *
 * What a client asks for, and how it wants the answer.
 */
typedef struct
{
  const char
      *name; /* (unowned), 1 to TIDE_PROTOCOL_MAX_NAME bytes of UTF-8, then a NUL */
  const char *payload; /* (unowned), one JSON object, NUL-terminated, scanned */
  gsize payload_length;
  gboolean wants_ack;
  guint64 ack_id;        /* when @wants_ack; below 2^53 */
  const char *namespace; /* (unowned) (nullable), where it came in; NULL for `/` */
} TideProtocolCommand;

/**
 * TideProtocolEvent:
 *
 * A Socket.IO event or acknowledgement as it stands on the wire, in any namespace, with
 * any arguments.
 */
typedef struct
{
  const char *namespace; /* (unowned), `/` or one of the settings */
  const char *name; /* (unowned) (nullable), decoded; NULL when it is empty, too long or
                       has a NUL in it */
  const char *args; /* (unowned) (array length=args_length), scanned JSON values with
                       commas between; attachments are placeholders in it */
  gsize args_length;
  GBytes *const *attachments; /* (unowned) (nullable) (array length=n_attachments) */
  guint n_attachments;        /* 0 for a text packet */
  gboolean has_ack_id;
  guint64 ack_id; /* when @has_ack_id; below 2^53 */
} TideProtocolEvent;

/**
 * TideProtocolRawFuncs:
 * @joined: (nullable): the client joined a namespace; @payload is the JSON object of its
 *   CONNECT, `{}` without one
 * @event: (nullable): an event of a client, in any namespace; commands are not called
 *   then
 * @message: (nullable): a message of a client in the form %TIDE_WIRE_ENGINEIO, @is_text
 *   says which kind
 *
 * For hosts that want to see what a client sends as it is. Others leave them out.
 */
typedef struct
{
  void (*joined) (TideProtocol *protocol,
                  const char *namespace,
                  const char *payload,
                  gsize length);
  void (*event) (TideProtocol *protocol, const TideProtocolEvent *event);
  void (*message) (TideProtocol *protocol,
                   const char *bytes,
                   gsize length,
                   gboolean is_text);
} TideProtocolRawFuncs;

/**
 * TideProtocolHost:
 * @send: (transfer full): a frame to send now, in order
 * @ready: events can be delivered from now on: the handshake is complete
 * @left: no more events, until @ready comes again: the client left the namespace `/`
 * @command: a client's command
 * @acked: the client acknowledged an event of ours; @args is a JSON array
 * @admit: who the client is, which is_unknown says is not known, is to be found out, by
 *   what it sent when it connected, one JSON object; fails with what to tell it
 * @close: the connection is to end; nothing is called after this
 * @raw: for hosts with a wish to see more; zeroed for others
 *
 * What a state machine tells the connection that it belongs to. All but what is in @raw
 * must be set. None may free the protocol before it returned to its caller, and receive
 * and tick functions touch nothing of the protocol after @close. Each may call any
 * sending function, and tide_protocol_disconnect().
 */
typedef struct
{
  void (*send) (TideProtocol *protocol, TideFrame *frame);
  void (*ready) (TideProtocol *protocol);
  void (*left) (TideProtocol *protocol);
  void (*command) (TideProtocol *protocol, const TideProtocolCommand *command);
  void (*acked) (TideProtocol *protocol, guint64 ack_id, const char *args, gsize length);
  gboolean (*admit) (TideProtocol *protocol,
                     const char *payload,
                     gsize length,
                     GError **error);
  void (*close) (TideProtocol *protocol, TideCloseReason reason, const char *text);
  TideProtocolRawFuncs raw;
} TideProtocolHost;

/**
 * TideFrameCut:
 *
 * What a client has of a frame that is sent in part.
 */
typedef struct
{
  guint n_items;         /* of the batch's events, the first ones: it has these */
  gsize n_bytes_missing; /* of a message that is sent in part; 0: there is none */
  gboolean is_lossless;  /* there is a lossless event in that message */
} TideFrameCut;

/**
 * TideProtocol:
 *
 * The state machine of one connection: Engine.IO v4 with Socket.IO v5 in it, or the plain
 * JSON of `/ws`. It sees packets and a clock, never a socket. Plain struct: it sits in
 * every connection.
 */
struct _TideProtocol
{
  TideWireForm form;
  guint is_ready : 1;  /* events can be delivered */
  guint is_closed : 1; /* close() was called; nothing is sent or received any more */
  guint is_awaiting_pong : 1; /* nothing was heard since the last ping */
  guint is_unknown : 1;       /* admit() has to say yes before it is ready */
  guint joined : TIDE_PROTOCOL_MAX_NAMESPACES; /* bit i: the settings' namespace i */
  const TideProtocolHost *host;                /* (unowned) */
  const TideProtocolSettings *settings;        /* (unowned) */
  gint64 last_heard_us;                        /* any byte from the client counts */
  gint64 opened_us;                            /* or when the last namespace was left */
  gint64 last_ping_us;
  TideWishes asked;    /* how the client wants its events, by its first request */
  TideWishes wishes;   /* the same, with what it asked for when it connected */
  guint64 next_ack_id; /* of events of ours that ask for an acknowledgement */
  guint64 open_acks;   /* bit i: id next_ack_id - 1 - i is not acknowledged yet */
  gpointer pending;    /* (owned) (nullable), a binary packet short of attachments */
  char engine_sid[TIDE_SID_LENGTH + 1]; /* secret: names the Engine.IO session */
  char socket_sid[TIDE_SID_LENGTH + 1]; /* public: names the Socket.IO connection */
};

void tide_protocol_init (TideProtocol *self,
                         TideWireForm form,
                         const TideProtocolSettings *settings,
                         const TideProtocolHost *host,
                         gint64 now_us);
void tide_protocol_set_wishes (TideProtocol *self, TideWishes wishes);
void tide_protocol_clear (TideProtocol *self);

void tide_protocol_open (TideProtocol *self, const char *upgrades);
void tide_protocol_receive_text (TideProtocol *self,
                                 const char *text,
                                 gsize length,
                                 gint64 now_us);
void tide_protocol_receive_binary (TideProtocol *self, GBytes *message, gint64 now_us);
gint64 tide_protocol_tick (TideProtocol *self, gint64 now_us);

void tide_protocol_send_event (TideProtocol *self,
                               const char *name,
                               const char *payload,
                               gsize payload_length);
guint64 tide_protocol_send_event_with_ack (TideProtocol *self,
                                           const char *name,
                                           const char *payload,
                                           gsize payload_length);
void tide_protocol_send_reply (TideProtocol *self,
                               const TideProtocolCommand *command,
                               const char *event,
                               const char *payload,
                               gsize payload_length);
void tide_protocol_send_raw_event (TideProtocol *self, const TideProtocolEvent *event);
void tide_protocol_send_raw_ack (TideProtocol *self, const TideProtocolEvent *event);
void tide_protocol_send_raw_message (TideProtocol *self,
                                     const char *bytes,
                                     gsize length,
                                     gboolean is_text);
void
tide_protocol_disconnect (TideProtocol *self, TideCloseReason reason, const char *text);

TideFrame *tide_protocol_encode_batch (TideWireShape shape,
                                       const TideBatch *batch,
                                       TideDeflater *deflater);
TideFrameCut tide_protocol_cut_frame (const TideFrame *frame, gsize n_taken);

GString *
tide_protocol_make_error (const char *message, const char *code, const char *event);
guint16 tide_close_reason_get_code (TideCloseReason reason);
const char *tide_close_reason_get_nick (TideCloseReason reason);

/**
 * tide_protocol_heard:
 * @self: a protocol
 * @now_us: monotonic time in microseconds
 *
 * Notes that the client sent something, whatever it was: it is alive.
 */
static inline void
tide_protocol_heard (TideProtocol *self, gint64 now_us)
{
  self->last_heard_us = now_us;
  self->is_awaiting_pong = FALSE;
}

G_END_DECLS
