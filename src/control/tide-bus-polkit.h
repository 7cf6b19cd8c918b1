/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TideBusPolkit:
 *
 * Asks polkit whether a caller may do something. Who may be asked about at all, and what
 * an answer is worth, is the authority's to say.
 */
#define TIDE_TYPE_BUS_POLKIT (tide_bus_polkit_get_type ())
G_DECLARE_FINAL_TYPE (TideBusPolkit, tide_bus_polkit, TIDE, BUS_POLKIT, GObject)

/**
 * TideBusPolkitQuestion:
 * @invocation: the call
 * @action_id: what polkit calls that which it takes
 * @uid: who calls
 *
 * What polkit is asked.
 */
typedef struct
{
  GDBusMethodInvocation *invocation; /* (unowned) */
  const char *action_id;             /* (unowned) */
  guint32 uid;
} TideBusPolkitQuestion;

TideBusPolkit *tide_bus_polkit_new (void);
void tide_bus_polkit_set_limits (TideBusPolkit *self,
                                 guint limit_ms,
                                 guint interactive_limit_ms);
void tide_bus_polkit_ask_async (TideBusPolkit *self,
                                const TideBusPolkitQuestion *question,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean
tide_bus_polkit_ask_finish (TideBusPolkit *self, GAsyncResult *result, GError **error);

G_END_DECLS
