/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-rates.h"

static guint64
look_up (GVariant *counters, const char *name)
{
  guint64 value = 0;

  if (counters != NULL)
    g_variant_lookup (counters, name, "t", &value);
  return value;
}

/**
 * tide_ctl_rates_take:
 * @self: rates
 * @counters: of type `a{st}`
 * @now_us: when they were read, in microseconds
 *
 * Takes a reading.
 */
void
tide_ctl_rates_take (TideCtlRates *self, GVariant *counters, gint64 now_us)
{
  g_clear_pointer (&self->before, g_variant_unref);
  self->before = self->last;
  self->before_us = self->last_us;
  self->last = g_variant_ref (counters);
  self->last_us = now_us;
}

/**
 * tide_ctl_rates_clear:
 * @self: rates
 *
 * Forgets all readings.
 */
void
tide_ctl_rates_clear (TideCtlRates *self)
{
  g_clear_pointer (&self->last, g_variant_unref);
  g_clear_pointer (&self->before, g_variant_unref);
}

/**
 * tide_ctl_rates_get:
 * @self: rates
 * @name: the name of a counter
 *
 * Returns: what it was last; 0 when it is not there
 */
guint64
tide_ctl_rates_get (const TideCtlRates *self, const char *name)
{
  return look_up (self->last, name);
}

/**
 * tide_ctl_rates_get_per_second:
 * @self: rates
 * @name: the name of a counter
 *
 * Returns: by how much it grew in a second between the readings; 0 when there is one
 * only, or when it was set back
 */
double
tide_ctl_rates_get_per_second (const TideCtlRates *self, const char *name)
{
  guint64 now = look_up (self->last, name);
  guint64 before = look_up (self->before, name);

  if (self->before == NULL || now < before || self->last_us <= self->before_us)
    return 0;
  return (double) (now - before) * G_USEC_PER_SEC /
         (double) (self->last_us - self->before_us);
}
