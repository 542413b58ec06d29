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
  threads, so that a function that waits is not charged for the wait. 400 messages after 1,500 of either, the fakes and PostgreSQL in
  other processes; a busy machine (load 11 on two cores), so the ratios count, not the milliseconds. On the same day, with a load below 4, the same
  took 11.3 and 4.6 ms: 2.5 ×, before what is listed below.

| thread, ms of a message | bot | floor |
| --- | --- | --- |
| main thread | 14.1 | 5.0 |
| V8's helpers: compiling what has become hot | 0.7 | 0.5 |
| V8's helpers: garbage (of the bot the main thread collects it) | – | 0.3 |
| thread that ships logs | 0.9 | – |
| libuv's pool (files, DNS, compression) and rest | 0.7 | 0.1 |
| all: 2.8 × | 16.3 | 5.9 |

| main thread by the part of the program at work, libraries with their caller, ms of a message | bot | floor |
| --- | --- | --- |
| garbage | 2.2 | 0.2 |
| assistant: turns, tools, prompt, answer, dialogue | 2.2 | – |
| sockets and event loop, continuations of promises without a caller | 1.7 | 2.1 |
| HTTP: seven calls (undici, \`fetch\`, MCP) | 1.6 | 2.2 |
| PostgreSQL: seven statements instead of one COPY | 1.4 | 0.1 |
| Telegram: conversations, queue, inbox, grammY | 1.1 | – |
| log lines (twelve) and metrics | 0.8 | – |
| events: facts, ids, spool | 0.6 | – |
| zod | 0.4 | – |
| shop: parsing, cache, cart | 0.4 | – |
| compiling | 0.4 | 0.4 |
| users | 0.3 | – |
| \`AsyncLocalStorage\` in Node 20, its hooks of promises alone (not measured in Node 24, which the image has) | 0.3 | – |
| restrictions in the user's words and in names of products | 0.2 | – |
| masking of personal data | 0.2 | – |
| files: the cart that was made and not shown yet | 0.1 | – |

So why not twice the floor: HTTP, sockets and compiling together cost the bot less than the floor, which calls through \`fetch\` as a minimal bot does. Without
them the main thread of the floor is left with a third of a millisecond and that of the bot with ten, spread over everything it promises. The largest parts are garbage and the
assistant, a seventh each. The statements are those that an answer needs: whether the message was answered before, the user with their session, what
they may spend and must not eat, what was searched, the cart, what it cost, that it was shown.

A message leaves 1.2 MB of garbage (the sampling heap profiler, everything collected included, 200 messages after 600): 7 % of it hooks of promises, which
\`AsyncLocalStorage\` needs in Node 20, 5 % the bodies of calls of the model, nothing else above 4 %. The young generation is collected once in five messages, everything once in
70. (\`nodejs_gc_duration_seconds\`.)

What was tried, in turns with the bot as it was, on the same busy machine (rounds of one bot differ by 10 %):

| what | outcome |
| --- | --- |
| answers of HTTP without a stream (undici's dispatch instead of its request) | in a loop against a local server 20 to 39 instead of 68 to 98 µs a call; a message 0.98 × (12 rounds of 100; by the sums of the rounds 1.00) |
| the allowance from the message instead of from PostgreSQL | a statement less, of about eight |
| both, with what changed in the recorder on the same day | 0.95 × (40 rounds of 40; by the sums 0.92) |
| ids of facts (uuid v5) by one call of Node's \`hash\` | 0.7 to 1.1 instead of 3.0 to 3.7 µs an id in a loop; the package's took 0.2 ms of the message above |
| \`--always-sparkplug\` | 1.01 × (8 rounds of 100): left alone |
| \`--no-flush-bytecode\` | 1.07 × (8 rounds of 100): left alone |
| a semi-space of 16 instead of 8 MB | 0.99 × (8 rounds of 100), 23 MB more: left alone |

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
