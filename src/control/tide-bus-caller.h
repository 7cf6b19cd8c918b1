/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TideBusCaller:
 *
 * Who is behind a connection, as the bus knows it from the kernel.
 */
typedef struct
{
  guint32 uid;
  GArray *gids; /* (owned) (nullable) (element-type guint32), NULL: the bus didn't say */
} TideBusCaller;

TideBusCaller *tide_bus_caller_new (GVariant *credentials);
void tide_bus_caller_free (TideBusCaller *self);
gboolean tide_bus_caller_is_in_group (const TideBusCaller *self, const char *group);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideBusCaller, tide_bus_caller_free)

G_END_DECLS
