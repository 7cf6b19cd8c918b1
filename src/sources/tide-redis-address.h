/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideRedisAddress:
 *
 * Where a Redis server is, and which of its databases and users to take.
 */
typedef struct
{
  char *host;        /* (owned) (nullable), a name or an address, without brackets */
  guint16 port;      /* of @host */
  char *path;        /* (owned) (nullable), of a Unix socket, when there is no @host */
  char *user;        /* (owned) (nullable) */
  guint database;    /* number for SELECT */
  char *description; /* (owned), for people, without user and password */
} TideRedisAddress;

TideRedisAddress *tide_redis_address_parse (const char *uri, GError **error);
void tide_redis_address_free (TideRedisAddress *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideRedisAddress, tide_redis_address_free)

G_END_DECLS
