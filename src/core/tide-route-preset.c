/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The sets of routes that are compiled in, from the very files of data/config. */

#include "tide-route-text.h"
#include "tide-tickstock-text.h"

/**
 * tide_route_text_get_preset:
 * @preset: `tickstock` or `none`
 *
 * Gets the routes of a preset, as they would stand in a configuration file.
 *
 * Returns: (transfer full): the groups, line by line; empty for `none`
 */
char *
tide_route_text_get_preset (const char *preset)
{
  static const char *const tickstock[] = { TIDE_TICKSTOCK_LINES, NULL };

  if (!g_str_equal (preset, "tickstock"))
    return g_strdup ("");
  return g_strjoinv ("\n", (char **) tickstock);
}
