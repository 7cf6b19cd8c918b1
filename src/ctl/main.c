/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl.h"
#include "tide-locale.h"

int
main (int argc, char **argv)
{
  tide_locale_set_up ();
  return tide_ctl_run (argv);
}
