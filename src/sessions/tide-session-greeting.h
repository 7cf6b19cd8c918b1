/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-websocket-manager.h"

G_BEGIN_DECLS

/* Only for the files of this folder. */

void tide_session_greet (TideWebSocketManager *manager, TideConnection *connection);

G_END_DECLS
