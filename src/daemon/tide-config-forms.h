/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a value of each form looks like, for messages and for the documentation. */
#define TIDE_CONFIG_FORM_LISTEN "HOST:PORT, [IPv6]:PORT, unix:/PATH or systemd"
#define TIDE_CONFIG_FORM_ORIGIN "SCHEME://HOST, SCHEME://HOST:PORT or *"
#define TIDE_CONFIG_FORM_PROXY "an IP address, a net such as 10.0.0.0/8, or unix"
#define TIDE_CONFIG_FORM_URL_PATH "a path that begins and ends with /"
#define TIDE_CONFIG_FORM_REDIS_URI                                                       \
  "redis://[USER@]HOST[:PORT][/DATABASE] or unix:/PATH[?db=DATABASE]"
#define TIDE_CONFIG_FORM_ROOM "a name of 1 to 64 printable ASCII characters"
#define TIDE_CONFIG_FORM_KEY_PREFIX "1 to 64 letters, digits and . _ : -"
#define TIDE_CONFIG_FORM_NAMESPACE                                                       \
  "a name of 2 to 64 printable ASCII characters that begins with / and has no comma, "   \
  "quote or backslash"
#define TIDE_CONFIG_FORM_TOKEN                                                           \
  "a name of 1 to 64 letters, digits and any of !#$%&'*+-.^_`|~"
#define TIDE_CONFIG_FORM_CLAIM "a name of 1 to 128 printable ASCII characters"
#define TIDE_CONFIG_FORM_USER "a user's name, 1 to 128 bytes of printable UTF-8"
#define TIDE_CONFIG_FORM_ROLES_CLAIM TIDE_CONFIG_FORM_CLAIM ", or nothing"
#define TIDE_CONFIG_FORM_TEXT "any text"
#define TIDE_CONFIG_FORM_BUS "system, session, none or a D-Bus address"

/**
 * TideConfigCheck:
 * @text: a value, or one entry of a list
 *
 * Looks at the form of a value.
 *
 * Returns: (nullable): what is wrong, as the end of a sentence that begins with the
 *   value; %NULL when nothing is
 */
typedef const char *(*TideConfigCheck) (const char *text);

const char *tide_config_check_listen (const char *text);
const char *tide_config_check_origin (const char *text);
const char *tide_config_check_url_path (const char *text);
const char *tide_config_check_redis_uri (const char *text);
const char *tide_config_check_room (const char *text);
const char *tide_config_check_namespace (const char *text);
const char *tide_config_check_token (const char *text);
const char *tide_config_check_token_or_nothing (const char *text);
const char *tide_config_check_text (const char *text);
const char *tide_config_check_claim (const char *text);
const char *tide_config_check_roles_claim (const char *text);
const char *tide_config_check_user (const char *text);
const char *tide_config_check_key_prefix (const char *text);
const char *tide_config_check_transport (const char *text);
const char *tide_config_check_bus (const char *text);

gboolean tide_config_listen_is_tls (const char *text);
gboolean tide_config_listen_is_loopback (const char *text);

G_END_DECLS
