/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideCtlTarget:
 *
 * What a word of the command line may stand for.
 */
typedef struct
{
  gboolean is_connection;
  gboolean is_user;
  gboolean is_room;
  guint64 id;       /* of the connection */
  const char *name; /* (unowned), of the user or room, into the word */
} TideCtlTarget;

gboolean tide_ctl_target_parse (const char *word, TideCtlTarget *target, GError **error);

G_END_DECLS
