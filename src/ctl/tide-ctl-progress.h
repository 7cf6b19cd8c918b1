/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideCtlProgress:
 *
 * A bar that grows on standard error, if that is a terminal.
 */
typedef struct
{
  gboolean is_shown;
  gint64 drawn_us; /* when, on the monotonic clock; 0: not yet */
} TideCtlProgress;

void tide_ctl_progress_begin (TideCtlProgress *self, gboolean is_wanted);
void tide_ctl_progress_update (TideCtlProgress *self, double fraction, gulong n_bars);
void tide_ctl_progress_end (TideCtlProgress *self);
char *tide_ctl_progress_make_text (double fraction, gulong n_bars, guint width);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TideCtlProgress, tide_ctl_progress_end)

G_END_DECLS
