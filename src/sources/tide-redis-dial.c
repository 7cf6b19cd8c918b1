/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-redis-dial.h"

#include <gio/gio.h>

#include <fcntl.h>

struct _TideRedisDial
{
  char *path;                /* (owned) (nullable), of a Unix socket, to be tried */
  char *host;                /* (owned) (nullable) */
  guint16 port;              /* of the addresses */
  GList *addresses;          /* (owned) (element-type GInetAddress), still to be tried */
  GCancellable *cancellable; /* (owned), of the look-up */
  TideRedisDialFunc func;
  gpointer user_data; /* (unowned), for @func */
};

/**
 * tide_redis_dial_new:
 * @address: where to connect to; the database and the user are not looked at
 *
 * Returns: (transfer full): what finds the way there, to be freed by
 *   tide_redis_dial_free()
 */
TideRedisDial *
tide_redis_dial_new (const TideRedisAddress *address)
{
  TideRedisDial *self = g_new0 (TideRedisDial, 1);

  self->path = g_strdup (address->path);
  self->host = g_strdup (address->host);
  self->port = address->port;
  self->cancellable = g_cancellable_new ();
  return self;
}

/**
 * tide_redis_dial_free:
 * @self: (transfer full): no look-up of it may be under way
 *
 * Frees @self.
 */
void
tide_redis_dial_free (TideRedisDial *self)
{
  g_resolver_free_addresses (self->addresses);
  g_object_unref (self->cancellable);
  g_free (self->path);
  g_free (self->host);
  g_free (self);
}

static void
on_resolved (GObject *object, GAsyncResult *result, gpointer user_data)
{
  TideRedisDial *self = user_data;
  g_autoptr (GError) error = NULL;

  self->addresses =
      g_resolver_lookup_by_name_finish (G_RESOLVER (object), result, &error);
  self->func (error, self->user_data);
}

/**
 * tide_redis_dial_find:
 * @self: one that has not been asked yet; must live until @func is called
 * @func: what to call, at once when there is nothing to be looked up
 * @user_data: for @func
 *
 * Looks the host up. @func is called also when that is cancelled.
 */
void
tide_redis_dial_find (TideRedisDial *self, TideRedisDialFunc func, gpointer user_data)
{
  g_autoptr (GResolver) resolver = NULL;
  GInetAddress *literal =
      self->path == NULL ? g_inet_address_new_from_string (self->host) : NULL;

  if (literal != NULL)
    self->addresses = g_list_append (NULL, literal);
  if (literal != NULL || self->path != NULL)
    {
      func (NULL, user_data);
      return;
    }
  self->func = func;
  self->user_data = user_data;
  resolver = g_resolver_get_default ();
  g_resolver_lookup_by_name_async (
      resolver, self->host, self->cancellable, on_resolved, self);
}

/**
 * tide_redis_dial_cancel:
 * @self: a dial
 *
 * Ends the look-up, if one is under way: its function is called soon.
 */
void
tide_redis_dial_cancel (TideRedisDial *self)
{
  g_cancellable_cancel (self->cancellable);
}

/* A context whose connect has begun, or NULL and why it has not. */
static redisContext *
check (redisContext *context, char **reason)
{
  if (context != NULL && context->err == 0)
    {
      fcntl (context->fd, F_SETFD, FD_CLOEXEC);
      return context;
    }
  g_free (*reason);
  *reason = g_strdup (context != NULL ? context->errstr : "out of memory");
  redisFree (context);
  return NULL;
}

/**
 * tide_redis_dial_next:
 * @self: one that knows where to connect to
 * @reason: (inout) (transfer full) (nullable): becomes why no connect could be begun; as
 * it was when nothing was tried
 *
 * Goes through the places that were not tried yet until a connect has begun.
 *
 * Returns: (transfer full) (nullable): a context whose connect is under way; %NULL when
 * no place is left
 */
redisContext *
tide_redis_dial_next (TideRedisDial *self, char **reason)
{
  redisContext *context = NULL;

  if (self->path != NULL)
    {
      context = check (redisConnectUnixNonBlock (self->path), reason);
      g_clear_pointer (&self->path, g_free);
    }
  while (context == NULL && self->addresses != NULL)
    {
      g_autoptr (GInetAddress) address = self->addresses->data;
      g_autofree char *text = g_inet_address_to_string (address);

      self->addresses = g_list_delete_link (self->addresses, self->addresses);
      context = check (redisConnectNonBlock (text, self->port), reason);
    }
  return context;
}
