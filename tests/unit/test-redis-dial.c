/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-redis-dial.h"

#include <gio/gio.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the one who looked heard. */
typedef struct
{
  guint n_calls;
  GError *error; /* (owned) (nullable) */
} Answer;

static void
on_found (const GError *error, gpointer user_data)
{
  Answer *self = user_data;

  self->n_calls++;
  self->error = error != NULL ? g_error_copy (error) : NULL;
}

static TideRedisDial *
make_dial (const char *uri)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideRedisAddress) address = tide_redis_address_parse (uri, &error);

  g_assert_no_error (error);
  return tide_redis_dial_new (address);
}

/* Returns: (transfer full): a descriptor that listens on loopback */
static int
listen_anywhere (guint16 *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, length), ==, 0);
  g_assert_cmpint (listen (fd, 1), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &length), ==, 0);
  *port = ntohs (address.sin_port);
  return fd;
}

static void
test_literal (void)
{
  guint16 port;
  int fd = listen_anywhere (&port);
  g_autofree char *uri = g_strdup_printf ("redis://127.0.0.1:%u", port);
  g_autofree char *reason = g_strdup ("as before");
  TideRedisDial *dial = make_dial (uri);
  Answer answer = { 0 };
  redisContext *context;

  g_test_summary ("An address needs no look-up, and is tried once");

  tide_redis_dial_find (dial, on_found, &answer);
  g_assert_cmpuint (answer.n_calls, ==, 1);
  g_assert_no_error (answer.error);
  context = tide_redis_dial_next (dial, &reason);
  g_assert_nonnull (context);
  g_assert_cmpint (fcntl (context->fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  redisFree (context);
  g_assert_null (tide_redis_dial_next (dial, &reason));
  g_assert_cmpstr (reason, ==, "as before");
  tide_redis_dial_free (dial);
  close (fd);
}

static void
test_no_path (void)
{
  TideRedisDial *dial = make_dial ("unix:/nonexistent/redis.sock");
  g_autofree char *reason = NULL;
  Answer answer = { 0 };

  g_test_summary ("A Unix socket that is not there is a reason, and is tried once");

  tide_redis_dial_find (dial, on_found, &answer);
  g_assert_cmpuint (answer.n_calls, ==, 1);
  g_assert_no_error (answer.error);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_null (tide_redis_dial_next (dial, &reason));
      g_assert_cmpstr (reason, ==, "No such file or directory");
    }
  tide_redis_dial_free (dial);
}

/* "localhost" is known to GLib without a server of names. */
static void
test_name (void)
{
  guint16 port;
  int fd = listen_anywhere (&port);
  g_autofree char *uri = g_strdup_printf ("redis://localhost:%u", port);
  TideRedisDial *dial = make_dial (uri);
  g_autofree char *reason = NULL;
  Answer answer = { 0 };
  redisContext *context;
  guint n = 0;

  g_test_summary ("All addresses of a name are tried");

  tide_redis_dial_find (dial, on_found, &answer);
  while (answer.n_calls == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_no_error (answer.error);
  while ((context = tide_redis_dial_next (dial, &reason)) != NULL)
    {
      redisFree (context);
      n++;
    }
  g_assert_cmpuint (n, >=, 1);
  tide_redis_dial_free (dial);
  close (fd);
}

static void
test_cancel (void)
{
  TideRedisDial *dial = make_dial ("redis://localhost");
  g_autofree char *reason = NULL;
  Answer answer = { 0 };

  g_test_summary ("Who cancels is told so, once, and later");

  tide_redis_dial_find (dial, on_found, &answer);
  tide_redis_dial_cancel (dial);
  while (answer.n_calls == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (tide_redis_dial_next (dial, &reason));
  g_assert_null (reason);
  g_clear_error (&answer.error);
  tide_redis_dial_free (dial);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redis-dial/literal", test_literal);
  g_test_add_func ("/redis-dial/no-path", test_no_path);
  g_test_add_func ("/redis-dial/name", test_name);
  g_test_add_func ("/redis-dial/cancel", test_cancel);
  return g_test_run ();
}
