/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-bus-limits.h"

#define USEC_PER_MSEC 1000

/* The arguments in their order. */
static const struct
{
  const char *name;
  guint32 max;
  const char *zero; /* what 0 means */
} arguments_info[] = {
  { "events_per_second", TIDE_BUS_MAX_EVENTS_PER_SECOND, "no limit" },
  { "urgent_events_per_second", TIDE_BUS_MAX_EVENTS_PER_SECOND, "no limit" },
  { "batch_window_msec", TIDE_BUS_MAX_BATCH_WINDOW_MSEC, "no window" },
  { "batch_max_events", TIDE_BUS_MAX_BATCH_EVENTS, "no limit" },
};

static gboolean
check (const guint32 *values, guint n_values, GError **error)
{
  for (guint i = 0; i < n_values; i++)
    if (values[i] > arguments_info[i].max)
      {
        g_set_error (error,
                     G_DBUS_ERROR,
                     G_DBUS_ERROR_INVALID_ARGS,
                     "%s=%u is out of range: it goes from 0 (%s) to %u",
                     arguments_info[i].name,
                     values[i],
                     arguments_info[i].zero,
                     arguments_info[i].max);
        return FALSE;
      }
  return TRUE;
}

/**
 * tide_bus_limits_read:
 * @limits: (inout): where to put what is read
 * @arguments: of the type `(uuuu)`: events and urgent events per second, the batch window
 *   in milliseconds, the most events in a batch; 0 stands for no limit
 * @error: return location for an error
 *
 * Reads limits from the arguments of a call. Whether the leading edge is used stays as it
 * is in @limits.
 *
 * Fails with %G_DBUS_ERROR_INVALID_ARGS when a value is out of its range, and changes
 * nothing then.
 *
 * Returns: %TRUE when @limits has what @arguments say
 */
gboolean
tide_bus_limits_read (TideDeliveryLimits *limits, GVariant *arguments, GError **error)
{
  guint32 values[G_N_ELEMENTS (arguments_info)];

  g_variant_get (arguments, "(uuuu)", &values[0], &values[1], &values[2], &values[3]);
  if (!check (values, G_N_ELEMENTS (values), error))
    return FALSE;
  limits->events_per_second = values[0];
  limits->urgent_events_per_second = values[1];
  limits->batch_window_us = (gint64) values[2] * USEC_PER_MSEC;
  limits->batch_max_events = values[3];
  return TRUE;
}

/**
 * tide_bus_limits_read_user:
 * @user: (out) (transfer none): a user, as the caller names it
 * @limits: (out caller-allocates): its limits
 * @arguments: of the type `(suu)`: the user, its events and urgent events per second
 * @error: return location for an error
 *
 * Reads the limits of one user from the arguments of a call.
 *
 * Fails with %G_DBUS_ERROR_INVALID_ARGS when a value is out of its range.
 *
 * Returns: %TRUE when @limits has what @arguments say
 */
gboolean
tide_bus_limits_read_user (const char **user,
                           TideUserLimits *limits,
                           GVariant *arguments,
                           GError **error)
{
  guint32 values[2];

  g_variant_get (arguments, "(&suu)", user, &values[0], &values[1]);
  if (!check (values, G_N_ELEMENTS (values), error))
    return FALSE;
  limits->events_per_second = values[0];
  limits->urgent_events_per_second = values[1];
  return TRUE;
}

/**
 * tide_bus_limits_to_variant:
 * @limits: limits
 *
 * Writes limits as tide_bus_limits_read() reads them.
 *
 * Returns: (transfer floating): of the type `(uuuu)`
 */
GVariant *
tide_bus_limits_to_variant (const TideDeliveryLimits *limits)
{
  return g_variant_new ("(uuuu)",
                        limits->events_per_second,
                        limits->urgent_events_per_second,
                        (guint32) (limits->batch_window_us / USEC_PER_MSEC),
                        limits->batch_max_events);
}

/**
 * tide_bus_limits_describe:
 * @limits: limits
 *
 * Says limits as the configuration would, for the log.
 *
 * Returns: (transfer full): a list of keys with their values
 */
char *
tide_bus_limits_describe (const TideDeliveryLimits *limits)
{
  return g_strdup_printf ("batch-window-ms=%" G_GINT64_FORMAT
                          ", batch-max-events=%u, batch-mode=%s, "
                          "events-per-second=%u, urgent-events-per-second=%u",
                          limits->batch_window_us / USEC_PER_MSEC,
                          limits->batch_max_events,
                          limits->is_leading ? "leading" : "window",
                          limits->events_per_second,
                          limits->urgent_events_per_second);
}
