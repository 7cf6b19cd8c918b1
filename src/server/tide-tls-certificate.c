/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The certificate of a server and its key, as read from two PEM files. */

#include "tide-tls-certificate.h"

#include "tide-error.h"
#include "tide-secret-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nothing before TLS 1.2. */
#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

#define DAY_S (24 * 60 * 60)
#define WARN_DAYS 14

struct _TideTlsCertificate
{
  guint n_refs;
  char *path;                                   /* (owned), for people */
  gnutls_certificate_credentials_t credentials; /* (owned) */
  gnutls_priority_t priorities;                 /* (owned) */
  gint64 valid_from_s;                          /* Unix time, of the whole chain */
  gint64 valid_to_s;
};

static gboolean
fail (GError **error, const char *what, const char *path, const char *fault)
{
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_BAD_CONFIG,
               "cannot read the %s %s: %s",
               what,
               path,
               fault);
  return FALSE;
}

/* The files are mapped, not copied: no copy of the key is left behind in the heap. */
static GMappedFile *
map_file (const char *what, const char *path, gboolean is_secret, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  GMappedFile *file = NULL;
  struct stat status;

  if (fd < 0 || fstat (fd, &status) != 0)
    fail (error, what, path, g_strerror (errno));
  else if (!S_ISREG (status.st_mode))
    fail (error, what, path, "it is not a regular file");
  else if (is_secret && (status.st_mode & S_IRWXO) != 0)
    fail (error,
          what,
          path,
          "everybody on this machine may open it; take that away with chmod o= FILE");
  else if (status.st_size == 0)
    fail (error, what, path, "it is empty");
  else
    {
      g_autoptr (GError) own_error = NULL;

      file = g_mapped_file_new_from_fd (fd, FALSE, &own_error);
      if (file == NULL)
        fail (error, what, path, own_error->message);
    }
  if (fd >= 0)
    close (fd);
  return file;
}

/* A chain is good for as long as each of its certificates is. */
static void
note_times (TideTlsCertificate *self)
{
  gnutls_x509_crt_t *chain = NULL;
  guint n = 0;

  self->valid_to_s = G_MAXINT64;
  if (gnutls_certificate_get_x509_crt (self->credentials, 0, &chain, &n) < 0)
    return;
  for (guint i = 0; i < n; i++)
    {
      self->valid_from_s =
          MAX (self->valid_from_s, gnutls_x509_crt_get_activation_time (chain[i]));
      self->valid_to_s =
          MIN (self->valid_to_s, gnutls_x509_crt_get_expiration_time (chain[i]));
      gnutls_x509_crt_deinit (chain[i]);
    }
  gnutls_free (chain);
}

static const char *
explain (int code)
{
  if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
    return "they do not belong together; take the key that the certificate was asked "
           "for with";
  if (code == GNUTLS_E_DECRYPTION_FAILED)
    return "the key is locked by a password; unlock it with openssl pkey -in KEY -out "
           "NEW";
  if (code == GNUTLS_E_BASE64_DECODING_ERROR ||
      code == GNUTLS_E_BASE64_UNEXPECTED_HEADER_ERROR ||
      code == GNUTLS_E_NO_CERTIFICATE_FOUND ||
      code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
    return "one of them is not what it should be; both must be PEM files, the first with "
           "the certificate and then those that lead to its authority, the second with "
           "the private key";
  return gnutls_strerror (code);
}

/**
 * tide_tls_certificate_load:
 * @certificate_path: a PEM file: the certificate, then those that lead to its authority
 * @key_path: a PEM file with its private key, closed to others, as
 *   tide_secret_file_find() takes it
 * @error: return location for an error
 *
 * Reads a certificate and its key.
 *
 * Fails with [error@Error.BAD_CONFIG] when a file can't be read, when everybody may read
 * the key, or when the two do not belong together.
 *
 * Returns: (transfer full): both
 */
TideTlsCertificate *
tide_tls_certificate_load (const char *certificate_path,
                           const char *key_path,
                           GError **error)
{
  g_autoptr (TideTlsCertificate) self = NULL;
  g_autoptr (GMappedFile) certificate = NULL;
  g_autoptr (GMappedFile) key = NULL;
  g_autofree char *found_key_path = tide_secret_file_find (key_path, error);
  int code;

  if (found_key_path == NULL)
    return NULL;
  certificate = map_file ("TLS certificate", certificate_path, FALSE, error);
  if (certificate == NULL)
    return NULL;
  key = map_file ("TLS private key", found_key_path, TRUE, error);
  if (key == NULL)
    return NULL;

  gnutls_datum_t certificate_text = { (guint8 *) g_mapped_file_get_contents (certificate),
                                      g_mapped_file_get_length (certificate) };
  gnutls_datum_t key_text = { (guint8 *) g_mapped_file_get_contents (key),
                              g_mapped_file_get_length (key) };

  self = g_new0 (TideTlsCertificate, 1);
  self->n_refs = 1;
  self->path = g_strdup (certificate_path);
  code = gnutls_certificate_allocate_credentials (&self->credentials);
  if (code >= 0)
    code = gnutls_certificate_set_x509_key_mem2 (
        self->credentials, &certificate_text, &key_text, GNUTLS_X509_FMT_PEM, NULL, 0);
  if (code >= 0)
    code = gnutls_priority_init (&self->priorities, PRIORITIES, NULL);
  if (code < 0)
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_BAD_CONFIG,
                   "cannot use the TLS certificate %s with the private key %s: %s",
                   certificate_path,
                   key_path,
                   explain (code));
      return NULL;
    }
  note_times (self);
  return g_steal_pointer (&self);
}

/**
 * tide_tls_certificate_ref:
 * @self: a certificate
 *
 * Returns: (transfer full): @self
 */
TideTlsCertificate *
tide_tls_certificate_ref (TideTlsCertificate *self)
{
  self->n_refs++;
  return self;
}

/**
 * tide_tls_certificate_unref:
 * @self: (transfer full): a certificate
 *
 * Lets go of @self.
 */
void
tide_tls_certificate_unref (TideTlsCertificate *self)
{
  if (--self->n_refs > 0)
    return;
  if (self->credentials != NULL)
    gnutls_certificate_free_credentials (self->credentials);
  if (self->priorities != NULL)
    gnutls_priority_deinit (self->priorities);
  g_free (self->path);
  g_free (self);
}

/**
 * tide_tls_certificate_find_fault:
 * @self: a certificate
 * @now_s: the time, in seconds since 1970
 *
 * Looks whether browsers accept the certificate now and for 14 days more.
 *
 * Returns: (transfer full) (nullable): a sentence that says what to do, %NULL when there
 *   is nothing
 */
char *
tide_tls_certificate_find_fault (TideTlsCertificate *self, gint64 now_s)
{
  gint64 left_s = self->valid_to_s - now_s;

  if (now_s < self->valid_from_s)
    return g_strdup_printf (
        "The TLS certificate %s is not valid yet: browsers refuse it; "
        "look at this machine's clock",
        self->path);
  if (left_s < 0)
    return g_strdup_printf ("The TLS certificate %s has expired: browsers refuse it; put "
                            "a new one in its place and send SIGHUP",
                            self->path);
  if (left_s < WARN_DAYS * DAY_S)
    return g_strdup_printf ("The TLS certificate %s expires in %d days; put a new one in "
                            "its place and send SIGHUP",
                            self->path,
                            (int) (left_s / DAY_S));
  return NULL;
}

/**
 * tide_tls_certificate_get_credentials:
 * @self: a certificate
 *
 * Returns: (transfer none): what a session of GnuTLS goes by; lives as long as @self
 */
gnutls_certificate_credentials_t
tide_tls_certificate_get_credentials (TideTlsCertificate *self)
{
  return self->credentials;
}

/**
 * tide_tls_certificate_get_priorities:
 * @self: a certificate
 *
 * Returns: (transfer none): which versions and ciphers are agreed to; lives as long as
 *   @self
 */
gnutls_priority_t
tide_tls_certificate_get_priorities (TideTlsCertificate *self)
{
  return self->priorities;
}
