/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-protocol-host.h"

static void
init_raw (FakeHost *host)
{
  fake_host_init (host, TIDE_WIRE_ENGINEIO);
  host->funcs.raw = fake_host_raw_funcs;
  g_string_truncate (host->log, 0);
}

static void
test_open (void)
{
  FakeHost host;

  g_test_summary ("The open packet is all of the handshake");

  fake_host_init (&host, TIDE_WIRE_ENGINEIO);
  fake_host_assert_log (&host,
                        "> 0{\"sid\":\"engine\",\"upgrades\":[],\"pingInterval\":1000,"
                        "\"pingTimeout\":400,\"maxPayload\":1000}\nready\n");
  fake_host_clear (&host);
}

static void
test_messages (void)
{
  FakeHost host;

  g_test_summary ("Messages go to the host and back as they are");

  init_raw (&host);
  fake_host_receive_text (&host, "4hello");
  fake_host_receive_text (&host, "4");
  fake_host_receive_text (&host, "40{}");
  fake_host_receive_text (&host, "3");
  fake_host_receive (&host, "4a\0b", 4);
  g_assert_cmpmem (
      host.log->str,
      host.log->len,
      "message text hello\nmessage text \nmessage text 0{}\nmessage text a\0b\n",
      67);
  g_string_truncate (host.log, 0);

  host.echoes = TRUE;
  fake_host_receive_text (&host, "4h\303\251");
  fake_host_receive_binary (&host, 0);
  fake_host_assert_log (
      &host, "message text h\303\251\n> 4h\303\251\nmessage binary \n> [2] \n");
  fake_host_clear (&host);
}

static void
test_bad (void)
{
  static const struct
  {
    const char *packet;
    const char *log;
  } cases[] = {
    { "4\xff", "close protocol a text message is not UTF-8\n" },
    { "4\xed\xa0\x80", "close protocol a text message is not UTF-8\n" },
    { "", "close protocol unknown Engine.IO packet\n" },
    { "x", "close protocol unknown Engine.IO packet\n" },
    { "2", "close protocol only the server sends pings\n" },
    { "1", "close client closed by the client\n" },
  };

  g_test_summary ("What is no packet ends the session");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      FakeHost host;

      init_raw (&host);
      fake_host_receive_text (&host, cases[i].packet);
      tide_protocol_send_raw_message (&host.protocol, "x", 1, TRUE);
      fake_host_assert_log (&host, cases[i].log);
      fake_host_clear (&host);
    }
}

static void
test_nobody_listens (void)
{
  FakeHost host;

  g_test_summary ("Without a host that wants them, messages end the session");

  fake_host_init (&host, TIDE_WIRE_ENGINEIO);
  g_string_truncate (host.log, 0);
  fake_host_receive_text (&host, "4hello");
  fake_host_assert_log (&host, "close protocol no messages are taken here\n");
  fake_host_clear (&host);
}

static void
test_events (void)
{
  FakeHost host;

  g_test_summary ("An event is a message with the object of the plain form");

  init_raw (&host);
  tide_protocol_send_event (&host.protocol, "a", "{}", 2);
  fake_host_assert_log (&host, "> 4{\"type\":\"a\",\"data\":{}}\n");
  fake_host_clear (&host);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/protocol/engineio-messages/open", test_open);
  g_test_add_func ("/protocol/engineio-messages/messages", test_messages);
  g_test_add_func ("/protocol/engineio-messages/bad", test_bad);
  g_test_add_func ("/protocol/engineio-messages/nobody-listens", test_nobody_listens);
  g_test_add_func ("/protocol/engineio-messages/events", test_events);
  return g_test_run ();
}
