/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-ctl-output.h"

G_BEGIN_DECLS

/**
 * TideCtlOptionSet:
 *
 * Which options a verb takes, besides those that all take: bits of [enum@CtlOption].
 */
typedef guint TideCtlOptionSet;

/**
 * TideCtlOption:
 * @TIDE_CTL_OPTION_LIMIT: `--limit`
 * @TIDE_CTL_OPTION_ALL: `--all`
 * @TIDE_CTL_OPTION_BY: `--by`
 * @TIDE_CTL_OPTION_CHANNEL: `--channel`
 * @TIDE_CTL_OPTION_COUNT: `--count`
 * @TIDE_CTL_OPTION_DEADLINE: `--deadline`
 * @TIDE_CTL_OPTION_INTERVAL: `--interval`
 * @TIDE_CTL_OPTION_PRIORITY: `--priority`
 * @TIDE_CTL_OPTION_SPEED: `--speed`
 * @TIDE_CTL_OPTION_UNDRAIN: `--undrain`
 * @TIDE_CTL_OPTION_USER: `--user`
 * @TIDE_CTL_OPTION_HISTORY: those of bars
 *
 * An option that only some verbs take.
 */
typedef enum
{
  TIDE_CTL_OPTION_LIMIT = 1 << 0,
  TIDE_CTL_OPTION_ALL = 1 << 1,
  TIDE_CTL_OPTION_BY = 1 << 2,
  TIDE_CTL_OPTION_CHANNEL = 1 << 3,
  TIDE_CTL_OPTION_COUNT = 1 << 4,
  TIDE_CTL_OPTION_DEADLINE = 1 << 5,
  TIDE_CTL_OPTION_INTERVAL = 1 << 6,
  TIDE_CTL_OPTION_PRIORITY = 1 << 7,
  TIDE_CTL_OPTION_SPEED = 1 << 8,
  TIDE_CTL_OPTION_UNDRAIN = 1 << 9,
  TIDE_CTL_OPTION_USER = 1 << 10,
  TIDE_CTL_OPTION_HISTORY = 1 << 11,
} TideCtlOption;

/**
 * TideCtlOptions:
 *
 * The values of all options.
 */
typedef struct
{
  char *bus;    /* (owned) (nullable) */
  char *colour; /* (owned) (nullable) */
  gboolean is_json;
  gboolean has_no_pager;
  gboolean show_help;
  gboolean show_version;

  int limit;
  gboolean is_all;
  char *by;      /* (owned) (nullable) */
  char *channel; /* (owned) (nullable) */
  int count;
  int deadline_s;
  double interval_s;
  char *priority; /* (owned) (nullable) */
  double speed;
  gboolean is_undrain;
  char *user; /* (owned) (nullable) */

  char *format;    /* (owned) (nullable) */
  char *timeframe; /* (owned) (nullable) */
  char *from;      /* (owned) (nullable) */
  char *to;        /* (owned) (nullable) */
  char *output;    /* (owned) (nullable) */
  GStrv symbols;   /* (owned) (nullable) */
  gboolean is_skip_bad;
} TideCtlOptions;

TideCtlOptions *tide_ctl_options_new (void);
void tide_ctl_options_free (TideCtlOptions *self);
GOptionContext *tide_ctl_options_make_context (TideCtlOptions *self,
                                               const char *usage,
                                               TideCtlOptionSet set);
gboolean tide_ctl_options_check (TideCtlOptions *self, GError **error);
TideCtlColour tide_ctl_options_get_colour (const TideCtlOptions *self);
void tide_ctl_options_list (TideCtlOptionSet set, GPtrArray *names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideCtlOptions, tide_ctl_options_free)

G_END_DECLS
