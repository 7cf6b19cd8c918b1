/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ctl-table.h"

#include "tide-ctl-text.h"

/* No column is made narrower than this; the ends of lines go then. */
#define MIN_WIDTH 6
#define GAP "  "
#define GAP_WIDTH 2

typedef struct
{
  gboolean is_right;
  const char *style; /* (unowned) (nullable), numbers of an SGR sequence */
  guint width;
} Column;

struct _TideCtlTable
{
  Column *columns; /* (owned) */
  guint n_columns;
  const char *heading; /* (unowned) (nullable), the style of the first row */
  GPtrArray *cells;    /* (owned) (element-type utf8), row by row */
};

/**
 * tide_ctl_table_new:
 * @n_columns: number of columns, at least 1
 *
 * Returns: (transfer full): a table without rows
 */
TideCtlTable *
tide_ctl_table_new (guint n_columns)
{
  TideCtlTable *self = g_new0 (TideCtlTable, 1);

  self->columns = g_new0 (Column, n_columns);
  self->n_columns = n_columns;
  self->cells = g_ptr_array_new_with_free_func (g_free);
  return self;
}

/**
 * tide_ctl_table_free:
 * @self: (transfer full): a table
 *
 * Frees @self.
 */
void
tide_ctl_table_free (TideCtlTable *self)
{
  g_free (self->columns);
  g_ptr_array_unref (self->cells);
  g_free (self);
}

/**
 * tide_ctl_table_set_right:
 * @self: a table
 * @column: a column
 *
 * Lines the column up at its right edge, as numbers are.
 */
void
tide_ctl_table_set_right (TideCtlTable *self, guint column)
{
  self->columns[column].is_right = TRUE;
}

/**
 * tide_ctl_table_set_style:
 * @self: a table
 * @column: a column
 * @style: numbers of an SGR sequence, such as `1`; has to outlive the table
 *
 * Gives a column a style, which is left out where there are no colours.
 */
void
tide_ctl_table_set_style (TideCtlTable *self, guint column, const char *style)
{
  self->columns[column].style = style;
}

/**
 * tide_ctl_table_set_heading:
 * @self: a table
 * @style: numbers of an SGR sequence, such as `1`; has to outlive the table
 *
 * Gives the first row a style of its own.
 */
void
tide_ctl_table_set_heading (TideCtlTable *self, const char *style)
{
  self->heading = style;
}

/**
 * tide_ctl_table_take:
 * @self: a table
 * @column: the column, which has to be the next one
 * @text: (transfer full): any text; what a terminal could obey is taken out
 *
 * Adds a cell to the row, or begins the next row.
 */
void
tide_ctl_table_take (TideCtlTable *self, guint column, char *text)
{
  g_return_if_fail (self->cells->len % self->n_columns == column);

  tide_ctl_table_add (self, column, text);
  g_free (text);
}

/**
 * tide_ctl_table_add:
 * @self: a table
 * @column: the column, which has to be the next one
 * @text: any text; what a terminal could obey is taken out
 *
 * Adds a cell to the row, or begins the next row.
 */
void
tide_ctl_table_add (TideCtlTable *self, guint column, const char *text)
{
  g_return_if_fail (self->cells->len % self->n_columns == column);

  char *clean = tide_ctl_text_clean (text, -1);
  Column *it = &self->columns[column];

  it->width = MAX (it->width, tide_ctl_text_get_width (clean));
  g_ptr_array_add (self->cells, clean);
}

/* Takes away from the widest column as long as a line is wider than @width. */
static void
shrink_columns (TideCtlTable *self, guint width)
{
  while (TRUE)
    {
      Column *widest = &self->columns[0];
      guint sum = GAP_WIDTH * (self->n_columns - 1);

      for (guint i = 0; i < self->n_columns; i++)
        {
          sum += self->columns[i].width;
          if (self->columns[i].width > widest->width)
            widest = &self->columns[i];
        }
      if (sum <= width || widest->width <= MIN_WIDTH)
        return;
      widest->width -= MIN (sum - width, widest->width - MIN_WIDTH);
    }
}

static void
append_padding (GString *out, guint width)
{
  g_string_append_printf (out, "%*s", (int) width, "");
}

/* @room: cells left in the line; what is wider is cut */
static void
print_cell (const TideCtlTable *self, GString *out, guint index, guint room)
{
  const Column *column = &self->columns[index % self->n_columns];
  guint width = MIN (column->width, room);
  g_autofree char *text = tide_ctl_text_fit (self->cells->pdata[index], width);
  guint padding = width - MIN (width, tide_ctl_text_get_width (text));

  if (column->is_right)
    append_padding (out, padding);
  g_string_append (out, text);
  if (!column->is_right && (index + 1) % self->n_columns != 0)
    append_padding (out, padding);
}

static void
print_row (
    const TideCtlTable *self, GString *out, guint row, guint width, gboolean has_colour)
{
  guint used = 0;

  for (guint i = 0; i < self->n_columns && used < width; i++)
    {
      const char *style = self->columns[i].style;

      if (row == 0 && self->heading != NULL)
        style = self->heading;
      if (!has_colour)
        style = NULL;
      if (style != NULL)
        g_string_append_printf (out, "\033[%sm", style);
      print_cell (self, out, row * self->n_columns + i, width - used);
      if (style != NULL)
        g_string_append (out, "\033[0m");
      used += self->columns[i].width + GAP_WIDTH;
      if (i + 1 < self->n_columns && used < width)
        g_string_append (out, GAP);
    }
  while (out->len > 0 && out->str[out->len - 1] == ' ')
    g_string_truncate (out, out->len - 1);
  g_string_append_c (out, '\n');
}

/**
 * tide_ctl_table_print:
 * @self: a table
 * @out: where to append it
 * @width: how wide a line may be, 0 for any
 * @has_colour: whether styles are written
 *
 * Writes all rows. What is too wide for the line is cut, the widest columns first.
 */
void
tide_ctl_table_print (TideCtlTable *self, GString *out, guint width, gboolean has_colour)
{
  if (width > 0)
    shrink_columns (self, width);
  for (guint row = 0; row < self->cells->len / self->n_columns; row++)
    print_row (self, out, row, width > 0 ? width : G_MAXUINT, has_colour);
}
