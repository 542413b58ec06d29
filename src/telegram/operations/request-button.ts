const prefix = 'request:'

/** Data of a button that asks what happened to the request with this code. */
export const requestData = (requestId: string): string => `${prefix}${requestId}`

/** What such a button sends, with the code as its group. */
export const requestDataPattern = /^request:([0-9A-Za-z]{4,12})$/
