/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void tide_process_figures_append (GString *text,
                                  const char *proc_folder,
                                  gint64 started_real_us);

G_END_DECLS
