/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which proxies are believed, and who is in front of them. */

#include "tide-proxies.h"

#include "tide-error.h"

#include <arpa/inet.h>
#include <string.h>

#define UNIX_WORD "unix"

/* An address with a port: "[", IPv6, "]", ":", 5 digits. */
#define MAX_ELEMENT_LENGTH (INET6_ADDRSTRLEN + 8)

typedef struct
{
  struct in6_addr ip; /* IPv4 is mapped, as in TideAddress */
  guint n_bits;       /* of @ip, that must be the same */
} Net;

struct _TideProxies
{
  GArray *nets;       /* (owned) (element-type Net) */
  gboolean with_unix; /* who comes by a Unix socket is trusted */
};

/* Reads an address without a port or brackets. */
static gboolean
parse_ip (const char *text, struct in6_addr *ip, gboolean *is_v4)
{
  struct in_addr v4;

  *is_v4 = inet_pton (AF_INET, text, &v4) == 1;
  if (!*is_v4)
    return inet_pton (AF_INET6, text, ip) == 1;
  memset (ip, 0, sizeof *ip);
  ip->s6_addr[10] = ip->s6_addr[11] = 0xFF;
  memcpy (&ip->s6_addr[12], &v4, sizeof v4);
  return TRUE;
}

static gboolean
is_same_net (const struct in6_addr *a, const struct in6_addr *b, guint n_bits)
{
  guint n_bytes = n_bits / 8;
  guint8 mask = 0xFF00 >> n_bits % 8;

  return memcmp (a, b, n_bytes) == 0 &&
         (n_bits % 8 == 0 || ((a->s6_addr[n_bytes] ^ b->s6_addr[n_bytes]) & mask) == 0);
}

static gboolean
has_bits_behind (const Net *net)
{
  for (guint bit = net->n_bits; bit < 128; bit++)
    if ((net->ip.s6_addr[bit / 8] & (0x80 >> bit % 8)) != 0)
      return TRUE;
  return FALSE;
}

/* Returns: what is wrong with @text, or NULL */
static const char *
parse_net (const char *text, Net *net)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", 2);
  guint64 n_bits;
  gboolean is_v4;

  if (parts[0] == NULL || !parse_ip (parts[0], &net->ip, &is_v4))
    return "is not an IP address, a net such as 10.0.0.0/8, or unix";
  net->n_bits = 128;
  if (parts[1] == NULL)
    return NULL;
  if (!g_ascii_string_to_unsigned (parts[1], 10, 0, is_v4 ? 32 : 128, &n_bits, NULL))
    return is_v4 ? "has no length from 0 to 32 behind the /"
                 : "has no length from 0 to 128 behind the /";
  net->n_bits = (guint) n_bits + (is_v4 ? 96 : 0);
  if (has_bits_behind (net))
    return "is an address inside a net; write the address alone, or the net with zeros "
           "behind its length, such as 10.0.0.0/8";
  return NULL;
}

/**
 * tide_proxies_check_net:
 * @text: an entry of `trusted-proxies`
 *
 * Checks an address, a net or the word `unix`.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_proxies_check_net (const char *text)
{
  Net net;

  return g_str_equal (text, UNIX_WORD) ? NULL : parse_net (text, &net);
}

/**
 * tide_proxies_new:
 * @nets: (array zero-terminated=1): IPv4 and IPv6 addresses, nets such as `10.0.0.0/8`,
 *   and `unix` for who comes by a Unix socket
 * @error: return location for an error
 *
 * Makes the list of proxies that are believed.
 *
 * An IPv4 address is the same as that address mapped into IPv6. Fails with
 * [error@Error.BAD_CONFIG] when an entry is none of these.
 *
 * Returns: (transfer full): the list
 */
TideProxies *
tide_proxies_new (const char *const *nets, GError **error)
{
  g_autoptr (TideProxies) self = g_new0 (TideProxies, 1);

  self->nets = g_array_new (FALSE, FALSE, sizeof (Net));
  for (; *nets != NULL; nets++)
    {
      const char *problem;
      Net net;

      if (g_str_equal (*nets, UNIX_WORD))
        {
          self->with_unix = TRUE;
          continue;
        }
      problem = parse_net (*nets, &net);
      if (problem != NULL)
        {
          g_set_error (error,
                       TIDE_ERROR,
                       TIDE_ERROR_BAD_CONFIG,
                       "the trusted proxy %s %s",
                       *nets,
                       problem);
          return NULL;
        }
      g_array_append_val (self->nets, net);
    }
  return g_steal_pointer (&self);
}

/**
 * tide_proxies_free:
 * @self: (transfer full): a list
 *
 * Frees the list.
 */
void
tide_proxies_free (TideProxies *self)
{
  g_array_unref (self->nets);
  g_free (self);
}

/**
 * tide_proxies_is_empty:
 * @self: a list
 *
 * Returns: whether no proxy is trusted
 */
gboolean
tide_proxies_is_empty (const TideProxies *self)
{
  return self->nets->len == 0 && !self->with_unix;
}

/**
 * tide_proxies_trusts:
 * @self: a list
 * @address: who is at the other end of a socket, or named by somebody trusted
 *
 * Returns: whether what @address says about others is believed
 */
gboolean
tide_proxies_trusts (const TideProxies *self, const TideAddress *address)
{
  /* No net has it, not even ::/0: nobody on the network is at that address. */
  if (IN6_IS_ADDR_UNSPECIFIED (&address->ip))
    return self->with_unix;
  for (guint i = 0; i < self->nets->len; i++)
    {
      const Net *net = &g_array_index (self->nets, Net, i);

      if (is_same_net (&net->ip, &address->ip, net->n_bits))
        return TRUE;
    }
  return FALSE;
}

static gboolean
parse_port (const char *text, guint16 *port)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT16, &number, NULL))
    return FALSE;
  *port = (guint16) number;
  return TRUE;
}

/* Reads IPv4, IPv4:PORT, IPv6, [IPv6] or [IPv6]:PORT. All zero is nobody's address, and
 * would pass for a Unix socket. */
static gboolean
parse_element (const char *text, gsize length, TideAddress *address)
{
  char copy[MAX_ELEMENT_LENGTH + 1];
  char *host = copy, *end, *port = NULL;
  TideAddress found = { 0 };
  gboolean is_v4;

  if (length > MAX_ELEMENT_LENGTH)
    return FALSE;
  memcpy (copy, text, length);
  copy[length] = '\0';
  if (*host == '[')
    {
      end = strchr (++host, ']');
      if (end == NULL || (end[1] != ':' && end[1] != '\0'))
        return FALSE;
      port = end[1] == ':' ? end + 2 : NULL;
      *end = '\0';
    }
  else if ((end = strchr (host, ':')) != NULL && strchr (end + 1, ':') == NULL)
    {
      port = end + 1;
      *end = '\0';
    }
  if (!parse_ip (host, &found.ip, &is_v4) || IN6_IS_ADDR_UNSPECIFIED (&found.ip) ||
      (port != NULL && !parse_port (port, &found.port)))
    return FALSE;
  *address = found;
  return TRUE;
}

/* Takes the last element off the first @length bytes of @list, without its blanks.
 * Returns: how many bytes are in front of it */
static gsize
take_last (const char *list, gsize length, const char **element, gsize *n_bytes)
{
  gsize start = length, end = length;

  while (start > 0 && list[start - 1] != ',')
    start--;
  while (end > start && g_ascii_isspace (list[end - 1]))
    end--;
  *element = list + start;
  while (*element < list + end && g_ascii_isspace (**element))
    (*element)++;
  *n_bytes = list + end - *element;
  return start > 0 ? start - 1 : 0;
}

/**
 * tide_proxies_find_client:
 * @self: a list
 * @peer: who is at the other end of the socket
 * @x_forwarded_for: (nullable): the values of all headers of that name, in order, with
 *   commas between them
 * @client: (out caller-allocates): who is asking
 *
 * Finds out who is in front of the proxies that are believed: the right-most address of
 * the header that is not one of them. Each proxy adds whom it heard from at the right, so
 * what is left of that one is only what a stranger said.
 *
 * The peer itself when it is no trusted proxy, or when there is no header. An element
 * that is no address ends the walk, and the last good one counts; so does the left-most
 * when all are trusted. The port is 0 where the header names none.
 */
void
tide_proxies_find_client (const TideProxies *self,
                          const TideAddress *peer,
                          const char *x_forwarded_for,
                          TideAddress *client)
{
  gsize length = x_forwarded_for != NULL ? strlen (x_forwarded_for) : 0;

  *client = *peer;
  while (length > 0 && tide_proxies_trusts (self, client))
    {
      const char *element;
      gsize n_bytes;

      length = take_last (x_forwarded_for, length, &element, &n_bytes);
      if (!parse_element (element, n_bytes, client))
        return;
    }
}
