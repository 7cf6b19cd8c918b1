/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first line of an input is a list of trusted proxies, with `;` between them; the
 * rest is an X-Forwarded-For header that came from the first IPv4 address of the list, or
 * from a Unix socket. */

#include "tide-error.h"
#include "tide-proxies.h"

#include <arpa/inet.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
check_list (const char *const *nets, const GError *error)
{
  gboolean is_good = TRUE;

  for (; *nets != NULL; nets++)
    is_good = is_good && tide_proxies_check_net (*nets) == NULL;
  g_assert_cmpint (is_good, ==, error == NULL);
}

/* The client is the peer, or somebody whose address stands in the header. */
static void
check_client (const TideProxies *proxies,
              const TideAddress *peer,
              const char *header,
              const TideAddress *client)
{
  if (memcmp (&peer->ip, &client->ip, sizeof peer->ip) == 0)
    return;
  g_assert_true (tide_proxies_trusts (proxies, peer));
  g_assert_false (IN6_IS_ADDR_UNSPECIFIED (&client->ip));
  g_assert_cmpuint (strlen (header), >, 1);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *input = g_strndup ((const char *) data, size);
  g_auto (GStrv) parts = g_strsplit (input, "\n", 2);
  const char *list = parts[0] != NULL ? parts[0] : "";
  const char *header = parts[0] != NULL ? parts[1] : NULL;
  g_auto (GStrv) nets = g_strsplit (list, ";", -1);
  g_autoptr (GError) error = NULL;
  g_autoptr (TideProxies) proxies = tide_proxies_new ((const char *const *) nets, &error);
  TideAddress peers[2] = { 0 };
  TideAddress client;

  check_list ((const char *const *) nets, error);
  if (proxies == NULL)
    {
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
      return 0;
    }
  peers[0].ip.s6_addr[10] = peers[0].ip.s6_addr[11] = 0xFF;
  if (nets[0] != NULL)
    inet_pton (AF_INET, nets[0], &peers[0].ip.s6_addr[12]);
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++)
    {
      tide_proxies_find_client (proxies, &peers[i], header, &client);
      check_client (proxies, &peers[i], header != NULL ? header : "", &client);
    }
  return 0;
}
