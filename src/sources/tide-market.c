/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-market.h"

#include "tide-random.h"

#define SECOND_US G_GINT64_CONSTANT (1000000)
#define MICRODOLLARS_PER_CENT 10000
#define N_SYMBOLS 50

/* At least this many steps, one a second, until a backtest is through. */
#define BACKTEST_LEAST_STEPS 15
#define BACKTEST_MOST_STEPS 40

/* A symbol, what it costs at first, and how much of its price, in millionths, a usual
 * tick moves it. The order is that of activity: the first is traded most. */
typedef struct
{
  const char *name;
  int cents;
  int volatility;
} Listing;

static const Listing listings[N_SYMBOLS] = {
  { "NVDA", 13150, 320 }, { "TSLA", 24820, 380 },  { "AAPL", 18742, 150 },
  { "AMD", 14210, 340 },  { "AMZN", 17855, 200 },  { "MSFT", 41530, 140 },
  { "META", 50275, 230 }, { "GOOGL", 16390, 180 }, { "PLTR", 2485, 420 },
  { "INTC", 3120, 280 },  { "BAC", 3905, 170 },    { "F", 1215, 240 },
  { "T", 1735, 130 },     { "PFE", 2790, 170 },    { "NFLX", 62840, 240 },
  { "JPM", 19865, 130 },  { "XOM", 11610, 160 },   { "DIS", 10240, 190 },
  { "UBER", 7035, 260 },  { "BA", 18120, 250 },    { "COIN", 22410, 480 },
  { "CSCO", 4760, 120 },  { "WMT", 6820, 100 },    { "KO", 6315, 80 },
  { "VZ", 4090, 110 },    { "C", 6185, 180 },      { "CRM", 25740, 200 },
  { "ORCL", 13980, 190 }, { "AVGO", 16120, 280 },  { "QCOM", 16870, 230 },
  { "WFC", 5940, 170 },   { "PYPL", 6370, 260 },   { "SBUX", 7785, 170 },
  { "NKE", 9430, 180 },   { "MU", 11025, 310 },    { "V", 27610, 110 },
  { "MA", 45390, 110 },   { "UNH", 52180, 150 },   { "JNJ", 15340, 90 },
  { "PG", 16720, 80 },    { "HD", 35510, 130 },    { "COST", 81230, 120 },
  { "PEP", 16840, 80 },   { "CVX", 15460, 150 },   { "MRK", 12790, 110 },
  { "ABBV", 17130, 120 }, { "ADBE", 54870, 190 },  { "GS", 45920, 160 },
  { "CAT", 33480, 170 },  { "MCD", 26750, 90 },
};

static const char *const patterns[] = {
  "BreakoutBO", "BullFlag",     "BearFlag",    "DoubleBottom",      "DoubleTop",
  "Doji",       "HammerCandle", "GapUp",       "HeadAndShoulders",  "VolumeSurge",
  "TrendBreak", "CupAndHandle", "MACrossover", "AscendingTriangle",
};

static const char *const tiers[] = { "daily", "intraday", "combo" };

typedef struct
{
  gint64 price;     /* in microdollars: rounding to cents must not eat the walk */
  guint64 sequence; /* of its last tick */
  guint64 volume;   /* shares traded since the start */
} Quote;

typedef struct
{
  guint number;    /* of the job, from 1; 0 before the first */
  guint n_steps;   /* until it is through */
  guint step;      /* done so far */
  guint n_symbols; /* that it goes through */
} Backtest;

/* What comes next, each at a time of its own. */
typedef enum
{
  TURN_TICK,
  TURN_PATTERN,
  TURN_BACKTEST,
  TURN_HEALTH,
  TURN_INSIGHT,
  TURN_HOT, /* another symbol gets the attention; publishes nothing */
  N_TURNS,
} Turn;

struct _TideMarket
{
  TideRandom random;
  gint64 epoch_us;        /* wall time of the start */
  gint64 mean_gap_us;     /* between two ticks of any symbols */
  gint64 due_us[N_TURNS]; /* from the start */
  guint n_insights;       /* published so far */
  guint hot;              /* index of the symbol that everybody trades just now */
  guint total_weight;
  Quote quotes[N_SYMBOLS];
  Backtest backtest;
  GString *payload; /* (owned), of the last message */
};

static guint
get_weight (guint symbol)
{
  return 10000 / (symbol + 5);
}

static guint
pick_symbol (TideMarket *self)
{
  if (tide_random_range (&self->random, 1, 100) <= 20)
    return self->hot;

  guint left = tide_random_range (&self->random, 0, self->total_weight - 1);

  for (guint i = 0; i < N_SYMBOLS; i++)
    {
      if (left < get_weight (i))
        return i;
      left -= get_weight (i);
    }
  return 0;
}

/* Near enough to a normal distribution, in thousandths of its standard deviation: the sum
 * of twelve uniform ones. */
static gint64
draw_normal (TideMarket *self)
{
  gint64 sum = 0;

  for (guint i = 0; i < 12; i++)
    sum += tide_random_range (&self->random, -500, 500);
  return sum;
}

/* One step of a geometric walk: the change is a share of the price. A weak pull towards
 * the first price keeps a market that runs for months in bounds. */
static void
walk (TideMarket *self, guint symbol)
{
  Quote *quote = &self->quotes[symbol];
  const Listing *listing = &listings[symbol];
  gint64 first = (gint64) listing->cents * MICRODOLLARS_PER_CENT;
  gint64 millionths = draw_normal (self) * listing->volatility / 1000;

  quote->price +=
      quote->price / 1000 * millionths / 1000 + (first - quote->price) / 40000;
  quote->price = CLAMP (quote->price, first / 4, first * 4);
}

/* Round lots mostly, now and then a block, sometimes an odd lot. */
static guint
draw_volume (TideMarket *self)
{
  gint64 dice = tide_random_range (&self->random, 1, 100);

  if (dice <= 12)
    return tide_random_range (&self->random, 1, 99);
  if (dice <= 90)
    return 100 * tide_random_range (&self->random, 1, 15);
  return 1000 * tide_random_range (&self->random, 2, 25);
}

static void
append_cents (GString *out, gint64 cents)
{
  guint64 size = cents < 0 ? -cents : cents;

  g_string_append_printf (out,
                          "%s%" G_GUINT64_FORMAT ".%02u",
                          cents < 0 ? "-" : "",
                          size / 100,
                          (guint) (size % 100));
}

static void
append_timestamp (TideMarket *self, gint64 t_us)
{
  gint64 wall_us = self->epoch_us + t_us;

  g_string_append_printf (self->payload,
                          "\"timestamp\":%" G_GINT64_FORMAT ".%06d",
                          wall_us / SECOND_US,
                          (int) (wall_us % SECOND_US));
}

/* The envelope that the producers of the application put around everything but ticks. */
static void
begin_envelope (TideMarket *self, const char *event_type, gint64 t_us)
{
  g_string_append_printf (
      self->payload, "{\"event_type\":\"%s\",\"source\":\"tidewire-demo\",", event_type);
  append_timestamp (self, t_us);
  g_string_append (self->payload, ",\"data\":{");
}

static const char *
publish_tick (TideMarket *self, gint64 t_us)
{
  guint symbol = pick_symbol (self);
  Quote *quote = &self->quotes[symbol];
  GString *out = self->payload;
  guint volume = draw_volume (self);

  walk (self, symbol);
  quote->sequence++;
  quote->volume += volume;

  gint64 cents = (quote->price + MICRODOLLARS_PER_CENT / 2) / MICRODOLLARS_PER_CENT;
  gint64 change = cents - listings[symbol].cents;

  g_string_append_printf (out,
                          "{\"event_type\":\"tick_data\",\"symbol\":\"%s\",\"price\":",
                          listings[symbol].name);
  append_cents (out, cents);
  g_string_append_printf (out, ",\"volume\":%u,\"change\":", volume);
  append_cents (out, change);
  g_string_append (out, ",\"change_percent\":");
  append_cents (out, change * 10000 / listings[symbol].cents);
  g_string_append_printf (out, ",\"sequence\":%" G_GUINT64_FORMAT ",", quote->sequence);
  append_timestamp (self, t_us);
  g_string_append_c (out, '}');

  self->due_us[TURN_TICK] += tide_random_range (&self->random, 0, 2 * self->mean_gap_us);
  return TIDE_MARKET_TICKS;
}

static const char *
publish_pattern (TideMarket *self, gint64 t_us)
{
  guint symbol = pick_symbol (self);
  guint pattern = tide_random_range (&self->random, 0, G_N_ELEMENTS (patterns) - 1);
  guint tier = tide_random_range (&self->random, 0, G_N_ELEMENTS (tiers) - 1);
  guint confidence = tide_random_range (&self->random, 55, 98);

  begin_envelope (self, "pattern_detected", t_us);
  g_string_append_printf (self->payload,
                          "\"symbol\":\"%s\",\"pattern\":\"%s\",\"confidence\":0.%02u,"
                          "\"tier\":\"%s\",\"price\":",
                          listings[symbol].name,
                          patterns[pattern],
                          confidence,
                          tiers[tier]);
  append_cents (self->payload, self->quotes[symbol].price / MICRODOLLARS_PER_CENT);
  g_string_append (self->payload, "}}");

  self->due_us[TURN_PATTERN] +=
      tide_random_range (&self->random, 2 * SECOND_US, 7 * SECOND_US);
  return TIDE_MARKET_PATTERNS;
}

static const char *
publish_progress (TideMarket *self, gint64 t_us)
{
  Backtest *job = &self->backtest;
  guint percent = job->step * 100 / job->n_steps;

  begin_envelope (self, "backtest_progress", t_us);
  g_string_append_printf (
      self->payload,
      "\"job_id\":\"demo-%u\",\"progress\":%u.%02u,"
      "\"status\":\"running\",\"current_symbol\":\"%s\"}}",
      job->number,
      percent / 100,
      percent % 100,
      listings[job->step * job->n_symbols / job->n_steps % N_SYMBOLS].name);
  job->step++;
  self->due_us[TURN_BACKTEST] += SECOND_US;
  return TIDE_MARKET_BACKTEST_PROGRESS;
}

static const char *
publish_result (TideMarket *self, gint64 t_us)
{
  Backtest *job = &self->backtest;
  gint64 total_return = tide_random_range (&self->random, -900, 2600);
  gint64 sharpe_ratio = tide_random_range (&self->random, -40, 240);
  gint64 max_drawdown = tide_random_range (&self->random, -2200, -300);
  guint win_rate = tide_random_range (&self->random, 41, 67);
  guint n_trades = tide_random_range (&self->random, 40, 420);

  begin_envelope (self, "backtest_result", t_us);
  g_string_append_printf (
      self->payload, "\"job_id\":\"demo-%u\",\"progress\":1.00,", job->number);
  g_string_append (self->payload,
                   "\"status\":\"completed\",\"results\":{\"total_return\":");
  append_cents (self->payload, total_return);
  g_string_append (self->payload, ",\"sharpe_ratio\":");
  append_cents (self->payload, sharpe_ratio);
  g_string_append (self->payload, ",\"max_drawdown\":");
  append_cents (self->payload, max_drawdown);
  g_string_append_printf (
      self->payload, ",\"win_rate\":0.%02u,\"total_trades\":%u}}}", win_rate, n_trades);
  job->n_steps = 0;
  self->due_us[TURN_BACKTEST] +=
      tide_random_range (&self->random, 3 * SECOND_US, 8 * SECOND_US);
  return TIDE_MARKET_BACKTEST_RESULTS;
}

static const char *
publish_backtest (TideMarket *self, gint64 t_us)
{
  Backtest *job = &self->backtest;

  if (job->n_steps == 0)
    {
      job->number++;
      job->step = 0;
      job->n_steps =
          tide_random_range (&self->random, BACKTEST_LEAST_STEPS, BACKTEST_MOST_STEPS);
      job->n_symbols = tide_random_range (&self->random, 5, N_SYMBOLS);
    }
  return job->step < job->n_steps ? publish_progress (self, t_us)
                                  : publish_result (self, t_us);
}

static const char *
publish_health (TideMarket *self, gint64 t_us)
{
  /* The first report is a good one: a newcomer sees it at once. */
  gboolean is_degraded =
      tide_random_range (&self->random, 1, 100) <= 15 && t_us > SECOND_US;
  int lag_ms = is_degraded ? tide_random_range (&self->random, 180, 900)
                           : tide_random_range (&self->random, 1, 12);

  begin_envelope (self, "system_health", t_us);
  g_string_append_printf (self->payload,
                          "\"status\":\"%s\",\"message\":\"%s\",\"feed_lag_ms\":%d,"
                          "\"symbols\":%d}}",
                          is_degraded ? "degraded" : "healthy",
                          is_degraded ? "market feed is late" : "all services are up",
                          lag_ms,
                          N_SYMBOLS);
  self->due_us[TURN_HEALTH] += 10 * SECOND_US;
  return TIDE_MARKET_HEALTH;
}

/* How many symbols stand above and below their first price, for one tier after another.
 * Nothing is drawn for it. */
static const char *
publish_insight (TideMarket *self, gint64 t_us)
{
  guint n_up = 0;
  guint n_down = 0;

  for (guint i = 0; i < N_SYMBOLS; i++)
    {
      gint64 first = (gint64) listings[i].cents * MICRODOLLARS_PER_CENT;

      n_up += self->quotes[i].price > first;
      n_down += self->quotes[i].price < first;
    }
  begin_envelope (self, "market_insight", t_us);
  g_string_append_printf (self->payload,
                          "\"tier\":\"%s\",\"insight\":\"%s\",\"advancing\":%u,"
                          "\"declining\":%u}}",
                          tiers[self->n_insights++ % G_N_ELEMENTS (tiers)],
                          n_up > n_down   ? "most symbols gain"
                          : n_up < n_down ? "most symbols lose"
                                          : "gains and losses are even",
                          n_up,
                          n_down);
  self->due_us[TURN_INSIGHT] += 8 * SECOND_US;
  return TIDE_MARKET_INSIGHTS;
}

static Turn
find_turn (TideMarket *self)
{
  Turn turn = TURN_TICK;

  for (guint i = 1; i < N_TURNS; i++)
    if (self->due_us[i] < self->due_us[turn])
      turn = i;
  return turn;
}

static void
pass_silent_turns (TideMarket *self)
{
  while (find_turn (self) == TURN_HOT)
    {
      self->hot = tide_random_range (&self->random, 0, N_SYMBOLS - 1);
      self->due_us[TURN_HOT] +=
          tide_random_range (&self->random, 5 * SECOND_US, 15 * SECOND_US);
    }
}

/**
 * tide_market_new:
 * @seed: two markets with the same seed are the same
 * @ticks_per_second: over all symbols, on average; 1 to 100,000
 * @epoch_us: wall time of the start, in microseconds since 1970, for the timestamps
 *
 * Opens a market.
 *
 * Returns: (transfer full): a market
 */
TideMarket *
tide_market_new (guint64 seed, guint ticks_per_second, gint64 epoch_us)
{
  TideMarket *self = g_new0 (TideMarket, 1);

  self->random.state = seed;
  self->epoch_us = epoch_us;
  self->mean_gap_us = SECOND_US / CLAMP (ticks_per_second, 1, 100000);
  self->payload = g_string_sized_new (512);
  for (guint i = 0; i < N_SYMBOLS; i++)
    {
      self->quotes[i].price = (gint64) listings[i].cents * MICRODOLLARS_PER_CENT;
      self->total_weight += get_weight (i);
    }
  self->due_us[TURN_PATTERN] = 2 * SECOND_US;
  self->due_us[TURN_BACKTEST] = SECOND_US;
  self->due_us[TURN_HEALTH] = SECOND_US / 2;
  self->due_us[TURN_INSIGHT] = 3 * SECOND_US;
  return self;
}

/**
 * tide_market_free:
 * @self: (transfer full): a market
 *
 * Closes @self.
 */
void
tide_market_free (TideMarket *self)
{
  g_string_free (self->payload, TRUE);
  g_free (self);
}

/**
 * tide_market_get_next_us:
 * @self: a market
 *
 * Returns: when the next message is to come, in microseconds from the start of the market
 */
gint64
tide_market_get_next_us (TideMarket *self)
{
  pass_silent_turns (self);
  return self->due_us[find_turn (self)];
}

/**
 * tide_market_next:
 * @self: a market
 * @message: (out caller-allocates): set to the next message, valid until the next call
 *
 * Goes on to the next message. Their times never go back.
 */
void
tide_market_next (TideMarket *self, TideMarketMessage *message)
{
  pass_silent_turns (self);

  Turn turn = find_turn (self);

  message->t_us = self->due_us[turn];
  g_string_truncate (self->payload, 0);
  switch (turn)
    {
    case TURN_TICK:
    case TURN_HOT:
    case N_TURNS:
      message->channel = publish_tick (self, message->t_us);
      break;
    case TURN_PATTERN:
      message->channel = publish_pattern (self, message->t_us);
      break;
    case TURN_BACKTEST:
      message->channel = publish_backtest (self, message->t_us);
      break;
    case TURN_HEALTH:
      message->channel = publish_health (self, message->t_us);
      break;
    case TURN_INSIGHT:
      message->channel = publish_insight (self, message->t_us);
      break;
    }
  message->payload = self->payload->str;
  message->payload_length = self->payload->len;
}

/**
 * tide_market_get_symbol:
 * @index: 0 for the symbol that is traded most
 *
 * Returns: (nullable): the name of a symbol, %NULL when there are not so many
 */
const char *
tide_market_get_symbol (guint index)
{
  return index < N_SYMBOLS ? listings[index].name : NULL;
}
