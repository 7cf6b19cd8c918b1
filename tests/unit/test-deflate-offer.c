/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-deflate-offer.h"

static void
test_offers (void)
{
  static const struct
  {
    const char *header;
    gboolean is_good;
  } cases[] = {
    { NULL, FALSE },
    { "", FALSE },
    { "permessage-deflate", TRUE },
    /* Chromium's and Firefox' */
    { "permessage-deflate; client_max_window_bits", TRUE },
    { "permessage-deflate; client_max_window_bits=10", TRUE },
    { "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
      TRUE },
    { "permessage-deflate; server_max_window_bits=15", TRUE },
    { "permessage-deflate; server_max_window_bits=10", FALSE },
    { "permessage-deflate; server_max_window_bits=10, permessage-deflate", TRUE },
    { "permessage-deflate; server_max_window_bits", FALSE },
    { "permessage-deflate; server_no_context_takeover=1", FALSE },
    { "permessage-deflate; client_max_window_bits=16", FALSE },
    { "permessage-deflate; client_max_window_bits=7", FALSE },
    { "permessage-deflate; client_max_window_bits=x", FALSE },
    { "permessage-deflate; what_is_this", FALSE },
    { "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
      FALSE },
    { "permessage-deflate;", TRUE },
    { "permessage-bzip2, x-webkit-deflate-frame", FALSE },
    { "x-webkit-deflate-frame,permessage-deflate ;client_max_window_bits", TRUE },
    { ";;;,,,=", FALSE },
  };

  g_test_summary ("An offer is taken when each of its parameters can be kept");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].header != NULL ? cases[i].header : "none");
      g_assert_cmpint (
          tide_deflate_offer_is_good (cases[i].header), ==, cases[i].is_good);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/deflate-offer/offers", test_offers);
  return g_test_run ();
}
