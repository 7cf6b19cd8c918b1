/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-outbox.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_GATHER_BYTES:
 *
 * The most that is gathered into one write.
 */
#define TIDE_GATHER_BYTES (64 * 1024)

/**
 * TideGather:
 *
 * Small frames in one piece, for one write to the kernel.
 */
typedef struct _TideGather TideGather;

TideGather *tide_gather_new (void);
void tide_gather_free (TideGather *self);
const guint8 *
tide_gather_run (TideGather *self, const TideOutbox *outbox, gsize *n_bytes);
void tide_gather_clear (TideGather *self);

G_END_DECLS
