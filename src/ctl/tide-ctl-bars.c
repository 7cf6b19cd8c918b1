/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-bars.h"

#include "tide-ctl-csv.h"
#include "tide-ctl-error.h"
#include "tide-event-time.h"
#include "tide-json-scan.h"
#include "tide-json-string.h"

#include <glib/gi18n.h>

#include <math.h>
#include <string.h>

#define HEADER "symbol,time,open,high,low,close,volume"
#define EXAMPLE_CSV "AAPL,2026-01-30T14:30:00Z,187.25,187.4,187.2,187.33,5300"
#define EXAMPLE_NDJSON                                                                   \
  "{\"symbol\":\"AAPL\",\"time\":1769783400,\"open\":187.25,\"high\":187.4,"             \
  "\"low\":187.2,\"close\":187.33,\"volume\":5300}"

static const char *const names[TIDE_CTL_N_BAR_FIELDS] = {
  "symbol", "time", "open", "high", "low", "close", "volume",
};

/* What is in a line, as text. */
typedef struct
{
  char *text; /* (owned) (nullable) */
  gsize length;
} Value;

typedef struct
{
  Value values[TIDE_CTL_N_BAR_FIELDS];
} Values;

static void
values_clear (Values *self)
{
  for (guint i = 0; i < TIDE_CTL_N_BAR_FIELDS; i++)
    g_clear_pointer (&self->values[i].text, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Values, values_clear)

static void set_error (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
set_error (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_propagate_error (
      error,
      g_error_new_valist (TIDE_CTL_ERROR, TIDE_CTL_EXIT_REFUSED, format, arguments));
  va_end (arguments);
}

/* --- CSV --- */

static int
find_name (const char *name)
{
  for (guint i = 0; i < TIDE_CTL_N_BAR_FIELDS; i++)
    if (g_ascii_strcasecmp (name, names[i]) == 0)
      return (int) i;
  return -1;
}

/* Returns: whether each column that is needed is there */
static gboolean
check_columns (const TideCtlBarRules *rules, GError **error)
{
  g_autoptr (GString) missing = g_string_new (NULL);

  for (guint i = 0; i < TIDE_CTL_N_BAR_FIELDS; i++)
    if (rules->columns[i] < 0 && (i != TIDE_CTL_BAR_SYMBOL || rules->symbol == NULL))
      g_string_append_printf (missing, "%s%s", missing->len > 0 ? ", " : "", names[i]);
  if (missing->len == 0)
    return TRUE;
  set_error (error,
             _ ("the first line has to name the columns, such as %s, and does not name "
                "%s"),
             HEADER,
             missing->str);
  return FALSE;
}

/**
 * tide_ctl_bars_parse_header:
 * @rules: how lines are to be understood; gets the columns
 * @line: (array length=length): the first line of a file of CSV
 * @length: how many bytes it has
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Reads the names of the columns, in whatever order, and in capitals or not. Others are
 * passed over.
 *
 * Returns: whether there is each that is needed
 */
gboolean
tide_ctl_bars_parse_header (TideCtlBarRules *rules,
                            const char *line,
                            gsize length,
                            GError **error)
{
  g_autoptr (GString) field = g_string_new (NULL);
  const char *at = line;

  for (guint i = 0; i < TIDE_CTL_N_BAR_FIELDS; i++)
    rules->columns[i] = -1;
  for (int column = 0; at != NULL; column++)
    {
      int found;

      if (!tide_ctl_csv_take (&at, line + length, field, error))
        return FALSE;
      found = find_name (field->str);
      if (found < 0)
        continue;
      if (rules->columns[found] >= 0)
        {
          set_error (error, _ ("the column %s is there twice"), names[found]);
          return FALSE;
        }
      rules->columns[found] = column;
    }
  return check_columns (rules, error);
}

static gboolean
split_csv (const TideCtlBarRules *rules,
           const char *line,
           gsize length,
           Values *values,
           GError **error)
{
  g_autoptr (GString) field = g_string_new (NULL);
  const char *at = line;

  for (int column = 0; at != NULL; column++)
    {
      if (!tide_ctl_csv_take (&at, line + length, field, error))
        return FALSE;
      for (guint i = 0; i < TIDE_CTL_N_BAR_FIELDS; i++)
        if (rules->columns[i] == column)
          values->values[i] = (Value){ g_strdup (field->str), field->len };
    }
  return TRUE;
}

/* --- JSON --- */

static gboolean
split_json (const char *line, gsize length, Values *values, GError **error)
{
  TideJsonField fields[TIDE_CTL_N_BAR_FIELDS] = { 0 };
  TideJsonKind kind;

  for (guint i = 0; i < TIDE_CTL_N_BAR_FIELDS; i++)
    fields[i] = (TideJsonField){ .name = names[i], .parent = -1 };
  if (tide_json_scan (line, length, fields, TIDE_CTL_N_BAR_FIELDS, &kind) !=
          TIDE_JSON_OK ||
      kind != TIDE_JSON_OBJECT)
    {
      set_error (
          error, _ ("this is no JSON object on one line, such as %s"), EXAMPLE_NDJSON);
      return FALSE;
    }
  for (guint i = 0; i < TIDE_CTL_N_BAR_FIELDS; i++)
    {
      Value *value = &values->values[i];

      value->length = fields[i].length;
      if (fields[i].kind == TIDE_JSON_STRING && fields[i].has_escapes)
        value->text =
            tide_json_unescape (fields[i].start, fields[i].length, &value->length);
      else if (fields[i].kind == TIDE_JSON_STRING || fields[i].kind == TIDE_JSON_NUMBER)
        value->text = g_strndup (fields[i].start, fields[i].length);
    }
  return TRUE;
}

/* --- values --- */

/* A number without blanks, and without what strtod() takes besides: hexadecimal ones,
 * infinity and what is no number. */
static gboolean
parse_number (const Value *value, double *number)
{
  char *end;

  if (value->length == 0 || strspn (value->text, "0123456789+-.eE") != value->length)
    return FALSE;
  *number = g_ascii_strtod (value->text, &end);
  return *end == '\0' && isfinite (*number);
}

/**
 * tide_ctl_bars_parse_time:
 * @text: (array length=length): what should be a time; a NUL follows
 * @length: how many bytes it has
 * @time_s: (out): seconds since 1970
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Reads a time: seconds since 1970, or a date with or without a time of day, in UTC
 * unless it has another zone. Milliseconds are refused, and not guessed.
 *
 * Returns: whether it is one
 */
gboolean
tide_ctl_bars_parse_time (const char *text, gsize length, gint64 *time_s, GError **error)
{
  const Value value = { (char *) text, length };
  gint64 time_us;
  double seconds;

  if (parse_number (&value, &seconds) && fabs (seconds) < 1e18)
    {
      *time_s = (gint64) seconds;
      if (*time_s >= TIDE_BAR_MAX_TIME_S)
        set_error (error,
                   _ ("the time %s is not in seconds since 1970: divide milliseconds by "
                      "1000"),
                   text);
      else if (seconds > (double) *time_s || seconds < (double) *time_s)
        set_error (error, _ ("the time %s is not a whole second"), text);
      else
        return TRUE;
      return FALSE;
    }
  if (length < 10 || text[4] != '-' || !tide_event_time_parse (text, length, &time_us) ||
      time_us % G_USEC_PER_SEC != 0)
    {
      set_error (
          error,
          _ ("the time “%s” is neither seconds since 1970, such as 1769783400, nor "
             "in the form 2026-01-30T14:30:00Z"),
          text);
      return FALSE;
    }
  *time_s = time_us / G_USEC_PER_SEC;
  return TRUE;
}

/* Returns: whether nothing that is needed is missing */
static gboolean
check_values (const TideCtlBarRules *rules, const Values *values, GError **error)
{
  for (guint i = 0; i < TIDE_CTL_N_BAR_FIELDS; i++)
    {
      if (i == TIDE_CTL_BAR_SYMBOL && rules->symbol != NULL)
        continue;
      if (values->values[i].text != NULL && values->values[i].length > 0)
        continue;
      set_error (error,
                 _ ("%s is missing; a bar is written such as %s"),
                 names[i],
                 rules->format == TIDE_CTL_BARS_CSV ? EXAMPLE_CSV : EXAMPLE_NDJSON);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_numbers (const Values *values, TideBarValues *bar, GError **error)
{
  double *const numbers[TIDE_CTL_N_BAR_FIELDS] = {
    [TIDE_CTL_BAR_OPEN] = &bar->open,     [TIDE_CTL_BAR_HIGH] = &bar->high,
    [TIDE_CTL_BAR_LOW] = &bar->low,       [TIDE_CTL_BAR_CLOSE] = &bar->close,
    [TIDE_CTL_BAR_VOLUME] = &bar->volume,
  };

  for (guint i = TIDE_CTL_BAR_OPEN; i < TIDE_CTL_N_BAR_FIELDS; i++)
    if (!parse_number (&values->values[i], numbers[i]))
      {
        set_error (error,
                   _ ("%s is “%s”, which is no number such as 187.25"),
                   names[i],
                   values->values[i].text);
        return FALSE;
      }
  return TRUE;
}

/* Returns: whether @values make a bar */
static gboolean
make_bar (const TideCtlBarRules *rules,
          const Values *values,
          TideCtlBar *bar,
          GError **error)
{
  const Value *symbol = &values->values[TIDE_CTL_BAR_SYMBOL];
  const Value *time = &values->values[TIDE_CTL_BAR_TIME];
  const char *name =
      symbol->text != NULL && symbol->length > 0 ? symbol->text : rules->symbol;
  const char *problem;

  if (!check_values (rules, values, error) ||
      !tide_ctl_bars_parse_time (time->text, time->length, &bar->values.start_s, error) ||
      !read_numbers (values, &bar->values, error))
    return FALSE;
  problem = tide_bar_values_check_symbol (
      name, name == rules->symbol ? strlen (name) : symbol->length);
  if (problem == NULL)
    problem = tide_bar_values_check (&bar->values, rules->timeframe, rules->now_s);
  if (problem != NULL)
    {
      set_error (error, "%s", _ (problem));
      return FALSE;
    }
  g_strlcpy (bar->symbol, name, sizeof bar->symbol);
  return TRUE;
}

/**
 * tide_ctl_bars_parse:
 * @rules: how the line is to be understood
 * @line: (array length=length): a line, without its end
 * @length: how many bytes it has
 * @bar: (out caller-allocates): the bar
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Reads a bar. The error says what is wrong with the line.
 *
 * Returns: whether it is one
 */
gboolean
tide_ctl_bars_parse (const TideCtlBarRules *rules,
                     const char *line,
                     gsize length,
                     TideCtlBar *bar,
                     GError **error)
{
  g_auto (Values) values = { 0 };

  if (memchr (line, '\0', length) != NULL || !g_utf8_validate_len (line, length, NULL))
    {
      set_error (error, _ ("this is not text in UTF-8"));
      return FALSE;
    }
  if (rules->format == TIDE_CTL_BARS_CSV
          ? !split_csv (rules, line, length, &values, error)
          : !split_json (line, length, &values, error))
    return FALSE;
  return make_bar (rules, &values, bar, error);
}

/* --- writing --- */

/* The shortest of these that gives the same number when it is read. */
static void
append_number (GString *out, double value)
{
  static const char *const formats[] = { "%.15g", "%.16g", "%.17g" };
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      double back;

      back =
          g_ascii_strtod (g_ascii_formatd (text, sizeof text, formats[i], value), NULL);
      if (memcmp (&back, &value, sizeof back) == 0)
        break;
    }
  g_string_append (out, text);
}

/**
 * tide_ctl_bars_append_header:
 * @out: where to write
 * @format: the format
 *
 * Writes what a file begins with.
 */
void
tide_ctl_bars_append_header (GString *out, TideCtlBarFormat format)
{
  if (format == TIDE_CTL_BARS_CSV)
    g_string_append (out, HEADER "\n");
}

static void
append_symbol (GString *out, TideCtlBarFormat format, const char *symbol)
{
  if (format == TIDE_CTL_BARS_NDJSON)
    tide_json_append_string (out, symbol, -1);
  else
    tide_ctl_csv_append (out, symbol);
}

/**
 * tide_ctl_bars_append:
 * @out: where to write
 * @format: the format
 * @bar: a bar
 *
 * Writes a line that tide_ctl_bars_parse() takes back, and gives the same bar.
 */
void
tide_ctl_bars_append (GString *out, TideCtlBarFormat format, const TideCtlBar *bar)
{
  gboolean is_csv = format == TIDE_CTL_BARS_CSV;
  const double numbers[] = { bar->values.open,
                             bar->values.high,
                             bar->values.low,
                             bar->values.close,
                             bar->values.volume };

  if (!is_csv)
    g_string_append (out, "{\"symbol\":");
  append_symbol (out, format, bar->symbol);
  g_string_append_printf (out,
                          is_csv ? ",%" G_GINT64_FORMAT : ",\"time\":%" G_GINT64_FORMAT,
                          bar->values.start_s);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      if (is_csv)
        g_string_append_c (out, ',');
      else
        g_string_append_printf (out, ",\"%s\":", names[TIDE_CTL_BAR_OPEN + i]);
      append_number (out, numbers[i]);
    }
  g_string_append (out, is_csv ? "\n" : "}\n");
}
