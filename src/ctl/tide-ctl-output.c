/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-output.h"

#include "tide-ctl-error.h"
#include "tide-ctl-text.h"

#include <glib/gi18n.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static gboolean
can_colour (void)
{
  const char *no_color = g_getenv ("NO_COLOR");
  const char *term = g_getenv ("TERM");

  return isatty (STDOUT_FILENO) && (no_color == NULL || *no_color == '\0') &&
         term != NULL && *term != '\0' && !g_str_equal (term, "dumb");
}

static guint
find_width (void)
{
  struct winsize size;

  if (!isatty (STDOUT_FILENO))
    return 0;
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

/**
 * tide_ctl_output_new:
 * @colour: when there are colours
 * @may_page: whether a pager is welcome; there is one at a terminal only
 *
 * Returns: (transfer full): an output without text
 */
TideCtlOutput *
tide_ctl_output_new (TideCtlColour colour, gboolean may_page)
{
  TideCtlOutput *self = g_new0 (TideCtlOutput, 1);

  self->text = g_string_new (NULL);
  self->has_colour =
      colour == TIDE_CTL_COLOUR_AUTO ? can_colour () : colour == TIDE_CTL_COLOUR_ALWAYS;
  self->has_pager = may_page && isatty (STDOUT_FILENO) && isatty (STDIN_FILENO);
  self->width = find_width ();
  return self;
}

/**
 * tide_ctl_output_free:
 * @self: (transfer full): an output
 *
 * Frees @self.
 */
void
tide_ctl_output_free (TideCtlOutput *self)
{
  g_string_free (self->text, TRUE);
  g_free (self);
}

/**
 * tide_ctl_output_add:
 * @self: an output
 * @style: (nullable): numbers of an SGR sequence
 * @text: text that is safe for a terminal
 *
 * Adds text in a style, which is left out where there are no colours.
 */
void
tide_ctl_output_add (TideCtlOutput *self, const char *style, const char *text)
{
  if (style != NULL && self->has_colour)
    g_string_append_printf (self->text, "\033[%sm%s\033[0m", style, text);
  else
    g_string_append (self->text, text);
}

/**
 * tide_ctl_output_add_table:
 * @self: an output
 * @table: a table
 *
 * Adds a table, cut to the terminal.
 */
void
tide_ctl_output_add_table (TideCtlOutput *self, TideCtlTable *table)
{
  tide_ctl_table_print (table, self->text, self->width, self->has_colour);
}

/**
 * tide_ctl_output_add_json:
 * @self: an output
 * @node: (transfer full): a document
 * @is_pretty: whether it takes several lines
 *
 * Adds JSON, and the end of its line.
 */
void
tide_ctl_output_add_json (TideCtlOutput *self, JsonNode *node, gboolean is_pretty)
{
  g_autofree char *json = json_to_string (node, is_pretty);
  g_autofree char *safe = tide_ctl_text_make_json_safe (json);

  g_string_append (self->text, safe);
  g_string_append_c (self->text, '\n');
  json_node_unref (node);
}

/* Returns: (transfer full): the text as the locale writes it */
static char *
convert_text (const TideCtlOutput *self)
{
  const char *charset;
  g_autofree char *target = NULL;
  char *text;

  if (self->is_utf8 || g_get_charset (&charset))
    return g_strdup (self->text->str);
  /* It is glibc's doing that quotes come out as those of ASCII. */
  target = g_strconcat (charset, "//TRANSLIT", NULL);
  text = g_convert_with_fallback (
      self->text->str, -1, target, "UTF-8", "?", NULL, NULL, NULL);
  return text != NULL ? text : g_strdup (self->text->str);
}

static const char *
find_pager (const TideCtlOutput *self)
{
  const char *pager = g_getenv ("PAGER");

  if (!self->has_pager)
    return NULL;
  if (pager == NULL)
    pager = "less";
  return *pager == '\0' || g_str_equal (pager, "cat") ? NULL : pager;
}

/* Returns: whether a pager took it; when there is none, the shell says so by its code */
static gboolean
try_pager (const char *pager, const char *text)
{
  /* The user may quit before all is read. */
  signal (SIGPIPE, SIG_IGN);
  g_setenv ("LESS", "FRSX", FALSE);
  g_setenv ("LESSCHARSET", "utf-8", FALSE);
  g_autofree char *command = g_strdup_printf ("%s 2>/dev/null", pager);
  FILE *pipe = popen (command, "w");

  if (pipe == NULL)
    return FALSE;
  fputs (text, pipe);

  int status = pclose (pipe);

  return status != -1 && !(WIFEXITED (status) && WEXITSTATUS (status) == 127);
}

/**
 * tide_ctl_output_flush:
 * @self: an output
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Writes what was added, past any pager, and empties @self.
 *
 * Returns: whether it could be written
 */
gboolean
tide_ctl_output_flush (TideCtlOutput *self, GError **error)
{
  g_autofree char *text = convert_text (self);

  g_string_truncate (self->text, 0);
  if (fputs (text, stdout) >= 0 && fflush (stdout) == 0)
    return TRUE;

  int problem = errno;

  /* GIO ignores the signal, so nobody would notice that the reader has left. */
  if (problem == EPIPE)
    {
      signal (SIGPIPE, SIG_DFL);
      raise (SIGPIPE);
    }
  g_set_error (error,
               TIDE_CTL_ERROR,
               TIDE_CTL_EXIT_FAILED,
               _ ("The output can't be written: %s"),
               g_strerror (problem));
  return FALSE;
}

/**
 * tide_ctl_output_show:
 * @self: an output
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Writes what was added, through a pager where there is one, and empties @self.
 *
 * Returns: whether it could be written
 */
gboolean
tide_ctl_output_show (TideCtlOutput *self, GError **error)
{
  const char *pager = self->text->len > 0 ? find_pager (self) : NULL;

  if (pager != NULL)
    {
      g_autofree char *text = convert_text (self);

      if (try_pager (pager, text))
        {
          g_string_truncate (self->text, 0);
          return TRUE;
        }
    }
  return tide_ctl_output_flush (self, error);
}
