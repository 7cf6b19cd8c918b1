/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-request-meter.h"

#include <string.h>

#define HEAD "POST / HTTP/1.1\r\nHost: a\r\n"

static gboolean
feed (TideRequestMeter *meter, const char *text)
{
  return tide_request_meter_feed (meter, (const guint8 *) text, strlen (text));
}

static void
test_good (void)
{
  static const char *const good[] = {
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\nHost: a\n\n",
    HEAD "Content-Length: 3\r\n\r\nabc",
    HEAD "content-length:0\r\n\r\n",
    HEAD "Content-Length:  3  \r\n\r\na\nb",
    HEAD "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
    HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: x\r\n\r\n",
    HEAD "X-Content-Length: x\r\n\r\n",
    HEAD "Content-Lengthy: x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nHosts: b\r\nX-Host: c\r\n\r\n",
    "GET /?Content-Length:x HTTP/1.1\r\n\r\n",
    HEAD "Content-Length: 22\r\n\r\nContent-Length: none\r\n",
  };

  g_test_summary ("Good requests pass, alone and in line, cut anywhere");

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    for (guint round = 0; round < 200; round++)
      {
        const char *second = good[g_test_rand_int_range (0, G_N_ELEMENTS (good))];
        g_autofree char *text = g_strconcat (good[i], second, good[i], NULL);
        TideRequestMeter meter = { 0 };
        gsize length = strlen (text);

        for (gsize at = 0; at < length;)
          {
            gsize wanted = g_test_rand_int_range (1, 40);
            gsize n = MIN (wanted, length - at);

            g_assert_true (
                tide_request_meter_feed (&meter, (const guint8 *) text + at, n));
            at += n;
          }
        g_test_message ("%s", text);
        g_assert_cmpuint (meter.state, ==, 0);
        g_assert_cmpuint (meter.n_kept, ==, 0);
      }
}

static void
test_bad (void)
{
  static const char *const bad[] = {
    HEAD "Content-Length: x\r\n",
    HEAD "Content-Length:\r\n",
    HEAD "Content-Length: -1\r\n",
    HEAD "Content-Length: +1\r\n",
    HEAD "Content-Length: 1 2\r\n",
    HEAD "Content-Length: 1,1\r\n",
    HEAD "CONTENT-LENGTH : 0x1\r\n",
    HEAD "Content-Length: 9999999999999999\r\n",
    HEAD "Content-Length: 1\r\nContent-Length: 1\r\n",
    HEAD "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
    HEAD "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
    HEAD "Transfer-Encoding: identity\r\n",
    HEAD "Transfer-Encoding: gzip, chunked\r\n",
    HEAD
    "Content-Length: 1                                                            \r\n",
    HEAD " Content-Length: 1\r\n",
    HEAD "Content-Length : 1\r\n",
    HEAD "Transfer-Encoding\t: chunked\r\n",
    HEAD "A : b\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nHost:\r\n",
    HEAD "A: b\r\n\tc\r\n",
    HEAD "Transfer-Encoding: chunked\r\n\r\nx\r\n",
    HEAD "Transfer-Encoding: chunked\r\n\r\n\r\n",
    HEAD "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    HEAD "Transfer-Encoding: chunked\r\n\r\nfffffffffffff\r\n",
    HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
  };

  g_test_summary ("What another server could read otherwise is refused, as the second "
                  "request on a connection too");

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      TideRequestMeter meter = { 0 };

      g_test_message ("%s", bad[i]);
      g_assert_false (feed (&meter, bad[i]));
      memset (&meter, 0, sizeof meter);
      g_assert_true (feed (&meter, HEAD "Content-Length: 4\r\n\r\nbody"));
      g_assert_false (feed (&meter, bad[i]));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/request-meter/good", test_good);
  g_test_add_func ("/server/request-meter/bad", test_bad);
  return g_test_run ();
}
