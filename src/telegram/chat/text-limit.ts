/** How many characters of a request are read: as many as Telegram allows in one message. */
export const textLimit = 4096
