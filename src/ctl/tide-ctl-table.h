/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideCtlTable:
 *
 * Rows of text that are written one below the other, with columns that line up.
 */
typedef struct _TideCtlTable TideCtlTable;

TideCtlTable *tide_ctl_table_new (guint n_columns);
void tide_ctl_table_free (TideCtlTable *self);
void tide_ctl_table_set_right (TideCtlTable *self, guint column);
void tide_ctl_table_set_style (TideCtlTable *self, guint column, const char *style);
void tide_ctl_table_set_heading (TideCtlTable *self, const char *style);
void tide_ctl_table_add (TideCtlTable *self, guint column, const char *text);
void tide_ctl_table_take (TideCtlTable *self, guint column, char *text);
void
tide_ctl_table_print (TideCtlTable *self, GString *out, guint width, gboolean has_colour);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideCtlTable, tide_ctl_table_free)

G_END_DECLS
