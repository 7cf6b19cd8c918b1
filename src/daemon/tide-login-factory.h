/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-authenticator.h"
#include "tide-config.h"
#include "tide-http-server.h"

G_BEGIN_DECLS

TideAuthenticator *tide_login_factory_make (TideConfig *config, GError **error);
gboolean
tide_login_factory_settle (TideHttpServer *server, TideConfig *config, GError **error);

G_END_DECLS
