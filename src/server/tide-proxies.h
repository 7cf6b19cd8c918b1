/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-socket.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideProxies:
 *
 * Which proxies are believed about the client in front of them.
 */
typedef struct _TideProxies TideProxies;

TideProxies *tide_proxies_new (const char *const *nets, GError **error);
void tide_proxies_free (TideProxies *self);
gboolean tide_proxies_is_empty (const TideProxies *self);
gboolean tide_proxies_trusts (const TideProxies *self, const TideAddress *address);
void tide_proxies_find_client (const TideProxies *self,
                               const TideAddress *peer,
                               const char *x_forwarded_for,
                               TideAddress *client);
const char *tide_proxies_check_net (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideProxies, tide_proxies_free)

G_END_DECLS
