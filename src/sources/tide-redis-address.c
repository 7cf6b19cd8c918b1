/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-redis-address.h"

#include "tide-error.h"

#include <string.h>
#include <sys/un.h>

#define DEFAULT_PORT 6379
#define MAX_DATABASE 65535

/* hiredis 0.14 copies a path into sun_path and leaves the last byte as it was. */
#define MAX_PATH_BYTES (sizeof (((struct sockaddr_un *) NULL)->sun_path) - 2)

#define FORMS "write redis://[USER@]HOST[:PORT][/DATABASE] or unix:/PATH[?db=DATABASE]"

/* The texts below never repeat the whole URI: there may be a password in it. */
static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG, "%s; " FORMS, what);
  return FALSE;
}

static gboolean
parse_number (const char *text, guint max, guint *number)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, 0, max, &value, NULL))
    return FALSE;
  *number = value;
  return TRUE;
}

static gboolean
parse_database (TideRedisAddress *self, const char *text, GError **error)
{
  if (*text == '\0' || parse_number (text, MAX_DATABASE, &self->database))
    return TRUE;
  return refuse (error, "the database is not a number from 0 to 65535");
}

static gboolean
parse_user (TideRedisAddress *self, const char *user_info, GError **error)
{
  if (strchr (user_info, ':') != NULL)
    {
      g_set_error_literal (
          error,
          TIDE_ERROR,
          TIDE_ERROR_BAD_CONFIG,
          "a password in the address can be read by others; write it into "
          "a file and name that file by password-file");
      return FALSE;
    }
  self->user = g_uri_unescape_string (user_info, NULL);
  if (self->user == NULL || *self->user == '\0')
    return refuse (error, "the user's name is empty or not well escaped");
  return TRUE;
}

/* Parses HOST, HOST:PORT, [IPV6] or [IPV6]:PORT. */
static gboolean
parse_host (TideRedisAddress *self, char *text, GError **error)
{
  char *port = NULL;
  char *host = text;

  if (*text == '[')
    {
      char *end = strchr (text, ']');

      if (end == NULL || (end[1] != '\0' && end[1] != ':'))
        return refuse (error, "the brackets around the IPv6 address are not closed");
      host = text + 1;
      port = end[1] == ':' ? end + 2 : NULL;
      *end = '\0';
      if (!g_hostname_is_ip_address (host))
        return refuse (error, "what is in the brackets is not an IPv6 address");
    }
  else
    {
      char *colon = strchr (text, ':');

      if (colon != NULL && strchr (colon + 1, ':') != NULL)
        return refuse (error, "an IPv6 address needs brackets, as in redis://[::1]:6379");
      if (colon != NULL)
        {
          *colon = '\0';
          port = colon + 1;
        }
    }

  guint number = DEFAULT_PORT;

  if (port != NULL && (!parse_number (port, G_MAXUINT16, &number) || number == 0))
    return refuse (error, "the port is not a number from 1 to 65535");
  if (*host == '\0')
    return refuse (error, "the host is missing");
  self->host = g_strdup (host);
  self->port = number;
  return TRUE;
}

static gboolean
parse_tcp (TideRedisAddress *self, const char *rest, GError **error)
{
  g_autofree char *text = g_strdup (rest);
  char *slash = strchr (text, '/');

  if (strpbrk (text, "?# \t\r\n") != NULL)
    return refuse (error, "there is a character in the address that has no place there");
  if (slash != NULL)
    {
      *slash = '\0';
      if (!parse_database (self, slash + 1, error))
        return FALSE;
    }

  char *host = text;
  char *at = strrchr (text, '@');

  if (at != NULL)
    {
      *at = '\0';
      host = at + 1;
      if (!parse_user (self, text, error))
        return FALSE;
    }
  if (!parse_host (self, host, error))
    return FALSE;

  gboolean is_ipv6 = strchr (self->host, ':') != NULL;

  self->description = g_strdup_printf ("redis://%s%s%s:%u/%u",
                                       is_ipv6 ? "[" : "",
                                       self->host,
                                       is_ipv6 ? "]" : "",
                                       self->port,
                                       self->database);
  return TRUE;
}

static gboolean
parse_unix (TideRedisAddress *self, const char *rest, GError **error)
{
  const char *query = strchr (rest, '?');

  self->path = query != NULL ? g_strndup (rest, query - rest) : g_strdup (rest);
  if (*self->path != '/')
    return refuse (error, "the path of the socket does not begin with /");
  if (strlen (self->path) > MAX_PATH_BYTES)
    return refuse (error, "the path of the socket is longer than 106 bytes");
  if (query != NULL)
    {
      if (!g_str_has_prefix (query, "?db="))
        return refuse (error, "after ? only db= is known");
      if (!parse_database (self, query + strlen ("?db="), error))
        return FALSE;
    }
  self->description = self->database != 0
                          ? g_strdup_printf ("unix:%s?db=%u", self->path, self->database)
                          : g_strdup_printf ("unix:%s", self->path);
  return TRUE;
}

/**
 * tide_redis_address_parse:
 * @uri: `redis://[USER@]HOST[:PORT][/DATABASE]` or `unix:/PATH[?db=DATABASE]`
 * @error: return location for an error
 *
 * Parses an address. The port is 6379 and the database 0 when not given.
 *
 * Fails with %TIDE_ERROR_BAD_CONFIG, saying what to write instead. A password in @uri and
 * TLS (`rediss://`) are refused.
 *
 * Returns: (transfer full): an address
 */
TideRedisAddress *
tide_redis_address_parse (const char *uri, GError **error)
{
  g_autoptr (TideRedisAddress) self = g_new0 (TideRedisAddress, 1);
  gboolean is_good;

  if (g_str_has_prefix (uri, "redis://"))
    is_good = parse_tcp (self, uri + strlen ("redis://"), error);
  else if (g_str_has_prefix (uri, "unix:"))
    is_good = parse_unix (self, uri + strlen ("unix:"), error);
  else if (g_str_has_prefix (uri, "rediss://"))
    is_good = refuse (error,
                      "TLS to Redis is not supported: let stunnel or a Redis on this "
                      "machine take the plain connection");
  else
    is_good =
        refuse (error, "the address of Redis begins with neither redis:// nor unix:");

  return is_good ? g_steal_pointer (&self) : NULL;
}

/**
 * tide_redis_address_free:
 * @self: (transfer full): an address
 *
 * Frees @self.
 */
void
tide_redis_address_free (TideRedisAddress *self)
{
  g_free (self->host);
  g_free (self->path);
  g_free (self->user);
  g_free (self->description);
  g_free (self);
}
