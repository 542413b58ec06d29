// Preloaded into the bot by a test: each SIGUSR2 steps its clock by the next of CLOCK_STEPS_MS, as a corrected system clock
// would. The last step is repeated.
const RealDate = Date
const steps = (process.env.CLOCK_STEPS_MS ?? '0').split(',').map(Number)
let offsetMs = 0
process.on('SIGUSR2', () => {
  offsetMs += steps.length > 1 ? steps.shift() : steps[0]
})
globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length === 0) super(RealDate.now() + offsetMs)
    else super(...parts)
  }
  static now() {
    return RealDate.now() + offsetMs
  }
}
