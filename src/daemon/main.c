/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-application.h"
#include "tide-config-text.h"
#include "tide-locale.h"
#include "tide-log.h"
#include "tide-login-factory.h"
#include "tide-options.h"
#include "tide-pipeline-settings.h"
#include "tide-tls-certificate.h"

static int
fail (const GError *error, TideExitCode code)
{
  g_printerr ("%s\n", error->message);
  return code;
}

static int
print (char *text)
{
  g_print ("%s", text);
  g_free (text);
  return TIDE_EXIT_OK;
}

/* What the configuration names is looked at as well: secrets, and the certificate. */
static gboolean
check_files (TideConfig *config, GError **error)
{
  TideHttpSettings http = tide_pipeline_get_http_settings (config);
  g_autoptr (TideAuthenticator) authenticator = tide_login_factory_make (config, error);
  g_autoptr (TideTlsCertificate) certificate = NULL;

  if (authenticator == NULL)
    return FALSE;
  if (http.tls.certificate_path == NULL)
    return TRUE;
  certificate =
      tide_tls_certificate_load (http.tls.certificate_path, http.tls.key_path, error);
  return certificate != NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TideOptions) options =
      tide_options_parse ((const char *const *) argv, &error);
  g_autoptr (TideConfig) config = NULL;

  if (options == NULL)
    return fail (error, TIDE_EXIT_BAD_USAGE);
  if (options->show_help)
    {
      /* No sooner: the log stays English, also where it quotes the system. */
      tide_locale_set_up ();
      return print (tide_options_make_help ());
    }
  if (options->show_version)
    return print (tide_options_make_version ());

  config = tide_config_load (
      options->config_file, (const char *const *) options->settings, &error);
  if (config == NULL)
    return fail (error, TIDE_EXIT_BAD_CONFIG);
  if (options->check_config)
    return check_files (config, &error)
               ? print (g_strdup ("The configuration is good.\n"))
               : fail (error, TIDE_EXIT_BAD_CONFIG);
  if (options->print_config)
    return print (tide_config_print (config));

  return tide_application_run (options, config, tide_log_install ());
}
