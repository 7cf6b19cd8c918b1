/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "redis-server.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define START_TIMEOUT_US (10 * G_GINT64_CONSTANT (1000000))

/* Returns: a port of 127.0.0.1 that nobody uses just now */
static guint16
find_port (void)
{
  g_autoptr (GSocket) socket = g_socket_new (
      G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GError) error = NULL;

  g_socket_bind (socket, any, FALSE, &error);
  g_assert_no_error (error);

  g_autoptr (GSocketAddress) bound = g_socket_get_local_address (socket, &error);

  g_assert_no_error (error);
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
}

/* Runs in the child: a test that crashes takes its server with it. */
static void
die_with_parent (gpointer unused)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* Returns: %FALSE while the server does not answer. */
static gboolean
try_connect (RedisServer *self)
{
  const char *const login[] = { "AUTH", self->password, NULL };
  const char *const ping[] = { "PING", NULL };

  self->context = redisConnectUnix (self->socket_path);
  if (self->context->err != 0)
    {
      g_clear_pointer (&self->context, redisFree);
      return FALSE;
    }
  if (self->password != NULL)
    g_free (redis_server_command (self, login));

  g_autofree char *answer = redis_server_command (self, ping);

  g_assert_cmpstr (answer, ==, "PONG");
  return TRUE;
}

gboolean
redis_server_is_installed (void)
{
  g_autofree char *path = g_find_program_in_path ("redis-server");

  return path != NULL;
}

/* Returns: (transfer full): a server that does not run yet */
RedisServer *
redis_server_new (void)
{
  RedisServer *self = g_new0 (RedisServer, 1);

  self->folder = g_dir_make_tmp ("tide-redis-XXXXXX", NULL);
  self->socket_path = g_build_filename (self->folder, "socket", NULL);
  self->port = find_port ();
  self->tcp_uri = g_strdup_printf ("redis://127.0.0.1:%u", self->port);
  self->unix_uri = g_strdup_printf ("unix:%s", self->socket_path);
  return self;
}

void
redis_server_free (RedisServer *self)
{
  if (self->pid != 0)
    redis_server_kill (self);
  g_unlink (self->socket_path);
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->socket_path);
  g_free (self->tcp_uri);
  g_free (self->unix_uri);
  g_free (self->password);
  g_free (self);
}

/* Starts the server and waits until it answers. */
void
redis_server_start (RedisServer *self)
{
  g_autofree char *port = g_strdup_printf ("%u", self->port);
  const char *argv[] = {
    "redis-server",
    "--port",
    port,
    "--bind",
    "127.0.0.1",
    "-::1",
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    self->folder,
    "--unixsocket",
    self->socket_path,
    "--logfile",
    "/dev/null",
    self->password != NULL ? "--requirepass" : NULL,
    self->password,
    NULL,
  };
  g_autoptr (GError) error = NULL;
  gint64 give_up_us = g_get_monotonic_time () + START_TIMEOUT_US;

  g_spawn_async (NULL,
                 (char **) argv,
                 NULL,
                 G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD |
                     G_SPAWN_STDOUT_TO_DEV_NULL,
                 die_with_parent,
                 NULL,
                 &self->pid,
                 &error);
  g_assert_no_error (error);
  while (!try_connect (self))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, give_up_us);
      g_usleep (10 * 1000);
    }
}

/* Ends the server at once, as a crash would. */
void
redis_server_kill (RedisServer *self)
{
  g_clear_pointer (&self->context, redisFree);
  kill (self->pid, SIGKILL);
  waitpid (self->pid, NULL, 0);
  self->pid = 0;
}

void
redis_server_signal (RedisServer *self, int number)
{
  g_assert_cmpint (kill (self->pid, number), ==, 0);
}

/* Carries out a command.
 *
 * Returns: (transfer full): the text of the answer, "" where it has none */
char *
redis_server_command (RedisServer *self, const char *const *words)
{
  redisReply *reply = redisCommandArgv (
      self->context, g_strv_length ((char **) words), (const char **) words, NULL);

  g_assert_nonnull (reply);

  char *text = g_strdup (reply->str != NULL ? reply->str : "");

  freeReplyObject (reply);
  return text;
}

/* @length: -1 when @payload ends with a NUL */
void
redis_server_publish (RedisServer *self,
                      const char *channel,
                      const char *payload,
                      gssize length)
{
  const char *words[] = { "PUBLISH", channel, payload };
  const gsize lengths[] = { 7,
                            strlen (channel),
                            length < 0 ? strlen (payload) : (gsize) length };
  redisReply *reply = redisCommandArgv (self->context, 3, words, lengths);

  g_assert_nonnull (reply);
  g_assert_cmpint (reply->type, ==, REDIS_REPLY_INTEGER);
  freeReplyObject (reply);
}
