/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The Redis source against a server that says odd things. */

#include <gio/gio.h>
#include <hiredis/hiredis.h>

#include "log-catcher.h"
#include "redis-harness.h"

static GPtrArray *lines; /* what was logged */

/* What a server says to each who connects, and what the log is to say then. */
typedef struct
{
  const char *name;
  const char *words;
  gssize length;       /* of @words, -1 when they end with a NUL */
  gboolean hangs_up;   /* after the words */
  gboolean is_endless; /* x after x follows them */
  const char *line;    /* part of the line that is wanted */
} Oddity;

/* Since 1.0 hiredis takes arrays in arrays as deep as they come: the source does not. */
#if HIREDIS_MAJOR >= 1
#define DEEP_LINE "absurd length"
#else
#define DEEP_LINE "not the Redis protocol"
#endif

static const Oddity oddities[] = {
  { "garbage",
    "HTTP/1.1 400 Bad Request\r\n\r\n",
    -1,
    FALSE,
    FALSE,
    "not the Redis protocol" },
  { "binary", "\0\xff\x80\r\n", 5, FALSE, FALSE, "not the Redis protocol" },
  { "huge-bulk", "$9223372036854775807\r\n", -1, TRUE, FALSE, "lost the connection" },
  { "negative-bulk", "$-5\r\n", -1, FALSE, FALSE, "not the Redis protocol" },
  { "huge-array", "*2147483647\r\n", -1, FALSE, FALSE, "absurd length" },
  { "large-array", "*1000000\r\n:1\r\n", -1, FALSE, FALSE, "absurd length" },
  { "deep",
    "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
    -1,
    FALSE,
    FALSE,
    DEEP_LINE },
  { "integer", ":1\r\n", -1, FALSE, FALSE, "does not answer as Redis does" },
  { "nil", "$-1\r\n", -1, FALSE, FALSE, "does not answer as Redis does" },
  { "nil-array", "*-1\r\n", -1, FALSE, FALSE, "does not answer as Redis does" },
  { "empty-array", "*0\r\n", -1, FALSE, FALSE, "does not answer as Redis does" },
  { "ok", "+OK\r\n", -1, FALSE, FALSE, "does not answer as Redis does" },
  { "short-message", "*1\r\n$7\r\nmessage\r\n", -1, FALSE, FALSE, "does not answer" },
  { "loading", "-LOADING Redis is loading\r\n", -1, FALSE, FALSE, "tried again" },
  { "error", "-ERR no\r\n", -1, FALSE, FALSE, "it says \"ERR no\"" },
  { "full",
    "-ERR max number of clients reached\r\n",
    -1,
    TRUE,
    FALSE,
    "raise its maxclients" },
  { "partial", "*3\r\n$9\r\nsubsc", -1, TRUE, FALSE, "lost the connection" },
  { "nothing", "", -1, TRUE, FALSE, "lost the connection" },
  { "silent", "", -1, FALSE, FALSE, "no answer in time" },
  { "endless-line", "+", -1, FALSE, TRUE, "too long a line" },
  { "endless-number", "$", -1, FALSE, TRUE, "too long a line" },
  { "endless-bulk", "$99999999\r\n", -1, FALSE, TRUE, "too long a reply" },
};

typedef struct
{
  Harness harness;
  GSocketService *service;
  const Oddity *oddity;
  GPtrArray *guests; /* (element-type GSocketConnection) */
  char *uri;
} Fixture;

static gboolean
on_writable (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  static char block[65536];

  if (block[0] == '\0')
    memset (block, 'x', sizeof block);
  return g_socket_send (socket, block, sizeof block, NULL, NULL) > 0 ? G_SOURCE_CONTINUE
                                                                     : G_SOURCE_REMOVE;
}

static gboolean
on_guest (GSocketService *service,
          GSocketConnection *guest,
          GObject *source_object,
          gpointer user_data)
{
  Fixture *fixture = user_data;
  const Oddity *oddity = fixture->oddity;
  GSocket *socket = g_socket_connection_get_socket (guest);
  gsize length = oddity->length < 0 ? strlen (oddity->words) : (gsize) oddity->length;

  for (gsize i = 0; i < length; i++)
    g_socket_send (socket, oddity->words + i, 1, NULL, NULL);
  if (oddity->hangs_up)
    return TRUE;

  g_ptr_array_add (fixture->guests, g_object_ref (guest));
  if (oddity->is_endless)
    {
      g_autoptr (GSource) writer = g_socket_create_source (socket, G_IO_OUT, NULL);

      g_socket_set_blocking (socket, FALSE);
      g_source_set_callback (writer, G_SOURCE_FUNC (on_writable), NULL, NULL);
      g_source_attach (writer, NULL);
    }
  return TRUE;
}

static void
set_up (Fixture *fixture, gconstpointer oddity)
{
  g_autoptr (GError) error = NULL;

  harness_init (&fixture->harness, lines);
  fixture->oddity = oddity;
  fixture->guests = g_ptr_array_new_with_free_func (g_object_unref);
  fixture->service = g_socket_service_new ();

  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;

  g_socket_listener_add_address (G_SOCKET_LISTENER (fixture->service),
                                 any,
                                 G_SOCKET_TYPE_STREAM,
                                 G_SOCKET_PROTOCOL_DEFAULT,
                                 NULL,
                                 &bound,
                                 &error);
  g_assert_no_error (error);
  fixture->uri =
      g_strdup_printf ("redis://127.0.0.1:%u",
                       g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  g_signal_connect (fixture->service, "incoming", G_CALLBACK (on_guest), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  harness_clear (&fixture->harness);
  g_socket_service_stop (fixture->service);
  g_socket_listener_close (G_SOCKET_LISTENER (fixture->service));
  g_clear_object (&fixture->service);
  g_ptr_array_unref (fixture->guests);
  g_free (fixture->uri);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_oddity (Fixture *fixture, gconstpointer oddity)
{
  const char *const channels[] = { "ticks", NULL };

  g_test_summary ("an odd server is told once, left, and tried again");

  harness_start (&fixture->harness,
                 &(TideRedisSettings){ .uri = fixture->uri, .channels = channels });
  harness_wait_line (&fixture->harness, fixture->oddity->line);
  g_assert_cmpint (
      tide_source_get_state (fixture->harness.source), ==, TIDE_SOURCE_DISCONNECTED);
  g_assert_cmpuint (harness_count_lines (&fixture->harness, fixture->uri), ==, 1);
  harness_run (&fixture->harness, fixture->oddity->is_endless ? 0 : 120);
  g_assert_cmpuint (lines->len, ==, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  lines = log_catcher_install ();
  for (gsize i = 0; i < G_N_ELEMENTS (oddities); i++)
    {
      g_autofree char *path =
          g_strdup_printf ("/integration/redis-odd/%s", oddities[i].name);

      g_test_add (path, Fixture, &oddities[i], set_up, test_oddity, tear_down);
    }

  int result = g_test_run ();

  g_ptr_array_unref (lines);
  return result;
}
