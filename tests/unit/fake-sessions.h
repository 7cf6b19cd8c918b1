/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-websocket-frame.h"
#include "tide-websocket-manager.h"

#include <gio/gio.h>

#include <string.h>

/* A manager of sessions with a clock that stands still, fake sockets below it, and a
 * stage above it that writes down what it is told. */

/* --- a browser's socket ---
 *
 * It takes what it is given at once, or holds it until the test says how much of it the
 * kernel has taken. */

static TideCounters *fake_counters; /* where the sockets count */

typedef struct
{
  TideTransport base;         /* first, so that one pointer is both */
  TideConnection *connection; /* (unowned) (nullable), NULL once closed */
  GString *log; /* the text of each frame, `> TEXT`, then `close CODE TEXT` */
  TideOutbox outbox;
  guint n_frames;
  gboolean is_holding; /* keeps frames until fake_transport_take() */
  gboolean is_full;    /* refuses frames: the outbox is over its hard limit */
  gboolean is_closed;
} FakeTransport;

/* The kernel takes this many bytes. */
static inline void
fake_transport_take (FakeTransport *self, gsize n_bytes)
{
  g_assert_cmpuint (n_bytes, <=, self->outbox.n_bytes);
  if (fake_counters != NULL)
    fake_counters->outbox_bytes -= n_bytes;
  TideOutboxTaken taken = tide_outbox_take (&self->outbox, n_bytes, -1);

  if (fake_counters != NULL)
    tide_outbox_count_taken (taken, fake_counters);
}

static inline gboolean
fake_transport_send (TideTransport *transport, TideFrame *frame)
{
  FakeTransport *self = (FakeTransport *) transport;
  const guint8 *cursor = frame->bytes;
  const guint8 *end = frame->bytes + frame->n_bytes;
  TideWebSocketOpcode opcode;
  TideSpan payload;

  g_assert_false (self->is_closed);
  if (self->is_full)
    {
      tide_frame_unref (frame);
      return FALSE;
    }
  while (tide_websocket_frame_next (&cursor, end, &opcode, &payload))
    {
      g_string_append (self->log, opcode == TIDE_WEBSOCKET_TEXT ? "> " : "> [ping] ");
      g_string_append_len (self->log, payload.bytes, payload.length);
      g_string_append_c (self->log, '\n');
    }
  g_assert_true (cursor == end);
  self->n_frames++;
  if (fake_counters != NULL)
    fake_counters->outbox_bytes += frame->n_bytes;
  tide_outbox_push (&self->outbox, frame);
  if (!self->is_holding)
    fake_transport_take (self, self->outbox.n_bytes);
  return TRUE;
}

static inline void
fake_transport_flush (TideTransport *transport)
{
  FakeTransport *self = (FakeTransport *) transport;

  g_assert_false (self->is_closed);
  if (!self->is_holding)
    fake_transport_take (self, self->outbox.n_bytes);
}

static inline void
fake_transport_close (TideTransport *transport, guint16 code, const char *reason)
{
  FakeTransport *self = (FakeTransport *) transport;

  g_assert_false (self->is_closed);
  g_assert_cmpuint (strlen (reason), <=, 123);
  self->is_closed = TRUE;
  self->connection = NULL;
  g_string_append_printf (self->log, "close %u %s\n", code, reason);
}

static const TideTransportFuncs fake_transport_funcs = {
  .send = fake_transport_send,
  .flush = fake_transport_flush,
  .close = fake_transport_close,
};

static inline FakeTransport *
fake_transport_new (void)
{
  FakeTransport *self = g_new0 (FakeTransport, 1);

  self->base.funcs = &fake_transport_funcs;
  self->base.outbox = &self->outbox;
  self->log = g_string_new (NULL);
  return self;
}

static inline void
fake_transport_free (FakeTransport *self)
{
  if (fake_counters != NULL)
    tide_outbox_discard (&self->outbox, fake_counters);
  tide_outbox_clear (&self->outbox);
  g_string_free (self->log, TRUE);
  g_free (self);
}

/* The socket ends by itself. */
static inline void
fake_transport_end (FakeTransport *self)
{
  TideConnection *connection = g_steal_pointer (&self->connection);

  self->is_closed = TRUE;
  tide_connection_transport_closed (connection, TIDE_CLOSE_CLIENT);
}

/* Copies the message, so that a sanitizer sees a read behind its NUL. */
static inline void
fake_transport_receive (FakeTransport *self, const char *text)
{
  g_autofree char *copy = g_strdup (text);

  tide_connection_receive_text (self->connection, copy, strlen (copy));
}

/* --- the stage above --- */

#define FAKE_TYPE_STAGE (fake_stage_get_type ())
G_DECLARE_FINAL_TYPE (FakeStage, fake_stage, FAKE, STAGE, GObject)

/* Writes down `came SLOT`, `entered SLOT ROOM`, `slow SLOT`, `fast SLOT`, `exited SLOT
 * ROOM`, `gone ID`, `returned SLOT PAYLOAD…`, `left SLOT` and `command NAME PAYLOAD`. */
struct _FakeStage
{
  GObject parent_instance;

  GString *log;                  /* (owned) */
  TideWebSocketManager *manager; /* (unowned) */
  TideUserRef user;              /* of the last command */
  guint64 ticket;                /* of the last command */
  guint n_later;                 /* of the last command */
  guint64 n_returned;            /* events that came back */
};

static void
fake_stage_came (TideUserObserver *observer, TideUserRef user)
{
  g_string_append_printf (FAKE_STAGE (observer)->log, "came %u\n", user.slot);
}

static void
fake_stage_entered_room (TideUserObserver *observer, TideUserRef user, const char *room)
{
  g_string_append_printf (FAKE_STAGE (observer)->log, "entered %u %s\n", user.slot, room);
}

static void
fake_stage_left_room (TideUserObserver *observer, TideUserRef user, const char *room)
{
  g_string_append_printf (FAKE_STAGE (observer)->log, "exited %u %s\n", user.slot, room);
}

static void
fake_stage_slow (TideUserObserver *observer, TideUserRef user)
{
  g_string_append_printf (FAKE_STAGE (observer)->log, "slow %u\n", user.slot);
}

static void
fake_stage_fast_again (TideUserObserver *observer, TideUserRef user)
{
  g_string_append_printf (FAKE_STAGE (observer)->log, "fast %u\n", user.slot);
}

static void
fake_stage_returned (TideUserObserver *observer,
                     TideUserRef user,
                     const TideBatchItem *items,
                     guint n_items)
{
  FakeStage *self = FAKE_STAGE (observer);

  g_string_append_printf (self->log, "returned %u", user.slot);
  for (guint i = 0; i < n_items; i++)
    g_string_append_printf (self->log, " %s", items[i].event->payload);
  g_string_append_c (self->log, '\n');
  self->n_returned += n_items;
}

static void
fake_stage_connection_left (TideUserObserver *observer, TideUserRef user, guint64 id)
{
  g_string_append_printf (FAKE_STAGE (observer)->log, "gone %" G_GUINT64_FORMAT "\n", id);
}

static void
fake_stage_left (TideUserObserver *observer, TideUserRef user)
{
  g_string_append_printf (FAKE_STAGE (observer)->log, "left %u\n", user.slot);
}

static void
fake_stage_observer_init (TideUserObserverInterface *iface)
{
  iface->came = fake_stage_came;
  iface->entered_room = fake_stage_entered_room;
  iface->left_room = fake_stage_left_room;
  iface->slow = fake_stage_slow;
  iface->fast_again = fake_stage_fast_again;
  iface->returned = fake_stage_returned;
  iface->connection_left = fake_stage_connection_left;
  iface->left = fake_stage_left;
}

static inline TideEvent *
fake_event_new (const char *payload, TideDeliveryClass delivery_class, const char *room)
{
  g_autoptr (TideRoute) route =
      tide_route_new ("channel", "tick", NULL, TIDE_AUDIENCE_EVERYONE);
  const char *const rooms[] = { room, NULL };

  route->delivery_class = delivery_class;
  if (room != NULL)
    route->rooms = g_strdupv ((char **) rooms);
  return tide_event_new (route, payload, strlen (payload), NULL, 0, 0);
}

/* Fails `fail`, answers `later` later, closes the connection at `close`, answers all
 * others; `more` with 60 events behind it. */
static gboolean
fake_stage_handle (TideCommandHandler *handler,
                   const TideCommand *command,
                   TideReply *reply,
                   GError **error)
{
  FakeStage *self = FAKE_STAGE (handler);

  self->user = command->user;
  self->ticket = command->ticket;
  self->n_later = command->n_later;
  g_string_append_printf (self->log, "command %s %s\n", command->name, command->payload);
  if (g_str_equal (command->name, "fail"))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "it \"failed\"");
      return FALSE;
    }
  reply->is_later = g_str_equal (command->name, "later");
  for (guint i = 0; i < 60 && g_str_equal (command->name, "more"); i++)
    g_ptr_array_add (reply->events,
                     fake_event_new ("\"last\"", TIDE_CLASS_CONFLATE, NULL));
  if (g_str_equal (command->name, "close"))
    tide_connection_close (
        tide_websocket_manager_get_connection (self->manager, command->connection_id),
        TIDE_CLOSE_REFUSED,
        "closed by its command");
  reply->event = "done";
  g_string_append (reply->payload, "{\"n\":1}");
  return TRUE;
}

static void
fake_stage_handler_init (TideCommandHandlerInterface *iface)
{
  iface->handle = fake_stage_handle;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeStage,
                               fake_stage,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_USER_OBSERVER,
                                                      fake_stage_observer_init)
                                   G_IMPLEMENT_INTERFACE (TIDE_TYPE_COMMAND_HANDLER,
                                                          fake_stage_handler_init))

static void
fake_stage_finalize (GObject *object)
{
  g_string_free (FAKE_STAGE (object)->log, TRUE);
  G_OBJECT_CLASS (fake_stage_parent_class)->finalize (object);
}

static void
fake_stage_class_init (FakeStageClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_stage_finalize;
}

static void
fake_stage_init (FakeStage *self)
{
  self->log = g_string_new (NULL);
}

/* --- all of it --- */

typedef struct
{
  TideClock *clock;
  TideTimerWheel *wheel;
  TideUserTable *users;
  TideCounters counters;
  TideSessionSettings settings;
  TideWebSocketManager *manager;
  FakeStage *stage;
} FakeSessions;

static inline void
fake_sessions_init (FakeSessions *self)
{
  static const char *const rooms[] = { "open", "\xc3\xa4 \"b\"", NULL };

  memset (self, 0, sizeof *self);
  fake_counters = &self->counters;
  self->clock = tide_clock_new_manual (100 * G_USEC_PER_SEC);
  self->wheel = tide_timer_wheel_new (self->clock);
  self->users = tide_user_table_new ();
  self->settings = (TideSessionSettings){
    .protocol = { .ping_interval_us = 10 * G_USEC_PER_SEC,
                  .ping_timeout_us = 4 * G_USEC_PER_SEC,
                  .connect_timeout_us = 20 * G_USEC_PER_SEC,
                  .max_payload_bytes = 1000 },
    .max_connections_per_user = 3,
    .open_rooms = (char **) rooms,
    .outbox_soft_bytes = 1000,
  };
  self->manager = tide_websocket_manager_new (
      self->users, self->wheel, &self->counters, &self->settings);
  self->stage = g_object_new (FAKE_TYPE_STAGE, NULL);
  self->stage->manager = self->manager;
  tide_websocket_manager_add_observer (self->manager, TIDE_USER_OBSERVER (self->stage));
  tide_websocket_manager_set_command_handler (self->manager,
                                              TIDE_COMMAND_HANDLER (self->stage));
}

static inline void
fake_sessions_clear (FakeSessions *self)
{
  g_clear_object (&self->manager);
  g_clear_object (&self->stage);
  g_assert_cmpuint (tide_user_table_get_n_users (self->users), ==, 0);
  g_assert_cmpint (tide_timer_wheel_get_next_due_us (self->wheel), ==, -1);
  tide_timer_wheel_free (self->wheel);
  tide_user_table_free (self->users);
  tide_clock_unref (self->clock);
}

static inline FakeTransport *
fake_sessions_open_newcomer (FakeSessions *self, const TideNewcomer *newcomer)
{
  FakeTransport *transport = fake_transport_new ();

  transport->connection =
      tide_websocket_manager_register_user (self->manager, &transport->base, newcomer);
  return transport;
}

static inline FakeTransport *
fake_sessions_open (FakeSessions *self, TideWireForm form, const char *user_name)
{
  const TideNewcomer newcomer = { .form = form, .user_name = user_name };

  return fake_sessions_open_newcomer (self, &newcomer);
}

/* Opens a connection of the plain form and forgets its greeting. */
static inline FakeTransport *
fake_sessions_open_plain (FakeSessions *self, const char *user_name)
{
  FakeTransport *transport = fake_sessions_open (self, TIDE_WIRE_PLAIN, user_name);

  g_string_truncate (transport->log, 0);
  transport->n_frames = 0;
  return transport;
}

static inline void
fake_sessions_advance (FakeSessions *self, gint64 ms)
{
  tide_clock_advance (self->clock, ms * 1000);
  tide_timer_wheel_run (self->wheel);
}

/* To all tabs of all users, in the order of their slots; returns to how many users. */
static inline guint
fake_sessions_deliver_everyone (FakeSessions *self, TideBatch *batch)
{
  guint n = 0;

  for (guint32 slot = 0; slot < tide_user_table_get_n_slots (self->users); slot++)
    n += tide_batch_sink_deliver (TIDE_BATCH_SINK (self->manager), batch, slot) > 0;
  return n;
}

/* One lossless event. */
static inline TideBatch *
fake_batch_new (const char *payload)
{
  g_autoptr (TideEvent) event = fake_event_new (payload, TIDE_CLASS_LOSSLESS, NULL);

  return tide_batch_new (&event, 1);
}

/* Compares what was written down since the last time. */
#define fake_assert_log(log, expected)                                                   \
  G_STMT_START                                                                           \
  {                                                                                      \
    g_assert_cmpstr ((log)->str, ==, expected);                                          \
    g_string_truncate (log, 0);                                                          \
  }                                                                                      \
  G_STMT_END
