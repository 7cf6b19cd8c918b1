/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-http-server-private.h"

G_BEGIN_DECLS

void tide_engineio_requests_add (TideHttpServer *server);

G_END_DECLS
