/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"

#include <gio/gio.h>

G_BEGIN_DECLS

GDBusInterfaceSkeleton *tide_bus_counters_new (const TideCounters *counters);

G_END_DECLS
