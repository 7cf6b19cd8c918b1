/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-gather.h"
#include "tide-socket.h"
#include "tide-timer-wheel.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideReactorRemovedFunc:
 * @socket: a socket that is being closed
 * @user_data: as given
 *
 * Who is told of sockets that end.
 */
typedef void (*TideReactorRemovedFunc) (TideSocket *socket, gpointer user_data);

TideReactor *tide_reactor_new (TideTimerWheel *wheel, TideCounters *counters);
void tide_reactor_free (TideReactor *self);
void tide_reactor_set_removed_func (TideReactor *self,
                                    TideReactorRemovedFunc func,
                                    gpointer user_data);
void tide_reactor_attach (TideReactor *self, GMainContext *context);
void tide_reactor_abort_idle (TideReactor *self, gboolean spares_new);
void tide_reactor_trim (TideReactor *self);
guint tide_reactor_get_n_sockets (TideReactor *self);
TideTimerWheel *tide_reactor_get_wheel (TideReactor *self);
TideCounters *tide_reactor_get_counters (TideReactor *self);
TideGather *tide_reactor_get_gather (TideReactor *self);
gint64 tide_reactor_get_write_us (TideReactor *self);

/* For tide-socket.c only. */
gboolean tide_reactor_add (TideReactor *self, TideSocket *socket);
void tide_reactor_remove (TideReactor *self, TideSocket *socket);
void tide_reactor_touch (TideReactor *self, TideSocket *socket, gboolean is_pressing);
void tide_reactor_write (TideReactor *self);
void tide_reactor_wait (TideReactor *self, TideSocket *socket);
void tide_reactor_watch_room (TideReactor *self, TideSocket *socket, gboolean wants_room);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideReactor, tide_reactor_free)

G_END_DECLS
