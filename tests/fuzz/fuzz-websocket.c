/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An input is what a browser does on one connection: a byte of options, then steps. Each
 * step is a byte, its low bits what to do, its high bits a length, and that many bytes.
 * Above the connection are real sessions and subscriptions. */

#include "tide-subscription-manager.h"
#include "tide-websocket-transport.h"

#include "raw-websocket.h"
#include "socket-harness.h"
#include <stdlib.h>

#define MAX_PAYLOAD_BYTES 600
#define OUTBOX_HARD_BYTES 20000
#define AWAY_MS 5000 /* how long subscriptions stay when their user has left */

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

typedef enum
{
  OPTION_PLAIN = 1,   /* /ws instead of Socket.IO */
  OPTION_NARROW = 2,  /* the kernel holds little */
  OPTION_DEFLATE = 4, /* messages may be compressed */
} Option;

typedef enum
{
  STEP_BYTES,   /* sends them as they are */
  STEP_TEXT,    /* sends a text frame of them */
  STEP_FRAME,   /* sends a frame; the first is the frame's first */
  STEP_DELIVER, /* an event comes for the user */
  STEP_TURN,    /* the loop turns */
  STEP_WAIT,    /* time passes */
  STEP_READ,    /* the browser reads */
  STEP_END,     /* either side ends, in one of several ways */
} Step;

typedef struct
{
  SocketHarness harness;
  TideUserTable *users;
  TideSubscriptionManager *subscriptions;
  TideWebSocketLimits limits;
  TideWebSocketManager *manager;
  TideSocket *socket; /* (owned) */
  guint64 connection_id;
  RawWebSocket browser;
} Fuzz;

static GLogWriterOutput
abort_on_warning (GLogLevelFlags level,
                  const GLogField *fields,
                  gsize n_fields,
                  gpointer user_data)
{
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) == 0)
    return G_LOG_WRITER_HANDLED;
  g_log_writer_default (level, fields, n_fields, NULL);
  abort ();
}

static void
set_up_stages (Fuzz *self)
{
  static TideRouteTable *routes = NULL; /* takes long to make, one serves all */
  const TideSubscriptionSettings subscription_settings = {
    .max_tickers = 10,
    .max_tickers_per_user = 20,
    .max_subscriptions = 4,
    .max_subscriptions_per_user = 6,
    .offline_max_age_us = AWAY_MS * 1000,
    .offline_max_users = 3,
  };
  const TideSessionSettings settings = {
    .protocol = { .ping_interval_us = 1000 * 1000,
                  .ping_timeout_us = 400 * 1000,
                  .connect_timeout_us = 2000 * 1000,
                  .max_payload_bytes = MAX_PAYLOAD_BYTES },
  };

  if (routes == NULL)
    routes = tide_route_table_new_tickstock ();
  self->users = tide_user_table_new ();
  self->subscriptions = tide_subscription_manager_new (self->users,
                                                       self->harness.wheel,
                                                       &self->harness.counters,
                                                       routes,
                                                       &subscription_settings);
  self->manager = tide_websocket_manager_new (
      self->users, self->harness.wheel, &self->harness.counters, &settings);
  tide_websocket_manager_add_observer (self->manager,
                                       TIDE_USER_OBSERVER (self->subscriptions));
  tide_websocket_manager_set_command_handler (self->manager,
                                              TIDE_COMMAND_HANDLER (self->subscriptions));
}

static void
set_up (Fuzz *self, guint8 options)
{
  static TideInflater *inflater = NULL; /* the same */
  const TideNewcomer newcomer = {
    .user_name = "anna",
    .form = options & OPTION_PLAIN ? TIDE_WIRE_PLAIN : TIDE_WIRE_SOCKETIO,
  };
  g_autoptr (GArray) ids = NULL;
  int peer;

  if (inflater == NULL)
    inflater = tide_inflater_new ();
  self->limits = (TideWebSocketLimits){ OUTBOX_HARD_BYTES, MAX_PAYLOAD_BYTES, inflater };
  socket_harness_init (&self->harness);
  set_up_stages (self);
  self->socket = tide_socket_ref (
      socket_harness_connect (&self->harness, options & OPTION_NARROW ? 4096 : 0, &peer));
  raw_websocket_init (&self->browser, peer);
  tide_websocket_transport_start (tide_socket_ref (self->socket),
                                  self->manager,
                                  &self->limits,
                                  &newcomer,
                                  (options & OPTION_DEFLATE) != 0);
  ids = tide_websocket_manager_get_user_connections (self->manager, "anna");
  self->connection_id = g_array_index (ids, guint64, 0);
}

/* All that was made is given back, and every event is accounted for. */
static void
tear_down (Fuzz *self)
{
  const TideCounters *counters = &self->harness.counters;

  raw_websocket_clear (&self->browser);
  socket_harness_turn (&self->harness, 10);
  g_assert_cmpuint (counters->connections, ==, 0);
  socket_harness_advance (&self->harness, AWAY_MS + 3000);
  g_assert_cmpuint (tide_reactor_get_n_sockets (self->harness.reactor), ==, 0);
  g_assert_cmpuint (self->socket->n_refs, ==, 1);
  g_assert_cmpuint (counters->deliveries,
                    ==,
                    counters->deliveries_taken + counters->deliveries_discarded);
  g_assert_cmpuint (counters->connections_opened, ==, 1);
  g_assert_cmpuint (counters->subscriptions, ==, 0);
  g_assert_cmpuint (counters->index_entries, ==, 0);
  tide_socket_unref (self->socket);
  g_object_unref (self->manager);
  g_assert_finalize_object (self->subscriptions);
  g_assert_cmpuint (tide_user_table_get_n_users (self->users), ==, 0);
  tide_user_table_free (self->users);
  socket_harness_clear (&self->harness);
}

/* What the kernel does not take is lost, as with a browser that gives up. */
static void
send_all (Fuzz *self, const guint8 *bytes, gsize n_bytes)
{
  if (n_bytes > 0 && send (self->browser.fd, bytes, n_bytes, MSG_NOSIGNAL) < 0)
    g_assert_true (errno == EPIPE || errno == EAGAIN || errno == ECONNRESET);
}

static void
send_frame (Fuzz *self, guint8 first, const guint8 *bytes, gsize n_bytes)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  raw_websocket_append_frame (frame, first, bytes, n_bytes);
  send_all (self, frame->data, frame->len);
}

static void
deliver (Fuzz *self)
{
  g_autoptr (TideRoute) route =
      tide_route_new ("channel", "tick", NULL, TIDE_AUDIENCE_EVERYONE);
  TideEvent *event = tide_event_new (route, "{\"n\":1}", 7, NULL, 0, 0);
  g_autoptr (TideBatch) batch = tide_batch_new (&event, 1);
  TideUserRef user;

  tide_event_unref (event);
  if (tide_user_table_lookup (self->users, "anna", &user))
    tide_batch_sink_deliver (TIDE_BATCH_SINK (self->manager), batch, user.slot);
}

static void
end (Fuzz *self, guint how)
{
  TideConnection *connection =
      tide_websocket_manager_get_connection (self->manager, self->connection_id);

  switch (how % 4)
    {
    case 0:
      shutdown (self->browser.fd, SHUT_WR);
      break;
    case 1:
      tide_socket_abort (self->socket);
      break;
    case 2:
      tide_websocket_manager_close_all (self->manager, TIDE_CLOSE_SHUTDOWN);
      break;
    default:
      if (connection != NULL)
        tide_connection_close (connection, TIDE_CLOSE_REFUSED, "go");
      break;
    }
}

static void
do_step (Fuzz *self, Step step, const guint8 *bytes, gsize n_bytes)
{
  switch (step)
    {
    case STEP_BYTES:
      send_all (self, bytes, n_bytes);
      break;
    case STEP_TEXT:
      send_frame (self, 0x81, bytes, n_bytes);
      break;
    case STEP_FRAME:
      if (n_bytes > 0)
        send_frame (self, bytes[0], bytes + 1, n_bytes - 1);
      break;
    case STEP_DELIVER:
      for (gsize i = 0; i <= n_bytes; i++)
        deliver (self);
      break;
    case STEP_TURN:
      socket_harness_turn (&self->harness, 1 + n_bytes % 3);
      break;
    case STEP_WAIT:
      socket_harness_advance (&self->harness, n_bytes * 20);
      break;
    case STEP_READ:
      raw_websocket_take (&self->browser);
      break;
    case STEP_END:
      end (self, n_bytes);
      break;
    }
  g_assert_cmpuint (self->socket->outbox.n_bytes, <, OUTBOX_HARD_BYTES + 70000);
  /* Who did not read may be cut off behind half a frame. */
  self->browser.may_be_cut |= self->socket->is_blocked;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static gboolean is_writer_set = FALSE;
  Fuzz fuzz = { .connection_id = 0 };
  gsize at = 1;

  if (size == 0)
    return 0;
  if (!is_writer_set)
    g_log_set_writer_func (abort_on_warning, NULL, NULL);
  is_writer_set = TRUE;
  set_up (&fuzz, data[0]);
  while (at < size)
    {
      Step step = data[at] & 7;
      gsize n_bytes = MIN (data[at] >> 3, size - at - 1);

      /* The longest may be longer still. */
      if (data[at] >> 3 == 31)
        n_bytes = MIN (n_bytes * 8, size - at - 1);
      do_step (&fuzz, step, data + at + 1, n_bytes);
      at += 1 + n_bytes;
    }
  socket_harness_turn (&fuzz.harness, 5);
  tear_down (&fuzz);
  return 0;
}
