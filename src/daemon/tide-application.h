/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-config.h"
#include "tide-log.h"
#include "tide-options.h"

G_BEGIN_DECLS

TideExitCode
tide_application_run (const TideOptions *options, TideConfig *config, TideLog *log);

G_END_DECLS
