/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-stages.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideDrain:
 *
 * Sends everybody away in good order, because the service ends, or because somebody who
 * looks after it wants it empty for a while.
 */
typedef struct _TideDrain TideDrain;

TideDrain *tide_drain_new (const TideStages *stages, gint64 timeout_us, guint spread_ms);
void tide_drain_free (TideDrain *self);
gint64 tide_drain_end (TideDrain *self);
gboolean tide_drain_begin (TideDrain *self, gint64 timeout_us, GError **error);
gboolean tide_drain_undo (TideDrain *self, gboolean *was_draining, GError **error);
void tide_drain_set_limits (TideDrain *self, const TideDeliveryLimits *limits);
void tide_drain_get_limits (TideDrain *self, TideDeliveryLimits *limits);
void tide_drain_reloaded (TideDrain *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideDrain, tide_drain_free)

G_END_DECLS
