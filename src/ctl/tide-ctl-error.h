/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TIDE_CTL_ERROR:
 *
 * Errors of tidewirectl. The codes are [enum@CtlExit], the texts are for a person.
 */
#define TIDE_CTL_ERROR (tide_ctl_error_quark ())
GQuark tide_ctl_error_quark (void);

/**
 * TideCtlExit:
 * @TIDE_CTL_EXIT_OK: done
 * @TIDE_CTL_EXIT_FAILED: it went wrong in another way than those below
 * @TIDE_CTL_EXIT_USAGE: the command line can't be understood
 * @TIDE_CTL_EXIT_NOT_RUNNING: the service, or its bus, can't be reached
 * @TIDE_CTL_EXIT_NOT_FOUND: there is no such connection, user, room or route
 * @TIDE_CTL_EXIT_NOT_ALLOWED: the caller may not do that
 * @TIDE_CTL_EXIT_TOO_OLD: the running service does not know how
 * @TIDE_CTL_EXIT_REFUSED: the service refuses a value, a payload or a filter
 * @TIDE_CTL_EXIT_BAD_CONFIG: the configuration has mistakes
 * @TIDE_CTL_EXIT_BUSY: not now; it may go later
 *
 * What tidewirectl tells its caller at the end. The numbers are documented and never
 * change.
 */
typedef enum
{
  TIDE_CTL_EXIT_OK = 0,
  TIDE_CTL_EXIT_FAILED = 1,
  TIDE_CTL_EXIT_USAGE = 2,
  TIDE_CTL_EXIT_NOT_RUNNING = 3,
  TIDE_CTL_EXIT_NOT_FOUND = 4,
  TIDE_CTL_EXIT_NOT_ALLOWED = 5,
  TIDE_CTL_EXIT_TOO_OLD = 6,
  TIDE_CTL_EXIT_REFUSED = 7,
  TIDE_CTL_EXIT_BAD_CONFIG = 8,
  TIDE_CTL_EXIT_BUSY = 9,
} TideCtlExit;

GError *tide_ctl_error_from_call (const GError *error, const char *what);
TideCtlExit tide_ctl_error_get_exit (const GError *error);

G_END_DECLS
