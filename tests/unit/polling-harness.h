/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-http-server-private.h"
#include "tide-polling-private.h"
#include "tide-websocket-frame.h"

#include "socket-harness.h"

/* A long-polling session of a user, anna, and requests of her browser, without libsoup
 * and without HTTP. Functions below take the place of those that tide-polling.c calls of
 * both, so this is for one program. */

#define OUTBOX_HARD_BYTES 2000
#define RS "\x1e"

/* --- requests: what tide-polling.c wants of libsoup and of the folder's other files ---
 */

#define FAKE_TYPE_REQUEST (fake_request_get_type ())
G_DECLARE_FINAL_TYPE (FakeRequest, fake_request, FAKE, REQUEST, GObject)

struct _FakeRequest
{
  GObject parent_instance;

  TideSocket *socket; /* (owned) */
  int peer;
  gboolean is_paused;
  guint status; /* of the answer, or 0 */
  char *body;   /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (FakeRequest, fake_request, G_TYPE_OBJECT)

static void
fake_request_finalize (GObject *object)
{
  FakeRequest *self = FAKE_REQUEST (object);

  tide_socket_abort (self->socket);
  tide_socket_unref (self->socket);
  if (self->peer >= 0)
    close (self->peer);
  g_free (self->body);
  G_OBJECT_CLASS (fake_request_parent_class)->finalize (object);
}

static void
fake_request_class_init (FakeRequestClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_request_finalize;
  g_signal_new ("finished",
                FAKE_TYPE_REQUEST,
                G_SIGNAL_RUN_FIRST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                0);
}

static void
fake_request_init (FakeRequest *self)
{
}

static inline SoupServerMessage *
as_message (FakeRequest *self)
{
  return (SoupServerMessage *) (gpointer) self;
}

static inline FakeRequest *
as_request (SoupServerMessage *message)
{
  return FAKE_REQUEST ((gpointer) message);
}

void
soup_server_message_pause (SoupServerMessage *message)
{
  g_assert_false (as_request (message)->is_paused);
  as_request (message)->is_paused = TRUE;
}

void
soup_server_message_unpause (SoupServerMessage *message)
{
  g_assert_true (as_request (message)->is_paused);
  as_request (message)->is_paused = FALSE;
}

TideSocket *
tide_http_requests_get_socket (SoupServerMessage *message)
{
  return as_request (message)->socket;
}

void
tide_http_respond (SoupServerMessage *message,
                   guint status,
                   const char *content_type,
                   const char *body,
                   gsize length)
{
  FakeRequest *self = as_request (message);

  g_assert_cmpuint (self->status, ==, 0);
  self->status = status;
  self->body = g_strndup (body, length);
}

void
tide_http_refuse (SoupServerMessage *message,
                  guint status,
                  TideEngineioCode code,
                  const char *text)
{
  tide_http_respond (message, status, "application/json", text, strlen (text));
}

/* --- a session, and the sessions above --- */

typedef struct
{
  SocketHarness sockets;
  TideUserTable *users;
  TideWebSocketManager *manager;
  TidePollingTable *table;
  TidePolling *polling; /* (unowned), gone when the table has lost it */
  char *sid;            /* (owned) */
  GPtrArray *requests;  /* (owned) (element-type FakeRequest) */
} Fixture;

static inline FakeRequest *
make_request (Fixture *self)
{
  FakeRequest *request = g_object_new (FAKE_TYPE_REQUEST, NULL);

  request->socket =
      tide_socket_ref (socket_harness_connect (&self->sockets, 0, &request->peer));
  g_ptr_array_add (self->requests, request);
  return request;
}

static inline FakeRequest *
get (Fixture *self)
{
  FakeRequest *request = make_request (self);

  tide_polling_get (self->polling, as_message (request), request->socket);
  return request;
}

static GString *received; /* messages of clients, a blank behind each */

static inline void
on_message (TideProtocol *protocol, const char *bytes, gsize length, gboolean is_text)
{
  g_string_append_len (received, bytes, length);
  g_string_append (received, is_text ? " " : "(binary) ");
}

static inline void
set_up (Fixture *self, gconstpointer unused)
{
  static const TideProtocolRawFuncs raw_funcs = { .message = on_message };
  const TideSessionSettings settings = {
    .protocol = { .ping_interval_us = 25 * G_USEC_PER_SEC,
                  .ping_timeout_us = 20 * G_USEC_PER_SEC,
                  .connect_timeout_us = 45 * G_USEC_PER_SEC,
                  .max_payload_bytes = 1000 },
  };
  const TideNewcomer anna = { .form = TIDE_WIRE_ENGINEIO, .user_name = "anna" };

  received = g_string_new (NULL);
  socket_harness_init (&self->sockets);
  self->users = tide_user_table_new ();
  self->manager = tide_websocket_manager_new (
      self->users, self->sockets.wheel, &self->sockets.counters, &settings);
  tide_websocket_manager_set_raw_funcs (self->manager, &raw_funcs);
  self->table = tide_polling_table_new (&self->sockets.counters, OUTBOX_HARD_BYTES, TRUE);
  self->requests = g_ptr_array_new_with_free_func (g_object_unref);
  self->polling = tide_polling_open (self->table, self->manager, &anna);
  self->sid = g_strdup (self->polling->sid);
}

static inline void
tear_down (Fixture *self, gconstpointer unused)
{
  const TideCounters *counters = &self->sockets.counters;

  tide_websocket_manager_close_all (self->manager, TIDE_CLOSE_SHUTDOWN);
  g_assert_true (tide_polling_table_is_empty (self->table));
  /* Every request was answered, and none twice. */
  for (guint i = 0; i < self->requests->len; i++)
    {
      FakeRequest *request = g_ptr_array_index (self->requests, i);

      g_assert_false (request->is_paused);
    }
  g_ptr_array_unref (self->requests);
  tide_polling_table_free (self->table);
  g_assert_cmpuint (counters->connections, ==, 0);
  g_assert_cmpuint (counters->frames_queued, ==, 0);
  g_object_unref (self->manager);
  tide_user_table_free (self->users);
  socket_harness_turn (&self->sockets, 8);
  socket_harness_clear (&self->sockets);
  g_free (self->sid);
  g_string_free (received, TRUE);
}

static inline void
turn (Fixture *self)
{
  socket_harness_turn (&self->sockets, 4);
}

static inline TidePolling *
find (Fixture *self)
{
  return tide_polling_table_find (self->table, self->sid);
}

/* Takes the open packet, so that nothing waits. */
static inline void
greet (Fixture *self)
{
  FakeRequest *first = get (self);

  g_assert_true (g_str_has_prefix (first->body, "0{\"sid\":\""));
}

static inline gboolean
send_packet (Fixture *self, const char *packet)
{
  TideSpan span = { packet, strlen (packet) };

  return tide_transport_send (
      &self->polling->base, tide_websocket_frame_new (TIDE_WEBSOCKET_TEXT, &span, 1, 0));
}

static inline void
assert_answer (FakeRequest *request, guint status, const char *body)
{
  g_assert_false (request->is_paused);
  g_assert_cmpuint (request->status, ==, status);
  g_assert_cmpstr (request->body, ==, body);
}

static inline void
assert_held (FakeRequest *request)
{
  g_assert_true (request->is_paused);
  g_assert_cmpuint (request->status, ==, 0);
}
