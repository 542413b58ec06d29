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
`
