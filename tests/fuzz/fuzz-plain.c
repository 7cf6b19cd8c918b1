/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An input is one text message on /ws. */

#include "tide-json-scan.h"

#include "fake-protocol-host.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  FakeHost host;

  fake_host_init (&host, TIDE_WIRE_PLAIN);
  host.settings.max_payload_bytes = 4000;
  host.reply = "{}";
  g_string_truncate (host.log, 0);
  fake_host_receive (&host, (const char *) data, size);

  /* Every message has one answer, which is JSON; none ends the connection, but for its
   * size. */
  g_assert_cmpint (host.is_closed, ==, size > 4000);
  if (!host.is_closed)
    {
      const char *answer = g_strrstr_len (host.log->str, host.log->len, "\n> {\"type\":");

      answer = answer != NULL ? answer + 3 : host.log->str + 2;
      g_assert_cmpuint (host.n_sent, ==, 1);
      g_assert_cmpint (
          tide_json_scan (answer, host.log->str + host.log->len - answer, NULL, 0, NULL),
          ==,
          TIDE_JSON_OK);
      fake_host_receive_binary (&host, size % 5000);
      g_assert_cmpint (host.is_closed, ==, size % 5000 > 4000);
    }
  fake_host_clear (&host);
  return 0;
}
