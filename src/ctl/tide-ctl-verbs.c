/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl.h"

#include <glib/gi18n.h>

#define LISTS (TIDE_CTL_OPTION_LIMIT | TIDE_CTL_OPTION_ALL)
#define NO_ARGS NULL
#define ANY G_MAXUINT

/* In the order of the help: looking, following, acting. */
static const TideCtlVerb verbs[] = {
  { "status", NO_ARGS, N_ ("How the service is"), NULL, 0, .run = tide_ctl_verb_status },
  { "stats",
    N_ ("[reset]"),
    N_ ("All counters; or set them back to 0"),
    NULL,
    0,
    .max_args = 1,
    .run = tide_ctl_verb_stats },
  { "top",
    NO_ARGS,
    N_ ("Watch rates, latencies, the busiest users and the slow ones"),
    N_ ("Keys: r, p and u sort by events per second, by events that wait, by bytes that "
        "were not read; q ends. With --json it prints one line each time."),
    TIDE_CTL_OPTION_BY | TIDE_CTL_OPTION_COUNT | TIDE_CTL_OPTION_INTERVAL |
        TIDE_CTL_OPTION_LIMIT,
    .run = tide_ctl_verb_top },
  { "connections",
    NO_ARGS,
    N_ ("List connections"),
    NULL,
    LISTS,
    .run = tide_ctl_verb_connections },
  { "users", NO_ARGS, N_ ("List users"), NULL, LISTS, .run = tide_ctl_verb_users },
  { "rooms", NO_ARGS, N_ ("List rooms"), NULL, LISTS, .run = tide_ctl_verb_rooms },
  { "subscriptions",
    NO_ARGS,
    N_ ("List what users have subscribed to"),
    NULL,
    LISTS,
    .run = tide_ctl_verb_subscriptions },
  { "lanes",
    NO_ARGS,
    N_ ("List what waits for users"),
    NULL,
    LISTS,
    .run = tide_ctl_verb_lanes },
  { "show",
    N_ ("WHAT"),
    N_ ("All about one connection, user or room"),
    N_ ("WHAT is connection:ID, user:NAME or room:NAME. Without such a prefix, a number "
        "is "
        "tried as a connection first, and everything as a user, then as a room; the "
        "first "
        "line says which it was."),
    TIDE_CTL_OPTION_LIMIT | TIDE_CTL_OPTION_ALL,
    .min_args = 1,
    .max_args = 1,
    .run = tide_ctl_verb_show },
  { "explain",
    N_ ("CHANNEL PAYLOAD"),
    N_ ("Who would get an event, and why others would not"),
    N_ ("Nothing is delivered. A PAYLOAD of - is read from standard input."),
    0,
    .min_args = 2,
    .max_args = 2,
    .run = tide_ctl_verb_explain },
  { "monitor",
    N_ ("[FILTER…]"),
    N_ ("Follow events as they are routed"),
    N_ ("A FILTER is NAME=PATTERN, and all have to match. Names: channel, type, key, "
        "priority, class, route, user. In a pattern * stands for any characters."),
    TIDE_CTL_OPTION_COUNT,
    .max_args = ANY,
    .run = tide_ctl_verb_monitor },
  { "publish",
    N_ ("[AUDIENCE TYPE] PAYLOAD"),
    N_ ("Deliver an event of your own"),
    N_ ("AUDIENCE is everyone, room:NAME or user:NAME; TYPE is the name that clients "
        "listen "
        "to. With --channel, PAYLOAD is all, and the routes decide. A PAYLOAD of - is "
        "read "
        "from standard input."),
    TIDE_CTL_OPTION_CHANNEL | TIDE_CTL_OPTION_PRIORITY,
    .min_args = 1,
    .max_args = 3,
    .run = tide_ctl_verb_publish },
  { "replay",
    N_ ("FILE"),
    N_ ("Publish the events of a recording"),
    N_ ("Each line of FILE is {\"t_ms\": NUMBER, \"channel\": TEXT, \"payload\": …}, as "
        "for "
        "source.type=replay. Events go by the routes, as if Redis had brought them. A "
        "FILE "
        "of - is read from standard input."),
    TIDE_CTL_OPTION_SPEED,
    .min_args = 1,
    .max_args = 1,
    .run = tide_ctl_verb_replay },
  { "history",
    N_ ("import FILE | export | symbols"),
    N_ ("Bring bars into the history, take them along, or list what there is"),
    N_ ("Files are CSV, whose first line names the columns symbol, time, open, high, "
        "low, "
        "close and volume, or have a JSON object with these members on each line. A bar "
        "replaces the one that is there. A FILE of - is read from standard input."),
    TIDE_CTL_OPTION_HISTORY,
    .min_args = 1,
    .max_args = 2,
    .run = tide_ctl_verb_history },
  { "disconnect",
    N_ ("WHO"),
    N_ ("Close connections; their clients may come back"),
    N_ ("WHO is the id of a connection, or the name of a user; user:NAME when the name "
        "is a "
        "number."),
    0,
    .min_args = 1,
    .max_args = 1,
    .run = tide_ctl_verb_disconnect },
  { "logout",
    N_ ("USER"),
    N_ ("Log a user out: clients take it for final"),
    NULL,
    0,
    .min_args = 1,
    .max_args = 1,
    .run = tide_ctl_verb_logout },
  { "limits",
    N_ ("[set NAME=NUMBER… | reset]"),
    N_ ("How many events a user gets: show it, or change it"),
    N_ ("Names: events-per-second, urgent-events-per-second, batch-window-msec, "
        "batch-max-events; what is not named stays. With --user only the first two, both "
        "of "
        "them; “reset --user=NAME” ends that. Changes last until a reload or a restart."),
    TIDE_CTL_OPTION_USER,
    .max_args = 5,
    .run = tide_ctl_verb_limits },
  { "drain",
    NO_ARGS,
    N_ ("Send all clients away in good order, and let nobody in"),
    NULL,
    TIDE_CTL_OPTION_DEADLINE | TIDE_CTL_OPTION_UNDRAIN,
    .run = tide_ctl_verb_drain },
  { "undrain",
    NO_ARGS,
    N_ ("Let clients in again"),
    NULL,
    0,
    .run = tide_ctl_verb_undrain },
  { "reload",
    NO_ARGS,
    N_ ("Read the configuration again"),
    NULL,
    0,
    .run = tide_ctl_verb_reload },
  { "config",
    N_ ("show | check [FILE]"),
    N_ ("The configuration in force; or look for mistakes in a file"),
    NULL,
    0,
    .min_args = 1,
    .max_args = 2,
    .has_no_bus = TRUE,
    .run = tide_ctl_verb_config },
  { "log-level",
    N_ ("[LEVEL]"),
    N_ ("How much goes to the log: show it, or change it"),
    N_ ("LEVEL is emerg, alert, crit, err, warning, notice, info or debug."),
    0,
    .max_args = 1,
    .run = tide_ctl_verb_log_level },
  { "dump",
    NO_ARGS,
    N_ ("All that the service knows, as JSON, for a report"),
    N_ ("Names of users and addresses are in it."),
    0,
    .run = tide_ctl_verb_dump },
  { "complete",
    NO_ARGS,
    "",
    NULL,
    0,
    .max_args = ANY,
    .has_no_bus = TRUE,
    .is_hidden = TRUE,
    .run = tide_ctl_verb_complete },
};

/**
 * tide_ctl_verbs_get_all:
 * @n_verbs: (out): how many there are
 *
 * Returns: (array length=n_verbs) (transfer none): all verbs, in the order of the help
 */
const TideCtlVerb *
tide_ctl_verbs_get_all (guint *n_verbs)
{
  *n_verbs = G_N_ELEMENTS (verbs);
  return verbs;
}

/**
 * tide_ctl_verbs_find:
 * @name: a word
 *
 * Returns: (transfer none) (nullable): the verb of that name
 */
const TideCtlVerb *
tide_ctl_verbs_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (g_str_equal (verbs[i].name, name))
      return &verbs[i];
  return NULL;
}
