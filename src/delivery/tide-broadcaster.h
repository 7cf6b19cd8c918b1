/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-sink.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define TIDE_TYPE_BROADCASTER (tide_broadcaster_get_type ())
G_DECLARE_FINAL_TYPE (TideBroadcaster, tide_broadcaster, TIDE, BROADCASTER, GObject)

TideBroadcaster *tide_broadcaster_new (TideBatchSink *sink);

G_END_DECLS
