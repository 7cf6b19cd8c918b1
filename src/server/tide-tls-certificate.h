/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include <gnutls/gnutls.h>

G_BEGIN_DECLS

/**
 * TideTlsCertificate:
 *
 * The certificate of a server and its key, as read from two PEM files.
 */
typedef struct _TideTlsCertificate TideTlsCertificate;

TideTlsCertificate *tide_tls_certificate_load (const char *certificate_path,
                                               const char *key_path,
                                               GError **error);
TideTlsCertificate *tide_tls_certificate_ref (TideTlsCertificate *self);
void tide_tls_certificate_unref (TideTlsCertificate *self);
char *tide_tls_certificate_find_fault (TideTlsCertificate *self, gint64 now_s);
gnutls_certificate_credentials_t
tide_tls_certificate_get_credentials (TideTlsCertificate *self);
gnutls_priority_t tide_tls_certificate_get_priorities (TideTlsCertificate *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideTlsCertificate, tide_tls_certificate_unref)

G_END_DECLS
