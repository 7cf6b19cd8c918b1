/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bus-authority.h"
#include "tide-bus-funcs.h"

#include <gio/gio.h>

G_BEGIN_DECLS

GDBusInterfaceSkeleton *tide_bus_verbs_new (TideBusAuthority *authority,
                                            const TideBusFuncs *funcs);

G_END_DECLS
