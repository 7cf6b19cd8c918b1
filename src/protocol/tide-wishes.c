/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-wishes.h"

#include "tide-json-scan.h"

#include <string.h>

enum
{
  FIELD_BATCH,
  FIELD_VERSION,
  N_FIELDS,
};

/* A whole number from 1 to TIDE_MAX_VERSION in plain digits; 0 for all else. */
static guint16
parse_version (const char *text, gsize length)
{
  guint version = 0;

  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return 0;
      version = version * 10 + g_ascii_digit_value (text[i]);
      if (version > TIDE_MAX_VERSION)
        return 0;
    }
  return version;
}

static void
take_version (TideWishes *self, const char *text, gsize length)
{
  self->version = parse_version (text, length);
  self->has_bad_version = self->version == 0;
}

/**
 * tide_wishes_take_query:
 * @self: what a client wants so far
 * @batch: (nullable): its query parameter `batch`, `1` for one `event_batch` a batch
 * @version: (nullable): its query parameter `v`, the newest version that it knows
 *
 * Takes what a client asks for in its first request.
 */
void
tide_wishes_take_query (TideWishes *self, const char *batch, const char *version)
{
  if (batch != NULL)
    self->is_batched = g_str_equal (batch, "1");
  if (version != NULL)
    take_version (self, version, strlen (version));
}

/**
 * tide_wishes_take_payload:
 * @self: what a client wants so far
 * @payload: (array length=length): the JSON object of Socket.IO's CONNECT, scanned
 * @length: its length in bytes
 *
 * Takes what a client asks for when it connects: `{"batch":true,"v":1}`. What is not in
 * @payload stays as it was.
 */
void
tide_wishes_take_payload (TideWishes *self, const char *payload, gsize length)
{
  TideJsonField fields[N_FIELDS] = {
    [FIELD_BATCH] = { .name = "batch", .parent = -1 },
    [FIELD_VERSION] = { .name = "v", .parent = -1 },
  };
  const TideJsonField *batch = &fields[FIELD_BATCH];
  const TideJsonField *version = &fields[FIELD_VERSION];

  tide_json_scan (payload, length, fields, N_FIELDS, NULL);
  if (batch->kind != TIDE_JSON_NONE)
    self->is_batched = batch->kind == TIDE_JSON_BOOLEAN && batch->length == 4;
  if (version->kind != TIDE_JSON_NONE)
    take_version (
        self, version->start, version->kind == TIDE_JSON_NUMBER ? version->length : 0);
}
