/** The server's rule for new passwords, as forms show it. */
export const passwordRule = 'Use at least 8 characters.'
