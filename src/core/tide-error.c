/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"

/**
 * tide_error_quark:
 *
 * Returns: the domain of #TideError
 */
G_DEFINE_QUARK (tide - error - quark, tide_error)

/**
 * tide_error_get_nick:
 * @error: an error of any domain
 *
 * Gets the word that stands for the code of @error on the wire, such as `bad_payload`.
 *
 * The words are part of the protocol (docs/PROTOCOL.md) and never change.
 *
 * Returns: a static string; `failed` for errors of other domains
 */
const char *
tide_error_get_nick (const GError *error)
{
  if (error->domain != TIDE_ERROR)
    return "failed";

  switch ((TideError) error->code)
    {
    case TIDE_ERROR_FAILED:
      return "failed";
    case TIDE_ERROR_BAD_CONFIG:
      return "bad_config";
    case TIDE_ERROR_ADDRESS_IN_USE:
      return "address_in_use";
    case TIDE_ERROR_BAD_PACKET:
      return "bad_packet";
    case TIDE_ERROR_BAD_PAYLOAD:
      return "bad_payload";
    case TIDE_ERROR_UNKNOWN_COMMAND:
      return "unknown_command";
    case TIDE_ERROR_LIMIT_EXCEEDED:
      return "limit_exceeded";
    case TIDE_ERROR_RATE_LIMITED:
      return "rate_limited";
    case TIDE_ERROR_FORBIDDEN:
      return "forbidden";
    case TIDE_ERROR_UNSUPPORTED:
      return "unsupported";
    case TIDE_ERROR_UNAVAILABLE:
      return "unavailable";
    case TIDE_ERROR_CHART_UNAVAILABLE:
      return "chart_unavailable";
    case TIDE_ERROR_UNKNOWN_SYMBOL:
      return "unknown_symbol";
    case TIDE_ERROR_LOGIN_REQUIRED:
      return "login_required";
    case TIDE_ERROR_LOGIN_REFUSED:
      return "login_refused";
    case TIDE_ERROR_LOGIN_EXPIRED:
      return "login_expired";
    case TIDE_ERROR_NOT_FOUND:
      return "not_found";
    case TIDE_ERROR_DRAINING:
      return "draining";
    case TIDE_ERROR_BAD_FILTER:
      return "bad_filter";
    }
  return "failed";
}
