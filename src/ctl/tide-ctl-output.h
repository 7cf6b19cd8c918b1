/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-ctl-table.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Styles, as numbers of SGR sequences. */
#define TIDE_CTL_BOLD "1"
#define TIDE_CTL_FAINT "2"
#define TIDE_CTL_RED "31"
#define TIDE_CTL_GREEN "32"
#define TIDE_CTL_YELLOW "33"

/**
 * TideCtlColour:
 * @TIDE_CTL_COLOUR_AUTO: at a terminal that can, unless `NO_COLOR` is set
 * @TIDE_CTL_COLOUR_ALWAYS: always
 * @TIDE_CTL_COLOUR_NEVER: never
 *
 * When there are colours.
 */
typedef enum
{
  TIDE_CTL_COLOUR_AUTO,
  TIDE_CTL_COLOUR_ALWAYS,
  TIDE_CTL_COLOUR_NEVER,
} TideCtlColour;

/**
 * TideCtlOutput:
 *
 * What a verb has to say, collected, and how it may be written.
 */
typedef struct
{
  GString *text; /* (owned) */
  gboolean has_colour;
  gboolean has_pager; /* whether a long text may go through a pager */
  gboolean is_utf8;   /* whatever the locale says, as JSON is */
  guint width;        /* of the terminal; 0 when there is none */
} TideCtlOutput;

TideCtlOutput *tide_ctl_output_new (TideCtlColour colour, gboolean may_page);
void tide_ctl_output_free (TideCtlOutput *self);
void tide_ctl_output_add (TideCtlOutput *self, const char *style, const char *text);
void tide_ctl_output_add_table (TideCtlOutput *self, TideCtlTable *table);
void tide_ctl_output_add_json (TideCtlOutput *self, JsonNode *node, gboolean is_pretty);
gboolean tide_ctl_output_flush (TideCtlOutput *self, GError **error);
gboolean tide_ctl_output_show (TideCtlOutput *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideCtlOutput, tide_ctl_output_free)

G_END_DECLS
