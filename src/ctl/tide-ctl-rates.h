/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TideCtlRates:
 *
 * Two readings of the counters, from which rates are made.
 */
typedef struct
{
  GVariant *last;   /* (owned) (nullable), of type a{st} */
  GVariant *before; /* (owned) (nullable), the reading before it */
  gint64 last_us;
  gint64 before_us;
} TideCtlRates;

void tide_ctl_rates_take (TideCtlRates *self, GVariant *counters, gint64 now_us);
void tide_ctl_rates_clear (TideCtlRates *self);
guint64 tide_ctl_rates_get (const TideCtlRates *self, const char *name);
double tide_ctl_rates_get_per_second (const TideCtlRates *self, const char *name);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TideCtlRates, tide_ctl_rates_clear)

G_END_DECLS
