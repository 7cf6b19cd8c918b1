/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

double load_process_get_cpu_seconds (int pid);
gint64 load_process_get_resident_kib (int pid);
gint64 load_process_get_pss_kib (int pid);

G_END_DECLS
