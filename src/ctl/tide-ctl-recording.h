/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideCtlRecord:
 *
 * One line of a recording.
 */
typedef struct
{
  gint64 time_us; /* from the start of the recording */
  char *channel;  /* (owned) */
  char *payload;  /* (owned) */
} TideCtlRecord;

gboolean tide_ctl_recording_parse (const char *line, TideCtlRecord *record);
void tide_ctl_record_clear (TideCtlRecord *record);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TideCtlRecord, tide_ctl_record_clear)

G_END_DECLS
