// Preloaded into the bot by a test: SIGUSR2 steps its clock by CLOCK_STEP_MS, as a corrected system clock would.
const RealDate = Date
let offsetMs = 0
process.on('SIGUSR2', () => {
  offsetMs += Number(process.env.CLOCK_STEP_MS)
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
