/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The load of all benchmarks: thousands of clients in one thread, by plain WebSocket,
 * Socket.IO or long-polling. Opens them, has each subscribe, prints `ready` and what that
 * took; then counts what comes, and prints one JSON object: frames, the events in them
 * and what is missing, how old they were, and what the server has spent by /proc. */

#include "load-crowd.h"
#include "load-process.h"
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define MAX_OPEN_SECONDS 180
#define MAX_FILES 65536
#define PAUSE_S 0.05

static const char default_ws[] = "{\"type\":\"subscribe_tickers\",\"tickers\":SYMBOLS}";
static const char default_socketio[] = "42[\"subscribe_tickers\",{\"tickers\":SYMBOLS}]";

typedef struct
{
  int port;
  char *path;  /* (owned) (nullable) */
  char *way;   /* (owned) (nullable) */
  char **pids; /* (owned) (nullable) */
  int n_connections;
  int n_symbols;
  int n_each;
  int n_urgent;
  int n_stalled;
  gboolean has_no_subscribe;
  char *subscribe; /* (owned) (nullable) */
  gboolean has_batches;
  int n_opening;
  double settle;
  double warm_up;
  double seconds;
  double quiet;
  double leave; /* negative: stays */
} Options;

/* What is read from /proc, of all the server's processes. */
typedef struct
{
  double server_cpu;
  double own_cpu;
  gint64 resident_kib;
} Reading;

/* Returns: %FALSE when the command line makes no sense */
static gboolean
read_options (Options *self, int argc, char **argv)
{
  // clang-format off
  const GOptionEntry entries[] = {
    { "port", 'p', 0, G_OPTION_ARG_INT, &self->port, "Port on 127.0.0.1", "N" },
    { "path", 0, 0, G_OPTION_ARG_STRING, &self->path,
      "Path and query; SYMBOLS is a connection's symbols", "PATH" },
    { "as", 0, 0, G_OPTION_ARG_STRING, &self->way,
      "What the clients are: ws, socketio, polling or upgrade", "WAY" },
    { "connections", 'n', 0, G_OPTION_ARG_INT, &self->n_connections, "How many", "N" },
    { "symbols", 0, 0, G_OPTION_ARG_INT, &self->n_symbols, "There are S0 to S(N-1)", "N" },
    { "each", 0, 0, G_OPTION_ARG_INT, &self->n_each, "A connection wants K of them", "K" },
    { "urgent-symbols", 0, 0, G_OPTION_ARG_INT, &self->n_urgent,
      "There are U0 to U(N-1), a connection wants one", "N" },
    { "stalled", 0, 0, G_OPTION_ARG_INT, &self->n_stalled,
      "The first K read no more once all are open; WebSockets only", "K" },
    { "no-subscribe", 0, 0, G_OPTION_ARG_NONE, &self->has_no_subscribe, "Send nothing", NULL },
    { "subscribe-template", 0, 0, G_OPTION_ARG_STRING, &self->subscribe,
      "The message; SYMBOLS is a JSON list of symbols", "TEXT" },
    { "batch", 0, 0, G_OPTION_ARG_NONE, &self->has_batches, "Ask for batches", NULL },
    { "pid", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->pids,
      "A process of the server, perhaps one of several", "PID" },
    { "opening", 0, 0, G_OPTION_ARG_INT, &self->n_opening, "Open so many at a time", "K" },
    { "settle", 0, 0, G_OPTION_ARG_DOUBLE, &self->settle, "Wait before counting", "S" },
    { "warm-up", 0, 0, G_OPTION_ARG_DOUBLE, &self->warm_up,
      "Look at the CPU only so long after the first event", "S" },
    { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &self->seconds, "Count at most so long", "S" },
    { "quiet", 0, 0, G_OPTION_ARG_DOUBLE, &self->quiet,
      "Stop counting when so long nothing came", "S" },
    { "leave", 0, 0, G_OPTION_ARG_DOUBLE, &self->leave,
      "Then close all, and tell the memory after so long", "S" },
    G_OPTION_ENTRY_NULL,
  };
  // clang-format on
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("load-client: %s\n", error->message);
      return FALSE;
    }
  return argc == 1 && self->port > 0 && self->port < 65536 && self->n_connections > 0 &&
         self->n_each > 0 && self->n_symbols >= self->n_each && self->n_urgent >= 0 &&
         self->n_stalled >= 0 && self->n_stalled <= self->n_connections &&
         self->n_opening > 0;
}

static void
clear_options (Options *self)
{
  g_free (self->path);
  g_free (self->way);
  g_free (self->subscribe);
  g_strfreev (self->pids);
}

static gboolean
set_up (LoadCrowd *crowd, const Options *options)
{
  static const char *const ways[] = { "ws", "socketio", "polling", "upgrade", NULL };
  const char *way = options->way != NULL ? options->way : "ws";
  gboolean is_ws;

  if (!g_strv_contains (ways, way))
    return FALSE;
  while (g_strcmp0 (ways[crowd->way], way) != 0)
    crowd->way++;
  is_ws = crowd->way == LOAD_WAY_WS;
  crowd->port = options->port;
  crowd->path = options->path;
  if (crowd->path == NULL)
    crowd->path = is_ws ? "/ws" : "/socket.io/";
  crowd->subscribe = options->subscribe;
  if (crowd->subscribe == NULL)
    crowd->subscribe = is_ws ? default_ws : default_socketio;
  if (options->has_no_subscribe)
    crowd->subscribe = NULL;
  crowd->has_batches = options->has_batches;
  load_symbols_init (
      &crowd->symbols, options->n_symbols, options->n_each, options->n_urgent);
  crowd->n_connections = options->n_connections;
  crowd->n_stalled = options->n_stalled;
  crowd->n_opening_at_once = options->n_opening;
  load_crowd_init (crowd);
  return TRUE;
}

/* As many as there may be, or as many as we are let have. */
static void
raise_file_limit (void)
{
  struct rlimit limit = { MAX_FILES, MAX_FILES };

  if (setrlimit (RLIMIT_NOFILE, &limit) == 0 || getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
}

static gint64
sum_kib (const Options *options, gint64 (*get) (int pid))
{
  gint64 sum = 0;

  for (guint i = 0; options->pids != NULL && options->pids[i] != NULL; i++)
    sum += get (atoi (options->pids[i]));
  return sum;
}

static Reading
take_reading (const Options *options)
{
  Reading reading = { .own_cpu = load_process_get_cpu_seconds (0) };

  for (guint i = 0; options->pids != NULL && options->pids[i] != NULL; i++)
    reading.server_cpu += load_process_get_cpu_seconds (atoi (options->pids[i]));
  reading.resident_kib = sum_kib (options, load_process_get_resident_kib);
  return reading;
}

static double
seconds_since (gint64 start_us)
{
  return (double) (g_get_monotonic_time () - start_us) / G_USEC_PER_SEC;
}

static void
append_connections (GString *line, const LoadCrowd *crowd, double open_s)
{
  g_string_append_printf (line,
                          "{\"connections\":%d,\"failed\":%d,\"open_s\":%.3f",
                          crowd->n_open,
                          crowd->n_refused + crowd->n_lost,
                          open_s);
}

static void
append_memory (GString *line, const char *name, gint64 kib)
{
  g_string_append_printf (line, ",\"%s\":%" G_GINT64_FORMAT, name, kib);
}

static void
append_count (GString *line, const char *name, guint64 n)
{
  g_string_append_printf (line, ",\"%s\":%" G_GUINT64_FORMAT, name, n);
}

static void
append_cost (GString *line, const char *name, double cpu, guint64 n)
{
  g_string_append_printf (line, ",\"%s\":%.4f", name, n > 0 ? cpu * 1e6 / (double) n : 0);
}

static void
append_events (GString *line, const LoadCrowd *crowd)
{
  const LoadTally *tally = &crowd->tally;
  g_autofree char *ticks = load_latency_to_json (&tally->ticks);
  g_autofree char *urgent = load_latency_to_json (&tally->urgent);

  append_count (line, "frames", crowd->n_frames);
  append_count (line, "events", tally->n_events);
  append_count (line, "urgent_events", tally->urgent.n_values);
  g_string_append_printf (line, ",\"gaps\":%" G_GINT64_FORMAT, tally->n_gaps);
  append_count (line, "duplicates", tally->n_duplicates);
  append_count (line, "reordered", tally->n_reordered);
  append_count (line, "foreign", tally->n_foreign);
  g_string_append_printf (
      line, ",\"latency_ms\":%s,\"urgent_latency_ms\":%s", ticks, urgent);
}

static void
append_close_codes (GString *line, const LoadCrowd *crowd)
{
  GHashTableIter iter;
  gpointer code;
  gpointer n;
  const char *comma = "";

  g_string_append (line, ",\"close_codes\":{");
  g_hash_table_iter_init (&iter, crowd->close_codes);
  while (g_hash_table_iter_next (&iter, &code, &n))
    {
      g_string_append_printf (
          line, "%s\"%u\":%u", comma, GPOINTER_TO_UINT (code), GPOINTER_TO_UINT (n));
      comma = ",";
    }
  g_string_append_c (line, '}');
}

static void
print_line (GString *line)
{
  printf ("%s}\n", line->str);
  fflush (stdout);
}

/* Opens all and says that they are ready.
 *
 * Returns: how long it took to open them */
static double
open_all (LoadCrowd *crowd, const Options *options, const Reading *before)
{
  g_autoptr (GString) line = g_string_new ("ready ");
  gint64 start_us = g_get_monotonic_time ();
  double open_s;

  load_crowd_open (crowd, MAX_OPEN_SECONDS);
  open_s = seconds_since (start_us);
  load_crowd_run (crowd, options->settle);
  load_crowd_stall (crowd);
  append_connections (line, crowd, open_s);
  append_memory (line, "resident_kib_before", before->resident_kib);
  append_memory (line, "resident_kib", sum_kib (options, load_process_get_resident_kib));
  append_memory (line, "pss_kib", sum_kib (options, load_process_get_pss_kib));
  print_line (line);
  return open_s;
}

/* Counts to the end.
 *
 * Returns: what was read as soon as nothing more came. What the server does after that,
 * as asking all clients for a sign of life, is not for events. */
static Reading
count_to_end (LoadCrowd *crowd, const Options *options, gint64 start_us)
{
  Reading reading;

  do
    {
      load_crowd_count (crowd, options->seconds - seconds_since (start_us), PAUSE_S);
      reading = take_reading (options);
    }
  while (load_crowd_await (
      crowd, options->seconds - seconds_since (start_us), options->quiet));
  return reading;
}

/* Counts, and writes what came of it. */
static void
count_all (LoadCrowd *crowd, const Options *options, GString *line)
{
  guint64 n_cold_events = 0;
  guint64 n_cold_frames = 0;
  guint64 n_bytes = load_crowd_get_n_received (crowd);
  guint64 n_polls = load_crowd_get_n_polls (crowd);
  gint64 start_us = g_get_monotonic_time ();
  Reading from = take_reading (options);
  Reading to;
  gint64 from_us;
  double cpu;

  load_crowd_forget (crowd);
  if (options->warm_up > 0)
    {
      load_crowd_warm_up (crowd, options->seconds, options->warm_up);
      from = take_reading (options);
      n_cold_events = crowd->tally.n_events;
      n_cold_frames = crowd->n_frames;
    }
  from_us = n_cold_frames > 0 ? crowd->now_us : 0;
  to = count_to_end (crowd, options, start_us);
  from_us = MAX (from_us, crowd->first_us);
  cpu = to.server_cpu - from.server_cpu;
  g_string_append_printf (line, ",\"count_s\":%.3f", seconds_since (start_us));
  g_string_append_printf (
      line, ",\"busy_s\":%.3f", (double) (crowd->last_us - from_us) / 1e6);
  append_events (line, crowd);
  append_count (line, "polls", load_crowd_get_n_polls (crowd) - n_polls);
  append_count (line, "bytes", load_crowd_get_n_received (crowd) - n_bytes);
  g_string_append_printf (
      line, ",\"cpu_s\":%.4f,\"own_cpu_s\":%.4f", cpu, to.own_cpu - from.own_cpu);
  append_cost (line, "us_per_event", cpu, crowd->tally.n_events - n_cold_events);
  append_cost (line, "us_per_frame", cpu, crowd->n_frames - n_cold_frames);
  append_memory (line, "resident_kib", to.resident_kib);
}

int
main (int argc, char **argv)
{
  Options options = { .n_connections = 1000,
                      .n_symbols = 1,
                      .n_each = 1,
                      .n_opening = 8,
                      .settle = 1,
                      .seconds = 5,
                      .quiet = 1.5,
                      .leave = -1 };
  LoadCrowd crowd = { 0 };
  g_autoptr (GString) line = g_string_new (NULL);
  g_autoptr (GString) counted = g_string_new (NULL);
  Reading before;
  double open_s;

  if (!read_options (&options, argc, argv) || !set_up (&crowd, &options))
    {
      clear_options (&options);
      return 2;
    }
  raise_file_limit ();
  before = take_reading (&options);
  open_s = open_all (&crowd, &options, &before);
  count_all (&crowd, &options, counted);

  append_connections (line, &crowd, open_s);
  g_string_append (line, counted->str);
  append_memory (line, "resident_kib_before", before.resident_kib);
  append_close_codes (line, &crowd);
  if (options.leave >= 0)
    {
      load_crowd_leave (&crowd);
      load_crowd_run (&crowd, options.leave);
      append_memory (line,
                     "resident_kib_after_leaving",
                     sum_kib (&options, load_process_get_resident_kib));
    }
  print_line (line);
  load_crowd_clear (&crowd);
  clear_options (&options);
  return 0;
}
