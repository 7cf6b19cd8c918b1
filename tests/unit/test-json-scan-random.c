/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The scanner against a plain recursive reader, on texts made at random and then damaged.
 */

#include "tide-json-scan.h"

#include <string.h>

#define N_SEEDS 4000
#define N_MUTATIONS 8

/* The reader: one function per rule of RFC 8259, numbers by a regular expression, UTF-8
 * by GLib. Each gives the first fault that it meets. */
typedef struct
{
  const char *at;
  const char *end;
  guint depth;
  GRegex *number;
} Reader;

static TideJsonFault read_value (Reader *self);

static gboolean
read_byte (Reader *self, char byte)
{
  if (self->at == self->end || *self->at != byte)
    return FALSE;
  self->at++;
  return TRUE;
}

static void
read_space (Reader *self)
{
  while (self->at < self->end && *self->at != '\0' &&
         strchr (" \t\r\n", *self->at) != NULL)
    self->at++;
}

static TideJsonFault
read_word (Reader *self, const char *word)
{
  for (; *word != '\0'; word++)
    if (!read_byte (self, *word))
      return TIDE_JSON_FAULT_SYNTAX;
  return TIDE_JSON_OK;
}

/* Takes all that could belong to a number: no such byte may follow one. */
static TideJsonFault
read_number (Reader *self)
{
  const char *start = self->at;

  while (self->at < self->end && *self->at != '\0' &&
         strchr ("+-.0123456789eE", *self->at) != NULL)
    self->at++;

  g_autofree char *text = g_strndup (start, self->at - start);

  return g_regex_match (self->number, text, 0, NULL) ? TIDE_JSON_OK
                                                     : TIDE_JSON_FAULT_SYNTAX;
}

static TideJsonFault
read_escape (Reader *self)
{
  if (!read_byte (self, 'u'))
    {
      if (self->at == self->end || *self->at == '\0' ||
          strchr ("\"\\/bfnrt", *self->at) == NULL)
        return TIDE_JSON_FAULT_SYNTAX;
      self->at++;
      return TIDE_JSON_OK;
    }
  for (guint i = 0; i < 4; i++)
    {
      if (self->at == self->end || !g_ascii_isxdigit (*self->at))
        return TIDE_JSON_FAULT_SYNTAX;
      self->at++;
    }
  return TIDE_JSON_OK;
}

static TideJsonFault
read_string (Reader *self)
{
  if (!read_byte (self, '"'))
    return TIDE_JSON_FAULT_SYNTAX;
  while (!read_byte (self, '"'))
    {
      if (self->at == self->end || (guchar) *self->at < 0x20)
        return TIDE_JSON_FAULT_SYNTAX;
      if (read_byte (self, '\\'))
        {
          if (read_escape (self) != TIDE_JSON_OK)
            return TIDE_JSON_FAULT_SYNTAX;
          continue;
        }
      /* The negative results of GLib for bad and for cut bytes are the largest numbers.
       */
      if (g_utf8_get_char_validated (self->at, self->end - self->at) > 0x10ffff)
        return TIDE_JSON_FAULT_UTF8;
      self->at = g_utf8_next_char (self->at);
    }
  return TIDE_JSON_OK;
}

static TideJsonFault
read_member (Reader *self, gboolean is_object)
{
  read_space (self);
  if (is_object)
    {
      TideJsonFault fault = read_string (self);

      if (fault != TIDE_JSON_OK)
        return fault;
      read_space (self);
      if (!read_byte (self, ':'))
        return TIDE_JSON_FAULT_SYNTAX;
    }
  return read_value (self);
}

static TideJsonFault
read_container (Reader *self, gboolean is_object)
{
  char closer = is_object ? '}' : ']';

  self->at++;
  if (++self->depth > TIDE_JSON_MAX_DEPTH)
    return TIDE_JSON_FAULT_TOO_DEEP;
  read_space (self);
  if (!read_byte (self, closer))
    {
      do
        {
          TideJsonFault fault = read_member (self, is_object);

          if (fault != TIDE_JSON_OK)
            return fault;
        }
      while (read_byte (self, ','));
      if (!read_byte (self, closer))
        return TIDE_JSON_FAULT_SYNTAX;
    }
  self->depth--;
  return TIDE_JSON_OK;
}

static TideJsonFault
read_value (Reader *self)
{
  TideJsonFault fault;

  read_space (self);
  if (self->at == self->end)
    return TIDE_JSON_FAULT_SYNTAX;
  if (*self->at == '{' || *self->at == '[')
    fault = read_container (self, *self->at == '{');
  else if (*self->at == '"')
    fault = read_string (self);
  else if (*self->at == 't')
    fault = read_word (self, "true");
  else if (*self->at == 'f')
    fault = read_word (self, "false");
  else if (*self->at == 'n')
    fault = read_word (self, "null");
  else
    fault = read_number (self);
  if (fault == TIDE_JSON_OK)
    read_space (self);
  return fault;
}

static TideJsonFault
read_text (GRegex *number, const GString *text)
{
  Reader reader = { text->str, text->str + text->len, 0, number };
  TideJsonFault fault = read_value (&reader);

  if (fault == TIDE_JSON_OK && reader.at != reader.end)
    return TIDE_JSON_FAULT_SYNTAX;
  return fault;
}

static const char *
pick (GRand *rand, const char *const *from)
{
  return from[g_rand_int_range (rand, 0, g_strv_length ((char **) from))];
}

static void
make_space (GRand *rand, GString *out)
{
  static const char *const spaces[] = { " ", "\n", "\r\n", "\t", NULL };

  while (g_rand_int_range (rand, 0, 4) == 0)
    g_string_append (out, pick (rand, spaces));
}

static void
make_string (GRand *rand, GString *out)
{
  static const char *const pieces[] = {
    "a",       "AAPL",
    " ",       "price of a share",
    "\\\"",    "\\\\",
    "\\/",     "\\b\\f",
    "\\n\\r",  "\\t",
    "/",       "\\u0000",
    "\\u1e",   "\\uD83d",
    "\\uDe00", "\xc3\xa9",
    "\x7f",    "\xe2\x82\xac",
    "0",       "{}[],:",
    "\\uffff", "\xf0\x9f\x98\x80",
    NULL,
  };
  guint n_pieces = g_rand_int_range (rand, 0, 6);

  g_string_append_c (out, '"');
  for (guint i = 0; i < n_pieces; i++)
    {
      const char *piece = pick (rand, pieces);

      g_string_append (out, piece);
      if (strcmp (piece, "\\u1e") == 0)
        g_string_append (out, "a0");
    }
  g_string_append_c (out, '"');
}

static void
make_value (GRand *rand, GString *out, guint depth)
{
  static const char *const scalars[] = { "null",
                                         "true",
                                         "false",
                                         "0",
                                         "-0",
                                         "12",
                                         "-3.5",
                                         "1e9",
                                         "2E-07",
                                         "0.10",
                                         "1e+0",
                                         "-0e1",
                                         "99999999999999999999",
                                         NULL };
  guint choice = g_rand_int_range (rand, 0, depth < 5 ? 6 : 4);

  make_space (rand, out);
  if (choice < 2)
    g_string_append (out, pick (rand, scalars));
  else if (choice < 4)
    make_string (rand, out);
  else
    {
      guint n_members = g_rand_int_range (rand, 0, 4);

      g_string_append_c (out, choice == 4 ? '[' : '{');
      make_space (rand, out);
      for (guint i = 0; i < n_members; i++)
        {
          if (i > 0)
            g_string_append_c (out, ',');
          make_space (rand, out);
          if (choice == 5)
            {
              make_string (rand, out);
              make_space (rand, out);
              g_string_append_c (out, ':');
            }
          make_value (rand, out, depth + 1);
        }
      g_string_append_c (out, choice == 4 ? ']' : '}');
    }
  make_space (rand, out);
}

/* Puts a value into so many arrays that the limit comes near. */
static void
bury (GRand *rand, GString *text)
{
  guint depth = g_rand_int_range (rand, 20, 36);

  for (guint i = 0; i < depth; i++)
    {
      g_string_prepend (text, "[");
      g_string_append (text, "]");
    }
}

static void
mutate (GRand *rand, GString *text)
{
  static const char bytes[] =
      "\"\\{}[],:0123456789-+.eE/utfnrl \n\t\x1e\x7f\xc3\xa9\xed\xf4\x80";
  gsize place = g_rand_int_range (rand, 0, text->len);
  char byte = g_rand_boolean (rand) ? bytes[g_rand_int_range (rand, 0, sizeof bytes)]
                                    : (char) g_rand_int_range (rand, 0, 256);

  switch (g_rand_int_range (rand, 0, 4))
    {
    case 0:
      g_string_erase (text, place, 1);
      break;
    case 1:
      g_string_insert_c (text, place, byte);
      break;
    case 2:
      g_string_truncate (text, place);
      break;
    default:
      text->str[place] = byte;
      break;
    }
}

static TideJsonFault
scan_exactly (const GString *text)
{
  g_autofree char *copy = g_malloc (1 + text->len);

  memcpy (copy + 1, text->str, text->len);
  return tide_json_scan (copy + 1, text->len, NULL, 0, NULL);
}

static void
assert_same (GRegex *number, const GString *text, guint seed)
{
  TideJsonFault fault = scan_exactly (text);
  TideJsonFault expected = read_text (number, text);

  if (fault != expected)
    {
      g_autofree char *escaped = g_strescape (text->str, NULL);

      g_test_message ("seed %u, %" G_GSIZE_FORMAT " bytes: %s", seed, text->len, escaped);
    }
  g_assert_cmpint (fault, ==, expected);
}

static void
test_verdict (void)
{
  g_autoptr (GRegex) number =
      g_regex_new ("^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]+)?$",
                   G_REGEX_DOLLAR_ENDONLY,
                   0,
                   NULL);
  guint n_refused = 0;

  g_test_summary ("Good texts are taken, and damaged ones judged as a plain reader does");

  for (guint seed = 0; seed < N_SEEDS; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (GString) text = g_string_new (NULL);

      make_value (rand, text, 0);
      g_assert_cmpint (scan_exactly (text), ==, TIDE_JSON_OK);
      if (seed % 8 == 0)
        bury (rand, text);
      assert_same (number, text, seed);

      for (guint i = 0; i < N_MUTATIONS && text->len > 0; i++)
        {
          mutate (rand, text);
          assert_same (number, text, seed);
          n_refused += scan_exactly (text) != TIDE_JSON_OK;
        }
    }
  /* Else the mutations would show nothing. */
  g_assert_cmpuint (n_refused, >, N_SEEDS);
  g_assert_cmpuint (n_refused, <, N_SEEDS * N_MUTATIONS);
}

/* Where the value of a wanted member was last written, in a text that grows. */
typedef struct
{
  gboolean is_there;
  gsize start;
  gsize length;
} Place;

static Place
make_place (GRand *rand, GString *out)
{
  g_autoptr (GString) value = g_string_new (NULL);

  make_value (rand, value, 3);
  g_strstrip (value->str);

  gsize length = strlen (value->str);
  gboolean is_string = value->str[0] == '"';
  Place place = { TRUE, out->len + is_string, length - 2 * is_string };

  g_string_append (out, value->str);
  return place;
}

static void
make_name (GRand *rand, GString *out, const char *name)
{
  g_string_append_c (out, '"');
  for (; *name != '\0'; name++)
    if (g_rand_int_range (rand, 0, 6) == 0)
      g_string_append_printf (out, "\\u%04x", *name);
    else
      g_string_append_c (out, *name);
  g_string_append (out, "\":");
}

/* Writes one of the members a and b, or one that nobody wants. */
static void
make_member (GRand *rand, GString *out, Place *places)
{
  static const char *const names[] = { "a", "ab", "c" };
  guint choice = g_rand_int_range (rand, 0, 3);

  make_name (rand, out, names[choice]);

  Place place = make_place (rand, out);

  if (choice < 2)
    places[choice] = place;
}

static void
make_wrapper (GRand *rand, GString *out, Place *wrapper, Place *inner)
{
  guint n_members = g_rand_int_range (rand, 0, 4);

  make_name (rand, out, "data");
  wrapper->is_there = TRUE;
  wrapper->start = out->len;
  g_string_append_c (out, '{');
  inner[0].is_there = inner[1].is_there = FALSE;
  for (guint i = 0; i < n_members; i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      make_member (rand, out, inner);
    }
  g_string_append_c (out, '}');
  wrapper->length = out->len - wrapper->start;
}

static void
test_fields (void)
{
  g_test_summary ("Wanted members are where they were last written");

  for (guint seed = 0; seed < N_SEEDS; seed++)
    {
      g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
      g_autoptr (GString) text = g_string_new ("{");
      TideJsonField fields[] = {
        { "data", -1 }, { "a", -1 }, { "ab", -1 }, { "a", 0 }, { "ab", 0 }
      };
      Place places[5] = { { FALSE } };
      guint n_members = g_rand_int_range (rand, 0, 8);

      for (guint i = 0; i < n_members; i++)
        {
          if (i > 0)
            g_string_append_c (text, ',');
          if (g_rand_int_range (rand, 0, 3) == 0)
            make_wrapper (rand, text, &places[0], &places[3]);
          else
            make_member (rand, text, &places[1]);
        }
      g_string_append_c (text, '}');

      g_assert_cmpint (
          tide_json_scan (text->str, text->len, fields, 5, NULL), ==, TIDE_JSON_OK);
      for (guint i = 0; i < 5; i++)
        {
          g_assert_cmpint (fields[i].kind != TIDE_JSON_NONE, ==, places[i].is_there);
          if (!places[i].is_there)
            continue;
          g_assert_cmpuint (fields[i].start - text->str, ==, places[i].start);
          g_assert_cmpuint (fields[i].length, ==, places[i].length);
        }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/core/json-scan/random-verdict", test_verdict);
  g_test_add_func ("/core/json-scan/random-fields", test_fields);
  return g_test_run ();
}
