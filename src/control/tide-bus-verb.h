/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-bus-funcs.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

/**
 * TideBusAction:
 * @TIDE_BUS_ACTION_INSPECT: see who is connected, and what they get
 * @TIDE_BUS_ACTION_MANAGE_CONNECTIONS: send to users, and send them away
 * @TIDE_BUS_ACTION_MANAGE_SERVICE: change how the service runs
 * @TIDE_BUS_ACTION_CONTROL_LOG: change what is logged, which is not for the group
 *
 * What a caller has to be allowed to.
 */
typedef enum
{
  TIDE_BUS_ACTION_INSPECT,
  TIDE_BUS_ACTION_MANAGE_CONNECTIONS,
  TIDE_BUS_ACTION_MANAGE_SERVICE,
  TIDE_BUS_ACTION_CONTROL_LOG,
} TideBusAction;

/**
 * TideBusCall:
 *
 * A call of somebody who may.
 */
typedef struct
{
  GVariant *arguments; /* (unowned), of the types that the XML says */
  guint32 uid;         /* who calls, for the log */
  GUnixFDList *fds;    /* (owned) (nullable), descriptors to answer with */
  TideBusLater later;  /* for a verb that can't answer at once */
  gboolean is_later;   /* it will, and returns %NULL without an error */
} TideBusCall;

/**
 * TideBusVerbFunc:
 * @funcs: what the service can do
 * @call: what is asked for
 * @error: return location for an error
 *
 * Does what is asked for.
 *
 * Returns: (transfer floating) (nullable): the answer, or %NULL with an error, or when it
 *   is answered later
 */
typedef GVariant *(*TideBusVerbFunc) (const TideBusFuncs *funcs,
                                      TideBusCall *call,
                                      GError **error);

/**
 * TideBusVerb:
 *
 * A method of `org.tidewire.Tidewire1.Admin`.
 */
typedef struct
{
  const char *name; /* NULL ends a list of them */
  TideBusAction action;
  TideBusVerbFunc func;
} TideBusVerb;

extern const TideBusVerb tide_bus_event_verbs[];
extern const TideBusVerb tide_bus_history_verbs[];
extern const TideBusVerb tide_bus_list_verbs[];
extern const TideBusVerb tide_bus_service_verbs[];
extern const TideBusVerb tide_bus_user_verbs[];

G_END_DECLS
