/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-progress.h"

#include "tide-ctl-text.h"

#include <glib/gi18n.h>

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define INTERVAL_US (G_USEC_PER_SEC / 10)
#define MAX_WIDTH 80
#define LEAST_BAR 4
#define PERCENT_WIDTH 4 /* "100%" */
#define FRAME_WIDTH 4   /* brackets and blanks */
#define CLEAR_LINE "\r\033[K"

/**
 * tide_ctl_progress_begin:
 * @self: a bar
 * @is_wanted: whether it may be shown at all
 *
 * Shows a bar from now on, if there is a terminal for it.
 */
void
tide_ctl_progress_begin (TideCtlProgress *self, gboolean is_wanted)
{
  *self = (TideCtlProgress){ .is_shown = is_wanted && isatty (STDERR_FILENO) &&
                                         g_strcmp0 (g_getenv ("TERM"), "dumb") != 0 };
}

/**
 * tide_ctl_progress_make_text:
 * @fraction: how much is done, from 0 to 1; below 0 when that is not known
 * @n_bars: how many bars are done
 * @width: how many cells of the terminal there are
 *
 * Returns: (transfer full): a line of fewer cells, if that can be
 */
char *
tide_ctl_progress_make_text (double fraction, gulong n_bars, guint width)
{
  g_autofree char *bars =
      g_strdup_printf (ngettext ("%lu bar", "%lu bars", n_bars), n_bars);
  guint used = tide_ctl_text_get_width (bars) + PERCENT_WIDTH + FRAME_WIDTH;
  GString *text;
  guint n_cells, n_full;

  width = MIN (width, MAX_WIDTH);
  if (fraction < 0 || used + LEAST_BAR >= width)
    return g_steal_pointer (&bars);
  n_cells = width - 1 - used;
  n_full = (guint) (fraction * n_cells);
  text = g_string_new ("[");
  for (guint i = 0; i < n_cells; i++)
    g_string_append_c (text, i < n_full ? '=' : ' ');
  g_string_append_printf (text, "] %3u%% %s", (guint) (fraction * 100), bars);
  return g_string_free (text, FALSE);
}

/**
 * tide_ctl_progress_update:
 * @self: a bar
 * @fraction: how much is done, from 0 to 1; below 0 when that is not known
 * @n_bars: how many bars are done
 *
 * Draws the bar, unless it was drawn a moment ago.
 */
void
tide_ctl_progress_update (TideCtlProgress *self, double fraction, gulong n_bars)
{
  gint64 now_us = g_get_monotonic_time ();
  struct winsize size = { 0 };
  g_autofree char *text = NULL;

  if (!self->is_shown || (self->drawn_us > 0 && now_us - self->drawn_us < INTERVAL_US))
    return;
  self->drawn_us = now_us;
  ioctl (STDERR_FILENO, TIOCGWINSZ, &size);
  text =
      tide_ctl_progress_make_text (fraction, n_bars, size.ws_col > 0 ? size.ws_col : 80);
  fprintf (stderr, CLEAR_LINE "%s", text);
  fflush (stderr);
}

/**
 * tide_ctl_progress_end:
 * @self: a bar
 *
 * Takes the bar away.
 */
void
tide_ctl_progress_end (TideCtlProgress *self)
{
  if (self->drawn_us == 0)
    return;
  fputs (CLEAR_LINE, stderr);
  fflush (stderr);
  *self = (TideCtlProgress){ 0 };
}
