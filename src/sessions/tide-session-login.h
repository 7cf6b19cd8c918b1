/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-websocket-manager.h"

G_BEGIN_DECLS

/* Log-ins of connections. Only for the files of this folder. */

void tide_session_watch_login (TideConnection *connection);
void tide_session_begin_login (TideConnection *connection,
                               const TideNewcomer *newcomer,
                               gint64 now_us);
gboolean tide_session_admit (TideConnection *connection,
                             const char *payload,
                             gsize length,
                             GError **error);
gboolean tide_session_run_authenticate (TideConnection *connection,
                                        const TideProtocolCommand *command,
                                        TideReply *reply,
                                        GError **error);
void tide_session_describe_login (TideConnection *connection, TideReply *reply);
gint64 tide_session_get_login_end (const TideConnection *connection);
gint64 tide_session_check_login (TideConnection *connection, gint64 now_us);
void tide_session_login_free (TideConnectionLogin *login);

G_END_DECLS
