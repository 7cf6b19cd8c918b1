/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideExitCode:
 * @TIDE_EXIT_OK: done, or ended as asked
 * @TIDE_EXIT_FAILED: something failed while running; the log says what
 * @TIDE_EXIT_BAD_USAGE: the command line can't be understood
 * @TIDE_EXIT_BAD_CONFIG: the configuration has mistakes; correct the lines that are named
 * @TIDE_EXIT_ADDRESS: an address can't be listened on; choose another, or end the program
 *   that has it
 *
 * What tidewired tells its caller at the end. The numbers are documented and never
 * change.
 */
typedef enum
{
  TIDE_EXIT_OK = 0,
  TIDE_EXIT_FAILED = 1,
  TIDE_EXIT_BAD_USAGE = 2,
  TIDE_EXIT_BAD_CONFIG = 3,
  TIDE_EXIT_ADDRESS = 4,
} TideExitCode;

/**
 * TideOptions:
 *
 * The command line, taken apart.
 */
typedef struct
{
  char *config_file; /* (owned) (nullable), NULL for the default one */
  char **settings;   /* (owned), `GROUP.KEY=VALUE`, in their order; may be empty */
  gboolean check_config;
  gboolean print_config;
  gboolean show_version;
  gboolean show_help;
} TideOptions;

TideOptions *tide_options_parse (const char *const *args, GError **error);
void tide_options_free (TideOptions *self);
char *tide_options_make_help (void);
char *tide_options_make_version (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideOptions, tide_options_free)

G_END_DECLS
