/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-event.h"
#include "tide-route.h"

#include <glib.h>

G_BEGIN_DECLS

gboolean tide_route_has_version (const TideRoute *route, guint version);
GString *tide_event_make_version (const TideEvent *event, guint version);

G_END_DECLS
