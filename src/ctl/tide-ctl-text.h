/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *tide_ctl_text_clean (const char *text, gssize length);
guint tide_ctl_text_get_width (const char *text);
char *tide_ctl_text_fit (const char *text, guint width);
char *tide_ctl_text_from_bytes (guint64 bytes);
char *tide_ctl_text_from_duration (guint64 duration_us);
char *tide_ctl_text_from_latency (guint64 latency_us);
char *tide_ctl_text_from_time (guint64 time_us);
char *tide_ctl_text_make_json_safe (const char *json);

G_END_DECLS
