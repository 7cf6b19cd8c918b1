/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-history.h"
#include "tide-ctl-progress.h"

#include <gio/gunixoutputstream.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bars are written as they come, page by page. A file gets its name when it is whole. */

typedef struct
{
  TideCtl *ctl;
  TideCtlBarFormat format;
  TideTimeframe timeframe;
  gint64 from_s;
  gint64 to_s;

  char *path;            /* (owned) (nullable), the file; NULL for standard output */
  char *temporary;       /* (owned) (nullable), what it is called before */
  GOutputStream *output; /* (owned) */
  GString *text;         /* (owned), of a page */
  TideCtlProgress progress;
  gulong n_bars;
  gsize n_symbols; /* how many there are */
  gsize i_symbol;  /* which one it is at */
} Export;

/* (unowned) (nullable), what to delete when we are ended. */
static const char *volatile unfinished;

/* Deletes what is not whole, and ends us by the same signal, which has its usual effect
 * again. */
static void
on_signal (int number)
{
  if (unfinished != NULL)
    unlink (unfinished);
  raise (number);
}

/* Until a file that has @path is whole, it does not outlive us. */
static void
set_unfinished (const char *path)
{
  static const int endings[] = { SIGINT, SIGTERM, SIGHUP };
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int) SA_RESETHAND };

  unfinished = path;
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      struct sigaction before;

      sigaction (endings[i], &action, &before);
      if (before.sa_handler == SIG_IGN) /* nohup says so */
        sigaction (endings[i], &before, NULL);
    }
}

static void
export_clear (Export *self)
{
  tide_ctl_progress_end (&self->progress);
  g_clear_object (&self->output);
  if (self->temporary != NULL)
    g_unlink (self->temporary);
  unfinished = NULL;
  g_free (self->temporary);
  g_free (self->path);
  g_string_free (self->text, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Export, export_clear)

static gboolean
fail (const Export *self, int problem, GError **error)
{
  g_set_error (error,
               TIDE_CTL_ERROR,
               TIDE_CTL_EXIT_FAILED,
               _ ("%s can't be written: %s"),
               self->path,
               g_strerror (problem));
  return FALSE;
}

/* Opens what to write to: a file of another name beside the one that is meant, unless
 * that is no regular file. */
static gboolean
open_output (Export *self, GError **error)
{
  struct stat there;
  int fd;

  if (self->path == NULL)
    {
      self->output = g_unix_output_stream_new (STDOUT_FILENO, FALSE);
      return TRUE;
    }
  if (g_stat (self->path, &there) == 0 && !S_ISREG (there.st_mode))
    fd = g_open (self->path, O_WRONLY | O_CLOEXEC, 0);
  else
    {
      self->temporary = g_strconcat (self->path, ".XXXXXX", NULL);
      fd = g_mkstemp_full (self->temporary, O_WRONLY | O_CLOEXEC, 0666);
      if (fd < 0)
        g_clear_pointer (&self->temporary, g_free);
      else
        set_unfinished (self->temporary);
    }
  if (fd < 0)
    return fail (self, errno, error);
  self->output = g_unix_output_stream_new (fd, TRUE);
  return TRUE;
}

static gboolean
flush (Export *self, GError **error)
{
  gboolean is_written = g_output_stream_write_all (
      self->output, self->text->str, self->text->len, NULL, NULL, error);

  g_string_truncate (self->text, 0);
  return is_written;
}

/* Gives the file its name, on the disk too. */
static gboolean
finish (Export *self, GError **error)
{
  int fd = g_unix_output_stream_get_fd (G_UNIX_OUTPUT_STREAM (self->output));

  if (!flush (self, error))
    return FALSE;
  if (self->temporary == NULL)
    return TRUE;
  if (fsync (fd) != 0 || g_rename (self->temporary, self->path) != 0)
    return fail (self, errno, error);
  unfinished = NULL;
  g_clear_pointer (&self->temporary, g_free);
  return TRUE;
}

/* How much is done: all symbols count alike, and in one it goes by the time. */
static void
show_progress (Export *self, gint64 done_s, gint64 all_s)
{
  double part = all_s > 0 ? CLAMP ((double) done_s / (double) all_s, 0, 1) : 1;

  tide_ctl_progress_update (&self->progress,
                            ((double) self->i_symbol + part) / (double) self->n_symbols,
                            self->n_bars);
}

/* Writes the bars of a page, and puts @from_s behind them. */
static gboolean
write_page (
    Export *self, const char *symbol, GVariant *bars, gint64 *from_s, GError **error)
{
  TideCtlBar bar = { 0 };
  TideBarValues *values = &bar.values;

  g_strlcpy (bar.symbol, symbol, sizeof bar.symbol);
  for (gsize i = 0; i < g_variant_n_children (bars); i++)
    {
      g_variant_get_child (bars,
                           i,
                           "(xddddd)",
                           &values->start_s,
                           &values->open,
                           &values->high,
                           &values->low,
                           &values->close,
                           &values->volume);
      tide_ctl_bars_append (self->text, self->format, &bar);
      *from_s = values->start_s + 1;
      self->n_bars++;
    }
  return flush (self, error);
}

/* @first_s: when the first bar of @symbol begins; @last_s: when the last one does */
static gboolean
export_symbol (
    Export *self, const char *symbol, gint64 first_s, gint64 last_s, GError **error)
{
  gint64 from_s = MAX (self->from_s, first_s);
  gsize n_bars;

  do
    {
      g_autoptr (GVariant) bars = NULL;
      g_autoptr (GVariant) answer =
          tide_ctl_bus_call (self->ctl->bus,
                             "Admin.ExportBars",
                             g_variant_new ("(ssxxu)",
                                            symbol,
                                            tide_timeframe_get_nick (self->timeframe),
                                            from_s,
                                            self->to_s,
                                            TIDE_BARS_PER_CALL),
                             "(a(xddddd))",
                             error);

      if (answer == NULL)
        return FALSE;
      bars = g_variant_get_child_value (answer, 0);
      n_bars = g_variant_n_children (bars);
      if (!write_page (self, symbol, bars, &from_s, error))
        return FALSE;
      show_progress (self, from_s - first_s, last_s - first_s);
    }
  while (n_bars >= TIDE_BARS_PER_CALL);
  return TRUE;
}

static gboolean
export_all (Export *self, GVariant *symbols, GError **error)
{
  self->n_symbols = g_variant_n_children (symbols);
  tide_ctl_bars_append_header (self->text, self->format);
  for (self->i_symbol = 0; self->i_symbol < self->n_symbols; self->i_symbol++)
    {
      const char *symbol;
      gint64 first_s, last_s;

      g_variant_get_child (symbols, self->i_symbol, "(&sxx)", &symbol, &first_s, &last_s);
      if (!export_symbol (self, symbol, first_s, last_s, error))
        return FALSE;
    }
  return finish (self, error);
}

static gboolean
read_time (const char *name, const char *text, gint64 *time_s, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (text == NULL || tide_ctl_bars_parse_time (text, strlen (text), time_s, &problem))
    return TRUE;
  tide_ctl_set_usage_error (error, "--%s: %s", name, problem->message);
  return FALSE;
}

/* Says how many there were, unless they are what was written. */
static void
report (const Export *self)
{
  if (self->path == NULL)
    return;
  tide_ctl_say (self->ctl,
                "exported",
                self->n_bars,
                g_strdup_printf (
                    ngettext ("%lu bar is in %s.", "%lu bars are in %s.", self->n_bars),
                    self->n_bars,
                    self->path));
}

/* Writes the bars that are wanted. */
gboolean
tide_ctl_history_export (TideCtl *self, GError **error)
{
  const TideCtlOptions *options = self->options;
  g_auto (Export) export = { .ctl = self, .text = g_string_new (NULL) };
  g_autoptr (GVariant) symbols = NULL;

  if (g_strcmp0 (options->format, "ndjson") == 0)
    export.format = TIDE_CTL_BARS_NDJSON;
  export.timeframe = tide_ctl_history_get_timeframe (options);
  if (!read_time ("from", options->from, &export.from_s, error) ||
      !read_time ("to", options->to, &export.to_s, error))
    return FALSE;
  if (options->output != NULL && !g_str_equal (options->output, "-"))
    export.path = g_strdup (options->output);
  symbols = tide_ctl_history_list (self, error);
  if (symbols == NULL || !open_output (&export, error))
    return FALSE;
  tide_ctl_progress_begin (&export.progress, export.path != NULL);
  if (!export_all (&export, symbols, error))
    return FALSE;
  tide_ctl_progress_end (&export.progress);
  report (&export);
  return TRUE;
}
