/** The end of docs/performance.md: what no bench measures, with how it was measured. */
export const measuredByHand = `## Calls of Telegram

How many calls of the Bot API does a message take, the answer included, with a model that needs 2 s a turn?

Against: «typing» every four seconds and a progress message changed once a second, as in 0.2.0

- The sandbox in one process, its fake GigaChat slowed to 2 s; \`bot_telegram_calls_total\` without \`getUpdates\`, before and after each
  message. Run 2026-11-26, a busy machine. The turns fell for other reasons: what counts here is that calls no longer rise with them.
- By the clock of the tests, whatever the turns: one call at the beginning, one after 4 s, one after 15 s, then one in 27 s, and
  the answer (\`src/telegram/chat/progress.test.ts\`). So five at most until 69 s, seven at the limit of 2 minutes.

| message | before: calls (turns) | now: calls (turns) |
| --- | --- | --- |
| three products | 16 (6) | 5 (3) |
| a dish for four | 11 (4) | 3 (3) |
| a snack to a budget | 11 (5) | 3 (2) |
| ten products | 22 (12) | 3 (2) |
| a question | 9 (5) | 3 (4) |
| mean | 13.8 | 3.4: 0.25 × |

## Where a message's time goes

Which threads and which kinds of work spend the processor time of a message, and how much of it does the floor of the bench peer spend?

Against: the floor, which makes the same calls over HTTP and stores as many rows, and knows nothing of what they mean (2026-11-27)

- \`perf record -k mono -e task-clock -g\` of both bots with \`--perf-prof\`, then \`perf inject --jit\`: samples by processor time, all
  threads, so that a function that waits is not charged for the wait. (With \`--perf-basic-prof\` expressions of the start, long freed, are
  charged with code that lies where they lay: 13 % instead of 8 for regular expressions.) 200 messages after 900 of either, the fakes and
  PostgreSQL in other processes; a busy machine (load 11 to 14 on two cores), so the ratios count, not the milliseconds.

| thread, ms of a message | bot | floor |
| --- | --- | --- |
| main thread | 15.2 | 4.6 |
| V8's helpers: garbage | 2.7 | 0.5 |
| V8's helpers: compiling what has become hot | 2.2 | 0.5 |
| thread that ships logs | 1.1 | – |
| libuv's pool (files, DNS, compression) | 0.4 | 0.0 |
| rest | 1.2 | 0.4 |
| all: 3.7 × | 22.7 | 6.0 |

| main thread by who asked for it, libraries with their caller, ms of a message | bot | floor |
| --- | --- | --- |
| HTTP: six calls (undici, \`fetch\`, MCP) | 2.2 | 2.9 |
| sockets and event loop | 1.2 | 0.7 |
| PostgreSQL: ten statements instead of one COPY | 2.0 | 0.3 |
| garbage | 0.9 | 0.3 |
| assistant: turns, tools, prompt, answer | 2.0 | – |
| Telegram: conversations, queue, inbox, grammY | 1.3 | 0.1 |
| log lines (twelve) and metrics | 0.9 | – |
| zod | 0.8 | – |
| events: facts, ids, spool | 0.7 | – |
| shop: parsing, cache, cart | 0.7 | – |
| restrictions in the user's words and in names of products | 0.6 | – |
| dialogue: reading it, writing it as JSON | 0.6 | – |
| \`AsyncLocalStorage\` in Node 20 (not measured in Node 24, which the image has) | 0.4 | – |
| files: the cart that was made and not shown yet | 0.4 | – |
| masking of personal data | 0.3 | – |
| users | 0.2 | – |

So why not twice the floor: for the exchanges themselves the bot spends less than the floor, which calls through \`fetch\` as a minimal bot does (570 µs
a call against a local server, undici's request 160). What it does beside them is spread over everything it promises, nothing above a
tenth: ten questions to PostgreSQL, because the answer must know the user, their allowance, their budget and whether the message was answered before;
twelve log lines, seven facts; reading what a model wrote in any shape. The next pieces would be statements that share an exchange (each 0.2 ms) and less garbage.

Since that profile carts in flight are lines of one open file (before: nine operations of the disk a cart, 0.7 ms of libuv's pool and of the kernel), what an
answer needs of its user is one statement instead of four, a message passes the handlers of buttons with one look, and lines are handed to the
shipping thread every 50 instead of 20 ms (80 since). A profile of 300 messages after 900 (14.7 ms, load 7): main thread 12.1, of it garbage 2.2 and compiling 0.6; V8's helpers
1.2, all compiling; the shipping thread 0.6; libuv's pool 0.7. A message leaves 1.5 MB of garbage: a sixth of it Node's and V8's own (hooks of promises, matches of expressions),
nothing above a tenth. In 1,075 messages after 1,500 V8 compiled 304 functions and dropped 37: it is the size of the code that takes its time, not code that it cannot keep.

| what, interleaved, before and after | before | now |
| --- | --- | --- |
| importing the bot: processor time, memory | 1,580 ms, 88 MB | 1,140 ms, 71 MB |
| importing the bot from a bundle instead of 1,300 files | 920 ms, 72 MB | 350 ms, 57 MB |
| start to first answer, existing database: processor time (load 7 on two cores) | 2,060 ms | 1,010 ms |
| importing the shipping thread | 204 ms, 28.5 MB | 118 ms, 20.1 MB |
| shipping thread's processor time of a message | 1.20 ms | 0.97 ms |
| memory (RSS) after 1,350 messages of 300 users, one run | 251 MB | 217 MB |

Idle a bot with Loki took 6.6 to 9.5 ms of processor time a second on that machine in ten seconds without a collection of garbage, 20 to 32 in ten
with one, mostly on the main thread: timers and what PostgreSQL is asked for inbox, totals and alerts. Before, the bench added 5 ms of its own by watching the event loop 200 times a second.
Since the event loop is looked at every 200 instead of 50 ms, and the shipping thread loads neither undici nor pino: 4.4 ms a second in 25 s, before 6.5 in 40 s
(2026-11-27, load 17 to 20 on two cores, collections of garbage included); memory half a minute after the start 118 instead of 140 MB. Importing the shipping thread
takes 45 instead of 158 ms and 50 instead of 64 MB.
`
