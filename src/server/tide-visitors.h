/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-socket.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideVisitors:
 *
 * How much each network address has open.
 */
typedef struct _TideVisitors TideVisitors;

/**
 * TideVisitor:
 *
 * One address, while it has something open.
 */
typedef struct _TideVisitor TideVisitor;

/**
 * TideVisitorLimits:
 *
 * What one address may have; 0 is no limit.
 */
typedef struct
{
  guint max_connections; /* sockets, and connections */
  guint max_per_second;  /* that are new */
} TideVisitorLimits;

TideVisitors *tide_visitors_new (void);
void tide_visitors_free (TideVisitors *self);
void tide_visitors_set_limits (TideVisitors *self, TideVisitorLimits limits);
gboolean
tide_visitors_take_one (TideVisitors *self, const TideAddress *address, gint64 now_us);
gboolean tide_visitors_add_socket (TideVisitors *self, const TideAddress *address);
void tide_visitors_remove_socket (TideVisitors *self, const TideAddress *address);
TideVisitor *tide_visitors_enter (TideVisitors *self, const TideAddress *address);
void tide_visitors_leave (TideVisitors *self, TideVisitor *visitor);
char *tide_visitor_to_string (const TideVisitor *self);
guint tide_visitors_get_n (TideVisitors *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideVisitors, tide_visitors_free)

G_END_DECLS
