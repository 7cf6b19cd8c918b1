/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-terminal.h"

#include "tide-ctl-error.h"

#include <glib/gi18n.h>

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* The other screen, and no cursor; and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_REST "\033[J"

/**
 * tide_ctl_terminal_take:
 * @self: a terminal that is not taken
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Goes to the terminal's other screen, and has keys come one by one.
 *
 * Returns: whether there is a terminal that can
 */
gboolean
tide_ctl_terminal_take (TideCtlTerminal *self, GError **error)
{
  struct termios raw;

  if (!isatty (STDIN_FILENO) || !isatty (STDOUT_FILENO) ||
      g_strcmp0 (g_getenv ("TERM"), "dumb") == 0 ||
      tcgetattr (STDIN_FILENO, &self->before) != 0)
    {
      g_set_error (error,
                   TIDE_CTL_ERROR,
                   TIDE_CTL_EXIT_USAGE,
                   _ ("A live view needs a terminal. --json prints lines instead."));
      return FALSE;
    }
  raw = self->before;
  raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
  /* Stopped by Ctrl-Z, it would leave the shell with its screen. */
  raw.c_cc[VSUSP] = _POSIX_VDISABLE;
  tcsetattr (STDIN_FILENO, TCSANOW, &raw);
  fputs (ENTER, stdout);
  fflush (stdout);
  self->is_taken = TRUE;
  return TRUE;
}

/**
 * tide_ctl_terminal_give_back:
 * @self: a terminal
 *
 * Leaves the terminal as it was found.
 */
void
tide_ctl_terminal_give_back (TideCtlTerminal *self)
{
  if (!self->is_taken)
    return;
  self->is_taken = FALSE;
  fputs (LEAVE, stdout);
  fflush (stdout);
  tcsetattr (STDIN_FILENO, TCSANOW, &self->before);
}

/**
 * tide_ctl_terminal_get_size:
 * @columns: (out): its width
 * @rows: (out): its height
 *
 * Asks how large the terminal is now.
 */
void
tide_ctl_terminal_get_size (guint *columns, guint *rows)
{
  struct winsize size = { 0 };
  gboolean is_known = ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0;

  *columns = is_known && size.ws_col > 0 ? size.ws_col : 80;
  *rows = is_known && size.ws_row > 0 ? size.ws_row : 24;
}

/**
 * tide_ctl_terminal_draw:
 * @text: lines that are no wider than the terminal
 * @rows: how many there is room for
 *
 * Draws over what was there, without a moment of nothing.
 */
void
tide_ctl_terminal_draw (const char *text, guint rows)
{
  g_autoptr (GString) screen = g_string_new (HOME);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL && i < rows; i++)
    {
      g_string_append_printf (screen, "%s" CLEAR_LINE, lines[i]);
      /* Behind the last line the screen would roll. */
      if (i + 1 < rows && lines[i + 1] != NULL)
        g_string_append (screen, "\r\n");
    }
  g_string_append (screen, CLEAR_REST);
  fputs (screen->str, stdout);
  fflush (stdout);
}
