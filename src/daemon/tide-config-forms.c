/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-forms.h"

#include "tide-redis-address.h"
#include "tide-user-name.h"

#include <gio/gio.h>

#include <string.h>
#include <sys/un.h>

/* A socket's path must leave room for its NUL in the kernel's struct. */
#define TLS_PREFIX "tls:"
#define SYSTEMD "systemd" /* sockets that it has opened, and perhaps their name */
#define MAX_UNIX_PATH (sizeof (((struct sockaddr_un *) NULL)->sun_path) - 1)
#define MAX_NAMESPACE_LENGTH 64
#define MAX_TOKEN_LENGTH 64
#define MAX_CLAIM_LENGTH 128
#define MAX_ROOM_LENGTH 64
#define MAX_HOST_LENGTH 253 /* of a name in the DNS */

#define LETTERS "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static gboolean
consists_of (const char *text, const char *allowed)
{
  return text[strspn (text, allowed)] == '\0';
}

static gboolean
is_number_up_to (const char *text, guint64 min, guint64 max)
{
  return *text != '\0' && consists_of (text, DIGITS) &&
         g_ascii_string_to_unsigned (text, 10, min, max, NULL, NULL);
}

static gboolean
is_ip_address (const char *text, GSocketFamily family)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  return address != NULL && g_inet_address_get_family (address) == family;
}

/* An IPv4 address or a name. What ends in a number but is no full IPv4 address, such as
 * 127.1, would be read in several ways by those who resolve it. */
static gboolean
is_host (const char *host)
{
  const char *last = strrchr (host, '.');

  if (is_ip_address (host, G_SOCKET_FAMILY_IPV4))
    return TRUE;
  last = last != NULL ? last + 1 : host;
  return *host != '\0' && strlen (host) <= MAX_HOST_LENGTH &&
         consists_of (host, LETTERS CAPITALS DIGITS ".-_") && *host != '.' &&
         *host != '-' && !g_ascii_isdigit (*last) && *last != '\0' &&
         strstr (host, "..") == NULL;
}

/* Takes HOST, HOST:PORT, [IPv6] or [IPv6]:PORT apart; without a port, @port is NULL. */
static gboolean
split_host_port (const char *text, char **host, char **port)
{
  g_autofree char *found = NULL;
  const char *rest;

  if (*text == '[')
    {
      const char *end = strchr (text, ']');

      if (end == NULL)
        return FALSE;
      found = g_strndup (text + 1, end - text - 1);
      if (!is_ip_address (found, G_SOCKET_FAMILY_IPV6))
        return FALSE;
      rest = end + 1;
    }
  else
    {
      gsize length = strcspn (text, ":");

      found = g_strndup (text, length);
      if (!is_host (found))
        return FALSE;
      rest = text + length;
    }
  if (*rest != ':' && *rest != '\0')
    return FALSE;
  *host = g_steal_pointer (&found);
  *port = *rest == ':' ? g_strdup (rest + 1) : NULL;
  return TRUE;
}

static const char *
check_unix_path (const char *path)
{
  if (*path != '/')
    return "is not a full path; what follows unix: must begin with /";
  if (path[1] == '\0' || g_str_has_suffix (path, "/"))
    return "names a directory; the socket needs a name";
  if (strlen (path) > MAX_UNIX_PATH)
    return "is too long for a socket's path, which takes 107 bytes";
  return NULL;
}

/**
 * tide_config_listen_is_tls:
 * @text: an entry of `listen`
 *
 * Returns: whether TLS is to be spoken there
 */
gboolean
tide_config_listen_is_tls (const char *text)
{
  return g_str_has_prefix (text, TLS_PREFIX);
}

static const char *
skip_tls (const char *text)
{
  return tide_config_listen_is_tls (text) ? text + strlen (TLS_PREFIX) : text;
}

/**
 * tide_config_check_listen:
 * @text: an entry of `listen`
 *
 * Checks an address to listen on.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_listen (const char *text)
{
  g_autofree char *host = NULL;
  g_autofree char *port = NULL;

  if (g_str_has_prefix (text, "unix:"))
    return check_unix_path (text + strlen ("unix:"));
  text = skip_tls (text);
  if (g_str_equal (text, SYSTEMD))
    return NULL;
  if (g_str_has_prefix (text, SYSTEMD ":"))
    return text[strlen (SYSTEMD ":")] != '\0' ? NULL : "names no socket of systemd";
  if (is_ip_address (text, G_SOCKET_FAMILY_IPV6))
    return "has no port; write an IPv6 address as [IPv6]:PORT";
  if (!split_host_port (text, &host, &port))
    return "is not " TIDE_CONFIG_FORM_LISTEN;
  if (!is_ip_address (host, G_SOCKET_FAMILY_IPV4) &&
      !is_ip_address (host, G_SOCKET_FAMILY_IPV6) && !g_str_equal (host, "localhost"))
    return "names its host; only IP addresses and localhost can be listened on";
  if (port == NULL)
    return "has no port; write HOST:PORT or [IPv6]:PORT";
  if (!is_number_up_to (port, 0, 65535))
    return "has a port that is not a whole number from 0 to 65535";
  return NULL;
}

/**
 * tide_config_listen_is_loopback:
 * @text: an entry of `listen` that passes tide_config_check_listen()
 *
 * Tells whether only programs on this machine reach an address over TCP: 127.0.0.0/8, ::1
 * or `localhost`.
 *
 * Returns: whether it is TCP on loopback
 */
gboolean
tide_config_listen_is_loopback (const char *text)
{
  g_autofree char *host = NULL;
  g_autofree char *port = NULL;

  if (g_str_has_prefix (text, "unix:") ||
      !split_host_port (skip_tls (text), &host, &port))
    return FALSE;
  if (g_str_equal (host, "localhost"))
    return TRUE;

  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address != NULL && g_inet_address_get_is_loopback (address);
}

/**
 * tide_config_check_origin:
 * @text: an entry of `allowed-origins`
 *
 * Checks an origin. It is compared with what browsers send, so anything that browsers
 * never send is refused here, where somebody still reads the answer.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_origin (const char *text)
{
  const char *authority = strstr (text, "://");
  g_autofree char *host = NULL;
  g_autofree char *port = NULL;

  if (g_str_equal (text, "*"))
    return NULL;
  if (authority == NULL || !g_ascii_isalpha (*text) ||
      strspn (text, LETTERS CAPITALS DIGITS "+.-") != (gsize) (authority - text))
    return "is not " TIDE_CONFIG_FORM_ORIGIN;
  authority += strlen ("://");
  if (strpbrk (authority, "/?#") != NULL)
    return "has a path; an origin ends after its host or port";
  if (strchr (authority, '@') != NULL)
    return "has a user name; an origin is " TIDE_CONFIG_FORM_ORIGIN;
  if (!split_host_port (authority, &host, &port))
    return "is not " TIDE_CONFIG_FORM_ORIGIN;
  if (strpbrk (text, CAPITALS) != NULL)
    return "has capital letters; browsers send an origin in small letters";
  if (port != NULL && (!is_number_up_to (port, 1, 65535) || *port == '0'))
    return "has a port that is not a whole number from 1 to 65535";
  if ((g_str_has_prefix (text, "http:") && g_strcmp0 (port, "80") == 0) ||
      (g_str_has_prefix (text, "https:") && g_strcmp0 (port, "443") == 0))
    return "names the default port of its scheme, which browsers leave out";
  return NULL;
}

/**
 * tide_config_check_url_path:
 * @text: a value of `path`
 *
 * Checks the place of Socket.IO on the HTTP server.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_url_path (const char *text)
{
  if (*text != '/' || !g_str_has_suffix (text, "/"))
    return "is not " TIDE_CONFIG_FORM_URL_PATH;
  if (text[1] == '\0')
    return "leaves no room for the pages; write a name between two /";
  if (!consists_of (text, LETTERS CAPITALS DIGITS "/._~-"))
    return "has characters other than letters, digits and / . _ ~ -";
  if (strstr (text, "//") != NULL || strstr (text, "/./") != NULL ||
      strstr (text, "/../") != NULL)
    return "has an empty or dotted part between two /, which browsers take away";
  return NULL;
}

/**
 * tide_config_check_redis_uri:
 * @text: a value of `uri`
 *
 * Checks the address of a Redis server, by the same rules as the source that connects
 * there. A password in it is refused, since the configuration holds no secrets.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_redis_uri (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideRedisAddress) address = tide_redis_address_parse (text, &error);
  g_autofree char *problem = NULL;

  if (address != NULL)
    return NULL;
  problem = g_strconcat ("can't be used: ", error->message, NULL);
  return g_intern_string (problem);
}

/**
 * tide_config_check_room:
 * @text: an entry of `open`
 *
 * Checks the name of a room that clients may join.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_room (const char *text)
{
  if (g_str_has_prefix (text, "user_"))
    return "can't be opened; a room named user_… belongs to one user";
  if (*text == '\0' || strlen (text) > MAX_ROOM_LENGTH)
    return "is not " TIDE_CONFIG_FORM_ROOM;
  for (const char *letter = text; *letter != '\0'; letter++)
    if (!g_ascii_isprint (*letter))
      return "is not " TIDE_CONFIG_FORM_ROOM;
  return NULL;
}

/**
 * tide_config_check_token:
 * @text: the name of a cookie or a header
 *
 * Checks what HTTP calls a token (RFC 9110, section 5.6.2).
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_token (const char *text)
{
  if (*text == '\0' || strlen (text) > MAX_TOKEN_LENGTH)
    return "is not " TIDE_CONFIG_FORM_TOKEN;
  for (const char *letter = text; *letter != '\0'; letter++)
    if (!g_ascii_isalnum (*letter) && strchr ("!#$%&'*+-.^_`|~", *letter) == NULL)
      return "is not " TIDE_CONFIG_FORM_TOKEN;
  return NULL;
}

/**
 * tide_config_check_token_or_nothing:
 * @text: the name of a cookie, or nothing
 *
 * As tide_config_check_token(), where none can be wanted.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_token_or_nothing (const char *text)
{
  return *text != '\0' ? tide_config_check_token (text) : NULL;
}

/**
 * tide_config_check_text:
 * @text: any text, or none
 *
 * Has nothing to say against any text.
 *
 * Returns: (nullable): %NULL
 */
const char *
tide_config_check_text (const char *text)
{
  return NULL;
}

/**
 * tide_config_check_claim:
 * @text: the name of a claim
 *
 * Checks the name of a claim of JSON Web Tokens; those that others may have too are URIs.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_claim (const char *text)
{
  if (*text == '\0' || strlen (text) > MAX_CLAIM_LENGTH)
    return "is not " TIDE_CONFIG_FORM_CLAIM;
  for (const char *letter = text; *letter != '\0'; letter++)
    if (!g_ascii_isprint (*letter))
      return "is not " TIDE_CONFIG_FORM_CLAIM;
  return NULL;
}

/**
 * tide_config_check_roles_claim:
 * @text: the name of a claim, or of a member of Flask's session, or nothing
 *
 * As tide_config_check_claim(), where none can be wanted, but for what is read as
 * something else already.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_roles_claim (const char *text)
{
  static const char *const taken[] = { "exp",      "nbf", "aud",     "iss",
                                       "_user_id", "_id", "user_id", "_remember",
                                       "remember", NULL };

  if (g_strv_contains (taken, text))
    return "is not what roles are in: it has a meaning of its own";
  return *text != '\0' ? tide_config_check_claim (text) : NULL;
}

/**
 * tide_config_check_user:
 * @text: an entry of `operators`
 *
 * Checks the name of a user: one that no log-in can have would let nobody in.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_user (const char *text)
{
  return tide_user_name_is_good (text) ? NULL : "is not " TIDE_CONFIG_FORM_USER;
}

/**
 * tide_config_check_namespace:
 * @text: an entry of `namespaces`
 *
 * Checks the name of a namespace of Socket.IO. It stands in packets between other things,
 * so nothing may be in it that would end it there.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_namespace (const char *text)
{
  if (g_str_equal (text, "/"))
    return "need not be named; every client may join it";
  if (*text != '/' || strlen (text) > MAX_NAMESPACE_LENGTH)
    return "is not " TIDE_CONFIG_FORM_NAMESPACE;
  for (const char *letter = text; *letter != '\0'; letter++)
    if (!g_ascii_isprint (*letter) || strchr (",\"'\\", *letter) != NULL)
      return "is not " TIDE_CONFIG_FORM_NAMESPACE;
  return NULL;
}

/**
 * tide_config_check_transport:
 * @text: an entry of `transports`
 *
 * Checks the name of a transport.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_transport (const char *text)
{
  if (!g_str_equal (text, "polling") && !g_str_equal (text, "websocket"))
    return "is not one of polling, websocket";
  return NULL;
}

/**
 * tide_config_check_bus:
 * @text: a value of `bus`
 *
 * Checks the choice of a bus.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_bus (const char *text)
{
  if (g_str_equal (text, "system") || g_str_equal (text, "session") ||
      g_str_equal (text, "none"))
    return NULL;
  if (*text == '\0' || !g_dbus_is_supported_address (text, NULL))
    return "is not " TIDE_CONFIG_FORM_BUS;
  return NULL;
}

/**
 * tide_config_check_key_prefix:
 * @text: a value of `offline-store-prefix`
 *
 * Checks what keys in Redis begin with. Patterns over keys shall find it as it stands.
 *
 * Returns: (nullable): what is wrong with it
 */
const char *
tide_config_check_key_prefix (const char *text)
{
  if (*text == '\0' || strlen (text) > 64 ||
      !consists_of (text, LETTERS CAPITALS DIGITS "._:-"))
    return "is not " TIDE_CONFIG_FORM_KEY_PREFIX;
  return NULL;
}
