/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-source.h"

G_DEFINE_INTERFACE (TideSource, tide_source, G_TYPE_OBJECT)

static void
tide_source_default_init (TideSourceInterface *iface)
{
  /**
   * TideSource::state-changed:
   * @self: a source
   *
   * Emitted after tide_source_get_state() has changed. An outage that lasts is one
   * change, however often the source tries.
   */
  g_signal_new ("state-changed",
                TIDE_TYPE_SOURCE,
                G_SIGNAL_RUN_LAST,
                0,
                NULL,
                NULL,
                NULL,
                G_TYPE_NONE,
                0);
}

/**
 * tide_source_start:
 * @self: a source that is not started
 * @error: return location for an error
 *
 * Lets a source pass messages on, from the main context that is the calling thread's
 * default. No message is passed on before the call returns.
 *
 * Fails only for what trying again cannot mend, such as %TIDE_ERROR_BAD_CONFIG for a file
 * that is not there. A server that is not there is no failure: the source goes on trying.
 *
 * Returns: %TRUE when the source was started
 */
gboolean
tide_source_start (TideSource *self, GError **error)
{
  return TIDE_SOURCE_GET_IFACE (self)->start (self, error);
}

/**
 * tide_source_stop:
 * @self: a source
 *
 * Stops a source; one that is not started stays as it is.
 */
void
tide_source_stop (TideSource *self)
{
  TIDE_SOURCE_GET_IFACE (self)->stop (self);
}

/**
 * tide_source_get_state:
 * @self: a source
 *
 * Returns: how @self is
 */
TideSourceState
tide_source_get_state (TideSource *self)
{
  return TIDE_SOURCE_GET_IFACE (self)->get_state (self);
}

/**
 * tide_source_get_description:
 * @self: a source
 *
 * Gets what @self reads from, such as `redis://127.0.0.1:6379/0`. There is never a
 * password in it.
 *
 * Returns: (transfer none): a text that lives as long as @self
 */
const char *
tide_source_get_description (TideSource *self)
{
  return TIDE_SOURCE_GET_IFACE (self)->get_description (self);
}

/**
 * tide_source_get_outage:
 * @self: a source that was connected
 * @outage: (out caller-allocates): what would be missing if the connection were lost now,
 * or was when it was lost last; untouched on failure
 *
 * Gets since when messages may be missing, for who has to say so.
 *
 * Returns: %FALSE for a source that can't be lost, such as a recording
 */
gboolean
tide_source_get_outage (TideSource *self, TideSourceOutage *outage)
{
  TideSourceInterface *iface = TIDE_SOURCE_GET_IFACE (self);

  if (iface->get_outage == NULL)
    return FALSE;
  iface->get_outage (self, outage);
  return TRUE;
}

/**
 * tide_source_emit_state_changed:
 * @self: a source whose state has just changed
 *
 * Emits [signal@Source::state-changed]; for the sources themselves.
 */
void
tide_source_emit_state_changed (TideSource *self)
{
  g_signal_emit_by_name (self, "state-changed");
}
