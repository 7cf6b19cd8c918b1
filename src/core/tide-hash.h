/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TIDE_HASH_INIT:
 *
 * Where tide_hash_bytes() begins.
 */
#define TIDE_HASH_INIT 2166136261u

/**
 * tide_hash_bytes:
 * @hash: %TIDE_HASH_INIT, or the hash of what is in front
 * @bytes: (array length=length): bytes, which may be from anybody
 * @length: how many
 *
 * Goes on with a hash by FNV-1a, for tables whose size is bounded.
 *
 * Returns: the hash of all so far
 */
static inline guint32
tide_hash_bytes (guint32 hash, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    hash = (hash ^ (guint8) bytes[i]) * 16777619u;
  return hash;
}

G_END_DECLS
