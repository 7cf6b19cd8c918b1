/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-recording.h"

#include "tide-json-scan.h"

#include <string.h>

/* A century: keeps times in microseconds far from overflow. */
#define MAX_T_MS 3.2e12

enum
{
  FIELD_T_MS,
  FIELD_CHANNEL,
  FIELD_PAYLOAD,
  N_FIELDS,
};

/* Returns: (transfer full) (nullable): a string's text, or the bytes of any other value;
 * %NULL for what can't go over the bus */
static char *
take_value (const TideJsonField *field)
{
  g_autofree char *text = NULL;
  gsize length = field->length;

  if (field->kind == TIDE_JSON_STRING && field->has_escapes)
    text = tide_json_unescape (field->start, field->length, &length);
  else
    text = g_strndup (field->start, field->length);
  return strlen (text) == length ? g_steal_pointer (&text) : NULL;
}

/**
 * tide_ctl_record_clear:
 * @record: a line
 *
 * Frees what is in @record.
 */
void
tide_ctl_record_clear (TideCtlRecord *record)
{
  g_clear_pointer (&record->channel, g_free);
  g_clear_pointer (&record->payload, g_free);
}

/**
 * tide_ctl_recording_parse:
 * @line: a line
 * @record: (out caller-allocates): what is in it
 *
 * Reads a line in the form that `source.type=replay` takes.
 *
 * Returns: whether it is one
 */
gboolean
tide_ctl_recording_parse (const char *line, TideCtlRecord *record)
{
  TideJsonField fields[N_FIELDS] = {
    [FIELD_T_MS] = { .name = "t_ms", .parent = -1 },
    [FIELD_CHANNEL] = { .name = "channel", .parent = -1 },
    [FIELD_PAYLOAD] = { .name = "payload", .parent = -1 },
  };
  TideJsonKind kind;

  *record = (TideCtlRecord){ 0 };
  if (tide_json_scan (line, strlen (line), fields, N_FIELDS, &kind) != TIDE_JSON_OK ||
      kind != TIDE_JSON_OBJECT || fields[FIELD_T_MS].kind != TIDE_JSON_NUMBER ||
      fields[FIELD_CHANNEL].kind != TIDE_JSON_STRING ||
      fields[FIELD_PAYLOAD].kind == TIDE_JSON_NONE)
    return FALSE;

  double t_ms = g_ascii_strtod (fields[FIELD_T_MS].start, NULL);

  if (!(t_ms >= 0 && t_ms <= MAX_T_MS))
    return FALSE;
  record->time_us = (gint64) (t_ms * 1000);
  record->channel = take_value (&fields[FIELD_CHANNEL]);
  record->payload = take_value (&fields[FIELD_PAYLOAD]);
  return record->channel != NULL && record->payload != NULL;
}
