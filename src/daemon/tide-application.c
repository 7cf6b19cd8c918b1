/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The life of the daemon: start, signals, end. */

#include "config.h"

#include "tide-application.h"

#include "tide-bus-limits.h"
#include "tide-bus-service.h"
#include "tide-error.h"
#include "tide-inspector.h"
#include "tide-message-ids.h"
#include "tide-operator.h"
#include "tide-pipeline.h"
#include "tide-systemd.h"

#include <glib-unix.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define DRAIN_LOOK_MS 20
#define OTHER_DESCRIPTORS 64 /* besides those of connections */

typedef struct
{
  const TideOptions *options; /* (unowned) */
  GMainLoop *loop;            /* (owned) */
  TideStatus *status;         /* (owned) */
  TidePipeline *pipeline;     /* (owned) */
  TideOperator bus_operator;  /* does what is asked for over the bus */
  TideInspector inspector;    /* looks for those who ask over the bus */
  TideBusService *bus;        /* (owned) */
  TideSystemd *systemd;       /* (owned) */
  GSource *drain;             /* (owned) (nullable), looks whether draining is over */
  gint64 drain_end_us;
  int signal_fd;
  TideConfig *config; /* (unowned), what to run */
  TideExitCode code;
  gboolean has_failed; /* and ends with @code */
} Application;

static GSource *
add_source (GSource *source, GSourceFunc func, Application *self)
{
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, NULL);
  return source;
}

static gboolean
on_drain_look (gpointer user_data)
{
  Application *self = user_data;

  if (!tide_pipeline_is_empty (self->pipeline) &&
      g_get_monotonic_time () < self->drain_end_us)
    return G_SOURCE_CONTINUE;
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

/* The first signal drains, the second ends at once. */
static void
end (Application *self)
{
  if (self->drain != NULL)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  tide_log_notable (
      G_LOG_LEVEL_MESSAGE,
      TIDE_MESSAGE_ENDING,
      "Ending: clients get what waits for them, then their connections close; a "
      "second signal ends at once");
  self->drain_end_us = tide_pipeline_drain (self->pipeline);
  tide_systemd_end (self->systemd, self->drain_end_us - g_get_monotonic_time ());
  tide_bus_service_stop (self->bus);
  self->drain = add_source (g_timeout_source_new (DRAIN_LOOK_MS), on_drain_look, self);
}

static void
say_reloaded (Application *self)
{
  TideDeliveryLimits limits;
  g_autofree char *text = NULL;

  tide_drain_get_limits (tide_pipeline_get_drain (self->pipeline), &limits);
  text = tide_bus_limits_describe (&limits);
  tide_log_notable (
      G_LOG_LEVEL_MESSAGE,
      TIDE_MESSAGE_RELOADED,
      "Reloaded: origins, secrets, the certificate, limits, open rooms, operators, "
      "delivery (%s) and the address of Redis are in force; all else takes a restart",
      text);
}

/* The kernel doubles its table of open files when it is full. In a process with threads
 * it waits each time until no processor can be looking at the old one, within accept():
 * 20 to 40 ms in which nobody gets anything (expand_fdtable() in fs/file.c). So the table
 * has its size before there are connections; it never shrinks, and a place takes eight
 * bytes. */
static void
reserve_descriptors (TideConfig *config)
{
  rlim_t highest =
      tide_config_get_int (config, "server", "max-connections") + OTHER_DESCRIPTORS;
  int any = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  struct rlimit limit;
  int high;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    highest = MIN (highest, limit.rlim_cur - 1);
  high = fcntl (any, F_DUPFD_CLOEXEC, (int) highest);
  if (high >= 0)
    close (high);
  if (any >= 0)
    close (any);
}

static gboolean
read_and_reload (Application *self, GError **error)
{
  g_autoptr (TideConfig) config = tide_config_load (
      self->options->config_file, (const char *const *) self->options->settings, error);

  if (config == NULL || !tide_pipeline_reload (self->pipeline, config, error))
    return FALSE;
  tide_config_unref (self->inspector.config);
  self->inspector.config = tide_config_ref (config);
  reserve_descriptors (config);
  say_reloaded (self);
  return TRUE;
}

static gboolean
reload (gpointer user_data, GError **error)
{
  Application *self = user_data;
  GError *own_error = NULL;
  gboolean is_reloaded;

  tide_systemd_begin_reload (self->systemd);
  is_reloaded = read_and_reload (self, &own_error);
  tide_systemd_end_reload (self->systemd);
  if (is_reloaded)
    return TRUE;
  tide_log_notable (G_LOG_LEVEL_WARNING,
                    TIDE_MESSAGE_NOT_RELOADED,
                    "Not reloaded, the old configuration stays in force:\n%s",
                    own_error->message);
  g_propagate_error (error, own_error);
  return FALSE;
}

static gboolean
on_signal (int fd, GIOCondition condition, gpointer user_data)
{
  struct signalfd_siginfo info;

  if (read (fd, &info, sizeof info) != sizeof info)
    return G_SOURCE_CONTINUE;
  if (info.ssi_signo == SIGHUP)
    reload (user_data, NULL);
  else
    end (user_data);
  return G_SOURCE_CONTINUE;
}

/* GLib's own sources for signals start a thread. In a process with threads the kernel
 * counts references to a descriptor for each send (fdget() in fs/file.c), and the C
 * library has each send be a point where a thread can be cancelled: 1 % of a delivery.
 * The bus has a thread in any case; who goes without it has none. To be called before
 * there is any: one that does not block the signals would be ended by them. */
static GSource *
watch_signals (Application *self)
{
  sigset_t signals;

  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGHUP);
  self->signal_fd = signalfd (-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (self->signal_fd < 0)
    g_critical ("No descriptor for signals, they end us at once: %s", g_strerror (errno));
  else
    pthread_sigmask (SIG_BLOCK, &signals, NULL);
  return add_source (
      g_unix_fd_source_new (self->signal_fd, G_IO_IN), G_SOURCE_FUNC (on_signal), self);
}

/* A shell's limit of open files is far below what a service needs. The unit file sets a
 * limit of its own, and forbids this. */
static void
raise_file_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
}

static void
say_ready (Application *self, TideConfig *config)
{
  g_autofree char *addresses =
      g_strjoinv (" and ", (char **) tide_status_get_listeners (self->status));

  tide_log_notable (G_LOG_LEVEL_MESSAGE,
                    TIDE_MESSAGE_READY,
                    "Tidewire %s listens on %s, source %s",
                    PACKAGE_VERSION,
                    addresses,
                    tide_status_get_source_description (self->status));
  if (g_str_equal (tide_config_get_string (config, "auth", "mode"), "development"))
    g_warning ("auth.mode=development: everybody on this machine can be any user by "
               "?user=NAME; never use it where others can connect");
}

static void
fail (Application *self, const GError *error)
{
  g_printerr ("tidewired: %s\n", error->message);
  self->has_failed = TRUE;
  self->code = g_error_matches (error, TIDE_ERROR, TIDE_ERROR_ADDRESS_IN_USE)
                   ? TIDE_EXIT_ADDRESS
                   : TIDE_EXIT_BAD_CONFIG;
  g_main_loop_quit (self->loop);
}

static void
on_prepared (gpointer user_data)
{
  Application *self = user_data;
  g_autoptr (GError) error = NULL;

  if (self->drain != NULL)
    return;
  if (!tide_pipeline_start (self->pipeline, self->config, &error))
    {
      fail (self, error);
      return;
    }
  tide_bus_service_start (self->bus, tide_config_get_string (self->config, "bus", "bus"));
  say_ready (self, self->config);
}

static void
prepare_and_run (Application *self)
{
  g_autoptr (GError) error = NULL;

  if (!tide_pipeline_prepare (self->pipeline, self->config, on_prepared, self, &error))
    fail (self, error);
  if (!self->has_failed)
    g_main_loop_run (self->loop);
}

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static const char *
get_log_level (gpointer user_data)
{
  return tide_log_get_level (user_data);
}

static gboolean
set_log_level (const char *level, gpointer user_data)
{
  return tide_log_set_level (user_data, level);
}

static const char *
get_log_target (gpointer user_data)
{
  return tide_log_get_target (user_data);
}

static gboolean
set_log_target (const char *target, gpointer user_data)
{
  return tide_log_set_target (user_data, target);
}

static void
put_log_on_bus (Application *self, TideLog *log)
{
  const TideBusLogFuncs funcs = {
    get_log_level, set_log_level, get_log_target, set_log_target, log
  };

  tide_bus_service_set_log (self->bus, &funcs);
}

static TideBusService *
make_bus_service (Application *self)
{
  TideBusFuncs funcs;

  self->bus_operator = (TideOperator){ self->pipeline, reload, self };
  tide_operator_fill_funcs (&self->bus_operator, &funcs);
  self->inspector = (TideInspector){ tide_pipeline_get_stages (self->pipeline),
                                     tide_config_ref (self->config) };
  tide_inspector_fill_funcs (&self->inspector, &funcs);
  return tide_bus_service_new (
      self->status, tide_pipeline_get_counters (self->pipeline), &funcs);
}

/**
 * tide_application_run:
 * @options: the command line, for reloading
 * @config: what to run
 * @log: what becomes of log lines
 *
 * Runs the daemon until a signal ends it.
 *
 * Returns: the exit code
 */
TideExitCode
tide_application_run (const TideOptions *options, TideConfig *config, TideLog *log)
{
  Application self = { .options = options, .config = config, .code = TIDE_EXIT_OK };
  GSource *signals;

  raise_file_limit ();
  reserve_descriptors (config);
  self.loop = g_main_loop_new (NULL, FALSE);
  signals = watch_signals (&self);
  self.status = tide_status_new (PACKAGE_VERSION, g_get_real_time ());
  self.pipeline = tide_pipeline_new (config, self.status);
  self.bus = make_bus_service (&self);
  put_log_on_bus (&self, log);
  self.systemd = tide_systemd_new (self.status,
                                   tide_pipeline_get_stages (self.pipeline)->wheel,
                                   tide_pipeline_get_counters (self.pipeline));

  prepare_and_run (&self);

  clear_source (&signals);
  close (self.signal_fd);
  clear_source (&self.drain);
  tide_systemd_free (self.systemd);
  g_object_unref (self.bus);
  tide_config_unref (self.inspector.config);
  g_object_unref (self.pipeline);
  g_object_unref (self.status);
  g_main_loop_unref (self.loop);
  return self.code;
}
