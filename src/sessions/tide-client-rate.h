/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideClientRate:
 *
 * How much a client has sent of late. A zeroed one has sent nothing.
 */
typedef struct
{
  gint64 full_us;    /* when the whole burst will be free again */
  gint64 refused_us; /* of the refusals that are counted, the first */
  guint n_refused;   /* since then */
} TideClientRate;

/**
 * TideClientVerdict:
 * @TIDE_CLIENT_FINE: within the rate
 * @TIDE_CLIENT_OVER: over it: to be refused
 * @TIDE_CLIENT_TOO_MUCH: refusals do not help: to be sent away
 *
 * What to do with a message.
 */
typedef enum
{
  TIDE_CLIENT_FINE,
  TIDE_CLIENT_OVER,
  TIDE_CLIENT_TOO_MUCH,
} TideClientVerdict;

TideClientVerdict
tide_client_rate_take (TideClientRate *self, guint per_second, gint64 now_us);

G_END_DECLS
