/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-locale.h"

#include <libintl.h>
#include <locale.h>

/**
 * tide_locale_set_up:
 *
 * Makes gettext translate from here on, into the language of the environment.
 *
 * The environment's `TEXTDOMAINDIR` names another folder of translations than the
 * installed one, as it does for `gettext` of the shell.
 *
 * Numbers stay as in C. To be called once, before any other thread runs.
 */
void
tide_locale_set_up (void)
{
  const char *folder = g_getenv ("TEXTDOMAINDIR");

  setlocale (LC_ALL, "");
  setlocale (LC_NUMERIC, "C");
  bindtextdomain (GETTEXT_PACKAGE, folder != NULL ? folder : TIDE_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}
