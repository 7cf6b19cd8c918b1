/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-latency.h"
#include "tide-ctl-list.h"
#include "tide-ctl-rates.h"
#include "tide-ctl-terminal.h"
#include "tide-ctl-text.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

#include <signal.h>
#include <unistd.h>

#define DEFAULT_ROWS 10
#define MAX_ROWS 100

typedef struct
{
  TideCtl *ctl; /* (unowned) */
  GMainLoop *loop;
  TideCtlTerminal terminal;
  TideCtlRates rates;
  TideCtlLatency latency;
  GVariant *busiest; /* (owned) (nullable) */
  const char *by;    /* "rate", "pending" or "unread" */
  char *problem;     /* (owned) (nullable), why there are no busiest users */
  int n_left;        /* ticks until the end, -1 for any number */
  gboolean is_absent;
  GError *error; /* (owned) (nullable), why it ended */
} Top;

static void
top_clear (Top *top)
{
  tide_ctl_terminal_give_back (&top->terminal);
  tide_ctl_rates_clear (&top->rates);
  g_clear_pointer (&top->busiest, g_variant_unref);
  g_clear_pointer (&top->loop, g_main_loop_unref);
  g_clear_pointer (&top->problem, g_free);
  g_clear_error (&top->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Top, top_clear)

/* Rates that a view is made of: the counter, its name in JSON, and for a person. */
static const struct
{
  const char *counter;
  const char *name;
  const char *title;
} shown[] = {
  { "EventsReceived", "events_received", N_ ("Events in/s") },
  { "EventsRouted", "events_routed", N_ ("Routed/s") },
  { "Deliveries", "deliveries", N_ ("Deliveries/s") },
  { "Batches", "batches", N_ ("Batches/s") },
  { "BytesSent", "bytes_sent", N_ ("Bytes out/s") },
  { "RateLimited", "rate_limited", N_ ("Over rate/s") },
};

/* What is not allowed is left out: the view goes on without it. */
static void
fetch (Top *top)
{
  TideCtl *ctl = top->ctl;
  guint limit = ctl->options->limit > 0 ? (guint) ctl->options->limit : DEFAULT_ROWS;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      tide_ctl_bus_call (ctl->bus,
                         "Admin.ListBusiest",
                         g_variant_new ("(su)", top->by, MIN (limit, MAX_ROWS)),
                         "(a(tsuuttb))",
                         &error);

  g_clear_pointer (&top->busiest, g_variant_unref);
  g_clear_pointer (&top->problem, g_free);
  if (answer != NULL)
    top->busiest = g_variant_get_child_value (answer, 0);
  else
    top->problem = g_strdup (error->message);
  tide_ctl_latency_fetch (ctl->bus, &top->latency, NULL);
}

static void
add_rates (Top *top, TideCtlOutput *output)
{
  g_autoptr (TideCtlTable) table = tide_ctl_table_new (G_N_ELEMENTS (shown));

  tide_ctl_table_set_heading (table, TIDE_CTL_BOLD);
  for (guint i = 0; i < G_N_ELEMENTS (shown); i++)
    {
      tide_ctl_table_set_right (table, i);
      tide_ctl_table_add (table, i, _ (shown[i].title));
    }
  for (guint i = 0; i < G_N_ELEMENTS (shown); i++)
    {
      double rate = tide_ctl_rates_get_per_second (&top->rates, shown[i].counter);

      tide_ctl_table_take (table,
                           i,
                           g_str_has_prefix (shown[i].counter, "Bytes")
                               ? tide_ctl_text_from_bytes ((guint64) rate)
                               : g_strdup_printf ("%.0f", rate));
    }
  tide_ctl_output_add_table (output, table);
}

static void
add_summary (Top *top, TideCtlOutput *output)
{
  const TideCtlRates *rates = &top->rates;
  g_autofree char *connections =
      g_strdup_printf ("%" G_GUINT64_FORMAT, tide_ctl_rates_get (rates, "Connections"));
  g_autofree char *users =
      g_strdup_printf ("%" G_GUINT64_FORMAT, tide_ctl_rates_get (rates, "Users"));
  g_autofree char *slow =
      g_strdup_printf ("%" G_GUINT64_FORMAT, tide_ctl_rates_get (rates, "SlowUsers"));
  g_autofree char *away =
      g_strdup_printf ("%" G_GUINT64_FORMAT, tide_ctl_rates_get (rates, "UsersAway"));
  g_autofree char *text = g_strdup_printf (
      _ ("connections %s, users %s, slow %s, away %s"), connections, users, slow, away);
  g_autofree char *line = tide_ctl_text_fit (text, output->width);

  tide_ctl_output_add (
      output, tide_ctl_rates_get (rates, "SlowUsers") > 0 ? TIDE_CTL_YELLOW : NULL, line);
  g_string_append (output->text, "\n\n");
}

static void
add_latency (Top *top, TideCtlOutput *output)
{
  for (guint i = 0; i < TIDE_CTL_N_PRIORITIES; i++)
    if (top->latency.is_known[i])
      {
        g_autofree char *text = tide_ctl_latency_describe (&top->latency, i);
        g_autofree char *line = tide_ctl_text_fit (text, output->width);

        g_string_append_printf (output->text, "%s\n", line);
      }
}

static void
draw (Top *top)
{
  TideCtlOutput *output = top->ctl->output;
  const char *help = _ ("r, p, u: sort by rate, waiting, unread   q: end");
  guint rows;

  tide_ctl_terminal_get_size (&output->width, &rows);
  g_string_truncate (output->text, 0);
  if (top->is_absent)
    g_string_append_printf (output->text, "%s\n", _ ("Waiting for tidewired…"));
  add_summary (top, output);
  add_rates (top, output);
  g_string_append_c (output->text, '\n');
  add_latency (top, output);
  g_string_append_c (output->text, '\n');
  if (top->busiest != NULL)
    tide_ctl_list_add_text (top->ctl, &tide_ctl_list_lanes, top->busiest);
  if (top->problem != NULL)
    {
      g_autofree char *clean = tide_ctl_text_clean (top->problem, -1);
      g_autofree char *line = tide_ctl_text_fit (clean, output->width);

      g_string_append_printf (output->text, "%s\n", line);
    }
  g_autofree char *line = tide_ctl_text_fit (help, output->width);

  g_string_append_c (output->text, '\n');
  tide_ctl_output_add (output, TIDE_CTL_FAINT, line);
  tide_ctl_terminal_draw (output->text->str, rows);
  g_string_truncate (output->text, 0);
}

static void
print_json (Top *top)
{
  JsonObject *object = json_object_new ();
  JsonObject *rates = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  for (guint i = 0; i < G_N_ELEMENTS (shown); i++)
    json_object_set_double_member (
        rates,
        shown[i].name,
        tide_ctl_rates_get_per_second (&top->rates, shown[i].counter));
  json_object_set_int_member (object, "time_usec", g_get_real_time ());
  json_object_set_object_member (object, "per_second", rates);
  json_object_set_member (object, "counters", json_gvariant_serialize (top->rates.last));
  json_object_set_member (
      object, "latency_usec", tide_ctl_latency_make_json (&top->latency));
  if (top->busiest != NULL)
    json_object_set_member (
        object, "busiest", tide_ctl_list_make_json (&tide_ctl_list_lanes, top->busiest));
  json_node_take_object (node, object);
  tide_ctl_output_add_json (top->ctl->output, node, FALSE);
  if (!tide_ctl_output_flush (top->ctl->output, &top->error))
    g_main_loop_quit (top->loop);
}

static void
on_tick (GDBusConnection *bus,
         const char *sender,
         const char *path,
         const char *interface,
         const char *name,
         GVariant *parameters,
         gpointer user_data)
{
  Top *top = user_data;
  g_autoptr (GVariant) counters = NULL;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(a{st})")))
    return;
  counters = g_variant_get_child_value (parameters, 0);
  tide_ctl_rates_take (&top->rates, counters, g_get_monotonic_time ());
  fetch (top);
  if (top->terminal.is_taken)
    draw (top);
  else
    print_json (top);
  if (top->n_left > 0 && --top->n_left == 0)
    g_main_loop_quit (top->loop);
}

static void
on_appeared (GDBusConnection *bus,
             const char *name,
             const char *owner,
             gpointer user_data)
{
  Top *top = user_data;
  guint interval_ms = (guint) (top->ctl->options->interval_s * 1000);
  g_autoptr (GVariant) answer = tide_ctl_bus_call (
      bus, "Stats.Watch", g_variant_new ("(u)", interval_ms), "()", &top->error);

  top->is_absent = FALSE;
  if (answer == NULL)
    g_main_loop_quit (top->loop);
}

static void
end_absent (Top *top)
{
  g_autoptr (GError) gone = g_dbus_error_new_for_dbus_error (
      "org.freedesktop.DBus.Error.ServiceUnknown", "it is gone");

  g_clear_error (&top->error);
  top->error = tide_ctl_error_from_call (gone, "Watch");
  g_main_loop_quit (top->loop);
}

/* A restart is waited for by the view, but a script has to know. */
static void
on_vanished (GDBusConnection *bus, const char *name, gpointer user_data)
{
  Top *top = user_data;

  top->is_absent = TRUE;
  g_clear_pointer (&top->busiest, g_variant_unref);
  if (top->rates.last != NULL && top->terminal.is_taken)
    draw (top);
  else
    end_absent (top);
}

static void
on_closed (GDBusConnection *bus, gboolean is_odd, GError *error, gpointer user_data)
{
  end_absent (user_data);
}

static gboolean
on_end (gpointer user_data)
{
  g_main_loop_quit (((Top *) user_data)->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_resize (gpointer user_data)
{
  draw (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_key (int fd, GIOCondition condition, gpointer user_data)
{
  Top *top = user_data;
  char key;

  if (read (fd, &key, 1) != 1 || key == 'q' || key == 'Q' || key == '\004')
    {
      g_main_loop_quit (top->loop);
      return G_SOURCE_REMOVE;
    }
  if (key != 'r' && key != 'p' && key != 'u')
    return G_SOURCE_CONTINUE;
  top->by = key == 'r' ? "rate" : key == 'p' ? "pending" : "unread";
  if (!top->is_absent)
    fetch (top);
  draw (top);
  return G_SOURCE_CONTINUE;
}

static void
run (Top *top)
{
  GDBusConnection *bus = top->ctl->bus;
  guint tick_id = g_dbus_connection_signal_subscribe (bus,
                                                      TIDE_CTL_BUS_NAME,
                                                      TIDE_CTL_BUS_NAME ".Stats",
                                                      "Tick",
                                                      TIDE_CTL_BUS_PATH,
                                                      NULL,
                                                      G_DBUS_SIGNAL_FLAGS_NONE,
                                                      on_tick,
                                                      top,
                                                      NULL);
  guint name_id = g_bus_watch_name_on_connection (bus,
                                                  TIDE_CTL_BUS_NAME,
                                                  G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                  on_appeared,
                                                  on_vanished,
                                                  top,
                                                  NULL);

  gulong closed_id = g_signal_connect (bus, "closed", G_CALLBACK (on_closed), top);

  g_unix_signal_add (SIGINT, on_end, top);
  g_unix_signal_add (SIGTERM, on_end, top);
  g_unix_signal_add (SIGHUP, on_end, top);
  if (top->terminal.is_taken)
    {
      g_unix_signal_add (SIGWINCH, on_resize, top);
      g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_key, top);
      draw (top);
    }
  g_main_loop_run (top->loop);
  g_signal_handler_disconnect (bus, closed_id);
  g_bus_unwatch_name (name_id);
  g_dbus_connection_signal_unsubscribe (bus, tick_id);
}

/**
 * tide_ctl_verb_top:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Watches the service until the user has seen enough.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_top (TideCtl *self, GError **error)
{
  g_auto (Top) top = { .ctl = self, .n_left = self->options->count };

  top.by = self->options->by != NULL ? self->options->by : "rate";
  if (!self->options->is_json && !tide_ctl_terminal_take (&top.terminal, error))
    return FALSE;
  /* It has to go on drawing, and the keyboard is its own. */
  tide_ctl_bus_set_quick (self->bus);
  top.loop = g_main_loop_new (NULL, FALSE);
  run (&top);
  if (top.error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&top.error));
  return FALSE;
}
