/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-ctl.h"

G_BEGIN_DECLS

/**
 * TideCtlColumn:
 *
 * A member of the rows that a list is made of.
 */
typedef struct
{
  const char *name;  /* in JSON; its end is the unit of a number */
  const char *title; /* (nullable), translatable; NULL: in JSON only */
  gboolean is_json;  /* the text is JSON */

} TideCtlColumn;

/**
 * TideCtlList:
 *
 * A list that comes in pages.
 */
typedef struct
{
  const char *name;   /* in JSON */
  const char *method; /* such as `Admin.ListUsers` */
  const char *type;   /* of its answer, such as `(a(su))` */
  const char *scope;  /* (nullable), what comes before the cursor */
  const TideCtlColumn *columns;
  guint n_columns;
} TideCtlList;

GVariant *tide_ctl_list_fetch (GDBusConnection *bus,
                               const TideCtlList *list,
                               guint limit,
                               gboolean *has_more,
                               GError **error);
void tide_ctl_list_add_text (TideCtl *self, const TideCtlList *list, GVariant *rows);
JsonNode *tide_ctl_list_make_json (const TideCtlList *list, GVariant *rows);
void tide_ctl_list_add_hint (TideCtl *self, gboolean has_more);
guint tide_ctl_list_get_limit (const TideCtlOptions *options);

extern const TideCtlList tide_ctl_list_connections;
extern const TideCtlList tide_ctl_list_users;
extern const TideCtlList tide_ctl_list_rooms;
extern const TideCtlList tide_ctl_list_members;
extern const TideCtlList tide_ctl_list_lanes;

G_END_DECLS
