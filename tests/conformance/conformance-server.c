/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A server for suites that test how Engine.IO v4 and Socket.IO v5 are spoken. It is the
 * product's own core, protocol, sessions and server with nothing behind them: no daemon,
 * no routing, no events but those that answer the client's.
 *
 * --mode=socketio, on /socket.io/: the namespaces / and /custom. Who joins one is sent
 * the event `auth` with the payload of its CONNECT. `message` is answered by
 * `message-back` and `message-with-ack` by an acknowledgement, each with the arguments
 * that came.
 *
 * --mode=engineio, on /engine.io/: no Socket.IO. Each message comes back as it is. */

#include "tide-http-server.h"

#include <glib-unix.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct
{
  int port;
  char *path;
  int ping_interval_ms;
  int ping_timeout_ms;
  int connect_timeout_ms;
  int upgrade_timeout_ms;
  gint64 max_payload_bytes;
  gboolean has_compression;
  char *mode;
} Options;

static void
on_joined (TideProtocol *protocol,
           const char *namespace,
           const char *payload,
           gsize length)
{
  const TideProtocolEvent auth = {
    .namespace = namespace,
    .name = "auth",
    .args = payload,
    .args_length = length,
  };

  tide_protocol_send_raw_event (protocol, &auth);
}

static void
on_event (TideProtocol *protocol, const TideProtocolEvent *event)
{
  TideProtocolEvent answer = *event;

  if (g_strcmp0 (event->name, "message") == 0)
    {
      answer.name = "message-back";
      answer.has_ack_id = FALSE;
      tide_protocol_send_raw_event (protocol, &answer);
    }
  else if (g_strcmp0 (event->name, "message-with-ack") == 0 && event->has_ack_id)
    tide_protocol_send_raw_ack (protocol, event);
}

static void
on_message (TideProtocol *protocol, const char *bytes, gsize length, gboolean is_text)
{
  tide_protocol_send_raw_message (protocol, bytes, length, is_text);
}

static const TideProtocolRawFuncs raw_funcs = {
  .joined = on_joined,
  .event = on_event,
  .message = on_message,
};

/* Whoever runs a suite wants to see why something was refused: all levels are shown. */
static GLogWriterOutput
write_log (GLogLevelFlags level,
           const GLogField *fields,
           gsize n_fields,
           gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE"))
      fprintf (stderr, "%s\n", (const char *) fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

static gboolean
parse_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "port", 0, 0, G_OPTION_ARG_INT, &options->port, "0: any free one", "PORT" },
    { "path",
      0,
      0,
      G_OPTION_ARG_STRING,
      &options->path,
      "Begins and ends with /",
      "PATH" },
    { "ping-interval-ms",
      0,
      0,
      G_OPTION_ARG_INT,
      &options->ping_interval_ms,
      NULL,
      "MS" },
    { "ping-timeout-ms", 0, 0, G_OPTION_ARG_INT, &options->ping_timeout_ms, NULL, "MS" },
    { "connect-timeout-ms",
      0,
      0,
      G_OPTION_ARG_INT,
      &options->connect_timeout_ms,
      "From the handshake to CONNECT",
      "MS" },
    { "upgrade-timeout-ms",
      0,
      0,
      G_OPTION_ARG_INT,
      &options->upgrade_timeout_ms,
      "From a WebSocket to the end of its upgrade",
      "MS" },
    { "max-payload-bytes",
      0,
      0,
      G_OPTION_ARG_INT64,
      &options->max_payload_bytes,
      NULL,
      "BYTES" },
    { "compression",
      0,
      0,
      G_OPTION_ARG_NONE,
      &options->has_compression,
      "Take compressed messages",
      NULL },
    { "mode", 0, 0, G_OPTION_ARG_STRING, &options->mode, "socketio or engineio", "MODE" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (options->mode == NULL)
    options->mode = g_strdup ("socketio");
  if (*argc > 1 || options->port < 0 || options->port > G_MAXUINT16 ||
      options->ping_interval_ms < 1 || options->ping_timeout_ms < 1 ||
      options->connect_timeout_ms < 1 || options->upgrade_timeout_ms < 1 ||
      options->max_payload_bytes < 1 ||
      (options->path != NULL &&
       (*options->path != '/' || !g_str_has_suffix (options->path, "/"))) ||
      (!g_str_equal (options->mode, "socketio") &&
       !g_str_equal (options->mode, "engineio")))
    {
      g_set_error_literal (error,
                           G_OPTION_ERROR,
                           G_OPTION_ERROR_BAD_VALUE,
                           "an option's value is not allowed; see --help");
      return FALSE;
    }
  return TRUE;
}

/* An echo of the largest payload must fit, in base64 too. */
static gsize
get_outbox_bytes (const Options *options)
{
  return 1024 * 1024 + 2 * (gsize) options->max_payload_bytes;
}

static TideWebSocketManager *
make_manager (const Options *options,
              TideUserTable *users,
              TideTimerWheel *wheel,
              TideCounters *counters)
{
  char *namespaces[] = { (char *) "/custom", NULL };
  TideSessionSettings settings = {
    .protocol = { .ping_interval_us =
                      options->ping_interval_ms * G_GINT64_CONSTANT (1000),
                  .ping_timeout_us = options->ping_timeout_ms * G_GINT64_CONSTANT (1000),
                  .connect_timeout_us =
                      options->connect_timeout_ms * G_GINT64_CONSTANT (1000),
                  .max_payload_bytes = options->max_payload_bytes,
                  .namespaces = namespaces },
  };
  TideWebSocketManager *manager =
      tide_websocket_manager_new (users, wheel, counters, &settings);

  tide_websocket_manager_set_raw_funcs (manager, &raw_funcs);
  return manager;
}

static TideHttpServer *
make_server (const Options *options,
             TideWebSocketManager *manager,
             TideStatus *status,
             TideTimerWheel *wheel,
             TideCounters *counters)
{
  gboolean is_socketio = g_str_equal (options->mode, "socketio");
  const char *default_path = is_socketio ? "/socket.io/" : "/engine.io/";
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%d", options->port);
  char *listen[] = { address, NULL };
  char *origins[] = { (char *) "*", NULL };
  TideHttpSettings settings = {
    .listen = listen,
    .allowed_origins = origins,
    .engineio_path = options->path != NULL ? options->path : (char *) default_path,
    .engineio_form = is_socketio ? TIDE_WIRE_SOCKETIO : TIDE_WIRE_ENGINEIO,
    .has_polling = TRUE,
    .has_websocket = TRUE,
    .has_compression = options->has_compression,
    .upgrade_timeout_us = options->upgrade_timeout_ms * G_GINT64_CONSTANT (1000),
    .max_connections = 10000,
    .header_timeout_us = 10 * G_USEC_PER_SEC,
    .websocket = { .outbox_hard_bytes = get_outbox_bytes (options),
                   .max_payload_bytes = options->max_payload_bytes },
  };

  return tide_http_server_new (manager, status, wheel, counters, &settings);
}

static gboolean
on_signal (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

static int
run (const Options *options)
{
  TideCounters counters = { 0 };
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  TideClock *clock = tide_clock_new_monotonic ();
  TideTimerWheel *wheel = tide_timer_wheel_new (clock);
  TideUserTable *users = tide_user_table_new ();
  TideStatus *status = tide_status_new ("conformance", g_get_real_time ());
  TideWebSocketManager *manager = make_manager (options, users, wheel, &counters);
  TideHttpServer *server = make_server (options, manager, status, wheel, &counters);
  gboolean has_started;

  tide_timer_wheel_attach (wheel, NULL);
  has_started = tide_http_server_start (server, &error);
  if (has_started)
    {
      g_message ("The conformance server listens on %s, mode %s",
                 tide_status_get_listeners (status)[0],
                 options->mode);
      g_unix_signal_add (SIGTERM, on_signal, loop);
      g_unix_signal_add (SIGINT, on_signal, loop);
      g_main_loop_run (loop);
    }
  else
    g_printerr ("conformance-server: %s\n", error->message);

  tide_websocket_manager_close_all (manager, TIDE_CLOSE_SHUTDOWN);
  g_object_unref (server);
  g_object_unref (manager);
  g_object_unref (status);
  tide_user_table_free (users);
  tide_timer_wheel_free (wheel);
  tide_clock_unref (clock);
  return has_started ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main (int argc, char **argv)
{
  Options options = {
    .port = 3000,
    .ping_interval_ms = 300,
    .ping_timeout_ms = 200,
    .connect_timeout_ms = 1000,
    .upgrade_timeout_ms = 10000,
    .max_payload_bytes = 1000000,
  };
  g_autoptr (GError) error = NULL;
  int status;

  setlocale (LC_ALL, "");
  g_log_set_writer_func (write_log, NULL, NULL);
  if (!parse_options (&options, &argc, &argv, &error))
    {
      g_printerr ("conformance-server: %s\n", error->message);
      status = 2;
    }
  else
    status = run (&options);
  g_free (options.path);
  g_free (options.mode);
  return status;
}
