/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What an operator may be alerted on: the journal's MESSAGE_ID of a line. They keep their
 * meaning for ever; data/catalog has what to do about each. */

/**
 * TIDE_MESSAGE_READY:
 *
 * The service listens and can be used.
 */
#define TIDE_MESSAGE_READY "ed8396a63495421d9817c865cc43eed7"

/**
 * TIDE_MESSAGE_ENDING:
 *
 * The service drains and then ends.
 */
#define TIDE_MESSAGE_ENDING "af5eb1a26d764f0f806e83ae54fc43c6"

/**
 * TIDE_MESSAGE_DRAINED:
 *
 * An operator has the service send everybody away, and it runs on.
 */
#define TIDE_MESSAGE_DRAINED "95222e0545344514a7e69c7eeca94cd8"

/**
 * TIDE_MESSAGE_RELOADED:
 *
 * Another configuration is in force.
 */
#define TIDE_MESSAGE_RELOADED "c95b326d71f9404c9faa6413f6682af8"

/**
 * TIDE_MESSAGE_NOT_RELOADED:
 *
 * A configuration was refused, the old one stays in force.
 */
#define TIDE_MESSAGE_NOT_RELOADED "8bd1b28fa0394ce0b3ae95989274aa25"

/**
 * TIDE_MESSAGE_SOURCE_LOST:
 *
 * The source of events can't be reached.
 */
#define TIDE_MESSAGE_SOURCE_LOST "acf0633fb5a14d2aa5805a550a1b070e"

/**
 * TIDE_MESSAGE_SOURCE_BACK:
 *
 * The source of events is connected, or connected again.
 */
#define TIDE_MESSAGE_SOURCE_BACK "583f38449c61460ca3848ac613dc6144"

/**
 * TIDE_MESSAGE_ACCEPT_PAUSED:
 *
 * There are no file descriptors left for newcomers.
 */
#define TIDE_MESSAGE_ACCEPT_PAUSED "65585e4228484ad0855caf16665871a4"

/**
 * TIDE_MESSAGE_MEMORY_SHORT:
 *
 * More memory is used than [server] max-memory-bytes.
 */
#define TIDE_MESSAGE_MEMORY_SHORT "2d8b4853c90d46559405a0f112a8ea63"

/**
 * TIDE_MESSAGE_MEMORY_ENOUGH:
 *
 * Memory is no longer short.
 */
#define TIDE_MESSAGE_MEMORY_ENOUGH "71da089efcf14d05b492c423ad803599"

/**
 * TIDE_MESSAGE_CERTIFICATE:
 *
 * The TLS certificate needs attention.
 */
#define TIDE_MESSAGE_CERTIFICATE "fd58929eb3f0455d9edddd6005cfcc8e"

/**
 * TIDE_MESSAGE_BUS_LOST:
 *
 * The D-Bus daemon can't be reached, or refuses the name.
 */
#define TIDE_MESSAGE_BUS_LOST "4163b489a66d4d2ebaceabe4076beb1a"

/**
 * TIDE_MESSAGE_LOGGED_OUT:
 *
 * A user was logged out from outside.
 */
#define TIDE_MESSAGE_LOGGED_OUT "b931865470944bc893a686739e6db262"

/**
 * tide_log_notable:
 * @level: a #GLogLevelFlags
 * @id: one of the ids above
 * @...: a format and what it takes, as for g_message()
 *
 * Logs a line that an operator may be alerted on.
 */
#define tide_log_notable(level, id, ...)                                                 \
  g_log_structured (G_LOG_DOMAIN, level, "MESSAGE_ID", id, "MESSAGE", __VA_ARGS__)

/**
 * tide_log_about_user:
 * @id: one of the ids above
 * @hash: of tide_user_hash()
 * @...: a format and what it takes, as for g_message()
 *
 * Logs a line that an operator may be alerted on, and that is about one user.
 */
#define tide_log_about_user(id, hash, ...)                                               \
  g_log_structured (G_LOG_DOMAIN,                                                        \
                    G_LOG_LEVEL_MESSAGE,                                                 \
                    "MESSAGE_ID",                                                        \
                    id,                                                                  \
                    "TIDE_USER_HASH",                                                    \
                    hash,                                                                \
                    "MESSAGE",                                                           \
                    __VA_ARGS__)

G_END_DECLS
