/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TIDE_CTL_LINE_MAX_BYTES:
 *
 * The longest line that is taken.
 */
#define TIDE_CTL_LINE_MAX_BYTES (64 * 1024)

/**
 * TideCtlLines:
 *
 * Reads lines one after the other, of a file or a pipe of any length.
 */
typedef struct _TideCtlLines TideCtlLines;

TideCtlLines *tide_ctl_lines_open (const char *name, GError **error);
void tide_ctl_lines_free (TideCtlLines *self);
void tide_ctl_lines_set_csv (TideCtlLines *self, gboolean is_csv);
int tide_ctl_lines_peek (TideCtlLines *self, GError **error);
const char *tide_ctl_lines_next (TideCtlLines *self, gsize *length, GError **error);
guint64 tide_ctl_lines_get_number (const TideCtlLines *self);
guint tide_ctl_lines_get_n_spanned (const TideCtlLines *self);
double tide_ctl_lines_get_fraction (const TideCtlLines *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideCtlLines, tide_ctl_lines_free)

G_END_DECLS
