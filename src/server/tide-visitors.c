/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Books by network address: sockets of those who come by themselves, connections of all,
 * and how many came of late. Whoever has an IPv6 address has 2^64 of them, so of these
 * the net counts that is given to one customer. */

#include "tide-visitors.h"

#include <string.h>

#define IPV6_NET_BYTES 8

struct _TideVisitor
{
  struct in6_addr net; /* first: a visitor is found by it */
  guint n_sockets;
  guint n_connections;
};

/* How many came from a net within the present second. */
typedef struct
{
  struct in6_addr net; /* first, as above */
  guint n;
} Arrivals;

struct _TideVisitors
{
  TideVisitorLimits limits;
  GHashTable *visitors; /* (owned) (element-type TideVisitor), a set */
  GHashTable *arrivals; /* (owned) (element-type Arrivals), a set; of one second */
  gint64 second_us;     /* when that second began */
};

static guint
hash_net (gconstpointer key)
{
  const guint8 *bytes = key;

  return g_int_hash (bytes) ^ 31 * g_int_hash (bytes + 4) ^ 17 * g_int_hash (bytes + 12);
}

static gboolean
equal_nets (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (struct in6_addr)) == 0;
}

static struct in6_addr
get_net (const TideAddress *address)
{
  struct in6_addr net = address->ip;

  if (!IN6_IS_ADDR_V4MAPPED (&net))
    memset (net.s6_addr + IPV6_NET_BYTES, 0, sizeof net - IPV6_NET_BYTES);
  return net;
}

/**
 * tide_visitors_new:
 *
 * Returns: (transfer full): books without limits
 */
TideVisitors *
tide_visitors_new (void)
{
  TideVisitors *self = g_new0 (TideVisitors, 1);

  self->visitors = g_hash_table_new_full (hash_net, equal_nets, g_free, NULL);
  self->arrivals = g_hash_table_new_full (hash_net, equal_nets, g_free, NULL);
  return self;
}

/**
 * tide_visitors_free:
 * @self: (transfer full): books
 *
 * Frees @self.
 */
void
tide_visitors_free (TideVisitors *self)
{
  g_hash_table_unref (self->visitors);
  g_hash_table_unref (self->arrivals);
  g_free (self);
}

/**
 * tide_visitors_set_limits:
 * @self: books
 * @limits: what to go by from now on
 *
 * Sets the limits. Nobody is sent away who is here.
 */
void
tide_visitors_set_limits (TideVisitors *self, TideVisitorLimits limits)
{
  self->limits = limits;
}

/**
 * tide_visitors_take_one:
 * @self: books
 * @address: who comes
 * @now_us: monotonic time in microseconds, not earlier than in the last call
 *
 * Counts one who comes. Each second begins at 0 for everybody, so that the books of it
 * can be thrown away whole: in the worst case one address gets its number twice in a
 * second.
 *
 * Returns: %FALSE when the address has had its number this second
 */
gboolean
tide_visitors_take_one (TideVisitors *self, const TideAddress *address, gint64 now_us)
{
  struct in6_addr net = get_net (address);
  Arrivals *arrivals;

  if (self->limits.max_per_second == 0 || IN6_IS_ADDR_UNSPECIFIED (&address->ip))
    return TRUE;
  if (now_us >= self->second_us + G_USEC_PER_SEC)
    {
      g_hash_table_remove_all (self->arrivals);
      self->second_us = now_us;
    }
  arrivals = g_hash_table_lookup (self->arrivals, &net);
  if (arrivals == NULL)
    {
      arrivals = g_new0 (Arrivals, 1);
      arrivals->net = net;
      g_hash_table_add (self->arrivals, arrivals);
    }
  if (arrivals->n >= self->limits.max_per_second)
    return FALSE;
  arrivals->n++;
  return TRUE;
}

static TideVisitor *
get_visitor (TideVisitors *self, const TideAddress *address)
{
  struct in6_addr net = get_net (address);
  TideVisitor *visitor = g_hash_table_lookup (self->visitors, &net);

  if (visitor == NULL)
    {
      visitor = g_new0 (TideVisitor, 1);
      visitor->net = net;
      g_hash_table_add (self->visitors, visitor);
    }
  return visitor;
}

static gboolean
has_room (TideVisitors *self, guint n)
{
  return self->limits.max_connections == 0 || n < self->limits.max_connections;
}

static void
forget_empty (TideVisitors *self, TideVisitor *visitor)
{
  if (visitor->n_sockets == 0 && visitor->n_connections == 0)
    g_hash_table_remove (self->visitors, visitor);
}

/**
 * tide_visitors_add_socket:
 * @self: books
 * @address: who opened it
 *
 * Counts a socket, until tide_visitors_remove_socket().
 *
 * Returns: %FALSE when the address has as many as it may; it is not counted then
 */
gboolean
tide_visitors_add_socket (TideVisitors *self, const TideAddress *address)
{
  TideVisitor *visitor = get_visitor (self, address);

  if (!has_room (self, visitor->n_sockets))
    {
      forget_empty (self, visitor);
      return FALSE;
    }
  visitor->n_sockets++;
  return TRUE;
}

/**
 * tide_visitors_remove_socket:
 * @self: books
 * @address: who opened a socket that was counted
 *
 * Takes a socket out of the books.
 */
void
tide_visitors_remove_socket (TideVisitors *self, const TideAddress *address)
{
  TideVisitor *visitor = get_visitor (self, address);

  visitor->n_sockets--;
  forget_empty (self, visitor);
}

/**
 * tide_visitors_enter:
 * @self: books
 * @address: whose connection it is, directly or by a proxy
 *
 * Counts a connection, until tide_visitors_leave().
 *
 * Returns: (transfer none) (nullable): who has it; %NULL when the address has as many as
 *   it may
 */
TideVisitor *
tide_visitors_enter (TideVisitors *self, const TideAddress *address)
{
  TideVisitor *visitor = get_visitor (self, address);

  if (!has_room (self, visitor->n_connections))
    {
      forget_empty (self, visitor);
      return NULL;
    }
  visitor->n_connections++;
  return visitor;
}

/**
 * tide_visitors_leave:
 * @self: books
 * @visitor: (nullable): who had a connection
 *
 * Takes a connection out of the books; @visitor may be gone after the call.
 */
void
tide_visitors_leave (TideVisitors *self, TideVisitor *visitor)
{
  if (visitor == NULL)
    return;
  visitor->n_connections--;
  forget_empty (self, visitor);
}

/**
 * tide_visitor_to_string:
 * @self: (nullable): a visitor
 *
 * Returns: (transfer full): its address, or of IPv6 the net such as `2001:db8:0:1::/64`;
 *   empty of nobody
 */
char *
tide_visitor_to_string (const TideVisitor *self)
{
  TideAddress address = { 0 };
  g_autofree char *text = NULL;

  if (self == NULL)
    return g_strdup ("");
  address.ip = self->net;
  text = tide_address_to_string (&address);
  return IN6_IS_ADDR_V4MAPPED (&self->net)
             ? g_steal_pointer (&text)
             : g_strdup_printf ("%s/%d", text, IPV6_NET_BYTES * 8);
}

/**
 * tide_visitors_get_n:
 * @self: books
 *
 * Returns: how many addresses have something open
 */
guint
tide_visitors_get_n (TideVisitors *self)
{
  return g_hash_table_size (self->visitors);
}
