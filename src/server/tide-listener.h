/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-socket.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideListener:
 *
 * Listens on one address, and hands on what it accepts.
 */
typedef struct _TideListener TideListener;

/**
 * TideListenerFunc:
 * @listener: who has accepted it
 * @fd: an accepted socket, non-blocking; handed over
 * @peer: who is at the other end
 * @user_data: as given
 *
 * What a listener calls with each socket it accepts.
 */
typedef void (*TideListenerFunc) (TideListener *listener,
                                  int fd,
                                  const TideAddress *peer,
                                  gpointer user_data);

gboolean tide_listener_is_tls (const char *address);
TideListener *tide_listener_new (const char *address,
                                 TideTimerWheel *wheel,
                                 TideListenerFunc func,
                                 gpointer user_data,
                                 GError **error);
void tide_listener_free (TideListener *self);
void tide_listener_count_pauses (TideListener *self, guint64 *n_pauses);
const char *tide_listener_get_uri (TideListener *self);
gboolean tide_listener_is_local (TideListener *self);
void tide_listener_set_admin (TideListener *self);
gboolean tide_listener_is_admin (TideListener *self);
int tide_listener_get_fd (TideListener *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideListener, tide_listener_free)

G_END_DECLS
