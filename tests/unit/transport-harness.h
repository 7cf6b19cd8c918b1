/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-websocket-transport.h"

#include "raw-websocket.h"
#include "socket-harness.h"

#define MAX_PAYLOAD_BYTES 4000
#define OUTBOX_HARD_BYTES 60000

#define FIN 0x80

/* A WebSocket as the server speaks it, over a socket pair: the sessions above, a browser
 * below. What the browser sees is in its log. */

static SocketHarness harness;

/* The sessions above, and a browser below. */
typedef struct
{
  TideUserTable *users;
  TideWebSocketManager *manager;
  TideWebSocketLimits limits;
  TideSocket *socket;    /* (owned) */
  guint64 connection_id; /* of the last one opened */
  RawWebSocket browser;
} Fixture;

static Fixture fixture;

static inline void
turn (void)
{
  socket_harness_turn (&harness, 12);
  raw_websocket_take (&fixture.browser);
}

static inline void
advance (gint64 ms)
{
  socket_harness_advance (&harness, ms);
  raw_websocket_take (&fixture.browser);
}

static inline TideConnection *
get_connection (void)
{
  return tide_websocket_manager_get_connection (fixture.manager, fixture.connection_id);
}

/* @early: what the browser sent together with its handshake */
static inline void
open_with (const char *early, gsize n_early, int buffer_bytes)
{
  g_autoptr (GArray) ids = NULL;
  int peer;

  fixture.socket =
      tide_socket_ref (socket_harness_connect (&harness, buffer_bytes, &peer));
  raw_websocket_init (&fixture.browser, peer);
  if (n_early > 0)
    tide_socket_unread (fixture.socket, (const guint8 *) early, n_early);
  tide_websocket_transport_start (
      tide_socket_ref (fixture.socket),
      fixture.manager,
      &fixture.limits,
      &(TideNewcomer){ .form = TIDE_WIRE_PLAIN, .user_name = "anna" },
      fixture.limits.inflater != NULL);
  ids = tide_websocket_manager_get_user_connections (fixture.manager, "anna");
  fixture.connection_id = g_array_index (ids, guint64, 0);
}

static inline void
set_up_with (const char *early, gsize n_early, int buffer_bytes)
{
  TideSessionSettings settings = {
    .protocol = { .ping_interval_us = 100 * G_USEC_PER_SEC,
                  .ping_timeout_us = 4 * G_USEC_PER_SEC,
                  .connect_timeout_us = 20 * G_USEC_PER_SEC,
                  .max_payload_bytes = MAX_PAYLOAD_BYTES },
  };

  socket_harness_init (&harness);
  memset (&fixture, 0, sizeof fixture);
  fixture.limits = (TideWebSocketLimits){ OUTBOX_HARD_BYTES, MAX_PAYLOAD_BYTES, NULL };
  fixture.users = tide_user_table_new ();
  fixture.manager = tide_websocket_manager_new (
      fixture.users, harness.wheel, &harness.counters, &settings);
  open_with (early, n_early, buffer_bytes);
}

static inline void
set_up (void)
{
  set_up_with (NULL, 0, 0);
  turn ();
  g_assert_true (
      g_str_has_prefix (fixture.browser.log->str, "> {\"type\":\"connected\""));
  g_string_truncate (fixture.browser.log, 0);
}

/* By now both sides are through with each other, and nothing of it is left. */
static inline void
tear_down (void)
{
  raw_websocket_clear (&fixture.browser);
  socket_harness_turn (&harness, 12);
  g_assert_cmpuint (harness.counters.connections, ==, 0);
  socket_harness_advance (&harness, 8000);
  g_assert_cmpuint (tide_reactor_get_n_sockets (harness.reactor), ==, 0);
  g_assert_cmpuint (fixture.socket->n_refs, ==, 1);
  g_assert_cmpuint (harness.counters.deliveries,
                    ==,
                    harness.counters.deliveries_taken +
                        harness.counters.deliveries_discarded);
  g_assert_cmpuint (harness.counters.frames_made,
                    ==,
                    harness.counters.frames_delivered +
                        harness.counters.frames_discarded);
  g_assert_cmpuint (harness.counters.frames_queued, ==, 0);
  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    g_assert_cmpuint (harness.counters.books[i].in_outboxes, ==, 0);
  tide_socket_unref (fixture.socket);
  g_object_unref (fixture.manager);
  tide_user_table_free (fixture.users);
  socket_harness_clear (&harness);
}

static inline guint
deliver_batch (TideBatch *batch)
{
  TideUserRef user;

  if (!tide_user_table_lookup (fixture.users, "anna", &user))
    return 0;
  return tide_batch_sink_deliver (TIDE_BATCH_SINK (fixture.manager), batch, user.slot);
}

/* Events of a class that may be lost: what is queued at a close need not go back. */
static inline guint
deliver (const char *payload)
{
  g_autoptr (TideRoute) route =
      tide_route_new ("channel", "tick", NULL, TIDE_AUDIENCE_EVERYONE);

  route->delivery_class = TIDE_CLASS_CONFLATE;
  TideEvent *event = tide_event_new (route, payload, strlen (payload), NULL, 0, 0);
  g_autoptr (TideBatch) batch = tide_batch_new (&event, 1);

  tide_event_unref (event);
  return deliver_batch (batch);
}
