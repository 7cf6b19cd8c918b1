/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-config-value.h"

#include "tide-error.h"

#include <math.h>
#include <string.h>

#define MAX_SHOWN_BYTES 80   /* of a value in a message */
#define MAX_NUMBER_LENGTH 32 /* nobody means a number with more digits */
#define SCRATCH "scratch"    /* group and key where GKeyFile decodes and encodes for us */

/* Makes any bytes fit for one line of a message of about @max_bytes. What may be a
 * password in a URI is left out. */
static char *
clean (const char *text, gsize max_bytes)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (GString) shown = g_string_new (NULL);
  const char *secret = strstr (valid, "://");
  const char *secret_end = strrchr (valid, '@');

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      if (secret != NULL && secret_end > secret && at == secret + strlen ("://"))
        {
          g_string_append (shown, "…");
          at = secret_end;
        }
      if (shown->len > max_bytes)
        {
          g_string_append (shown, "…");
          break;
        }

      gunichar letter = g_utf8_get_char (at);

      g_string_append_unichar (shown, g_unichar_iscntrl (letter) ? '?' : letter);
    }
  return g_string_free (g_steal_pointer (&shown), FALSE);
}

/**
 * tide_config_show:
 * @text: any text
 *
 * Makes @text fit for a message: shortened, with `?` for control characters and without
 * what may be a password in a URI.
 *
 * Returns: (transfer full): the text to show
 */
char *
tide_config_show (const char *text)
{
  return clean (text, MAX_SHOWN_BYTES);
}

/**
 * tide_config_show_path:
 * @path: a file's path, in any encoding
 *
 * Makes @path fit for a message, whole.
 *
 * Returns: (transfer full): the path to show
 */
char *
tide_config_show_path (const char *path)
{
  return clean (path, G_MAXSIZE);
}

static void
set_error (GError **error,
           const TideConfigKey *key,
           const char *text,
           const char *problem)
{
  g_autofree char *shown = tide_config_show (text);

  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_BAD_CONFIG,
               "[%s] %s=%s %s",
               key->group,
               key->name,
               shown,
               problem);
}

static void
set_error_values (GError **error, const TideConfigKey *key, const char *text)
{
  g_autofree char *values = tide_config_key_describe_values (key);
  g_autofree char *problem = g_strdup_printf ("is not %s", values);

  set_error (error, key, text, problem);
}

static gboolean
has_control_character (const char *text)
{
  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    if (g_unichar_iscntrl (g_utf8_get_char (at)))
      return TRUE;
  return FALSE;
}

/* Undoes the escapes of the key file format and splits a list. */
static char **
decode (const TideConfigKey *key, const char *text, GError **error)
{
  g_autoptr (GKeyFile) scratch = g_key_file_new ();
  g_auto (GStrv) decoded = NULL;
  g_autoptr (GError) decode_error = NULL;

  g_key_file_set_value (scratch, SCRATCH, SCRATCH, text);
  if (key->type == TIDE_CONFIG_LIST)
    decoded = g_key_file_get_string_list (scratch, SCRATCH, SCRATCH, NULL, &decode_error);
  else
    {
      decoded = g_new0 (char *, 2);
      decoded[0] = g_key_file_get_string (scratch, SCRATCH, SCRATCH, &decode_error);
    }
  /* GKeyFile may fail and return something all the same. */
  if (decode_error != NULL || decoded == NULL)
    {
      set_error (error,
                 key,
                 text,
                 "has a \\ that begins no escape; write \\\\ where a \\ is meant");
      return NULL;
    }
  for (guint i = 0; decoded[i] != NULL; i++)
    {
      g_strstrip (decoded[i]);
      if (has_control_character (decoded[i]))
        {
          set_error (error, key, text, "has a control character, which no key takes");
          return NULL;
        }
    }
  return g_steal_pointer (&decoded);
}

/* The reverse of decode(). */
static char *
encode (const TideConfigKey *key, char **decoded)
{
  g_autoptr (GKeyFile) scratch = g_key_file_new ();

  if (key->type != TIDE_CONFIG_LIST)
    g_key_file_set_string (scratch, SCRATCH, SCRATCH, decoded[0]);
  else
    g_key_file_set_string_list (scratch,
                                SCRATCH,
                                SCRATCH,
                                (const char *const *) decoded,
                                g_strv_length (decoded));

  char *text = g_key_file_get_value (scratch, SCRATCH, SCRATCH, NULL);

  /* GKeyFile ends a list with a separator, which only makes it harder to read. */
  if (key->type == TIDE_CONFIG_LIST && *text != '\0')
    text[strlen (text) - 1] = '\0';
  return text;
}

static gboolean
check_list (const TideConfigKey *key, char **list, GError **error)
{
  if (list[0] == NULL && key->is_never_empty)
    {
      set_error (error, key, "", "is empty; at least one entry is needed");
      return FALSE;
    }
  if (key->max > 0 && g_strv_length (list) > key->max)
    {
      g_autofree char *all = g_strjoinv (";", list);
      g_autofree char *problem = g_strdup_printf (
          "has too many entries; at most %" G_GUINT64_FORMAT " are allowed", key->max);

      set_error (error, key, all, problem);
      return FALSE;
    }
  for (guint i = 0; list[i] != NULL; i++)
    {
      const char *problem;

      if (*list[i] == '\0')
        problem = "has an empty entry";
      else if (g_strv_contains ((const char *const *) list + i + 1, list[i]))
        problem = "is named twice";
      else
        problem = key->check (list[i]);
      if (problem != NULL)
        {
          set_error (error, key, list[i], problem);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
parse_integer (TideConfigValue *value, const TideConfigKey *key, const char *text)
{
  return strlen (text) <= MAX_NUMBER_LENGTH &&
         g_ascii_string_to_unsigned (text, 10, key->min, key->max, &value->integer, NULL);
}

/* Digits and at most one point: no exponents, no hexadecimal, no infinity. */
static gboolean
parse_real (TideConfigValue *value, const TideConfigKey *key, const char *text)
{
  char *end;

  if (!g_ascii_isdigit (*text) || strlen (text) > MAX_NUMBER_LENGTH ||
      text[strspn (text, "0123456789.")] != '\0')
    return FALSE;
  value->real = g_ascii_strtod (text, &end);
  if (key->can_be_zero && fpclassify (value->real) == FP_ZERO)
    return *end == '\0';
  return *end == '\0' && value->real >= key->min_real && value->real <= key->max_real;
}

static gboolean
parse_boolean (TideConfigValue *value, const char *text)
{
  value->boolean = g_str_equal (text, "true");
  return value->boolean || g_str_equal (text, "false");
}

static gboolean
is_word (const TideConfigKey *key, const char *text)
{
  g_auto (GStrv) words = g_strsplit (key->words, ";", -1);

  return g_strv_contains ((const char *const *) words, text);
}

/* Fills in what the type of @key takes out of @text. The message for a number out of
 * range and for no number at all is the same: both say what is allowed. */
static gboolean
parse_text (TideConfigValue *value,
            const TideConfigKey *key,
            const char *text,
            const char *directory,
            GError **error)
{
  const char *problem = NULL;
  gboolean is_good = TRUE;

  switch (key->type)
    {
    case TIDE_CONFIG_STRING:
      problem = key->check (text);
      break;
    case TIDE_CONFIG_INTEGER:
      is_good = parse_integer (value, key, text);
      break;
    case TIDE_CONFIG_DOUBLE:
      is_good = parse_real (value, key, text);
      break;
    case TIDE_CONFIG_BOOLEAN:
      is_good = parse_boolean (value, text);
      break;
    case TIDE_CONFIG_ENUM:
      is_good = is_word (key, text);
      break;
    case TIDE_CONFIG_LIST:
    case TIDE_CONFIG_PATH:
      break;
    }
  if (problem != NULL)
    set_error (error, key, text, problem);
  else if (!is_good)
    set_error_values (error, key, text);
  if (problem != NULL || !is_good)
    return FALSE;

  if (key->type == TIDE_CONFIG_PATH && *text != '\0')
    value->string = g_canonicalize_filename (text, directory);
  else
    value->string = g_strdup (text);
  return TRUE;
}

/**
 * tide_config_value_parse:
 * @self: a zeroed value
 * @key: the key whose value it is
 * @text: what was written, valid UTF-8, in the syntax of key files
 * @directory: (nullable): full path that a relative path counts from, %NULL for the
 *   current directory
 * @error: return location for an error
 *
 * Reads a value and checks it by itself.
 *
 * Fails with [error@Error.BAD_CONFIG]; the message names group, key, value and what is
 * allowed, and @self is as before.
 *
 * Returns: whether it is good
 */
gboolean
tide_config_value_parse (TideConfigValue *self,
                         const TideConfigKey *key,
                         const char *text,
                         const char *directory,
                         GError **error)
{
  g_auto (GStrv) decoded = decode (key, text, error);
  TideConfigValue value = { 0 };

  if (decoded == NULL)
    return FALSE;
  if (key->type == TIDE_CONFIG_LIST)
    {
      if (!check_list (key, decoded, error))
        return FALSE;
      value.text = encode (key, decoded);
      value.list = g_steal_pointer (&decoded);
    }
  else
    {
      if (!parse_text (&value, key, decoded[0], directory, error))
        return FALSE;
      value.text = encode (key, (char *[]){ value.string, NULL });
    }
  *self = value;
  return TRUE;
}

/**
 * tide_config_value_clear:
 * @self: a value
 *
 * Frees what @self holds and zeroes it.
 */
void
tide_config_value_clear (TideConfigValue *self)
{
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->origin, g_free);
  g_clear_pointer (&self->string, g_free);
  g_clear_pointer (&self->list, g_strfreev);
  *self = (TideConfigValue){ 0 };
}
