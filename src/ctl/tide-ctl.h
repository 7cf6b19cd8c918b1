/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-ctl-bus.h"
#include "tide-ctl-error.h"
#include "tide-ctl-options.h"
#include "tide-ctl-output.h"

G_BEGIN_DECLS

/**
 * TideCtl:
 *
 * What a verb works with.
 */
typedef struct
{
  TideCtlOptions *options; /* (unowned) */
  TideCtlOutput *output;   /* (unowned), shown when the verb has returned %TRUE */
  GDBusConnection *bus;    /* (unowned) (nullable), for verbs that need it */
  char **args;             /* (unowned), what followed the verb */
  guint n_args;
} TideCtl;

/**
 * TideCtlVerbFunc:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Does what a verb is for.
 *
 * Returns: whether it went well
 */
typedef gboolean (*TideCtlVerbFunc) (TideCtl *self, GError **error);

/**
 * TideCtlVerb:
 *
 * A verb of the command line.
 */
typedef struct
{
  const char *name;
  const char *args;    /* (nullable), what follows it, translatable */
  const char *summary; /* what it does, in one line, translatable */
  const char *details; /* (nullable), what else to know, translatable */
  TideCtlOptionSet options;
  guint min_args;
  guint max_args;
  gboolean has_no_bus; /* it needs no bus */
  gboolean is_hidden;  /* not in the help */
  TideCtlVerbFunc run;
} TideCtlVerb;

int tide_ctl_run (char **argv);

gboolean tide_ctl_verb_complete (TideCtl *self, GError **error);
gboolean tide_ctl_verb_config (TideCtl *self, GError **error);
gboolean tide_ctl_verb_connections (TideCtl *self, GError **error);
gboolean tide_ctl_verb_disconnect (TideCtl *self, GError **error);
gboolean tide_ctl_verb_drain (TideCtl *self, GError **error);
gboolean tide_ctl_verb_dump (TideCtl *self, GError **error);
gboolean tide_ctl_verb_explain (TideCtl *self, GError **error);
gboolean tide_ctl_verb_history (TideCtl *self, GError **error);
gboolean tide_ctl_verb_lanes (TideCtl *self, GError **error);
gboolean tide_ctl_verb_limits (TideCtl *self, GError **error);
gboolean tide_ctl_verb_log_level (TideCtl *self, GError **error);
gboolean tide_ctl_verb_logout (TideCtl *self, GError **error);
gboolean tide_ctl_verb_monitor (TideCtl *self, GError **error);
gboolean tide_ctl_verb_publish (TideCtl *self, GError **error);
gboolean tide_ctl_verb_reload (TideCtl *self, GError **error);
gboolean tide_ctl_verb_replay (TideCtl *self, GError **error);
gboolean tide_ctl_verb_rooms (TideCtl *self, GError **error);
gboolean tide_ctl_verb_show (TideCtl *self, GError **error);
gboolean tide_ctl_verb_stats (TideCtl *self, GError **error);
gboolean tide_ctl_verb_status (TideCtl *self, GError **error);
gboolean tide_ctl_verb_subscriptions (TideCtl *self, GError **error);
gboolean tide_ctl_verb_top (TideCtl *self, GError **error);
gboolean tide_ctl_verb_undrain (TideCtl *self, GError **error);
gboolean tide_ctl_verb_users (TideCtl *self, GError **error);

const TideCtlVerb *tide_ctl_verbs_get_all (guint *n_verbs);
const TideCtlVerb *tide_ctl_verbs_find (const char *name);
char *tide_ctl_help_make (TideCtlOptions *options, const TideCtlVerb *verb);

void tide_ctl_say (TideCtl *self, const char *json_name, guint64 number, char *text);
gboolean tide_ctl_read_payload (const char *arg, char **payload, GError **error);
void tide_ctl_set_usage_error (GError **error, const char *format, ...)
    G_GNUC_PRINTF (2, 3);

G_END_DECLS
