/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-status.h"
#include "tide-timer-wheel.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideSystemd:
 *
 * Tells systemd how the service is, in the way of sd_notify(3): that it is ready, one
 * line of status, that it reloads, that it ends, and that its loop turns. Where nobody
 * wants to hear that, or in a build without libsystemd, nothing is told and nothing
 * costs.
 */
typedef struct _TideSystemd TideSystemd;

TideSystemd *tide_systemd_new (TideStatus *status,
                               TideTimerWheel *wheel,
                               const TideCounters *counters);
void tide_systemd_free (TideSystemd *self);
void tide_systemd_begin_reload (TideSystemd *self);
void tide_systemd_end_reload (TideSystemd *self);
void tide_systemd_end (TideSystemd *self, gint64 timeout_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideSystemd, tide_systemd_free)

G_END_DECLS
