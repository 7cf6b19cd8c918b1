/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-keys.h"

#include "tide-bus-limits.h"
#include "tide-proxies.h"

#include <string.h>

#define HOUR_MS (60 * 60 * 1000)

/* Keys of one group stand together; the order is the order of everything that is printed.
 */
static const TideConfigKey keys[] = {
  { .group = "server",
    .name = "listen",
    .type = TIDE_CONFIG_LIST,
    .default_text = "127.0.0.1:5000",
    .description = "Addresses to listen on; HOST is an IPv4 address or localhost; port 0 "
                   "takes any free port; tls: before it: TLS is spoken there.",
    .form = TIDE_CONFIG_FORM_LISTEN,
    .check = tide_config_check_listen,
    .is_never_empty = TRUE },
  { .group = "server",
    .name = "allowed-origins",
    .type = TIDE_CONFIG_LIST,
    .default_text = "",
    .description = "Origins whose pages may connect; empty: only pages from the host and "
                   "port that the request itself was sent to; *: pages from anywhere.",
    .form = TIDE_CONFIG_FORM_ORIGIN,
    .check = tide_config_check_origin },
  { .group = "server",
    .name = "trusted-proxies",
    .type = TIDE_CONFIG_LIST,
    .default_text = "",
    .description = "Proxies that are believed when they say for whom they ask, in "
                   "X-Forwarded-For; unix: whoever comes by a Unix socket; empty: none.",
    .form = TIDE_CONFIG_FORM_PROXY,
    .check = tide_proxies_check_net },
  { .group = "server",
    .name = "tls-certificate",
    .type = TIDE_CONFIG_PATH,
    .default_text = "",
    .description =
        "For addresses with tls: a PEM file with the certificate and those that "
        "lead to its authority; SIGHUP reads it again." },
  { .group = "server",
    .name = "tls-private-key",
    .type = TIDE_CONFIG_PATH,
    .default_text = "",
    .description = "A PEM file with the certificate's private key, closed to others." },
  { .group = "server",
    .name = "max-connections",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "20000",
    .description = "Connections that may be open at once; more are refused.",
    .min = 1,
    .max = 1000000 },
  { .group = "server",
    .name = "max-tls-connections",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "1000",
    .description = "Of these, how many may speak TLS at once; for more, a proxy in front "
                   "is the better place.",
    .min = 1,
    .max = 1000000 },
  { .group = "server",
    .name = "max-connections-per-user",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "20",
    .description = "Connections that one user may have open at once; 0: no limit.",
    .max = 1000000 },
  { .group = "server",
    .name = "max-connections-per-address",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "0",
    .description = "Connections that one network address, or IPv6 net of 64 bits, may "
                   "have open at once; 0: no limit. Behind a proxy that is not in "
                   "trusted-proxies all of them come from the proxy's address.",
    .max = 1000000 },
  { .group = "server",
    .name = "max-accepts-per-second",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "0",
    .description = "Connections that one network address, or IPv6 net of 64 bits, may "
                   "open in a second; 0: no limit, for many people may share an address "
                   "and come back at once.",
    .max = 1000000 },
  { .group = "server",
    .name = "max-half-open",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "4096",
    .description = "Sockets that may be open without having sent a request; when there "
                   "are more, the one that has waited longest is closed; 0: no limit.",
    .max = 1000000 },
  { .group = "server",
    .name = "max-memory-bytes",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "0",
    .description = "Resident memory of the service; over it newcomers are refused, then "
                   "slow clients get less, events of users who are away go, and the "
                   "slowest clients are closed; 0: no limit, else at least 33554432.",
    .max = G_GUINT64_CONSTANT (1024) * 1024 * 1024 * 1024 },
  { .group = "server",
    .name = "header-timeout-ms",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "10000",
    .description = "How long the headers of a request may take, from the first byte on, "
                   "and the first byte of a new socket.",
    .min = 100,
    .max = HOUR_MS },
  { .group = "server",
    .name = "drain-timeout-ms",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "10000",
    .description = "How long an end by SIGTERM may take: so long clients have to read "
                   "what waits for them.",
    .min = 100,
    .max = HOUR_MS },
  { .group = "server",
    .name = "drain-spread-ms",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "5000",
    .description = "Over which time clients are asked to come back after an end, so that "
                   "they do not all come at once.",
    .max = HOUR_MS },

  { .group = "engineio",
    .name = "path",
    .type = TIDE_CONFIG_STRING,
    .default_text = "/socket.io/",
    .description = "Where Socket.IO clients connect.",
    .form = TIDE_CONFIG_FORM_URL_PATH,
    .check = tide_config_check_url_path },
  { .group = "engineio",
    .name = "transports",
    .type = TIDE_CONFIG_LIST,
    .default_text = "polling;websocket",
    .description = "Transports that Socket.IO clients may use.",
    .words = "polling;websocket",
    .check = tide_config_check_transport,
    .is_never_empty = TRUE },
  { .group = "engineio",
    .name = "namespaces",
    .type = TIDE_CONFIG_LIST,
    .default_text = "",
    .description = "Namespaces that Socket.IO clients may join besides /, at most 16; "
                   "events and commands are in / only.",
    .form = TIDE_CONFIG_FORM_NAMESPACE,
    .check = tide_config_check_namespace,
    .max = 16 },
  { .group = "engineio",
    .name = "ping-interval-ms",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "10000",
    .description = "How often a connection is asked for a sign of life.",
    .min = 100,
    .max = HOUR_MS },
  { .group = "engineio",
    .name = "ping-timeout-ms",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "60000",
    .description =
        "How long to wait for the sign of life before the connection is closed; "
        "at least a tenth of ping-interval-ms.",
    .min = 100,
    .max = HOUR_MS },
  { .group = "engineio",
    .name = "max-payload-bytes",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "5242880",
    .description = "Largest message that a client may send.",
    .min = 1024,
    .max = 100 * 1024 * 1024 },
  { .group = "engineio",
    .name = "message-timeout-ms",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "30000",
    .description =
        "How long a message on a WebSocket may take from its first byte to its "
        "last, over all its fragments; /ws too.",
    .min = 100,
    .max = HOUR_MS },
  { .group = "engineio",
    .name = "connect-timeout-ms",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "45000",
    .description = "How long a new Engine.IO session may take to join a namespace.",
    .min = 100,
    .max = HOUR_MS },
  { .group = "engineio",
    .name = "upgrade-timeout-ms",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "10000",
    .description = "How long a WebSocket may take to take a long-polling session over.",
    .min = 100,
    .max = HOUR_MS },
  { .group = "engineio",
    .name = "compression",
    .type = TIDE_CONFIG_BOOLEAN,
    .default_text = "false",
    .description = "Compress what goes to WebSockets whose clients offer "
                   "permessage-deflate, and take it compressed from them; /ws too." },

  { .group = "source",
    .name = "type",
    .type = TIDE_CONFIG_ENUM,
    .default_text = "redis",
    .description = "Where events come from; demo makes up a market, none waits idle.",
    .words = "redis;replay;demo;none" },
  { .group = "source",
    .name = "file",
    .type = TIDE_CONFIG_PATH,
    .default_text = "",
    .description = "For type=replay: the recording, one JSON object a line." },
  { .group = "source",
    .name = "speed",
    .type = TIDE_CONFIG_DOUBLE,
    .default_text = "1.0",
    .description = "For type=replay: how many times faster than it was recorded; 0: as "
                   "fast as can be.",
    .min_real = 0.001,
    .max_real = 1000,
    .can_be_zero = TRUE },
  { .group = "source",
    .name = "loop",
    .type = TIDE_CONFIG_BOOLEAN,
    .default_text = "false",
    .description = "For type=replay: begin again at the end of the recording." },
  { .group = "source",
    .name = "max-event-bytes",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "262144",
    .description = "Largest event that is taken from a producer; at most a quarter of "
                   "[delivery] outbox-hard-bytes.",
    .min = 256,
    .max = 256 * 1024 * 1024 },

  { .group = "redis",
    .name = "uri",
    .type = TIDE_CONFIG_STRING,
    .default_text = "redis://127.0.0.1:6379/0",
    .description = "The Redis server to subscribe at.",
    .form = TIDE_CONFIG_FORM_REDIS_URI,
    .check = tide_config_check_redis_uri },
  { .group = "redis",
    .name = "password-file",
    .type = TIDE_CONFIG_PATH,
    .default_text = "",
    .description = "A file whose first line is the password for Redis." },
  { .group = "redis",
    .name = "probe-interval-ms",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "1000",
    .description = "How often a probe is published and expected back, to prove that "
                   "events can come through.",
    .min = 100,
    .max = HOUR_MS },

  { .group = "redis",
    .name = "control-channel",
    .type = TIDE_CONFIG_STRING,
    .default_text = "tidewire.control",
    .description = "A channel for orders to the service itself, such as to log a user "
                   "out; empty: none.",
    .form = TIDE_CONFIG_FORM_TEXT,
    .check = tide_config_check_text },

  { .group = "routing",
    .name = "preset",
    .type = TIDE_CONFIG_ENUM,
    .default_text = "tickstock",
    .description = "The set of routes to begin with; groups [route NAME] change them and "
                   "add others.",
    .words = "tickstock;none" },

  { .group = "delivery",
    .name = "batch-window-ms",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "100",
    .description = "How long events of a user are collected, to be written together; 0: "
                   "not at all.",
    .max = TIDE_BUS_MAX_BATCH_WINDOW_MSEC },
  { .group = "delivery",
    .name = "batch-max-events",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "50",
    .description = "Events in one batch at most, which is written at once when it is "
                   "full; 0: no limit.",
    .max = TIDE_BUS_MAX_BATCH_EVENTS },
  { .group = "delivery",
    .name = "batch-mode",
    .type = TIDE_CONFIG_ENUM,
    .default_text = "leading",
    .description =
        "leading: the first event after a quiet window does not wait; window: "
        "each waits for the end of its window; direct: each goes out by itself, "
        "without windows, rates and batches. To or from direct takes a restart.",
    .words = "leading;window;direct" },
  { .group = "delivery",
    .name = "events-per-second",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "100",
    .description = "Events that a user gets in any second at most, over all tabs; 0: no "
                   "limit.",
    .max = TIDE_BUS_MAX_EVENTS_PER_SECOND },
  { .group = "delivery",
    .name = "urgent-events-per-second",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "50",
    .description = "Events of high and critical priority that a user gets in any second "
                   "besides these, without waiting; 0: no limit.",
    .max = TIDE_BUS_MAX_EVENTS_PER_SECOND },
  { .group = "delivery",
    .name = "outbox-soft-bytes",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "65536",
    .description = "A connection with more than this waiting counts as slow; less than "
                   "outbox-hard-bytes.",
    .min = 1024,
    .max = 1024 * 1024 * 1024 },
  { .group = "delivery",
    .name = "outbox-hard-bytes",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "1048576",
    .description = "A connection with more than this waiting is closed.",
    .min = 4096,
    .max = 1024 * 1024 * 1024 },
  { .group = "delivery",
    .name = "offline-max-events",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "100",
    .description = "Events kept for a user who is away, the oldest go first; 0: none.",
    .max = 100000 },
  { .group = "delivery",
    .name = "offline-max-bytes",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "1048576",
    .description = "The size of the events kept for a user who is away.",
    .max = 1024 * 1024 * 1024 },
  { .group = "delivery",
    .name = "offline-total-bytes",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "67108864",
    .description = "The size of the events kept for all users who are away.",
    .max = G_GUINT64_CONSTANT (1024) * 1024 * 1024 * 1024 },
  { .group = "delivery",
    .name = "offline-max-age-s",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "86400",
    .description = "How long a user who is away is waited for, with its subscriptions.",
    .min = 1,
    .max = 31536000 },
  { .group = "delivery",
    .name = "offline-max-users",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "10000",
    .description = "How many users who are away are waited for; 0: none.",
    .min = 0,
    .max = 10000000 },
  { .group = "delivery",
    .name = "offline-store",
    .type = TIDE_CONFIG_ENUM,
    .default_text = "memory",
    .description = "Where what waits for users who are away is: memory, which a restart "
                   "loses; redis: in memory, with a copy at [redis] uri that the next "
                   "start takes up.",
    .words = "memory;redis" },
  { .group = "delivery",
    .name = "offline-store-prefix",
    .type = TIDE_CONFIG_STRING,
    .default_text = "tidewire",
    .description = "For offline-store=redis: what all keys begin with; each service that "
                   "uses the same database needs another.",
    .form = TIDE_CONFIG_FORM_KEY_PREFIX,
    .check = tide_config_check_key_prefix },

  { .group = "sessions",
    .name = "max-tickers",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "500",
    .description = "Tickers that one connection may ask for.",
    .min = 1,
    .max = 100000 },
  { .group = "sessions",
    .name = "max-tickers-per-user",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "2000",
    .description = "Tickers that all connections of one user may ask for together.",
    .min = 1,
    .max = 1000000 },
  { .group = "sessions",
    .name = "client-events-per-second",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "50",
    .description = "Messages that a client may send in a second, twice as many at once; "
                   "commands over it are refused, and who does not stop is closed; 0: no "
                   "limit.",
    .max = 10000 },
  { .group = "sessions",
    .name = "idle-timeout-s",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "300",
    .description =
        "A connection from which nothing at all came for so long is closed; 0: "
        "never.",
    .max = 7 * 24 * 3600 },
  { .group = "sessions",
    .name = "max-subscriptions",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "100",
    .description = "Subscriptions that one connection may make, besides its tickers.",
    .min = 1,
    .max = 100000 },
  { .group = "sessions",
    .name = "max-subscriptions-per-user",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "400",
    .description = "Subscriptions that one user may have, besides the tickers.",
    .min = 1,
    .max = 1000000 },

  { .group = "rooms",
    .name = "open",
    .type = TIDE_CONFIG_LIST,
    .default_text = "system_health_room;backtest_results_room",
    .description = "Rooms that clients may join; rooms named user_… can never be.",
    .form = TIDE_CONFIG_FORM_ROOM,
    .check = tide_config_check_room },

  { .group = "auth",
    .name = "mode",
    .type = TIDE_CONFIG_ENUM,
    .default_text = "none",
    .description = "Who users are: none makes every connection an anonymous user of its "
                   "own; flask-session takes the log-in of Flask-Login; jwt takes JSON "
                   "Web Tokens; header takes the name that one of [server] "
                   "trusted-proxies sends; development believes the query parameter "
                   "user, and needs every listen address to be TCP on loopback.",
    .words = "none;flask-session;jwt;header;development" },
  { .group = "auth",
    .name = "guest",
    .type = TIDE_CONFIG_BOOLEAN,
    .default_text = "false",
    .description = "Let in who is not logged in, as a guest, who gets the events of "
                   "routes with public=true only; else they are refused." },
  { .group = "auth",
    .name = "flask-secret-file",
    .type = TIDE_CONFIG_PATH,
    .default_text = "",
    .description = "For mode=flask-session: a file with the application's SECRET_KEY; "
                   "older keys, which are still good, in lines below." },
  { .group = "auth",
    .name = "flask-session-cookie",
    .type = TIDE_CONFIG_STRING,
    .default_text = "session",
    .description = "The name of Flask's session cookie, its SESSION_COOKIE_NAME.",
    .form = TIDE_CONFIG_FORM_TOKEN,
    .check = tide_config_check_token },
  { .group = "auth",
    .name = "flask-remember-cookie",
    .type = TIDE_CONFIG_STRING,
    .default_text = "remember_token",
    .description = "The name of Flask-Login's cookie, its REMEMBER_COOKIE_NAME.",
    .form = TIDE_CONFIG_FORM_TOKEN,
    .check = tide_config_check_token },
  { .group = "auth",
    .name = "flask-max-age-s",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "2678400",
    .description = "How old a session cookie may be, Flask's PERMANENT_SESSION_LIFETIME.",
    .min = 1,
    .max = 10 * 31536000 },
  { .group = "auth",
    .name = "flask-max-inflated-bytes",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "65536",
    .description = "How large a session may be when its cookie is decompressed.",
    .min = 1024,
    .max = 16 * 1024 * 1024 },
  { .group = "auth",
    .name = "jwt-algorithm",
    .type = TIDE_CONFIG_ENUM,
    .default_text = "HS256",
    .description = "For mode=jwt: how tokens are signed; no other way is taken.",
    .words = "HS256;RS256;ES256" },
  { .group = "auth",
    .name = "jwt-key-file",
    .type = TIDE_CONFIG_PATH,
    .default_text = "",
    .description = "For mode=jwt: a file with the secret, one a line, or with public "
                   "keys in PEM; of several each is good." },
  { .group = "auth",
    .name = "jwt-cookie",
    .type = TIDE_CONFIG_STRING,
    .default_text = "",
    .description = "The name of a cookie that tokens are also taken from; empty: none.",
    .form = TIDE_CONFIG_FORM_TOKEN " or nothing",
    .check = tide_config_check_token_or_nothing },
  { .group = "auth",
    .name = "jwt-audience",
    .type = TIDE_CONFIG_STRING,
    .default_text = "",
    .description =
        "What a token's aud must be or hold; empty: tokens with an aud are refused.",
    .form = TIDE_CONFIG_FORM_TEXT,
    .check = tide_config_check_text },
  { .group = "auth",
    .name = "jwt-issuer",
    .type = TIDE_CONFIG_STRING,
    .default_text = "",
    .description = "What a token's iss must be; empty: it is not looked at.",
    .form = TIDE_CONFIG_FORM_TEXT,
    .check = tide_config_check_text },
  { .group = "auth",
    .name = "jwt-user-claim",
    .type = TIDE_CONFIG_STRING,
    .default_text = "sub",
    .description = "The claim that names the user.",
    .form = TIDE_CONFIG_FORM_CLAIM,
    .check = tide_config_check_claim },
  { .group = "auth",
    .name = "jwt-leeway-s",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "5",
    .description = "How far the clock of who made a token may be off from ours.",
    .max = 300 },
  { .group = "auth",
    .name = "jwt-grace-s",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "30",
    .description = "How long a client whose token has run out may stay, to send a new "
                   "one.",
    .max = 3600 },
  { .group = "auth",
    .name = "user-header",
    .type = TIDE_CONFIG_STRING,
    .default_text = "X-Remote-User",
    .description = "For mode=header: the header that the proxy names the user in, and "
                   "replaces when a browser sends it.",
    .form = TIDE_CONFIG_FORM_TOKEN,
    .check = tide_config_check_token },

  { .group = "bus",
    .name = "bus",
    .type = TIDE_CONFIG_STRING,
    .default_text = "system",
    .description = "The D-Bus bus to offer the control interfaces on.",
    .form = TIDE_CONFIG_FORM_BUS,
    .check = tide_config_check_bus },

  { .group = "demo",
    .name = "ticks-per-second",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "100",
    .description = "For type=demo: ticks over all symbols.",
    .min = 1,
    .max = 100000 },
  { .group = "demo",
    .name = "seed",
    .type = TIDE_CONFIG_INTEGER,
    .default_text = "0",
    .description = "For type=demo: the same seed makes the same market; 0: a new one at "
                   "each start.",
    .max = G_MAXUINT32 },
};

/**
 * tide_config_keys_get_all:
 * @n_keys: (out): the number of keys
 *
 * Gets the table of all keys.
 *
 * Returns: (transfer none) (array length=n_keys): the keys, group by group
 */
const TideConfigKey *
tide_config_keys_get_all (guint *n_keys)
{
  *n_keys = G_N_ELEMENTS (keys);
  return keys;
}

/**
 * tide_config_keys_find:
 * @group: a group's name
 * @name: a key's name
 *
 * Returns: (transfer none) (nullable): the key
 */
const TideConfigKey *
tide_config_keys_find (const char *group, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].group, group) && g_str_equal (keys[i].name, name))
      return &keys[i];
  return NULL;
}

/**
 * tide_config_keys_has_group:
 * @group: a group's name
 *
 * Returns: whether there is such a group
 */
gboolean
tide_config_keys_has_group (const char *group)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].group, group))
      return TRUE;
  return FALSE;
}

/* How many letters must be put in, taken out or changed to make one name of the other.
 * Names that are longer than any of ours are not worth the work. */
static guint
count_differences (const char *wanted, const char *name)
{
  guint row[64];
  gsize length = strlen (name);

  if (strlen (wanted) >= G_N_ELEMENTS (row) || length >= G_N_ELEMENTS (row))
    return G_MAXUINT;
  for (guint j = 0; j <= length; j++)
    row[j] = j;
  for (guint i = 0; wanted[i] != '\0'; i++)
    {
      char letter = wanted[i] == '_' ? '-' : g_ascii_tolower (wanted[i]);
      guint diagonal = row[0]++;

      for (guint j = 0; j < length; j++)
        {
          guint changed = diagonal + (letter == name[j] ? 0 : 1);

          diagonal = row[j + 1];
          row[j + 1] = MIN (changed, MIN (row[j], row[j + 1]) + 1);
        }
    }
  return row[length];
}

/* A third of the letters may be wrong, at least one: more is another word. */
static gboolean
is_near (guint n_differences, const char *name)
{
  return n_differences <= MAX (1, strlen (name) / 3);
}

/**
 * tide_config_keys_is_near:
 * @wanted: a name that there is not
 * @name: one that there is
 *
 * Returns: whether @name may have been meant
 */
gboolean
tide_config_keys_is_near (const char *wanted, const char *name)
{
  return is_near (count_differences (wanted, name), name);
}

/**
 * tide_config_keys_explain_group:
 * @group: a name that is no group's
 *
 * Says which group may have been meant, or which there are.
 *
 * Returns: (transfer full): a sentence for an error
 */
char *
tide_config_keys_explain_group (const char *group)
{
  const char *nearest = NULL;
  const char *last = "";
  guint nearest_differences = G_MAXUINT;
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (g_str_equal (keys[i].group, last))
        continue;
      last = keys[i].group;
      g_string_append_printf (all, "%s[%s]", all->len > 0 ? ", " : "", last);

      guint n_differences = count_differences (group, last);

      if (n_differences < nearest_differences)
        {
          nearest = last;
          nearest_differences = n_differences;
        }
    }
  if (nearest != NULL && is_near (nearest_differences, nearest))
    return g_strdup_printf ("is not a known group; did you mean [%s]?", nearest);
  return g_strdup_printf ("is not a known group; there are %s, [route NAME]", all->str);
}

/**
 * tide_config_keys_explain_name:
 * @group: a group that there is
 * @name: a name that is no key of @group
 *
 * Says which key may have been meant, or which there are.
 *
 * Returns: (transfer full): a sentence for an error
 */
char *
tide_config_keys_explain_name (const char *group, const char *name)
{
  const TideConfigKey *elsewhere = NULL;
  const char *nearest = NULL;
  guint nearest_differences = G_MAXUINT;
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      if (!g_str_equal (keys[i].group, group))
        {
          if (g_str_equal (keys[i].name, name))
            elsewhere = &keys[i];
          continue;
        }
      g_string_append_printf (all, "%s%s", all->len > 0 ? ", " : "", keys[i].name);

      guint n_differences = count_differences (name, keys[i].name);

      if (n_differences < nearest_differences)
        {
          nearest = keys[i].name;
          nearest_differences = n_differences;
        }
    }
  if (elsewhere != NULL)
    return g_strdup_printf (
        "is not a known key of [%s]; it belongs to [%s]", group, elsewhere->group);
  if (nearest != NULL && is_near (nearest_differences, nearest))
    return g_strdup_printf (
        "is not a known key of [%s]; did you mean %s?", group, nearest);
  return g_strdup_printf ("is not a known key of [%s]; there are %s", group, all->str);
}

/**
 * tide_config_key_describe_values:
 * @key: a key
 *
 * Says what @key takes, such as `a whole number from 1 to 10`.
 *
 * Returns: (transfer full): words that can follow "is not"
 */
char *
tide_config_key_describe_values (const TideConfigKey *key)
{
  g_auto (GStrv) words = g_strsplit (key->words != NULL ? key->words : "", ";", -1);
  g_autofree char *joined = g_strjoinv (", ", words);
  char low[G_ASCII_DTOSTR_BUF_SIZE], high[G_ASCII_DTOSTR_BUF_SIZE];

  switch (key->type)
    {
    case TIDE_CONFIG_STRING:
    case TIDE_CONFIG_LIST:
      if (key->words == NULL)
        return g_strdup (key->form);
      return g_strdup_printf ("one of %s", joined);
    case TIDE_CONFIG_ENUM:
      return g_strdup_printf ("one of %s", joined);
    case TIDE_CONFIG_INTEGER:
      return g_strdup_printf ("a whole number from %" G_GUINT64_FORMAT
                              " to %" G_GUINT64_FORMAT,
                              key->min,
                              key->max);
    case TIDE_CONFIG_DOUBLE:
      return g_strdup_printf ("%sa number from %s to %s",
                              key->can_be_zero ? "0 or " : "",
                              g_ascii_formatd (low, sizeof low, "%g", key->min_real),
                              g_ascii_formatd (high, sizeof high, "%g", key->max_real));
    case TIDE_CONFIG_BOOLEAN:
      return g_strdup ("true or false");
    case TIDE_CONFIG_PATH:
      return g_strdup ("a file's path or nothing");
    }
  return NULL;
}
