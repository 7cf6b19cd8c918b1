/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include <termios.h>

G_BEGIN_DECLS

/**
 * TideCtlTerminal:
 *
 * A terminal that a live view has for itself.
 */
typedef struct
{
  struct termios before; /* what to give back */
  gboolean is_taken;
} TideCtlTerminal;

gboolean tide_ctl_terminal_take (TideCtlTerminal *self, GError **error);
void tide_ctl_terminal_give_back (TideCtlTerminal *self);
void tide_ctl_terminal_draw (const char *text, guint rows);
void tide_ctl_terminal_get_size (guint *columns, guint *rows);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TideCtlTerminal, tide_ctl_terminal_give_back)

G_END_DECLS
