/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tick-ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BLAMES 20 /* faults that are told one by one */
#define LATENCY_STEP_US 10
#define LATENCY_STEPS 200000 /* 2 s; what takes longer counts as that */

typedef struct
{
  guint symbol;
  guint32 sequence;
  gint64 sent_us;
} Tick;

void
tick_ledger_init (TickLedger *self)
{
  memset (self, 0, sizeof *self);
  for (guint i = 0; i < TICK_SYMBOLS; i++)
    self->published_us[i] = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->is_quiet = TRUE;
  self->latencies = g_new0 (guint32, LATENCY_STEPS);
}

void
tick_ledger_clear (TickLedger *self)
{
  for (guint i = 0; i < TICK_SYMBOLS; i++)
    g_array_unref (self->published_us[i]);
  g_free (self->latencies);
}

/* Counts a fault, and tells of the first ones. */
void
tick_ledger_blame (guint64 *fault, const char *detail)
{
  static guint n_blames;

  (*fault)++;
  if (n_blames++ < MAX_BLAMES)
    fprintf (stderr, "%s\n", detail);
}

static void
blame_tick (guint64 *fault, const char *what, const Tick *tick)
{
  g_autofree char *detail =
      g_strdup_printf ("S%02u %u: %s", tick->symbol, tick->sequence, what);

  tick_ledger_blame (fault, detail);
}

/* The next list of symbols was sent. */
void
tick_ledger_ask (TickLedger *self, TickCard *card, guint64 symbols)
{
  card->asked = symbols;
}

static guint64
read_symbols (const char *text)
{
  guint64 symbols = 0;

  for (const char *p = strstr (text, "\"S"); p != NULL; p = strstr (p + 1, "\"S"))
    symbols |= G_GUINT64_CONSTANT (1) << (strtoul (p + 2, NULL, 10) % TICK_SYMBOLS);
  return symbols;
}

/* From now on exactly the asked list is in force. @answer has the list. */
void
tick_ledger_confirm (TickLedger *self, TickCard *card, const char *answer)
{
  guint64 added = card->asked & ~card->in_force;

  if (card->asked == 0 || read_symbols (answer) != card->asked)
    tick_ledger_blame (&self->faults.strange, answer);
  for (guint i = 0; i < TICK_SYMBOLS; i++)
    if ((added >> i) & 1)
      {
        card->next[i] = self->is_quiet ? self->published_us[i]->len + 1 : 0;
        card->first[i] = 0;
      }
  card->in_force = card->asked;
  card->asked = 0;
  card->confirmed_us = g_get_monotonic_time ();
}

/* Reads what differs from tick to tick. */
static gboolean
read_tick_head (const char *payload, gsize length, Tick *tick)
{
  g_autofree char *head = g_strndup (payload, MIN (length, 160));

  return sscanf (head,
                 "{\"event_type\":\"tick_data\",\"symbol\":\"S%2u\",\"sequence\": %u,"
                 "\"sent_us\": %" G_GINT64_FORMAT ",",
                 &tick->symbol,
                 &tick->sequence,
                 &tick->sent_us) == 3 &&
         tick->symbol < TICK_SYMBOLS;
}

/* A tick is read, written anew by the publisher's recipe, and compared: what is not the
 * same to the last byte was altered on its way. The padding is all the same letter. */
static gboolean
read_tick (const char *payload, gsize length, Tick *tick)
{
  char head[256];
  gsize n_head;

  if (!read_tick_head (payload, length, tick))
    return FALSE;
  n_head = g_snprintf (head,
                       sizeof head,
                       "{\"event_type\":\"tick_data\",\"symbol\":\"S%02u\",\"sequence\": "
                       "%u,\"sent_us\": %" G_GINT64_FORMAT
                       ",\"price\":187.380000000000000001,\"pad\":\"",
                       tick->symbol,
                       tick->sequence,
                       tick->sent_us);
  if (length < n_head + 2 || memcmp (payload, head, n_head) != 0 ||
      memcmp (payload + length - 2, "\"}", 2) != 0)
    return FALSE;
  for (gsize i = n_head; i < length - 2; i++)
    if (payload[i] != 'x')
      return FALSE;
  return TRUE;
}

static void
count_latency (TickLedger *self, gint64 latency_us)
{
  gint64 step = CLAMP (latency_us / LATENCY_STEP_US, 0, LATENCY_STEPS - 1);

  self->latencies[step]++;
  self->max_latency_us = MAX (self->max_latency_us, latency_us);
}

/* A tick has come in: was it this client's turn to get it? */
void
tick_ledger_take (TickLedger *self, TickCard *card, const char *payload, gsize length)
{
  Tick tick;
  guint64 bit;
  guint32 *next;

  self->n_ticks++;
  if (!read_tick (payload, length, &tick))
    {
      tick_ledger_blame (&self->faults.altered, "a tick is not as it was published");
      return;
    }
  count_latency (self, g_get_monotonic_time () - tick.sent_us);
  bit = G_GUINT64_CONSTANT (1) << tick.symbol;
  if ((card->in_force & bit) == 0)
    {
      if (card->asked & bit)
        blame_tick (&self->faults.early, "came before the confirmation", &tick);
      else
        blame_tick (&self->faults.foreign, "nobody asked for it", &tick);
      return;
    }
  next = &card->next[tick.symbol];
  if (*next == 0)
    card->first[tick.symbol] = tick.sequence;
  else if (tick.sequence < *next)
    blame_tick (&self->faults.doubled, "came again", &tick);
  else if (tick.sequence > *next)
    blame_tick (&self->faults.gap, "came after a gap", &tick);
  *next = MAX (*next, tick.sequence + 1);
}

/* Reads the publisher's log: a line a tick, in order: symbol, sequence, time.
 *
 * Returns: %FALSE when it makes no sense */
gboolean
tick_ledger_read_published (TickLedger *self, const char *file)
{
  g_autofree char *text = NULL;
  char *p;

  if (!g_file_get_contents (file, &text, NULL, NULL))
    return FALSE;
  for (guint i = 0; i < TICK_SYMBOLS; i++)
    g_array_set_size (self->published_us[i], 0);
  for (p = text; *p != '\0'; p++)
    {
      guint symbol = strtoul (p, &p, 10);
      guint sequence = strtoul (p, &p, 10);
      gint64 sent_us = strtoll (p, &p, 10);

      if (symbol >= TICK_SYMBOLS || sequence != self->published_us[symbol]->len + 1 ||
          *p != '\n')
        return FALSE;
      g_array_append_val (self->published_us[symbol], sent_us);
    }
  return TRUE;
}

/* Returns: when a tick was published, 0 when there was none of that number */
static gint64
get_published_us (const TickLedger *self, guint symbol, guint32 sequence)
{
  if (sequence == 0 || sequence > self->published_us[symbol]->len)
    return 0;
  return g_array_index (self->published_us[symbol], gint64, sequence - 1);
}

/* Whether the last tick of a symbol is there, or was too early for the client. */
static gboolean
has_last (const TickLedger *self, const TickCard *card, guint symbol)
{
  guint32 n_published = self->published_us[symbol]->len;

  if (card->next[symbol] > 0)
    return card->next[symbol] == n_published + 1;
  return get_published_us (self, symbol, n_published) <= card->confirmed_us;
}

/* Returns: whether the client has the last tick of all its symbols */
gboolean
tick_ledger_is_complete (const TickLedger *self, const TickCard *card)
{
  for (guint i = 0; i < TICK_SYMBOLS; i++)
    if (((card->in_force >> i) & 1) && !has_last (self, card, i))
      return FALSE;
  return TRUE;
}

/* Nothing is on its way any more, and tick_ledger_read_published() was called: judges
 * both ends of what the client got, and says what is due next. */
void
tick_ledger_settle (TickLedger *self, TickCard *card)
{
  for (guint i = 0; i < TICK_SYMBOLS; i++)
    {
      Tick tick = { .symbol = i, .sequence = self->published_us[i]->len };

      if (((card->in_force >> i) & 1) == 0)
        continue;
      if (!has_last (self, card, i))
        blame_tick (&self->faults.missing, "is the last one and did not come", &tick);
      tick.sequence = card->first[i] - 1;
      if (card->first[i] > 0 &&
          get_published_us (self, i, tick.sequence) > card->confirmed_us)
        blame_tick (&self->faults.late, "did not come after confirmation", &tick);
      card->first[i] = 0;
      card->next[i] = self->published_us[i]->len + 1;
    }
}

void
tick_ledger_reset_latencies (TickLedger *self)
{
  memset (self->latencies, 0, LATENCY_STEPS * sizeof *self->latencies);
  self->max_latency_us = 0;
}

/* Returns: the time in which @share of the ticks, 0 to 1, came through */
gint64
tick_ledger_get_latency_us (const TickLedger *self, double share)
{
  guint64 n = 0;
  guint64 wanted;
  guint i;

  for (i = 0; i < LATENCY_STEPS; i++)
    n += self->latencies[i];
  wanted = (guint64) (share * (double) n);
  n = 0;
  for (i = 0; i < LATENCY_STEPS - 1 && n + self->latencies[i] <= wanted; i++)
    n += self->latencies[i];
  return (gint64) (i + 1) * LATENCY_STEP_US;
}
