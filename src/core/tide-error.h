/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideError:
 * @TIDE_ERROR_FAILED: something else went wrong; the message says what
 * @TIDE_ERROR_BAD_CONFIG: a configuration value can't be used; correct the named line
 * @TIDE_ERROR_ADDRESS_IN_USE: another program listens on the address; choose another
 * @TIDE_ERROR_BAD_PACKET: a peer broke its protocol; the connection is closed
 * @TIDE_ERROR_BAD_PAYLOAD: a command's payload has the wrong form; send the form that
 *   the message names
 * @TIDE_ERROR_UNKNOWN_COMMAND: no command has this name; see docs/PROTOCOL.md
 * @TIDE_ERROR_LIMIT_EXCEEDED: a limit is reached; take something away first
 * @TIDE_ERROR_RATE_LIMITED: too many commands in too short a time; wait a second
 * @TIDE_ERROR_FORBIDDEN: the server does not allow this to this user
 * @TIDE_ERROR_UNSUPPORTED: understood, but not available on this server
 * @TIDE_ERROR_UNAVAILABLE: a part that this needs is not there now; try again later
 * @TIDE_ERROR_CHART_UNAVAILABLE: there is no history to make the chart of; ask another
 *   server
 * @TIDE_ERROR_UNKNOWN_SYMBOL: nothing is known of the symbol; look at how it is written
 * @TIDE_ERROR_LOGIN_REQUIRED: this is for users who are logged in; log in and connect
 *   again
 * @TIDE_ERROR_LOGIN_REFUSED: the log-in can't be believed; get a new one
 * @TIDE_ERROR_LOGIN_EXPIRED: the log-in has run out; get a new one
 * @TIDE_ERROR_NOT_FOUND: there is no such thing; the message says how to find what is
 *   there
 * @TIDE_ERROR_DRAINING: the service sends everybody away already; wait, or let clients in
 *   again first
 * @TIDE_ERROR_BAD_FILTER: a filter can't be understood; the message says what it may be
 *
 * Everything that Tidewire's own functions report through #GError.
 *
 * Browsers see a code by its nick, see tide_error_get_nick().
 */
typedef enum
{
  TIDE_ERROR_FAILED,
  TIDE_ERROR_BAD_CONFIG,
  TIDE_ERROR_ADDRESS_IN_USE,
  TIDE_ERROR_BAD_PACKET,
  TIDE_ERROR_BAD_PAYLOAD,
  TIDE_ERROR_UNKNOWN_COMMAND,
  TIDE_ERROR_LIMIT_EXCEEDED,
  TIDE_ERROR_RATE_LIMITED,
  TIDE_ERROR_FORBIDDEN,
  TIDE_ERROR_UNSUPPORTED,
  TIDE_ERROR_UNAVAILABLE,
  TIDE_ERROR_CHART_UNAVAILABLE,
  TIDE_ERROR_UNKNOWN_SYMBOL,
  TIDE_ERROR_LOGIN_REQUIRED,
  TIDE_ERROR_LOGIN_REFUSED,
  TIDE_ERROR_LOGIN_EXPIRED,
  TIDE_ERROR_NOT_FOUND,
  TIDE_ERROR_DRAINING,
  TIDE_ERROR_BAD_FILTER,
} TideError;

#define TIDE_ERROR (tide_error_quark ())
GQuark tide_error_quark (void);

const char *tide_error_get_nick (const GError *error);

G_END_DECLS
