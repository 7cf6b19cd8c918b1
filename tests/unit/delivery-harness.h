/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-websocket-manager-private.h"

#include "fake-sessions.h"

/* Batches for users whose sockets take only what the test says. */

static FakeSessions sessions;

#define BOOK(class) (&sessions.counters.books[TIDE_CLASS_##class])

/* Delivers events with these payloads; `L…` are lossless, `C…` conflating, and a small
 * letter says that the event is for the room of that name only. */
static inline guint
deliver (const char *user_name, const char *const *what)
{
  TideBatchItem items[8] = { { NULL } };
  guint n_items = g_strv_length ((char **) what);
  g_autoptr (TideBatch) batch = NULL;
  TideUserRef user;

  for (guint i = 0; i < n_items; i++)
    {
      char room[] = { what[i][1], 0 };
      gboolean is_by_room = g_ascii_islower (room[0]);
      g_autofree char *payload = g_strdup_printf ("\"%s\"", what[i]);

      items[i].is_by_room = is_by_room;
      items[i].event =
          fake_event_new (payload,
                          what[i][0] == 'L' ? TIDE_CLASS_LOSSLESS : TIDE_CLASS_CONFLATE,
                          is_by_room ? room : NULL);
    }
  batch = tide_batch_new_items (items, n_items);
  for (guint i = 0; i < n_items; i++)
    tide_event_unref (items[i].event);
  g_assert_true (tide_user_table_lookup (sessions.users, user_name, &user));
  return tide_batch_sink_deliver (TIDE_BATCH_SINK (sessions.manager), batch, user.slot);
}

#define deliver(user_name, ...)                                                          \
  deliver (user_name, (const char *const[]){ __VA_ARGS__, NULL })

static inline FakeTransport *
open_holding (const char *user_name)
{
  FakeTransport *transport = fake_sessions_open_plain (&sessions, user_name);

  transport->is_holding = TRUE;
  g_string_truncate (sessions.stage->log, 0);
  return transport;
}

static inline void
take_all (FakeTransport *transport)
{
  fake_transport_take (transport, transport->outbox.n_bytes);
}

/* By now nothing is on its way, and nothing was counted twice or not at all. */
static inline void
assert_settled (void)
{
  const TideCounters *counters = &sessions.counters;

  for (guint i = 0; i < TIDE_N_CLASSES; i++)
    g_assert_cmpuint (counters->books[i].in_outboxes, ==, 0);
  g_assert_cmpuint (counters->frames_queued, ==, 0);
  g_assert_cmpuint (
      counters->frames_made, ==, counters->frames_delivered + counters->frames_discarded);
  g_assert_cmpuint (counters->deliveries,
                    ==,
                    counters->deliveries_taken + counters->deliveries_discarded);
  g_assert_cmpuint (counters->outbox_bytes, ==, 0);
  g_assert_cmpuint (tide_flight_table_get_n_flights (sessions.manager->flights), ==, 0);
}
