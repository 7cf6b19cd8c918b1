/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-origin.h"

#include <string.h>

/* Whether the host and port of @origin, as the browser wrote them, are those of the Host
 * header. Both leave out a default port. A page that came without TLS may be anybody's
 * who sits on the way, so it is none of a host that is reached by TLS. */
static gboolean
is_same_host (const char *origin, const char *host, gboolean is_secure)
{
  const char *authority = strstr (origin, "://");

  return authority != NULL && host != NULL &&
         g_ascii_strcasecmp (authority + 3, host) == 0 &&
         (!is_secure || g_ascii_strncasecmp (origin, "https:", 6) == 0);
}

/**
 * tide_origin_is_allowed:
 * @allowed_origins: (nullable) (array zero-terminated=1): origins such as
 *   `https://example.org`, compared exactly, or `*`
 * @origin: (nullable): the request's Origin header; browsers always send one
 * @host: (nullable): the request's Host header
 * @is_secure: the request is known to have been sent by TLS
 *
 * Decides whether a page of that origin may connect. With no list only the pages of this
 * very host may. Without an Origin header it is no browser, and an attack across sites is
 * not possible.
 *
 * Returns: whether it may
 */
gboolean
tide_origin_is_allowed (const char *const *allowed_origins,
                        const char *origin,
                        const char *host,
                        gboolean is_secure)
{
  if (origin == NULL)
    return TRUE;
  if (allowed_origins == NULL || allowed_origins[0] == NULL)
    return is_same_host (origin, host, is_secure);
  return g_strv_contains (allowed_origins, "*") ||
         g_strv_contains (allowed_origins, origin);
}

/**
 * tide_origin_is_named:
 * @allowed_origins: (nullable) (array zero-terminated=1): as above
 * @origin: an origin that is allowed
 *
 * Decides whether a page may send its cookies along from another origin: only one that
 * the operator has named. A `*` names nobody, and a page of this very host need not ask.
 *
 * Returns: whether it may
 */
gboolean
tide_origin_is_named (const char *const *allowed_origins, const char *origin)
{
  return allowed_origins != NULL && g_strv_contains (allowed_origins, origin);
}
