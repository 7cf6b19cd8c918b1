/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-ctl-bars.h"
#include "tide-ctl.h"

G_BEGIN_DECLS

/* What the files of the verb “history” share. */

gboolean tide_ctl_history_import (TideCtl *self, GError **error);
gboolean tide_ctl_history_export (TideCtl *self, GError **error);
TideTimeframe tide_ctl_history_get_timeframe (const TideCtlOptions *options);
GVariant *tide_ctl_history_list (TideCtl *self, GError **error);

G_END_DECLS
