/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bus-funcs.h"
#include "tide-status.h"

#include <gio/gio.h>

G_BEGIN_DECLS

GDBusInterfaceSkeleton *tide_bus_facts_new (TideStatus *status,
                                            const TideBusFuncs *funcs);

G_END_DECLS
