/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-counters.h"
#include "tide-socket.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideTlsGate:
 *
 * What a socket goes through before HTTP when it is to speak TLS.
 */
typedef struct _TideTlsGate TideTlsGate;

/**
 * TideTlsSettings:
 *
 * What a gate goes by.
 */
typedef struct
{
  char *certificate_path; /* (nullable), NULL when TLS is spoken nowhere */
  char *key_path;         /* (nullable), the same */
  guint max_connections;  /* that may speak TLS at once */
} TideTlsSettings;

/**
 * TideTlsGateFunc:
 * @socket: a socket that speaks TLS now, in HTTP mode, without watcher and deadline
 * @user_data: as given
 *
 * Who takes sockets whose handshake has been good.
 */
typedef void (*TideTlsGateFunc) (TideSocket *socket, gpointer user_data);

TideTlsGate *tide_tls_gate_new (const TideTlsSettings *settings,
                                TideCounters *counters,
                                TideTlsGateFunc func,
                                gpointer user_data,
                                GError **error);
void tide_tls_gate_free (TideTlsGate *self);
void tide_tls_gate_reload (TideTlsGate *self, const TideTlsSettings *settings);
void tide_tls_gate_admit (TideTlsGate *self, TideSocket *socket);
void tide_tls_gate_note_removed (TideTlsGate *self, TideSocket *socket);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideTlsGate, tide_tls_gate_free)

G_END_DECLS
