/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-proxies.h"

#include <arpa/inet.h>
#include <string.h>

/* What a socket of that peer would have; "unix" for a Unix socket. */
static TideAddress
make_address (const char *text)
{
  TideAddress address = { 0 };
  g_autofree char *mapped = g_strconcat ("::ffff:", text, NULL);

  if (!g_str_equal (text, "unix") && inet_pton (AF_INET6, text, &address.ip) != 1)
    g_assert_cmpint (inet_pton (AF_INET6, mapped, &address.ip), ==, 1);
  return address;
}

static TideProxies *
make_proxies (const char *list)
{
  g_auto (GStrv) nets = g_strsplit (list, ";", -1);
  g_autoptr (GError) error = NULL;
  TideProxies *proxies = tide_proxies_new ((const char *const *) nets, &error);

  g_assert_no_error (error);
  return proxies;
}

static void
test_trusts (void)
{
  static const struct
  {
    const char *list;
    const char *address;
    gboolean is_trusted;
  } cases[] = {
    { "", "127.0.0.1", FALSE },
    { "127.0.0.1", "127.0.0.1", TRUE },
    { "127.0.0.1", "127.0.0.2", FALSE },
    { "127.0.0.1", "::1", FALSE },
    { "127.0.0.1", "::ffff:127.0.0.1", TRUE },
    { "::ffff:127.0.0.1", "127.0.0.1", TRUE },
    { "::ffff:10.0.0.0/104", "10.200.3.4", TRUE },
    { "10.0.0.0/8", "10.255.255.255", TRUE },
    { "10.0.0.0/8", "11.0.0.0", FALSE },
    { "192.0.2.128/25", "192.0.2.127", FALSE },
    { "192.0.2.128/25", "192.0.2.128", TRUE },
    { "192.0.2.7/32", "192.0.2.7", TRUE },
    { "192.0.2.7/32", "192.0.2.6", FALSE },
    { "0.0.0.0/0", "203.0.113.9", TRUE },
    { "0.0.0.0/0", "2001:db8::1", FALSE },
    { "::/0", "2001:db8::1", TRUE },
    { "::/0", "203.0.113.9", TRUE },
    { "2001:db8::/33", "2001:db8:7fff::1", TRUE },
    { "2001:db8::/33", "2001:db8:8000::1", FALSE },
    { "192.0.2.1;2001:db8::5", "2001:db8::5", TRUE },
    { "unix", "unix", TRUE },
    { "unix", "127.0.0.1", FALSE },
    { "::/0", "unix", FALSE },
    { "192.0.2.1;unix", "192.0.2.1", TRUE },
  };

  g_test_summary ("An address is trusted when it is in a net of the list");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (TideProxies) proxies = make_proxies (cases[i].list);
      TideAddress address = make_address (cases[i].address);

      g_test_message ("%s in %s", cases[i].address, cases[i].list);
      g_assert_cmpint (tide_proxies_trusts (proxies, &address), ==, cases[i].is_trusted);
      g_assert_cmpint (tide_proxies_is_empty (proxies), ==, *cases[i].list == '\0');
    }
}

static void
test_bad_nets (void)
{
  static const char *const bad[] = {
    "",
    "localhost",
    "10.0.0.0/",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/8x",
    "10.0.0.0/8/8",
    "10.0.0.1/8",
    "10.0/8",
    "::1/129",
    "2001:db8::1/64",
    "[::1]",
    "127.0.0.1:80",
    "Unix",
    "*",
    "fe80::1%eth0",
    "/8",
    " 10.0.0.1",
    "10.0.0.0/ 8",
  };

  g_test_summary ("What is no address and no net is refused, and the error names it");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      const char *const nets[] = { "127.0.0.1", bad[i], NULL };
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad[i]);
      g_assert_nonnull (tide_proxies_check_net (bad[i]));
      g_assert_null (tide_proxies_new (nets, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
      g_assert_nonnull (strstr (error->message, bad[i]));
    }
  g_assert_null (tide_proxies_check_net ("10.0.0.0/8"));
  g_assert_null (tide_proxies_check_net ("unix"));
}

static void
test_find_client (void)
{
  static const struct
  {
    const char *peer;
    const char *header;
    const char *client;
    guint16 port;
  } cases[] = {
    /* Nobody is believed who is not in the list. */
    { "203.0.113.9", "198.51.100.1", "203.0.113.9", 0 },
    { "10.0.0.1", NULL, "10.0.0.1", 0 },
    { "10.0.0.1", "", "10.0.0.1", 0 },
    { "10.0.0.1", "198.51.100.1", "198.51.100.1", 0 },
    { "unix", "198.51.100.1", "198.51.100.1", 0 },
    { "::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1", 0 },
    /* The right-most that is not trusted; left of it a stranger speaks. */
    { "10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1", 0 },
    { "10.0.0.1", "1.1.1.1,198.51.100.1 , 10.9.9.9\t,10.0.0.2", "198.51.100.1", 0 },
    { "10.0.0.1", "10.0.0.3, 198.51.100.1", "198.51.100.1", 0 },
    { "10.0.0.1", "2001:db8::7, ::ffff:10.0.0.9", "2001:db8::7", 0 },
    /* All are trusted: the left-most. */
    { "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3", 0 },
    /* Ports and brackets. */
    { "10.0.0.1", "198.51.100.1:443", "198.51.100.1", 443 },
    { "10.0.0.1", "[2001:db8::7]:65535", "2001:db8::7", 65535 },
    { "10.0.0.1", "[2001:db8::7]", "2001:db8::7", 0 },
    { "10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1", 0 },
    /* What is no address ends the walk. */
    { "10.0.0.1", "unknown", "10.0.0.1", 0 },
    { "10.0.0.1", "198.51.100.1, unknown, 10.0.0.2", "10.0.0.2", 0 },
    { "10.0.0.1", "198.51.100.1,, 10.0.0.2", "10.0.0.2", 0 },
    { "10.0.0.1", "198.51.100.1,", "10.0.0.1", 0 },
    { "10.0.0.1", ",198.51.100.1", "198.51.100.1", 0 },
    { "10.0.0.1", "198.51.100.1:", "10.0.0.1", 0 },
    { "10.0.0.1", "198.51.100.1:65536", "10.0.0.1", 0 },
    { "10.0.0.1", "198.51.100.1:-1", "10.0.0.1", 0 },
    { "10.0.0.1", "198.51.100.1 10.0.0.2", "10.0.0.1", 0 },
    { "10.0.0.1", "[2001:db8::7", "10.0.0.1", 0 },
    { "10.0.0.1", "[2001:db8::7]x", "10.0.0.1", 0 },
    { "10.0.0.1", "[2001:db8::7]:", "10.0.0.1", 0 },
    { "10.0.0.1", "\"198.51.100.1\"", "10.0.0.1", 0 },
    { "10.0.0.1", "fe80::1%eth0", "10.0.0.1", 0 },
    /* All zero would pass for a Unix socket. */
    { "10.0.0.1", "198.51.100.1, ::", "10.0.0.1", 0 },
    { "10.0.0.1", "0.0.0.0", "0.0.0.0", 0 },
    { "10.0.0.1",
      "198.51.100.1                                                                  ",
      "198.51.100.1",
      0 },
    { "10.0.0.1",
      "0000000000000000000000000000000000000000000000000000000000000000000000000000",
      "10.0.0.1",
      0 },
  };
  g_autoptr (TideProxies) proxies = make_proxies ("10.0.0.0/8;unix");

  g_test_summary ("The right-most address that is no trusted proxy is the client's");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      TideAddress peer = make_address (cases[i].peer);
      TideAddress expected = make_address (cases[i].client);
      TideAddress client;

      g_test_message ("%s: %s", cases[i].peer, cases[i].header);
      tide_proxies_find_client (proxies, &peer, cases[i].header, &client);
      g_assert_cmpmem (&client.ip, sizeof client.ip, &expected.ip, sizeof expected.ip);
      g_assert_cmpuint (client.port, ==, cases[i].port);
    }
}

static void
test_long_header (void)
{
  g_autoptr (TideProxies) proxies = make_proxies ("10.0.0.0/8");
  g_autoptr (GString) header = g_string_new ("198.51.100.1");
  TideAddress peer = make_address ("10.0.0.1");
  TideAddress expected = make_address ("198.51.100.1");
  TideAddress client;

  g_test_summary ("A chain of many trusted proxies is walked to its end");

  for (guint i = 0; i < 4000; i++)
    g_string_append (header, ", 10.1.2.3");
  tide_proxies_find_client (proxies, &peer, header->str, &client);
  g_assert_cmpmem (&client.ip, sizeof client.ip, &expected.ip, sizeof expected.ip);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/proxies/trusts", test_trusts);
  g_test_add_func ("/server/proxies/bad-nets", test_bad_nets);
  g_test_add_func ("/server/proxies/find-client", test_find_client);
  g_test_add_func ("/server/proxies/long-header", test_long_header);
  return g_test_run ();
}
