/** Whether a text has the focus: a dialog that opens, or a moved focus, would receive the next keys. */
export const isWriting = (): boolean =>
  document.activeElement?.matches('textarea, [contenteditable="true"], input:not([type="checkbox"], [type="radio"])') ?? false
