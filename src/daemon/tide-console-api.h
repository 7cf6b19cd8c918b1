/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config.h"
#include "tide-console.h"
#include "tide-drain.h"
#include "tide-stages.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideConsole:
 *
 * Answers what an operator's page asks for; see #TideConsoleRequest. It looks, and
 * changes nothing.
 */
typedef struct _TideConsole TideConsole;

TideConsole *
tide_console_new (const TideStages *stages, TideDrain *drain, TideConfig *config);
void tide_console_free (TideConsole *self);
void tide_console_set_config (TideConsole *self, TideConfig *config);
void tide_console_answer (const TideConsoleRequest *request,
                          TideConsoleAnswer *answer,
                          gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideConsole, tide_console_free)

G_END_DECLS
