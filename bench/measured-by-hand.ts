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

Which threads and which kinds of work spend the processor time of a message?

Against: the same bot before what became lazy, was made once or was not made at all (2026-11-26)

- \`perf record -e task-clock -g\` of a warm bot with \`--perf-basic-prof\`: samples by processor time, all threads, so that a function
  that waits is not charged for the wait. 300 messages after 900, varied searches, the fakes and PostgreSQL in other processes; a busy
  machine (load 13 to 20 on two cores), so the shares count, not the milliseconds.

| thread | share |
| --- | --- |
| main thread | 71 % |
| V8's helpers: compiling what has become hot 9 %, garbage 12 % | 22 % |
| thread that ships logs | 4 % |
| libuv's pool (files, DNS, compression) | 3 % |

| of the main thread, by what runs | share |
| --- | --- |
| the engine's own routines under our code and libraries: property loads, calls, promises | 47 % |
| our code and libraries themselves | 13 % |
| regular expressions, most of them on Cyrillic text | 13 % |
| Node, libuv, memory | 12 % |
| garbage | 5 % |
| JSON | 5 % |
| kernel: sockets, files | 4 % |

| of the main thread, by who asked for it | share |
| --- | --- |
| HTTP: undici, \`fetch\`, streams, sockets | 19 % |
| assistant without restrictions | 14 % |
| restrictions in the user's words and in names of products | 5 % |
| masking of personal data | 5 % |
| PostgreSQL client | 5 % |
| Telegram: our code 5 %, grammY 3 % | 8 % |
| log lines and metrics without masking | 4 % |
| zod | 4 % |
| shop 3 %, events 2 %, users 1 % | 6 % |

No single piece is large. What is left to win: the exchanges of the MCP client, which go through \`fetch\` (6 %), the expressions that look
for restrictions in all that the user has written, with each message anew (5 %), and the dialogue, which is written as JSON for each turn
(4 % with its conversion to UTF-8).

| what, interleaved, before and after | before | now |
| --- | --- | --- |
| importing the bot: processor time, memory | 1,580 ms, 88 MB | 1,140 ms, 71 MB |
| importing the shipping thread | 204 ms, 28.5 MB | 118 ms, 20.1 MB |
| shipping thread's processor time of a message | 1.20 ms | 0.97 ms |
| memory (RSS) after 1,350 messages of 300 users, one run | 251 MB | 217 MB |

Idle a bot with Loki took 6.6 to 9.5 ms of processor time a second on that machine in ten seconds without a collection of garbage, 20 to 32 in ten
with one, mostly on the main thread: timers and what PostgreSQL is asked for inbox, totals and alerts. Before, the bench added 5 ms of its own by watching the event loop 200 times a second.
`
