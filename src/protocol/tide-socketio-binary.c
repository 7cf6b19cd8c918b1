/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Packets with attachments: binary messages that follow the text. Nothing of Tidewire's
 * takes binary data, so unless the host wants raw events only what the answer needs is
 * kept; attachments are counted and let go. */

#include "tide-socketio-private.h"

/* A packet whose attachments are still to come. */
typedef struct
{
  char *name; /* (owned) (nullable), of the event; NULL when it can't be a command */
  const char *namespace; /* (unowned), of the settings */
  guint n_attachments_left;
  gsize n_bytes_left; /* how much more they may hold together */
  gboolean wants_ack;
  guint64 ack_id;
  char *args; /* (owned) (nullable), NULL unless the host wants raw events */
  gsize args_length;
  GPtrArray *attachments; /* (owned) (nullable) (element-type GBytes), as @args */
} PendingPacket;

void
tide_socketio_free_pending (gpointer data)
{
  PendingPacket *pending = data;

  g_free (pending->name);
  g_free (pending->args);
  g_clear_pointer (&pending->attachments, g_ptr_array_unref);
  g_free (pending);
}

static void
keep_event (PendingPacket *pending, const TideSocketioPacket *packet)
{
  TideProtocolEvent event = { 0 };

  tide_socketio_describe_event (&event, packet);
  pending->args = g_strndup (event.args, event.args_length);
  pending->args_length = event.args_length;
  pending->attachments = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

/* Waits for the attachments of a binary event, or of an acknowledgement whose id the
 * caller has dealt with. */
void
tide_socketio_begin_binary (TideProtocol *self,
                            const TideSocketioPacket *packet,
                            const char *namespace)
{
  gsize max_bytes = self->settings->max_payload_bytes;
  PendingPacket *pending = g_new0 (PendingPacket, 1);

  pending->namespace = namespace;
  pending->n_attachments_left = packet->n_attachments;
  pending->n_bytes_left = max_bytes - MIN (packet->json_length, max_bytes);
  if (packet->type == TIDE_SOCKETIO_BINARY_EVENT)
    {
      pending->name = tide_socketio_dup_name (packet);
      pending->wants_ack = packet->has_id;
      pending->ack_id = packet->id;
      if (self->host->raw.event != NULL)
        keep_event (pending, packet);
    }
  self->pending = pending;
}

static void
hand_on (TideProtocol *self, const PendingPacket *pending)
{
  TideProtocolEvent event = {
    .namespace = pending->namespace,
    .name = pending->name,
    .args = pending->args,
    .args_length = pending->args_length,
    .attachments = (GBytes *const *) pending->attachments->pdata,
    .n_attachments = pending->attachments->len,
    .has_ack_id = pending->wants_ack,
    .ack_id = pending->ack_id,
  };

  self->host->raw.event (self, &event);
}

static void
refuse (TideProtocol *self, const PendingPacket *pending)
{
  TideProtocolCommand command = {
    .name = pending->name != NULL ? pending->name : "",
    .wants_ack = pending->wants_ack,
    .ack_id = pending->ack_id,
    .namespace = g_str_equal (pending->namespace, "/") ? NULL : pending->namespace,
  };

  tide_protocol_refuse (
      self, &command, "unsupported", "This server takes no binary data; send JSON");
}

void
tide_socketio_receive_binary (TideProtocol *self, GBytes *message)
{
  PendingPacket *pending = self->pending;

  if (pending == NULL)
    {
      tide_protocol_end (self, TIDE_CLOSE_PROTOCOL, "unexpected binary message");
      return;
    }
  if (g_bytes_get_size (message) > pending->n_bytes_left)
    {
      tide_protocol_end (self, TIDE_CLOSE_TOO_LARGE, "attachments too large");
      return;
    }
  pending->n_bytes_left -= g_bytes_get_size (message);
  if (pending->attachments != NULL)
    g_ptr_array_add (pending->attachments, g_bytes_ref (message));
  if (--pending->n_attachments_left > 0)
    return;

  /* What the answer sets off may bring the next packet or the end. */
  self->pending = NULL;
  if (pending->attachments != NULL)
    hand_on (self, pending);
  else
    refuse (self, pending);
  tide_socketio_free_pending (pending);
}
