/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which namespaces a connection is in: `/`, where Tidewire's events and commands are, and
 * those of the settings. A client that only uses `/` costs nothing here. */

#include "tide-engineio.h"
#include "tide-error.h"
#include "tide-json-string.h"
#include "tide-socketio-private.h"

#define MAIN_NAMESPACE "/"

static gboolean
is_main (const char *namespace)
{
  return g_str_equal (namespace, MAIN_NAMESPACE);
}

/* The bit of a namespace in TideProtocol.joined; 0 for one that is not there. */
static guint
get_bit (TideProtocol *self, const char *namespace)
{
  char **namespaces = self->settings->namespaces;

  for (guint i = 0;
       namespaces != NULL && namespaces[i] != NULL && i < TIDE_PROTOCOL_MAX_NAMESPACES;
       i++)
    if (g_str_equal (namespaces[i], namespace))
      return 1u << i;
  return 0;
}

/* Gives the name of the namespace that a packet is in, to be kept; NULL when there is no
 * such namespace. */
const char *
tide_socketio_find_namespace (TideProtocol *self, const TideSocketioPacket *packet)
{
  char **namespaces = self->settings->namespaces;

  if (tide_socketio_packet_is_in (packet, MAIN_NAMESPACE))
    return MAIN_NAMESPACE;
  for (guint i = 0;
       namespaces != NULL && namespaces[i] != NULL && i < TIDE_PROTOCOL_MAX_NAMESPACES;
       i++)
    if (tide_socketio_packet_is_in (packet, namespaces[i]))
      return namespaces[i];
  return NULL;
}

gboolean
tide_socketio_has_joined (TideProtocol *self, const char *namespace)
{
  return is_main (namespace) ? self->is_ready
                             : (self->joined & get_bit (self, namespace)) != 0;
}

/* Begins a packet: all that stands before its JSON. */
char *
tide_socketio_make_head (TideSocketioType type,
                         const char *namespace,
                         guint n_attachments,
                         const guint64 *id)
{
  GString *head = g_string_new (NULL);

  g_string_printf (head, "4%d", type);
  if (n_attachments > 0)
    g_string_append_printf (head, "%u-", n_attachments);
  if (!is_main (namespace))
    g_string_append_printf (head, "%s,", namespace);
  if (id != NULL)
    g_string_append_printf (head, "%" G_GUINT64_FORMAT, *id);
  return g_string_free (head, FALSE);
}

/* Whether it is known who the client is, or what it brings says so. If not, it is told
 * why not, and may try again until its time is over. */
static gboolean
is_admitted (TideProtocol *self, const char *namespace, const TideSocketioPacket *packet)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) refusal = NULL;
  TideSpan span;

  if (!self->is_unknown ||
      self->host->admit (self,
                         packet->json != NULL ? packet->json : "{}",
                         packet->json != NULL ? packet->json_length : 2,
                         &error))
    return TRUE;
  refusal = g_string_new ("44");
  if (!is_main (namespace))
    g_string_append_printf (refusal, "%s,", namespace);
  g_string_append (refusal, "{\"message\":");
  tide_json_append_string (refusal, error->message, -1);
  g_string_append_printf (
      refusal, ",\"data\":{\"code\":\"%s\"}}", tide_error_get_nick (error));
  span = (TideSpan){ refusal->str, refusal->len };
  tide_protocol_send_text (self, &span, 1);
  return FALSE;
}

/* Lets a client into a namespace that it is not in. What it joins besides `/` gets a sid
 * as well; nothing asks for that one again, so it is not kept. */
void
tide_socketio_join (TideProtocol *self,
                    const char *namespace,
                    const TideSocketioPacket *packet)
{
  g_autofree char *head =
      tide_socketio_make_head (TIDE_SOCKETIO_CONNECT, namespace, 0, NULL);
  char sids[1][TIDE_SID_LENGTH + 1];
  TideSpan answer[] = {
    tide_span_of (head), tide_span_of ("{\"sid\":\""), { NULL, 0 }, tide_span_of ("\"}")
  };

  if (!is_admitted (self, namespace, packet))
    return;
  if (!is_main (namespace))
    tide_sid_generate (sids, 1);
  answer[2] = tide_span_of (is_main (namespace) ? self->socket_sid : sids[0]);
  tide_protocol_send_text (self, answer, G_N_ELEMENTS (answer));
  if (self->is_closed)
    return;
  if (is_main (namespace))
    {
      self->wishes = self->asked;
      if (packet->json != NULL)
        tide_wishes_take_payload (&self->wishes, packet->json, packet->json_length);
      tide_protocol_become_ready (self);
    }
  else
    self->joined |= get_bit (self, namespace);
  if (!self->is_closed && self->host->raw.joined != NULL)
    self->host->raw.joined (self,
                            namespace,
                            packet->json != NULL ? packet->json : "{}",
                            packet->json != NULL ? packet->json_length : 2);
}

/* Lets a client out of a namespace that it is in. As with the reference server the
 * connection stays, the last namespace or not: it is the client's to close. But then it
 * has the connect timeout again, so that nobody stays in for nothing. */
void
tide_socketio_leave (TideProtocol *self, const char *namespace)
{
  self->joined &= ~get_bit (self, namespace);
  if (is_main (namespace))
    self->is_ready = FALSE;
  if (!self->is_ready && self->joined == 0)
    self->opened_us = self->last_heard_us;
  if (!is_main (namespace))
    return;
  /* Who joins again is a new one. */
  tide_sid_generate (&self->socket_sid, 1);
  self->host->left (self);
}

/* Sends the client away from every namespace. */
void
tide_socketio_say_goodbye (TideProtocol *self)
{
  char **namespaces = self->settings->namespaces;
  TideSpan disconnect = tide_span_of ("41");

  for (guint i = 0; self->joined >> i != 0; i++)
    if ((self->joined >> i & 1) != 0)
      {
        g_autofree char *packet =
            tide_socketio_make_head (TIDE_SOCKETIO_DISCONNECT, namespaces[i], 0, NULL);
        TideSpan span = tide_span_of (packet);

        tide_protocol_send_text (self, &span, 1);
      }
  if (self->is_ready)
    tide_protocol_send_text (self, &disconnect, 1);
}
