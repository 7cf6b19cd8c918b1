/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A wheel of N_SLOTS slots of TIDE_TIMER_STEP_US each. A timer hangs in the slot of its
 * due time, modulo the wheel's length; one that is due in a later round is passed over.
 * Within a slot what was armed last is called first.
 * Arming and disarming take constant time and no memory, whatever the number of timers,
 * and the whole wheel is one GSource whose ready time is the next slot with a timer in
 * it: with nothing armed the process sleeps. */

#include "tide-timer-wheel.h"

#define N_SLOTS 16384 /* one round is 65 s: longer than the default ping timings */
#define N_WORDS (N_SLOTS / 64)
#define LAST_US                                                                          \
  (G_MAXINT64 - TIDE_TIMER_STEP_US) /* so that rounding up does not overflow */

typedef struct
{
  GSource parent;
  TideTimerWheel *wheel; /* (unowned), owns us */
} WheelSource;

struct _TideTimerWheel
{
  TideClock *clock;       /* (owned) */
  GSource *source;        /* (owned) (nullable) */
  gint64 next_slot;       /* the first slot, counted from time 0, that has not been run */
  gint64 ready_us;        /* ready time that the source has now, -1 for none */
  gboolean is_running;    /* while due timers are called */
  TideTimer *due;         /* (unowned) (nullable), those of a slot that is being run */
  TideTimerDoneFunc done; /* (nullable) */
  gpointer user_data;     /* (unowned), for it */
  guint64 used[N_WORDS];  /* a bit for every slot that holds a timer */
  TideTimer *slots[N_SLOTS]; /* (unowned) (nullable) */
};

static void
unlink_timer (TideTimerWheel *self, TideTimer *timer)
{
  *timer->pprev = timer->next;
  if (timer->next != NULL)
    timer->next->pprev = timer->pprev;
  timer->next = NULL;
  timer->pprev = NULL;
}

static void
link_timer (TideTimer **slot, TideTimer *timer)
{
  timer->next = *slot;
  if (timer->next != NULL)
    timer->next->pprev = &timer->next;
  *slot = timer;
  timer->pprev = slot;
}

/* The first slot at or after @from, within one round, that holds a timer; -1 for none. */
static gint64
find_used_slot (TideTimerWheel *self, gint64 from)
{
  guint start = from % N_SLOTS;

  for (guint i = 0; i <= N_WORDS; i++)
    {
      guint word = (start / 64 + i) % N_WORDS;
      guint64 bits = self->used[word];

      if (i == 0)
        bits &= G_MAXUINT64 << (start % 64);
      if (i == N_WORDS)
        bits &= ~(G_MAXUINT64 << (start % 64));
      if (bits == 0)
        continue;

      guint slot = word * 64 + __builtin_ctzll (bits);

      return from + ((slot + N_SLOTS - start) % N_SLOTS);
    }
  return -1;
}

static void
set_ready_time (TideTimerWheel *self, gint64 ready_us)
{
  if (self->ready_us == ready_us)
    return;
  self->ready_us = ready_us;
  if (self->source != NULL)
    g_source_set_ready_time (self->source, ready_us);
}

static void
update_ready_time (TideTimerWheel *self)
{
  set_ready_time (self, tide_timer_wheel_get_next_due_us (self));
}

static gboolean
wheel_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  TideTimerWheel *self = ((WheelSource *) source)->wheel;

  tide_timer_wheel_run (self);
  if (self->done != NULL)
    self->done (self->user_data);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs wheel_source_funcs = { .dispatch = wheel_source_dispatch };

/**
 * tide_timer_wheel_new:
 * @clock: the time to go by
 *
 * Creates a wheel without timers. Timers are rounded up to 4 ms; of those that come at
 * the same time, what was armed last is called first.
 *
 * Returns: (transfer full): a wheel
 */
TideTimerWheel *
tide_timer_wheel_new (TideClock *clock)
{
  TideTimerWheel *self = g_new0 (TideTimerWheel, 1);

  self->clock = tide_clock_ref (clock);
  self->next_slot = tide_clock_now_us (clock) / TIDE_TIMER_STEP_US;
  self->ready_us = -1;
  return self;
}

/**
 * tide_timer_wheel_free:
 * @self: (transfer full): a wheel; its timers must be disarmed or never touched again
 *
 * Frees @self.
 */
void
tide_timer_wheel_free (TideTimerWheel *self)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  tide_clock_unref (self->clock);
  g_free (self);
}

/**
 * tide_timer_wheel_attach:
 * @self: a wheel on a monotonic clock, not attached yet
 * @context: (nullable): the context that runs it, %NULL for the default one
 *
 * Lets a main context run the due timers.
 */
void
tide_timer_wheel_attach (TideTimerWheel *self, GMainContext *context)
{
  g_return_if_fail (self->source == NULL);

  self->source = g_source_new (&wheel_source_funcs, sizeof (WheelSource));
  ((WheelSource *) self->source)->wheel = self;
  g_source_set_static_name (self->source, "tide-timer-wheel");
  g_source_set_ready_time (self->source, self->ready_us);
  g_source_attach (self->source, context);
}

/**
 * tide_timer_wheel_set_done_func:
 * @self: a wheel
 * @func: (nullable): what to call, %NULL for nothing any more
 * @user_data: for @func
 *
 * Has a function called each time when the wheel's source has called what was due, within
 * the same turn of the main loop.
 */
void
tide_timer_wheel_set_done_func (TideTimerWheel *self,
                                TideTimerDoneFunc func,
                                gpointer user_data)
{
  self->done = func;
  self->user_data = user_data;
}

/**
 * tide_timer_wheel_arm:
 * @self: a wheel
 * @timer: a timer whose function is set; one that is armed is armed anew
 * @due_us: monotonic time at which to call it, in microseconds; may have passed
 *
 * Lets @timer be called once, up to 4 ms after @due_us.
 */
void
tide_timer_wheel_arm (TideTimerWheel *self, TideTimer *timer, gint64 due_us)
{
  if (timer->pprev != NULL)
    unlink_timer (self, timer);

  gint64 slot =
      MAX ((MIN (due_us, LAST_US) + TIDE_TIMER_STEP_US - 1) / TIDE_TIMER_STEP_US,
           self->next_slot);
  guint place = slot % N_SLOTS;

  timer->due_us = due_us;
  link_timer (&self->slots[place], timer);
  self->used[place / 64] |= G_GUINT64_CONSTANT (1) << (place % 64);

  if (!self->is_running &&
      (self->ready_us < 0 || slot * TIDE_TIMER_STEP_US < self->ready_us))
    set_ready_time (self, slot * TIDE_TIMER_STEP_US);
}

/**
 * tide_timer_wheel_disarm:
 * @self: a wheel
 * @timer: a timer, armed on @self or not at all
 *
 * Takes @timer off the wheel. The wheel may wake up for it once, for nothing.
 */
void
tide_timer_wheel_disarm (TideTimerWheel *self, TideTimer *timer)
{
  if (timer->pprev != NULL)
    unlink_timer (self, timer);
}

/* Calls what is due in one slot. Timers are first taken off the slot, so that a function
 * may arm, disarm or free any timer, its own included. */
static void
run_slot (TideTimerWheel *self, gint64 slot, gint64 now_us)
{
  guint place = slot % N_SLOTS;

  self->due = self->slots[place];
  self->slots[place] = NULL;
  self->used[place / 64] &= ~(G_GUINT64_CONSTANT (1) << (place % 64));
  if (self->due != NULL)
    self->due->pprev = &self->due;

  while (self->due != NULL)
    {
      TideTimer *timer = self->due;

      unlink_timer (self, timer);
      if (timer->due_us > now_us)
        {
          /* Due in a later round, or later within this very slot. */
          link_timer (&self->slots[place], timer);
          self->used[place / 64] |= G_GUINT64_CONSTANT (1) << (place % 64);
        }
      else
        timer->func (timer, now_us);
    }
}

/**
 * tide_timer_wheel_run:
 * @self: a wheel
 *
 * Calls every timer that is due now. The wheel's own source does this; tests with a
 * manual clock call it themselves.
 */
void
tide_timer_wheel_run (TideTimerWheel *self)
{
  gint64 now_us = tide_clock_now_us (self->clock);
  gint64 last_slot = now_us / TIDE_TIMER_STEP_US;
  gint64 from = self->next_slot;
  gint64 n_left = N_SLOTS;

  /* What is armed by a function from here on waits for the next slot, even when it is
   * due: the run may have passed its place already. */
  self->next_slot = MAX (self->next_slot, last_slot + 1);
  self->is_running = TRUE;
  while (n_left > 0)
    {
      gint64 slot = find_used_slot (self, from);

      if (slot < 0 || slot > last_slot)
        break;
      n_left -= slot + 1 - from;
      from = slot + 1;
      run_slot (self, slot, now_us);
    }
  self->is_running = FALSE;
  update_ready_time (self);
}

/**
 * tide_timer_wheel_get_next_due_us:
 * @self: a wheel
 *
 * Gets the time of the next slot that holds a timer. A timer of a later round counts as
 * well: the wheel wakes up for it at most once in 65 s.
 *
 * Returns: monotonic time in microseconds, -1 with no timer armed
 */
gint64
tide_timer_wheel_get_next_due_us (TideTimerWheel *self)
{
  for (;;)
    {
      gint64 slot = find_used_slot (self, self->next_slot);

      if (slot < 0)
        return -1;
      if (self->slots[slot % N_SLOTS] != NULL)
        return slot * TIDE_TIMER_STEP_US;
      /* All of its timers were disarmed. */
      self->used[(slot % N_SLOTS) / 64] &= ~(G_GUINT64_CONSTANT (1) << (slot % 64));
    }
}

/**
 * tide_timer_wheel_get_coming:
 * @self: a wheel
 *
 * To be asked from a timer's function, by who has many timers and wants to have what they
 * belong to loaded before their turn.
 *
 * Returns: (transfer none) (nullable): the timer that comes next, if it is due, followed
 *   by those behind it; %NULL for none in this slot
 */
const TideTimer *
tide_timer_wheel_get_coming (TideTimerWheel *self)
{
  return self->due;
}

/**
 * tide_timer_wheel_get_clock:
 * @self: a wheel
 *
 * Returns: (transfer none): the clock that the wheel goes by
 */
TideClock *
tide_timer_wheel_get_clock (TideTimerWheel *self)
{
  return self->clock;
}
