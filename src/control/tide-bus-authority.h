/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bus-verb.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define TIDE_BUS_AUTHORITY_GROUP "tidewire"

/**
 * TideBusAuthority:
 *
 * Decides who may change something over the bus: root and the members of a group;
 * besides, on the system bus whom polkit lets through, and on any other the user that the
 * service runs as. Nothing else in the service decides that.
 */
#define TIDE_TYPE_BUS_AUTHORITY (tide_bus_authority_get_type ())
G_DECLARE_FINAL_TYPE (TideBusAuthority, tide_bus_authority, TIDE, BUS_AUTHORITY, GObject)

TideBusAuthority *tide_bus_authority_new (void);
void tide_bus_authority_set_group (TideBusAuthority *self, const char *group);
void tide_bus_authority_set_system_bus (TideBusAuthority *self, gboolean is_system_bus);
void tide_bus_authority_set_polkit (TideBusAuthority *self, gboolean is_asked);
gboolean tide_bus_authority_trusts (TideBusAuthority *self, guint32 uid, guint32 own_uid);
void tide_bus_authority_check_async (TideBusAuthority *self,
                                     GDBusMethodInvocation *invocation,
                                     TideBusAction action,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean tide_bus_authority_check_finish (TideBusAuthority *self,
                                          GAsyncResult *result,
                                          guint32 *uid,
                                          GError **error);

G_END_DECLS
