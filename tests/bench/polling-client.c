/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "polling-client.h"

#include <string.h>

#define SEPARATOR '\x1e'

static void
fail (PollingClient *self, const char *why)
{
  polling_client_close (self);
  self->funcs->closed (self, why);
}

static GString *
make_request (PollingClient *self, const char *method)
{
  GString *request = g_string_new (NULL);

  g_string_printf (request,
                   "%s %s%s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n",
                   method,
                   self->path,
                   self->sid != NULL ? "&sid=" : "",
                   self->sid != NULL ? self->sid : "",
                   self->port);
  return request;
}

static void
poll (PollingClient *self)
{
  GString *request = make_request (self, "GET");

  g_string_append (request, "\r\n");
  http_link_send (&self->get, request);
}

/* Posts what waits, when the last POST is answered. */
static void
post (PollingClient *self)
{
  GString *request;

  if (self->waiting->len == 0 || self->post.request != NULL)
    return;
  request = make_request (self, "POST");
  g_string_append_printf (request,
                          "Content-Type: text/plain;charset=UTF-8\r\n"
                          "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                          self->waiting->len);
  g_string_append_len (request, self->waiting->str, self->waiting->len);
  g_string_truncate (self->waiting, 0);
  http_link_send (&self->post, request);
}

/* Sends a packet, its type included: with the next POST. */
void
polling_client_send (PollingClient *self, const char *packet)
{
  if (self->waiting->len > 0)
    g_string_append_c (self->waiting, SEPARATOR);
  g_string_append (self->waiting, packet);
  post (self);
}

/* Tells when nothing is under way any more, once. */
static void
look_whether_paused (PollingClient *self)
{
  if (self->is_paused && self->get.request == NULL && self->post.request == NULL)
    self->funcs->paused (self);
}

static gboolean
take_open (PollingClient *self, const char *packet, gsize length)
{
  static const char label[] = "\"sid\":\"";
  const char *sid = memmem (packet, length, label, sizeof label - 1);
  const char *end;

  if (sid == NULL)
    return FALSE;
  sid += sizeof label - 1;
  end = memchr (sid, '"', packet + length - sid);
  if (end == NULL)
    return FALSE;
  self->sid = g_strndup (sid, end - sid);
  self->funcs->opened (self);
  return TRUE;
}

static void
take_packet (PollingClient *self, const char *packet, gsize length)
{
  if (length == 0)
    fail (self, "an empty packet");
  else if (packet[0] == '4')
    self->funcs->message (self, packet, length);
  else if (packet[0] == '2')
    polling_client_send (self, "3");
  else if (packet[0] == '1')
    fail (self, "the server closed the session");
  else if (packet[0] == '0' && (self->sid != NULL || !take_open (self, packet, length)))
    fail (self, "an open packet that makes no sense");
}

static void
on_polled (HttpLink *link, int status, const char *body, gsize length)
{
  PollingClient *self = link->owner;
  const char *end = body + length;

  if (status != 200)
    {
      fail (self, "a poll was refused");
      return;
    }
  self->n_polls++;
  while (body <= end && self->waiting != NULL)
    {
      const char *separator = memchr (body, SEPARATOR, end - body);
      gsize n = (separator != NULL ? separator : end) - body;

      take_packet (self, body, n);
      body += n + 1;
    }
  if (self->waiting == NULL)
    return;
  if (!self->is_paused)
    poll (self);
  else
    look_whether_paused (self);
}

static void
on_posted (HttpLink *link, int status, const char *body, gsize length)
{
  PollingClient *self = link->owner;

  if (status != 200)
    {
      fail (self, "a POST was refused");
      return;
    }
  post (self);
  look_whether_paused (self);
}

static void
on_failed (HttpLink *link, const char *why)
{
  fail (link->owner, why);
}

static const HttpLinkFuncs get_funcs = { .answered = on_polled, .failed = on_failed };
static const HttpLinkFuncs post_funcs = { .answered = on_posted, .failed = on_failed };

static void
set_up_link (PollingClient *self,
             HttpLink *link,
             const HttpLinkFuncs *funcs,
             guint8 source)
{
  http_link_init (link);
  link->funcs = funcs;
  link->owner = self;
  link->port = self->port;
  link->source = source;
  link->epoll_fd = self->epoll_fd;
}

/* Begins a session. The addresses are others than a WebSocket's, since one has fewer
 * ports than three connections for each of ten thousand clients. */
void
polling_client_open (PollingClient *self)
{
  self->waiting = g_string_new (NULL);
  set_up_link (self, &self->get, &get_funcs, 2);
  set_up_link (self, &self->post, &post_funcs, 3);
  poll (self);
}

/* Asks no more when what is under way has come back. */
void
polling_client_pause (PollingClient *self)
{
  self->is_paused = TRUE;
  look_whether_paused (self);
}

/* Goes on with what epoll has reported.
 *
 * @link: what is in the event */
void
polling_client_handle (gpointer link, guint32 events)
{
  http_link_handle (link, events);
}

/* Ends its sockets as a browser that is killed would. */
void
polling_client_close (PollingClient *self)
{
  if (self->waiting == NULL)
    return;
  http_link_close (&self->get);
  http_link_close (&self->post);
  g_clear_pointer (&self->sid, g_free);
  g_string_free (g_steal_pointer (&self->waiting), TRUE);
}
