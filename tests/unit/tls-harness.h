/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "socket-harness.h"
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

/* Certificates that sign themselves, in files of the test's own folder, and a client of
 * GnuTLS at the other end of a socket. */

#define CERTIFICATE_FROM_S 1600000000
#define CERTIFICATE_TO_S 4000000000

typedef struct
{
  char *certificate; /* (owned), a path */
  char *key;         /* (owned), a path */
} TlsFiles;

static inline char *
write_tls_file (const char *name, gnutls_datum_t *text)
{
  char *path = g_build_filename (g_get_user_cache_dir (), name, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (g_get_user_cache_dir (), 0700), ==, 0);
  g_file_set_contents_full (path,
                            (const char *) text->data,
                            text->size,
                            G_FILE_SET_CONTENTS_CONSISTENT,
                            0600,
                            &error);
  g_assert_no_error (error);
  gnutls_free (text->data);
  return path;
}

static inline TlsFiles
tls_files_make (const char *name)
{
  g_autofree char *certificate_name = g_strconcat (name, ".crt", NULL);
  g_autofree char *key_name = g_strconcat (name, ".key", NULL);
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t certificate;
  gnutls_datum_t text;
  TlsFiles files;

  gnutls_x509_privkey_init (&key);
  gnutls_x509_privkey_generate (
      key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0);
  gnutls_x509_crt_init (&certificate);
  gnutls_x509_crt_set_version (certificate, 3);
  gnutls_x509_crt_set_serial (certificate, "\1", 1);
  gnutls_x509_crt_set_activation_time (certificate, CERTIFICATE_FROM_S);
  gnutls_x509_crt_set_expiration_time (certificate, CERTIFICATE_TO_S);
  gnutls_x509_crt_set_dn (certificate, "CN=localhost", NULL);
  gnutls_x509_crt_set_key (certificate, key);
  g_assert_cmpint (
      gnutls_x509_crt_sign2 (certificate, certificate, key, GNUTLS_DIG_SHA256, 0), ==, 0);
  gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_PEM, &text);
  files.certificate = write_tls_file (certificate_name, &text);
  gnutls_x509_privkey_export2 (key, GNUTLS_X509_FMT_PEM, &text);
  files.key = write_tls_file (key_name, &text);
  gnutls_x509_crt_deinit (certificate);
  gnutls_x509_privkey_deinit (key);
  return files;
}

static inline void
tls_files_clear (TlsFiles *self)
{
  g_clear_pointer (&self->certificate, g_free);
  g_clear_pointer (&self->key, g_free);
}

typedef struct
{
  gnutls_session_t session;
  gnutls_certificate_credentials_t credentials;
  gboolean is_done;
} TlsPeer;

static inline void
tls_peer_init (TlsPeer *self, int fd)
{
  self->is_done = FALSE;
  gnutls_certificate_allocate_credentials (&self->credentials);
  gnutls_init (&self->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK);
  gnutls_set_default_priority (self->session);
  gnutls_credentials_set (self->session, GNUTLS_CRD_CERTIFICATE, self->credentials);
  gnutls_transport_set_int (self->session, fd);
}

static inline void
tls_peer_clear (TlsPeer *self)
{
  gnutls_deinit (self->session);
  gnutls_certificate_free_credentials (self->credentials);
}

/* Goes on with the handshake. Returns: what GnuTLS says */
static inline int
tls_peer_shake_hands (TlsPeer *self)
{
  int code = gnutls_handshake (self->session);

  self->is_done = code == 0;
  return code;
}

static inline void
tls_peer_read (TlsPeer *self, GByteArray *bytes)
{
  guint8 buffer[16 * 1024];
  gssize n;

  while ((n = gnutls_record_recv (self->session, buffer, sizeof buffer)) > 0)
    g_byte_array_append (bytes, buffer, n);
  g_assert_true (n == 0 || n == GNUTLS_E_AGAIN);
}
