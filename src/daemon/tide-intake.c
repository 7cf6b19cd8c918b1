/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-intake.h"

/**
 * tide_intake_take:
 * @stages: the stages
 * @channel: (array length=channel_length): where a message was published
 * @channel_length: length of @channel in bytes
 * @payload: (array length=payload_length): what was published
 * @payload_length: length of @payload in bytes
 *
 * Takes a message as one of the source's: decodes and routes it.
 *
 * Returns: for how many users it was taken
 */
guint
tide_intake_take (const TideStages *stages,
                  const char *channel,
                  gsize channel_length,
                  const char *payload,
                  gsize payload_length)
{
  g_autoptr (TideEvent) event = tide_decoder_decode (
      stages->decoder, channel, channel_length, payload, payload_length);
  guint n_users;

  if (event == NULL)
    return 0;
  if (event->route->price_field >= 0 && stages->history != NULL)
    tide_history_take (stages->history, event);
  if (G_LIKELY (tide_event_streams_get_n_open (stages->streams) == 0))
    return tide_event_router_route (stages->router, event);
  tide_event_streams_set_channel (stages->streams, channel, channel_length);
  n_users = tide_event_router_route (stages->router, event);
  tide_event_streams_set_channel (stages->streams, NULL, 0);
  return n_users;
}
