/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-socket.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TideStream:
 *
 * A socket as libsoup sees it: a #GIOStream whose two pollable streams read from the
 * descriptor and write to the outbox.
 */
#define TIDE_TYPE_STREAM (tide_stream_get_type ())
G_DECLARE_FINAL_TYPE (TideStream, tide_stream, TIDE, STREAM, GIOStream)

GIOStream *tide_stream_new (TideSocket *socket);
TideSocket *tide_stream_get_socket (TideStream *self);
TideSocket *tide_stream_steal_socket (TideStream *self);

G_END_DECLS
