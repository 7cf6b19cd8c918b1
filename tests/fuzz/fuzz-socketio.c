/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An input is a whole session, its steps set apart by 0xff: `t` and a byte let time pass,
 * `b` and bytes are a binary message, `e` lets the next send end the connection, `a`
 * sends an event that asks for an acknowledgement, `r` changes between a host that wants
 * commands and one that echoes whatever comes, `d` sends the client away, and all else is
 * a text message. The fake host asserts the contract. */

#include "fake-protocol-host.h"

#define SEPARATOR 0xff
#define MAX_STEPS 200

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
take_step (FakeHost *host, const guint8 *step, gsize length)
{
  switch (length > 0 ? step[0] : '\0')
    {
    case 't':
      host->now_us += (length > 1 ? step[1] : 0) * 10 * 1000;
      tide_protocol_tick (&host->protocol, host->now_us);
      break;
    case 'b':
      fake_host_receive_binary (host, length - 1);
      break;
    case 'e':
      host->ends_on_send = TRUE;
      break;
    case 'a':
      tide_protocol_send_event_with_ack (&host->protocol, "asked", "{}", 2);
      break;
    case 'r':
      if (host->protocol.pending != NULL)
        break;
      host->echoes = !host->echoes;
      host->funcs.raw = host->echoes ? fake_host_raw_funcs : (TideProtocolRawFuncs){ 0 };
      break;
    case 'd':
      tide_protocol_disconnect (&host->protocol, TIDE_CLOSE_REFUSED, "away");
      break;
    default:
      fake_host_receive (host, (const char *) step, length);
      break;
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const guint8 *end = data + size;
  FakeHost host;

  fake_host_init (&host, TIDE_WIRE_SOCKETIO);
  host.reply = "{}";
  for (guint i = 0; data < end && i < MAX_STEPS; i++)
    {
      const guint8 *separator = memchr (data, SEPARATOR, end - data);
      const guint8 *step_end = separator != NULL ? separator : end;
      gboolean was_closed = host.is_closed;

      take_step (&host, data, step_end - data);
      g_assert_true (host.is_closed || !was_closed);
      g_assert_cmpint (host.is_closed, ==, host.protocol.is_closed);
      data = separator != NULL ? separator + 1 : end;
    }

  /* Who is silent from now on is ended. */
  for (guint i = 0; i < 8 && !host.is_closed; i++)
    {
      gint64 next_us = tide_protocol_tick (&host.protocol, host.now_us);

      g_assert_cmpint (next_us, >, host.now_us);
      if (next_us != G_MAXINT64)
        host.now_us = next_us;
    }
  g_assert_true (host.is_closed);
  fake_host_clear (&host);
  return 0;
}
