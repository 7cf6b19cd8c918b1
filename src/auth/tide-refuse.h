/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-error.h"

G_BEGIN_DECLS

/* Says no to a log-in.
 *
 * Returns: %FALSE, to be returned at once */
static inline gboolean
tide_refuse (GError **error, TideError code, const char *text)
{
  g_set_error_literal (error, TIDE_ERROR, code, text);
  return FALSE;
}

G_END_DECLS
