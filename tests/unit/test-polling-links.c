/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-polling-links.h"

#include "socket-harness.h"

#define N_SOCKETS (TIDE_POLLING_MAX_LINKS + 2)

static SocketHarness harness;
static TideSocket *sockets[N_SOCKETS];
static int peers[N_SOCKETS];

static void
set_up (void)
{
  socket_harness_init (&harness);
  for (guint i = 0; i < N_SOCKETS; i++)
    sockets[i] = tide_socket_ref (socket_harness_connect (&harness, 0, &peers[i]));
}

static void
tear_down (void)
{
  for (guint i = 0; i < N_SOCKETS; i++)
    {
      tide_socket_unref (sockets[i]);
      close (peers[i]);
    }
  socket_harness_clear (&harness);
}

static void
test_ends_idle (void)
{
  TidePollingLinks links = { 0 };
  TidePollingLinks others = { 0 };

  g_test_summary ("What only this session used and is idle is closed, nothing else");

  set_up ();
  for (guint i = 0; i < 4; i++)
    {
      tide_polling_links_note (&links, sockets[i]);
      tide_polling_links_note (&links, sockets[i]);
    }
  tide_polling_links_note (&others, sockets[1]);
  sockets[2]->n_request_bytes = 1;
  tide_socket_send (sockets[3], tide_frame_new_copy ("answer", 6));
  tide_polling_links_end_idle (&links);
  g_assert_true (sockets[0]->has_input_ended);
  for (guint i = 1; i < N_SOCKETS; i++)
    g_assert_false (sockets[i]->has_input_ended);
  g_assert_cmpuint (links.n_sockets, ==, 0);
  tide_polling_links_clear (&others);
  for (guint i = 0; i < N_SOCKETS; i++)
    g_assert_cmpuint (sockets[i]->n_refs, >=, 2);
  tear_down ();
}

static void
test_remembers_few (void)
{
  TidePollingLinks links = { 0 };

  g_test_summary ("Those that are closed make room for others; more are not remembered");

  set_up ();
  for (guint i = 0; i < N_SOCKETS; i++)
    tide_polling_links_note (&links, sockets[i]);
  g_assert_cmpuint (links.n_sockets, ==, TIDE_POLLING_MAX_LINKS);
  tide_socket_abort (sockets[1]);
  tide_polling_links_note (&links, sockets[N_SOCKETS - 1]);
  g_assert_cmpuint (links.n_sockets, ==, TIDE_POLLING_MAX_LINKS);
  tide_polling_links_end_idle (&links);
  g_assert_true (sockets[0]->has_input_ended);
  g_assert_false (sockets[TIDE_POLLING_MAX_LINKS]->has_input_ended);
  tear_down ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/polling-links/ends-idle", test_ends_idle);
  g_test_add_func ("/server/polling-links/remembers-few", test_remembers_few);
  return g_test_run ();
}
