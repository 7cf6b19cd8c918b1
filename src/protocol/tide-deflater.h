/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-frame.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideDeflater:
 *
 * Compresses frames for permessage-deflate, RFC 7692, each by itself.
 */
typedef struct _TideDeflater TideDeflater;
/**
 * TideInflater:
 *
 * Takes messages of permessage-deflate apart again.
 */
typedef struct _TideInflater TideInflater;

/**
 * TideInflateResult:
 * @TIDE_INFLATE_DONE: all of it is there
 * @TIDE_INFLATE_BROKEN: it is no compressed message
 * @TIDE_INFLATE_TOO_LARGE: there is more in it than there may be
 *
 * What tide_inflater_run() made of a message.
 */
typedef enum
{
  TIDE_INFLATE_DONE,
  TIDE_INFLATE_BROKEN,
  TIDE_INFLATE_TOO_LARGE,
} TideInflateResult;

TideDeflater *tide_deflater_new (void);
void tide_deflater_free (TideDeflater *self);
TideFrame *tide_deflater_run (TideDeflater *self, const TideFrame *frame);

TideInflater *tide_inflater_new (void);
void tide_inflater_free (TideInflater *self);
TideInflateResult
tide_inflater_run (TideInflater *self, GByteArray *message, gsize max_bytes);

G_END_DECLS
