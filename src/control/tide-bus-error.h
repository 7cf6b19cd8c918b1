/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void tide_bus_error_register (void);
void tide_bus_error_return (GDBusMethodInvocation *invocation, GError *error);

G_END_DECLS
