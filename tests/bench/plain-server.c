/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What one gets without Tidewire: a SoupServer with a WebSocket handler. Connections are
 * dealt to groups; texts go out at a fixed rate, each to one group, in turn. The baseline
 * of bench-sockets.
 *
 * usage: plain-server TEXT EVENTS_PER_SECOND GROUPS */

#include <libsoup/soup.h>

#include <stdio.h>
#include <sys/resource.h>

static GPtrArray **groups;
static int n_groups;
static int n_connections;
static int rate;
static gint64 start_us;
static gint64 n_sent;
static char *text;

static void
on_closed (SoupWebsocketConnection *connection, gpointer user_data)
{
  g_ptr_array_remove_fast (user_data, connection);
}

static void
on_websocket (SoupServer *server,
              SoupServerMessage *message,
              const char *path,
              SoupWebsocketConnection *connection,
              gpointer user_data)
{
  GPtrArray *group = groups[n_connections++ % n_groups];

  g_ptr_array_add (group, g_object_ref (connection));
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), group);
}

/* Sends what is due since the last time, so that the rate holds however late we are. */
static gboolean
on_tick (gpointer user_data)
{
  gint64 n_due = (g_get_monotonic_time () - start_us) * rate / G_USEC_PER_SEC;

  for (; n_sent < n_due; n_sent++)
    {
      GPtrArray *group = groups[n_sent % n_groups];

      for (guint i = 0; i < group->len; i++)
        soup_websocket_connection_send_text (g_ptr_array_index (group, i), text);
    }
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  struct rlimit limit = { 65536, 65536 };
  GSList *uris;

  if (argc != 4)
    return 2;
  setrlimit (RLIMIT_NOFILE, &limit);
  text = argv[1];
  rate = atoi (argv[2]);
  n_groups = atoi (argv[3]);
  groups = g_new (GPtrArray *, n_groups);
  for (int i = 0; i < n_groups; i++)
    groups[i] = g_ptr_array_new_with_free_func (g_object_unref);
  soup_server_add_websocket_handler (server, "/ws", NULL, NULL, on_websocket, NULL, NULL);
  if (!soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL))
    return 1;
  uris = soup_server_get_uris (server);
  printf ("%s\n", g_uri_to_string (uris->data));
  fflush (stdout);
  start_us = g_get_monotonic_time ();
  if (rate > 0)
    g_timeout_add (MAX (1000 / rate, 1), on_tick, NULL);
  g_main_loop_run (loop);
  return 0;
}
