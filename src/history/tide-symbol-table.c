/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-symbol-table.h"

#include "tide-least.h"

#include <string.h>

typedef struct
{
  TideBar bar;        /* first, so that one pointer is both */
  TideSymbol *symbol; /* (unowned) */
  GList fresh_link;   /* in the queue of fresh ones; its data is NULL when it is not */
  GList age_link;     /* in the queue of all */
} Minute;

struct _TideSymbolTable
{
  GHashTable *symbols; /* (owned) (element-type TideSymbol), by name: a set of pointers
                          takes fewer lines of the processor's cache */
  GQueue fresh;        /* (element-type Minute), the longest fresh first */
  GQueue minutes;      /* (owned) (element-type Minute), in the order of their making */
  guint max_symbols;
  guint max_minutes;
  guint64 n_dropped;
};

static void
symbol_free (gpointer data)
{
  TideSymbol *symbol = data;

  tide_bar_series_clear (&symbol->minutes);
  g_clear_pointer (&symbol->last, tide_last_tick_free);
  g_free (symbol);
}

static void
set_fresh (TideSymbolTable *self, Minute *minute, gboolean is_fresh)
{
  if (is_fresh == (minute->fresh_link.data != NULL))
    return;
  minute->fresh_link.data = is_fresh ? minute : NULL;
  if (is_fresh)
    g_queue_push_tail_link (&self->fresh, &minute->fresh_link);
  else
    g_queue_unlink (&self->fresh, &minute->fresh_link);
}

/* Takes a minute out and frees it. */
static void
forget_minute (TideSymbolTable *self, Minute *minute)
{
  set_fresh (self, minute, FALSE);
  g_queue_unlink (&self->minutes, &minute->age_link);
  tide_bar_series_remove (&minute->symbol->minutes, &minute->bar);
  if (minute->symbol->newest == &minute->bar)
    minute->symbol->newest = NULL;
  g_free (minute);
}

/* Adds a minute; when there are too many the oldest one goes. */
static Minute *
add_minute (TideSymbolTable *self, TideSymbol *symbol, const TideBar *bar)
{
  Minute *minute = g_new0 (Minute, 1);

  minute->bar = *bar;
  minute->symbol = symbol;
  minute->age_link.data = minute;
  g_queue_push_tail_link (&self->minutes, &minute->age_link);
  tide_bar_series_insert (&symbol->minutes, &minute->bar);
  while (self->minutes.length > self->max_minutes)
    {
      forget_minute (self, self->minutes.head->data);
      self->n_dropped++;
    }
  return minute;
}

static TideSymbol *
get_symbol (TideSymbolTable *self, const char *name)
{
  TideSymbol *symbol = g_hash_table_lookup (self->symbols, name);

  if (symbol != NULL || g_hash_table_size (self->symbols) >= self->max_symbols)
    return symbol;
  symbol = g_new0 (TideSymbol, 1);
  g_strlcpy (symbol->name, name, sizeof symbol->name);
  g_hash_table_add (self->symbols, symbol);
  return symbol;
}

/**
 * tide_symbol_table_new:
 * @max_symbols: how many symbols there may be
 * @max_minutes: how many minutes of all symbols there may be, at least 1
 *
 * Returns: (transfer full): an empty table
 */
TideSymbolTable *
tide_symbol_table_new (guint max_symbols, guint max_minutes)
{
  TideSymbolTable *self = g_new0 (TideSymbolTable, 1);

  self->symbols = g_hash_table_new_full (g_str_hash, g_str_equal, symbol_free, NULL);
  g_queue_init (&self->fresh);
  g_queue_init (&self->minutes);
  tide_symbol_table_set_limits (self, max_symbols, max_minutes);
  return self;
}

/**
 * tide_symbol_table_free:
 * @self: (transfer full): a table
 *
 * Frees @self.
 */
void
tide_symbol_table_free (TideSymbolTable *self)
{
  while (self->minutes.length > 0)
    forget_minute (self, self->minutes.head->data);
  g_hash_table_unref (self->symbols);
  g_free (self);
}

/**
 * tide_symbol_table_set_limits:
 * @self: a table
 * @max_symbols: how many symbols there may be; those that are there stay
 * @max_minutes: how many minutes there may be, at least 1; older ones go at the next new
 *   one
 *
 * Changes the limits.
 */
void
tide_symbol_table_set_limits (TideSymbolTable *self, guint max_symbols, guint max_minutes)
{
  self->max_symbols = max_symbols;
  self->max_minutes = MAX (max_minutes, 1);
}

/* The minute of a symbol that begins at @start_s; the newest one, as a rule. */
static Minute *
find_minute (TideSymbol *symbol, gint64 start_s)
{
  if (symbol->newest != NULL && symbol->newest->start_s == start_s)
    return (Minute *) symbol->newest;
  return (Minute *) tide_bar_series_find (&symbol->minutes, start_s);
}

/**
 * tide_symbol_table_take:
 * @self: a table
 * @tick: a tick
 *
 * Adds a tick to the minute in which it happened, which may have been closed long ago.
 *
 * Returns: whether it could be taken
 */
TideTaking
tide_symbol_table_take (TideSymbolTable *self, const TideSymbolTick *tick)
{
  TideSymbol *symbol = get_symbol (self, tick->symbol);
  TideBar bar = tide_bar_new (TIDE_TIMEFRAME_1M, &tick->tick);
  Minute *minute;
  gboolean is_late;

  if (symbol == NULL)
    return TIDE_TAKING_REFUSED;
  is_late = bar.start_s * G_USEC_PER_SEC + 60 * G_USEC_PER_SEC <= symbol->newest_us;
  minute = find_minute (symbol, bar.start_s);
  if (minute != NULL)
    tide_bar_add (&minute->bar, &tick->tick);
  else
    minute = add_minute (self, symbol, &bar);
  set_fresh (self, minute, TRUE);
  if (tick->tick.time_us >= symbol->newest_us)
    {
      symbol->newest_us = tick->tick.time_us;
      symbol->newest = &minute->bar;
      if (tick->event != NULL)
        symbol->last = tide_last_tick_keep (symbol->last, tick->event);
    }
  return is_late ? TIDE_TAKING_LATE : TIDE_TAKING_DONE;
}

/**
 * tide_symbol_table_merge:
 * @self: a table
 * @symbol: a symbol
 * @bar: a minute of it, of ticks before those that are here
 * @is_fresh: whether it is not in the file as it is here
 *
 * Adds what was taken out, or what the file has kept of an earlier process.
 *
 * Returns: %FALSE when there are too many symbols
 */
gboolean
tide_symbol_table_merge (TideSymbolTable *self,
                         const char *symbol,
                         const TideBar *bar,
                         gboolean is_fresh)
{
  TideSymbol *found = get_symbol (self, symbol);
  Minute *minute;
  TideBar merged = *bar;

  if (found == NULL)
    return FALSE;
  minute = find_minute (found, bar->start_s);
  if (minute == NULL)
    minute = add_minute (self, found, bar);
  else
    {
      tide_bar_merge (&merged, &minute->bar);
      minute->bar = merged;
      is_fresh = TRUE;
    }
  set_fresh (self, minute, is_fresh);
  return TRUE;
}

/**
 * tide_symbol_table_lookup:
 * @self: a table
 * @symbol: a symbol
 *
 * Returns: (transfer none) (nullable): what is in memory of it
 */
const TideSymbol *
tide_symbol_table_lookup (TideSymbolTable *self, const char *symbol)
{
  return g_hash_table_lookup (self->symbols, symbol);
}

/**
 * tide_symbol_table_mark_fresh:
 * @self: a table
 *
 * Has all minutes be fresh: the file is a new one.
 */
void
tide_symbol_table_mark_fresh (TideSymbolTable *self)
{
  for (GList *link = self->minutes.head; link != NULL; link = link->next)
    set_fresh (self, link->data, TRUE);
}

/**
 * tide_symbol_table_refresh:
 * @self: a table
 * @symbol: a symbol
 * @start_s: when a minute of it begins
 *
 * Has a minute be fresh again, if it is still here: it did not reach the file.
 */
void
tide_symbol_table_refresh (TideSymbolTable *self, const char *symbol, gint64 start_s)
{
  const TideSymbol *found = tide_symbol_table_lookup (self, symbol);
  TideBar *bar = found != NULL ? tide_bar_series_find (&found->minutes, start_s) : NULL;

  if (bar != NULL)
    set_fresh (self, (Minute *) bar, TRUE);
}

static void
append_row (GArray *rows, const Minute *minute)
{
  TideBarRow row = { .bar = minute->bar };

  memcpy (row.symbol, minute->symbol->name, sizeof row.symbol);
  g_array_append_val (rows, row);
}

/**
 * tide_symbol_table_collect_fresh:
 * @self: a table
 * @max_rows: how many to give at most
 * @rows: (element-type TideBarRow): where to add them
 *
 * Copies minutes that are fresh, the longest fresh first; they are not any more.
 */
void
tide_symbol_table_collect_fresh (TideSymbolTable *self, guint max_rows, GArray *rows)
{
  for (guint i = 0; i < max_rows && self->fresh.length > 0; i++)
    {
      Minute *minute = self->fresh.head->data;

      append_row (rows, minute);
      set_fresh (self, minute, FALSE);
    }
}

static gboolean
is_closed (const Minute *minute, gint64 before_s)
{
  return minute->bar.start_s + 60 <= before_s;
}

/* Takes the minutes of @symbol out that ended at @closed_s or earlier. */
static void
take_of_symbol (TideSymbolTable *self,
                const TideSymbol *symbol,
                gint64 closed_s,
                GArray *rows)
{
  const TideBarSeries *minutes = &symbol->minutes;

  while (tide_bar_series_get_length (minutes) > 0)
    {
      Minute *oldest = (Minute *) minutes->items[minutes->head];

      if (!is_closed (oldest, closed_s))
        return;
      append_row (rows, oldest);
      forget_minute (self, oldest);
    }
}

/**
 * tide_symbol_table_take_closed:
 * @self: a table
 * @due_s: seconds since 1970
 * @closed_s: seconds since 1970, @due_s or later
 * @max_rows: when there are so many no other symbol is begun
 * @rows: (element-type TideBarRow): where to add them
 *
 * Finds symbols with a minute that ended at @due_s or earlier, and takes all of their
 * minutes out that ended at @closed_s or earlier: what is written together stands
 * together. It goes by the order of the minutes' making, as far as the first that is not
 * due. What comes for such a minute afterwards begins it anew.
 */
void
tide_symbol_table_take_closed (
    TideSymbolTable *self, gint64 due_s, gint64 closed_s, guint max_rows, GArray *rows)
{
  while (rows->len < max_rows && tide_symbol_table_has_closed (self, due_s))
    take_of_symbol (
        self, ((const Minute *) self->minutes.head->data)->symbol, closed_s, rows);
}

/**
 * tide_symbol_table_take_minute:
 * @self: a table
 * @symbol: a symbol
 * @start_s: when a minute of it begins
 * @rows: (element-type TideBarRow): where to add it
 *
 * Takes a minute out, if it is here.
 */
void
tide_symbol_table_take_minute (TideSymbolTable *self,
                               const char *symbol,
                               gint64 start_s,
                               GArray *rows)
{
  const TideSymbol *found = tide_symbol_table_lookup (self, symbol);
  TideBar *bar = found != NULL ? tide_bar_series_find (&found->minutes, start_s) : NULL;

  if (bar == NULL)
    return;
  append_row (rows, (Minute *) bar);
  forget_minute (self, (Minute *) bar);
}

static int
compare_spans (gconstpointer a, gconstpointer b)
{
  return strcmp (((const TideBarSpan *) a)->symbol, ((const TideBarSpan *) b)->symbol);
}

/**
 * tide_symbol_table_list:
 * @self: a table
 * @listing: which symbols
 *
 * Lists the symbols that have a minute here.
 *
 * Returns: (transfer full) (element-type TideBarSpan): them, by name
 */
GArray *
tide_symbol_table_list (TideSymbolTable *self, const TideBarListing *listing)
{
  TideLeast *least = tide_least_new (sizeof (TideBarSpan), listing->limit, compare_spans);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->symbols);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const TideSymbol *symbol = key;
      const TideBarSeries *minutes = &symbol->minutes;
      TideBarSpan span;

      if (tide_bar_series_get_length (minutes) == 0 ||
          strcmp (symbol->name, listing->after) <= 0)
        continue;
      memcpy (span.symbol, symbol->name, sizeof span.symbol);
      span.first_s = tide_timeframe_floor (listing->timeframe,
                                           minutes->items[minutes->head]->start_s);
      span.last_s = tide_timeframe_floor (listing->timeframe,
                                          minutes->items[minutes->end - 1]->start_s);
      tide_least_offer (least, &span);
    }
  return tide_least_finish (least);
}

/**
 * tide_symbol_table_has_fresh:
 * @self: a table
 *
 * Returns: whether a minute is fresh
 */
gboolean
tide_symbol_table_has_fresh (const TideSymbolTable *self)
{
  return self->fresh.length > 0;
}

/**
 * tide_symbol_table_has_closed:
 * @self: a table
 * @due_s: seconds since 1970
 *
 * Returns: whether tide_symbol_table_take_closed() would give any
 */
gboolean
tide_symbol_table_has_closed (const TideSymbolTable *self, gint64 due_s)
{
  return self->minutes.length > 0 && is_closed (self->minutes.head->data, due_s);
}

/**
 * tide_symbol_table_get_n_minutes:
 * @self: a table
 *
 * Returns: how many minutes there are
 */
guint
tide_symbol_table_get_n_minutes (const TideSymbolTable *self)
{
  return self->minutes.length;
}

/**
 * tide_symbol_table_get_n_dropped:
 * @self: a table
 *
 * Returns: how many minutes have gone so far, since there were too many
 */
guint64
tide_symbol_table_get_n_dropped (const TideSymbolTable *self)
{
  return self->n_dropped;
}

static gboolean
is_idle (gpointer key, gpointer value, gpointer before_us)
{
  const TideSymbol *symbol = key;

  return tide_bar_series_get_length (&symbol->minutes) == 0 &&
         symbol->newest_us < *(const gint64 *) before_us;
}

/**
 * tide_symbol_table_forget_idle:
 * @self: a table
 * @before_us: microseconds since 1970
 *
 * Forgets symbols without a minute here of which no tick has come since @before_us.
 */
void
tide_symbol_table_forget_idle (TideSymbolTable *self, gint64 before_us)
{
  g_hash_table_foreach_remove (self->symbols, is_idle, &before_us);
}

/**
 * tide_bar_rows_new:
 *
 * Returns: (transfer full) (element-type TideBarRow): an empty array
 */
GArray *
tide_bar_rows_new (void)
{
  return g_array_new (FALSE, FALSE, sizeof (TideBarRow));
}
