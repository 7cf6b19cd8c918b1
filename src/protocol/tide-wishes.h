/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_MAX_VERSION:
 *
 * The newest version of payloads that a client can ask for.
 */
#define TIDE_MAX_VERSION 1000

/**
 * TideWishes:
 *
 * How a client wants its events. A zeroed one wants them as everybody gets them.
 */
typedef struct
{
  guint16 version;           /* the newest that it knows of payloads; 0: as they come */
  guint is_batched : 1;      /* the events of a batch in one `event_batch` */
  guint has_bad_version : 1; /* it asked for one that there can't be */
} TideWishes;

void tide_wishes_take_query (TideWishes *self, const char *batch, const char *version);
void tide_wishes_take_payload (TideWishes *self, const char *payload, gsize length);

G_END_DECLS
